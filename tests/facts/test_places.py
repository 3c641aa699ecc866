"""Where an address is, in the writings of LINE's maps."""

import pytest

from facts.places import JAPAN, TAIWAN, Place, place_of


@pytest.mark.parametrize(
    ("address", "prefecture", "city"),
    [
        ("110台灣台北市信義區信義路五段7號", "台北市", "信義區"),
        ("臺北市中正區北平西路3號", "台北市", "中正區"),
        ("台灣新北市板橋區縣民大道二段7號", "新北市", "板橋區"),
        ("桃園市平鎮區環南路", "桃園市", "平鎮區"),
        ("高雄市前鎮區中山三路", "高雄市", "前鎮區"),
        ("台南市新市區中正路", "台南市", "新市區"),
        ("新竹縣竹北市光明六路10號", "新竹縣", "竹北市"),
        ("新竹市東區光復路二段", "新竹市", "東區"),
        ("屏東縣恆春鎮恆南路", "屏東縣", "恆春鎮"),
        ("臺東縣蘭嶼鄉", "台東縣", "蘭嶼鄉"),
        ("台湾 台北市信義区信義路5段7号", "台北市", "信義區"),
        ("台湾 新竹県竹北市", "新竹縣", "竹北市"),
        ("No. 7, Section 5, Xinyi Road, Xinyi District, Taipei City, Taiwan 110", "台北市", None),
        ("Banqiao District, New Taipei City, Taiwan", "新北市", None),
        ("日本、〒102-8282 東京都千代田区紀尾井町1-3", "東京都", "千代田区"),
        ("東京都東村山市本町1-2-3", "東京都", "東村山市"),
        ("東京都町田市原町田", "東京都", "町田市"),
        ("三重県四日市市諏訪町1", "三重県", "四日市市"),
        ("千葉県市川市市川1", "千葉県", "市川市"),
        ("奈良県大和郡山市北郡山町", "奈良県", "大和郡山市"),
        ("群馬県佐波郡玉村町下新田", "群馬県", "玉村町"),
        ("北海道余市郡余市町朝日町", "北海道", "余市町"),
        ("富山県中新川郡上市町法音寺1", "富山県", "上市町"),
        ("奈良県吉野郡下市町下市1960", "奈良県", "下市町"),
        ("京都府京都市下京区", "京都府", "京都市"),
        ("東京都三宅島三宅村", "東京都", None),
        ("1-3 Kioicho, Chiyoda City, Tokyo 102-8282", "東京都", None),
        ("台北市", "台北市", None),
        ("台北市１０１大樓", "台北市", None),
    ],
)
def test_the_county_and_the_town_of_an_address(address: str, prefecture: str, city: str | None) -> None:
    assert place_of(address) == Place(prefecture, city)


@pytest.mark.parametrize(
    "address",
    ["", "somewhere", "Tokyo Tower Road, London", "火星市祕密區1號", "서울특별시 중구", "北平西路3號"],
)
def test_of_an_address_elsewhere_nothing_is_known(address: str) -> None:
    assert place_of(address) is None


def test_every_county_and_prefecture_is_known() -> None:
    assert (len(TAIWAN), len(JAPAN)) == (22, 47)
    assert all(place_of(name) == Place(name, None) for name in (*TAIWAN, *JAPAN))
