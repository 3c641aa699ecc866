"""The shops that can be invented: what brings their friends, what is said, and how it all began."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.demo import cast
from content.models import Revision

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


@dataclass(frozen=True)
class Shop:
    """One shop, as far as it is not said by its playbook."""

    key: str
    """Of its folder beneath `examples`."""
    name: str
    """As its playbook calls the account: so a database tells which shop it holds."""
    weeks: int
    """For so long it has been open."""
    friends: int
    wants: Mapping[str, float]
    """What brings a friend, and how likely that is."""
    begins: Mapping[str, str]
    """By what they want: a button of the greeting, `menu.MENU/BUTTON`, or nothing, which is a sentence."""
    languages: Mapping[str, float]
    choices: Mapping[str, Mapping[str, float]]
    """What is chosen how often (`find_home/area`); other questions are answered evenly."""
    said: Mapping[str, tuple[str, ...]]
    typed: Mapping[str, tuple[str, ...]]
    """Answers in words of their own, by question."""
    greets: Mapping[str, tuple[str, ...]]
    """How agents begin, by language, and how they end."""
    closes_with: Mapping[str, tuple[str, ...]]
    played: Sequence[tuple[str, str, str]]
    """Who has just had which conversation: name, language, transcript. The others are still strangers."""
    entries: Mapping[str, float] = field(default_factory=dict)
    """By which code they came; the rest came without any."""
    has_till: bool = False
    """Orders and visits of its friends are invented, too."""

    @property
    def folder(self) -> Path:
        return EXAMPLES / self.key


RENTAL = Shop(
    key="rental",
    name="好窩租屋",
    weeks=cast.WEEKS,
    friends=cast.FRIENDS,
    wants=cast.WANTS,
    begins={
        "find_home": "find",
        "browse": "browse",
        "viewing": "menu.main/viewing",
        "repair": "menu.main/repair",
        "landlord": "landlord",
        "ask": "",
    },
    languages=cast.LANGUAGES,
    choices=cast.CHOICES,
    said={
        "zh-TW": (
            "請問這幾間最快什麼時候可以看房？",
            "我下班後比較方便，大概七點以後",
            "可以養一隻貓嗎？",
            "押金可以分期嗎？",
            "有含管理費嗎？",
            "謝謝，我再看看",
        ),
        "ja": ("内見は週末でも大丈夫ですか？", "保証人は必要でしょうか。", "駅から近い部屋がいいです。"),
        "en": ("Is the deposit two months?", "Could I see it on Saturday?", "Is it furnished?"),
        "ko": ("주말에 볼 수 있나요?", "Is English OK?"),
    },
    typed={
        "area_text": ("新竹市東區", "台中市西屯區", "基隆市仁愛區"),
        "address": ("台北市中山區民生東路一段 10 號 5 樓", "新北市板橋區文化路二段 88 號 3 樓"),
        "detail": ("浴室的門關不起來",),
    },
    greets={
        "zh-TW": (
            "您好，我是好窩租屋的{agent}，已經看到您的需求了，先為您整理兩間條件符合的物件，稍後傳給您。",
            "您好，這裡是{agent}。這幾間目前都還能看房，請問您平日晚上或週末方便嗎？",
            "您好，我是{agent}，您的資料收到了，我幫您跟屋主確認一下，今天內回覆您。",
        ),
        "ja": (
            "お問い合わせありがとうございます。担当の{agent}です。ご希望に合うお部屋を2件お探ししましたので、後ほどお送りします。",
            "{agent}と申します。週末の内見も承っております。ご都合のよいお時間をお知らせください。",
        ),
        "en": (
            "Hello, this is {agent} from Haowo Homes. I have two homes that fit and will send them over shortly.",
            "Hi, {agent} here. Viewings on Saturday are fine; which time suits you?",
        ),
    },
    closes_with={
        "zh-TW": (
            "好的，已經幫您安排好了，有任何問題再跟我說。",
            "沒問題，資料已傳給您，祝您順利找到喜歡的家！",
        ),
        "ja": ("承知いたしました。手配が完了しましたので、何かございましたらお知らせください。",),
        "en": ("All arranged. Just write here if anything comes up.",),
    },
    played=(
        ("張志豪", "zh-TW", "a_home_in_taipei"),
        ("高橋 陽菜", "ja", "find_home_ja"),
        ("李佳穎", "zh-TW", "repair"),
    ),
)

TEA_SHOP = Shop(
    key="tea_shop",
    name="日日茶",
    weeks=26,
    friends=280,
    wants={"my_cup": 0.74, "drinks": 0.14, "stores": 0.05, "human": 0.04, "ask": 0.03},
    begins={
        "my_cup": "my_cup",
        "drinks": "drinks",
        "stores": "menu.stores/nearby",
        "human": "menu.gifts/human",
        "ask": "",
    },
    languages={"zh-TW": 1.0},
    choices={
        "my_cup/sweetness": {"full": 0.08, "less": 0.18, "half": 0.27, "light": 0.22, "none": 0.25},
        "my_cup/ice": {"full": 0.14, "less": 0.3, "light": 0.17, "none": 0.15, "hot": 0.24},
        "my_cup/taste": {"brown_sugar": 0.27, "milk_tea": 0.27, "pure_tea": 0.28, "fruit_tea": 0.18},
        "my_cup/visits": {"daily": 0.08, "often": 0.24, "weekly": 0.36, "rarely": 0.32},
        "my_cup/store": {"gongguan": 0.24, "yongkang": 0.18, "banqiao": 0.2, "xinyi": 0.23, "none": 0.15},
    },
    said={
        "zh-TW": (
            "請問今天幾點打烊？",
            "有推薦的熱飲嗎？",
            "可以外送到公司嗎？",
            "黑糖珍珠鮮奶茶可以做無糖嗎？",
            "謝謝，下次再去喝",
        )
    },
    typed={},
    greets={
        "zh-TW": (
            "嗨，我是{agent}，看到你的訊息了！馬上幫你確認。",
            "你好，這裡是{agent}，想喝什麼可以直接跟我說，我先幫你做。",
        )
    },
    closes_with={"zh-TW": ("好了，幫你處理好囉，到店報名字就可以。", "沒問題，祝你今天也有好茶！")},
    played=(("張志豪", "zh-TW", "my_cup"), ("李佳穎", "zh-TW", "tabs")),
    entries={"#公館店": 0.16, "#永康店": 0.08, "#板橋店": 0.1, "#信義店": 0.13},
    has_till=True,
)

SHOPS: Mapping[str, Shop] = {one.key: one for one in (RENTAL, TEA_SHOP)}


def shown(session: Session) -> Shop:
    """Return the shop whose playbook is published; the first where none of them is."""
    newest = sa.select(Revision.content["name"].as_string()).order_by(Revision.id.desc()).limit(1)
    name = session.scalar(newest)
    return next((one for one in SHOPS.values() if one.name == name), RENTAL)
