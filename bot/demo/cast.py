"""Who there is in the demo shop, and how likely they are to do what: all invented, always the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

from staff.models import Role

SEED = 20261121
FRIENDS = 400
WEEKS = 6


@dataclass(frozen=True, slots=True)
class Colleague:
    login: str
    name: str
    role: Role
    language: str
    queues: tuple[str, ...] = ()
    capacity: int = 40


STAFF = (
    Colleague("lin", "林雅婷", Role.AGENT, "zh-TW", ("taipei", "general", "counter")),
    Colleague(
        "chen", "陳柏宇", Role.AGENT, "zh-TW", ("new_taipei_taoyuan", "landlords", "general", "counter")
    ),
    Colleague("sato", "佐藤美咲", Role.AGENT, "ja", ("japanese", "general", "counter")),
    Colleague("marketer", "許庭瑋", Role.MARKETER, "zh-TW"),
    Colleague("supervisor", "吳佩珊", Role.SUPERVISOR, "zh-TW"),
    Colleague("admin", "Admin", Role.ADMIN, "zh-TW"),
)

CHANCES: Mapping[str, float] = MappingProxyType(
    {
        "answers each question": 0.96,
        "confirms the summary": 0.93,
        "agrees to be told of new homes": 0.68,
        "says something after a questionnaire": 0.35,
        "blocks the account later": 0.07,
        "comes back another day": 0.22,
        "rates the help": 0.55,
        "taps a campaign": 0.18,
        "is answered by the next morning": 0.94,
    }
)
"""How likely a friend is to do what, where they have the choice."""

WANTS: Mapping[str, float] = MappingProxyType(
    {"find_home": 0.56, "browse": 0.16, "viewing": 0.08, "repair": 0.10, "landlord": 0.05, "ask": 0.05}
)
"""What brings a friend: a home, a look around, a viewing, a repair, a home to let, a question."""

CHOICES: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "find_home/area": {"taipei": 0.52, "new_taipei": 0.28, "taoyuan": 0.15, "other": 0.05},
        "find_home/budget": {"low": 0.24, "mid": 0.43, "high": 0.24, "premium": 0.09},
        "find_home/type": {"room": 0.14, "studio": 0.36, "one_bed": 0.24, "two_bed": 0.26},
        "find_home/pet": {"yes": 0.31, "no": 0.69},
        "repair/what": {"water": 0.27, "aircon": 0.25, "appliance": 0.18, "power": 0.12, "internet": 0.1},
    }
)
"""What is chosen how often; other questions are answered evenly."""

LANGUAGES: Mapping[str, float] = MappingProxyType({"zh-TW": 0.86, "ja": 0.07, "en": 0.05, "ko": 0.02})

RATINGS: Mapping[str, float] = MappingProxyType({"good": 0.78, "fair": 0.16, "bad": 0.06})
"""How the help is rated by those who rate it."""

_SURNAMES = "陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周葉蘇莊呂江何蕭羅高"
_GIVEN = [
    "怡君",
    "雅雯",
    "淑芬",
    "家豪",
    "志明",
    "俊宏",
    "宜蓁",
    "欣怡",
    "承恩",
    "柏翰",
    "冠宇",
    "品妤",
    "詠晴",
    "子涵",
    "宥辰",
    "佳蓉",
    "郁婷",
    "建宏",
    "彥廷",
    "思妤",
    "詩涵",
    "哲瑋",
    "政翰",
    "庭瑜",
    "鈺婷",
    "雅筑",
    "韋廷",
    "奕辰",
    "心怡",
    "惠雯",
    "孟潔",
    "育誠",
    "靖雯",
    "珮瑜",
    "紹恩",
    "芷瑄",
    "昱翔",
    "念慈",
    "家瑜",
    "信宏",
]
_OTHERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ja": (
            "田中 美穂",
            "佐々木 翔",
            "山本 彩",
            "中村 大輔",
            "小林 結衣",
            "加藤 直樹",
            "吉田 真由",
            "井上 拓也",
        ),
        "en": ("Hannah Lee", "Tom Walker", "Priya N.", "Lucas M.", "Grace Kim", "Daniel Ho", "Sofia R."),
        "ko": ("이서연", "박준호", "최지우", "정하은"),
    }
)


def name_of(language: str, random: Random) -> str:
    """Return an invented name of somebody who speaks this language."""
    if language in _OTHERS:
        return random.choice(_OTHERS[language])
    return random.choice(_SURNAMES) + random.choice(_GIVEN)


def one_of(weights: Mapping[str, float], random: Random) -> str:
    """Draw a key by its weight."""
    return random.choices(list(weights), list(weights.values()))[0]
