"""我是房東 at 好窩租屋."""

from tests.stories.customer import Customer


def test_a_landlord_leaves_a_property(mina: Customer) -> None:
    mina.follows()
    before, city = mina.taps("我是房東")
    assert before.startswith("您提供的資料僅用於房東委託的聯絡，詳見隱私權政策。")
    assert city == "您的房屋在哪個縣市呢？"
    assert mina.taps("桃園市") == ["要出租的是哪種房型？"]
    assert mina.taps("兩房以上") == ["請留下聯絡電話。"]
    assert mina.says("0912345678") == ["請確認您的委託資料\n縣市\n桃園市\n房型\n兩房以上\n電話\n0912 345 678"]
    done, handed_over = mina.taps("正確")
    assert done.startswith("謝謝您的委託！房東委託的專員會在服務時間內（每日 10:00–20:00）與您聯絡。")
    assert handed_over.startswith("接下來由專員在這裡為您服務。")
    assert mina.tags == {"role:landlord", "wants:human"}
    assert mina.fields == {
        "property_area": "桃園市",
        "property_type": "兩房以上",
        "phone": "+886912345678",
    }


def test_a_landlord_may_look_for_a_home_too(mina: Customer) -> None:
    mina.says("房東")
    mina.taps("其他")
    mina.says("新竹市東區")
    mina.taps("雅房")
    mina.says("0912345678")
    mina.taps("正確")
    mina.says("選單")
    mina.taps("找房", "台北市", "15,000 以下", "雅房", "越快越好", "沒有", "正確")
    assert mina.tags >= {"role:landlord", "area:taipei", "type:room", "lead:qualified"}
    assert mina.fields["property_area"] == "新竹市東區"
