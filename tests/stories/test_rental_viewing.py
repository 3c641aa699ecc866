"""預約看房 at 好窩租屋: a home, a time within business hours, a phone number."""

from datetime import datetime, timedelta

import pytest

from contacts.models import ContactField
from simulator.taps import CannotTap
from tests.shop import EXAMPLES, TAIPEI, Shop
from tests.stories.customer import Customer

WHEN = "想約什麼時候看房？最快可以約明天，時段為每日 10:00–20:00。"
OUTSIDE = "看房時段為每日 10:00–20:00，麻煩再選一次。"
PHONE = "請留下聯絡電話。"
BAD_PHONE = "電話格式好像不對，請輸入 10 碼手機號碼，例如 0912345678。"


def on(shop: Shop, days: int, time: str) -> str:
    """Return a moment as a picker writes it."""
    day = shop.clock.now().astimezone(TAIPEI).date() + timedelta(days=days)
    return f"{day.isoformat()}T{time}"


def test_a_viewing_is_booked_from_a_card(agency: Shop, mina: Customer) -> None:
    mina.follows()
    mina.taps("先逛逛")
    cards = mina.last if mina.buttons == [] else mina.person.messages[-2]
    before, when = mina.taps("預約看房", on=cards)
    assert before.startswith("您提供的資料僅用於安排看房，詳見隱私權政策。")
    assert when == WHEN
    assert mina.buttons[0] == "選擇日期與時間"

    for early_or_late in ("09:59", "20:00", "21:30"):
        assert mina.picks("選擇日期與時間", on(agency, 3, early_or_late))[-1] == f"{OUTSIDE}\n{WHEN}"
    assert mina.picks("選擇日期與時間", on(agency, 3, "14:30")) == [PHONE]
    for wrong in ("12345", "0912-345-67", "我的電話"):
        assert mina.says(wrong)[-1] == f"{BAD_PHONE}\n{PHONE}"
    summary = mina.says("０９１２　３４５　６７８")[-1].splitlines()
    assert summary[0] == "請確認您的看房預約"
    assert summary[1:3] == ["物件", "中山國小站 電梯兩房"]
    assert summary[3] == "看房時間"
    assert summary[4].endswith("） 14:30")
    assert summary[5:] == ["電話", "0912 345 678"]

    assert "intent:viewing" not in mina.tags
    done, handed_over = mina.taps("正確")
    assert done == "已收到您的看房預約，專員確認後會再回覆您。"
    assert handed_over == "接下來由專員在這裡為您服務。想回到自動服務，請按「回到小幫手」。"
    assert mina.tags == {"intent:viewing", "wants:human"}
    assert mina.fields == {"phone": "+886912345678", "viewing_at": on(agency, 3, "14:30")}
    kinds = {
        field.name: field.kind
        for field in agency.rows(ContactField, ContactField.contact_id == mina.contact.id)
    }
    assert kinds["viewing_at"] == "datetime"


def test_who_has_seen_nothing_yet_asks_for_a_suggestion(agency: Shop, mina: Customer) -> None:
    assert mina.says("預約看房")[-1] == "想看哪一間呢？"
    homes = mina.buttons
    assert len(homes) == 8 + 2
    assert homes[0] == "中山國小站 電梯兩房"
    assert homes[8] == "還沒看中，請專員推薦"
    assert mina.taps("還沒看中，請專員推薦")[-1] == WHEN
    mina.picks("選擇日期與時間", on(agency, 2, "10:00"))
    assert "還沒看中，請專員推薦" in mina.says("0912345678")[-1]
    mina.taps("正確")
    assert "intent:viewing" in mina.tags


def test_a_home_may_be_typed(mina: Customer) -> None:
    mina.says("看房")
    assert mina.says("公館那間雅房")[-1].endswith("想看哪一間呢？"), "asked again rather than guessed"
    assert mina.says("公館站 安靜雅房")[-1] == WHEN


def test_the_picker_offers_tomorrow_to_sixty_days(agency: Shop, mina: Customer) -> None:
    mina.says("預約看房")
    mina.taps("木柵站 山景兩房")
    for days in (0, 61):
        with pytest.raises(CannotTap, match="is outside"):
            mina.picks("選擇日期與時間", on(agency, days, "14:00"))
    forged = mina.last.body["contents"]["footer"]["contents"][0]["contents"][0]["action"]["data"]
    refused = mina.posts_back(forged, params={"datetime": on(agency, 61, "14:00")})
    assert refused[-1].endswith(WHEN)
    assert "viewing_at" not in mina.fields


@pytest.mark.parametrize(
    ("typed", "time"), [("明天下午3點", "15:00"), ("明天 2點", "14:00"), ("明天 19:30", "19:30")]
)
def test_the_time_may_be_typed(agency: Shop, mina: Customer, typed: str, time: str) -> None:
    mina.says("預約看房")
    mina.taps("木柵站 山景兩房")
    assert mina.says(typed) == [PHONE]
    assert mina.fields["viewing_at"] == on(agency, 1, time)


def test_a_typed_time_outside_business_hours_is_refused(mina: Customer) -> None:
    mina.says("預約看房")
    mina.taps("木柵站 山景兩房")
    assert mina.says("明天晚上9點") == [f"{OUTSIDE}\n{WHEN}"]


def test_a_holiday_is_outside_business_hours(shop: Shop) -> None:
    """On 2027-02-05 the agency closes at three, on the 6th it stays closed."""
    shop.clock.set(datetime(2027, 2, 3, 14, tzinfo=TAIPEI))
    shop.publishes(EXAMPLES / "rental")
    mina = Customer(shop)
    mina.says("預約看房")
    mina.taps("木柵站 山景兩房")
    assert mina.picks("選擇日期與時間", "2027-02-05T16:00") == [f"{OUTSIDE}\n{WHEN}"]
    assert mina.picks("選擇日期與時間", "2027-02-06T14:00")[-1] == f"{OUTSIDE}\n{WHEN}"
    assert mina.picks("選擇日期與時間", "2027-02-05T14:00") == [PHONE]


def test_phone_numbers_are_read_as_people_write_them(mina: Customer) -> None:
    mina.says("預約看房")
    mina.taps("還沒看中，請專員推薦")
    mina.says("明天下午3點")
    mina.says("0912345678")
    for written, kept in (
        ("+886 912-345-678", "+886912345678"),
        ("02-2345-6789", "+886223456789"),
        ("886 987 654 321", "+886987654321"),
    ):
        mina.taps("修改一項")
        mina.taps("電話")
        assert mina.says(written)[-1].startswith("請確認您的看房預約")
        assert mina.fields["phone"] == kept
