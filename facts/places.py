"""Where an address is: the county or prefecture and the town, read from the line that LINE sends with a location.

LINE's maps write it in the language of the customer's phone. Taiwan and Japan are read in Chinese, in
Japanese, and (the county or prefecture alone) in English; of an address elsewhere nothing is known.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

TAIWAN: Mapping[str, str] = {
    "台北市": "Taipei City",
    "新北市": "New Taipei City",
    "桃園市": "Taoyuan City",
    "台中市": "Taichung City",
    "台南市": "Tainan City",
    "高雄市": "Kaohsiung City",
    "基隆市": "Keelung City",
    "新竹市": "Hsinchu City",
    "嘉義市": "Chiayi City",
    "新竹縣": "Hsinchu County",
    "苗栗縣": "Miaoli County",
    "彰化縣": "Changhua County",
    "南投縣": "Nantou County",
    "雲林縣": "Yunlin County",
    "嘉義縣": "Chiayi County",
    "屏東縣": "Pingtung County",
    "宜蘭縣": "Yilan County",
    "花蓮縣": "Hualien County",
    "台東縣": "Taitung County",
    "澎湖縣": "Penghu County",
    "金門縣": "Kinmen County",
    "連江縣": "Lienchiang County",
}
JAPAN: Mapping[str, str] = {
    "北海道": "Hokkaido", "青森県": "Aomori", "岩手県": "Iwate", "宮城県": "Miyagi", "秋田県": "Akita",
    "山形県": "Yamagata", "福島県": "Fukushima", "茨城県": "Ibaraki", "栃木県": "Tochigi", "群馬県": "Gunma",
    "埼玉県": "Saitama", "千葉県": "Chiba", "東京都": "Tokyo", "神奈川県": "Kanagawa", "新潟県": "Niigata",
    "富山県": "Toyama", "石川県": "Ishikawa", "福井県": "Fukui", "山梨県": "Yamanashi", "長野県": "Nagano",
    "岐阜県": "Gifu", "静岡県": "Shizuoka", "愛知県": "Aichi", "三重県": "Mie", "滋賀県": "Shiga",
    "京都府": "Kyoto", "大阪府": "Osaka", "兵庫県": "Hyogo", "奈良県": "Nara", "和歌山県": "Wakayama",
    "鳥取県": "Tottori", "島根県": "Shimane", "岡山県": "Okayama", "広島県": "Hiroshima", "山口県": "Yamaguchi",
    "徳島県": "Tokushima", "香川県": "Kagawa", "愛媛県": "Ehime", "高知県": "Kochi", "福岡県": "Fukuoka",
    "佐賀県": "Saga", "長崎県": "Nagasaki", "熊本県": "Kumamoto", "大分県": "Oita", "宮崎県": "Miyazaki",
    "鹿児島県": "Kagoshima", "沖縄県": "Okinawa",
}  # fmt: skip

_LETTER = r"[^\W\d_]"


def _name(endings: str, most: int) -> str:
    """Return the pattern of a name of so many letters, as few as will do, and the one that it ends with."""
    return rf"{_LETTER}{{1,{most}}}?[{endings}]"


_DISTRICT = re.compile(_name("區", 4))
_TOWNSHIP = re.compile(_name("鄉鎮市", 4))
_WARD = re.compile(_name("区", 3))
_OF_A_COUNTY = re.compile(rf"{_name('郡', 5)}((?:(?!市){_LETTER}){{1,6}}?[町村](?![町村])|[余上下]市町)")
_CITY = re.compile(rf"(?:四日|廿日|野々)市市|{_name('市', 6)}")
_TO_CHINESE = str.maketrans("区郷県", "區鄉縣")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is, in the writing of the place itself; 臺 is 台."""

    prefecture: str
    """縣市, 都道府県."""
    city: str | None
    """鄉鎮市區, 市区町村; None where the address does not say it in its own writing."""


def place_of(address: str) -> Place | None:
    """Return where an address is; None where no county or prefecture stands in it."""
    plain = unicodedata.normalize("NFKC", address).replace("臺", "台").strip()
    found = min(
        ((at, name) for name, prefecture in _written().items() if (at := plain.find(name)) >= 0),
        # Where two begin at the same place, as 新竹市 and 新竹, the longer one is meant.
        key=lambda one: (one[0], -len(one[1])),
        default=None,
    )
    if found is None:
        return _in_english(plain)
    at, name = found
    prefecture = _written()[name]
    rest = plain[at + len(name) :].lstrip(" ,、")
    return Place(prefecture, _town(prefecture, rest))


@cache
def _written() -> Mapping[str, str]:
    """Return every prefecture as Chinese and Japanese phones write it."""
    ours = {name: name for name in (*TAIWAN, *JAPAN)}
    return ours | {name.replace("縣", "県"): name for name in TAIWAN}


def _town(prefecture: str, rest: str) -> str | None:
    if prefecture in TAIWAN:
        # 市 has 區, 縣 has the others: 平鎮區 is no 鎮, and 新市區 no 市.
        pattern = _DISTRICT if prefecture.endswith("市") else _TOWNSHIP
        found = pattern.match(rest.translate(_TO_CHINESE))
        return None if found is None else found[0]
    if prefecture == "東京都" and (ward := _WARD.match(rest)):
        return ward[0]
    if county := _OF_A_COUNTY.match(rest):
        return county[1]
    city = _CITY.match(rest)
    return None if city is None else city[0]


def _in_english(plain: str) -> Place | None:
    for names, pattern in ((TAIWAN, r"\b{}\b"), (JAPAN, r", {}(?: \d{{3}}-\d{{4}}|,|$)")):
        # The longest first: New Taipei City holds Taipei City.
        for name, english in sorted(names.items(), key=lambda one: -len(one[1])):
            if re.search(pattern.format(english), plain):
                return Place(name, None)
    return None
