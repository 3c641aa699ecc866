"""The rental agency, told from the customer's side."""

from tests.shop import EXAMPLES, Shop


def test_a_new_friend_answers_by_tapping_and_stands_tagged(shop: Shop) -> None:
    shop.publishes(EXAMPLES / "rental")
    mina = shop.person("王小美", language="zh-TW")
    mina.follows()
    print(mina.sees, mina.buttons)
    assert "王小美 您好，歡迎加入好窩租屋！" in mina.sees[-1]
    mina.taps("開始找房")
    print(mina.sees[-3:], mina.buttons)
    for label in ("台北市", "15,000–25,000", "兩房以上", "越快越好", "有", "貓", "正確"):
        mina.taps(label)
        print(mina.sees[-4:], mina.buttons)
