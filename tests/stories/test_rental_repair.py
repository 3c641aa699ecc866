"""報修 at 好窩租屋: what is broken, where, a photo, times, a phone number."""

from datetime import timedelta

import pytest

from contacts.media import MediaFile, MediaStatus
from content.dates import date_line
from tests.shop import TAIPEI, Shop
from tests.stories.customer import Customer

DANGER = "若有立即危險，請先關閉水源或總電源，並撥打 24 小時專線 02-5555-0100。"
ADDRESS = "請輸入需要維修的地址，例如：台北市中山區民生東路一段 10 號 5 樓"
PHOTO = "方便的話請拍張照片，師傅比較好判斷。"
TIMES = "哪些時段方便維修？（可複選）"
PHONE = "請留下聯絡電話。"


@pytest.fixture
def tenant(mina: Customer) -> Customer:
    """Somebody at the first question."""
    mina.follows()
    before, what = mina.says("報修")
    assert before.startswith("您提供的資料僅用於安排維修，詳見隱私權政策。")
    assert what == "請問是哪裡需要報修？"
    assert mina.buttons == [
        "漏水・水管", "電力・燈具", "冷氣", "門鎖", "家電家具", "網路", "其他", "取消",
    ]  # fmt: skip
    return mina


def test_a_leak_is_reported_with_a_photo(agency: Shop, tenant: Customer) -> None:
    assert tenant.taps("漏水・水管") == [DANGER, ADDRESS]
    assert tenant.tags == {"repair:water"}
    assert tenant.says("台北市中山區民生東路一段 10 號 5 樓") == [PHOTO]
    assert tenant.buttons == ["拍照", "從相簿選", "略過", "上一題", "取消"]
    assert tenant.taps("拍照")[-1] == TIMES
    assert tenant.buttons == ["平日白天", "平日晚上", "週末", "選好了", "上一題", "取消"]
    assert tenant.taps("平日晚上") == [f"目前選了：平日晚上。還可以繼續選，選完請按「選好了」。\n{TIMES}"]
    assert tenant.buttons[:4] == ["平日白天", "✓ 平日晚上", "週末", "選好了"]
    assert tenant.taps("週末")[-1].startswith("目前選了：平日晚上、週末。")
    assert tenant.taps("選好了") == [PHONE]
    assert tenant.says("0912345678")[-1].splitlines() == [
        "請確認您的報修內容",
        *("報修項目", "漏水・水管"),
        *("地址", "台北市中山區民生東路一段 10 號 5 樓"),
        *("照片", "已附照片"),
        *("方便時段", "平日晚上、週末"),
        *("電話", "0912 345 678"),
    ]
    done, handed_over = tenant.taps("正確")
    assert done == "已收到您的報修，專員會安排師傅並與您聯絡時間。"
    assert handed_over.startswith("接下來由專員在這裡為您服務。")
    assert tenant.tags == {"repair:water", "role:tenant", "wants:human"}
    assert tenant.fields["address"] == "台北市中山區民生東路一段 10 號 5 樓"

    agency.does_chores()
    (photo,) = agency.rows(MediaFile, MediaFile.contact_id == tenant.contact.id)
    assert photo.status is MediaStatus.STORED, "the photo is fetched, not only named"


def test_a_repair_is_a_matter_of_thirty_days(agency: Shop, tenant: Customer) -> None:
    tenant.taps("冷氣")
    agency.clock.advance(timedelta(days=30, seconds=-60))
    assert tenant.tags == {"repair:aircon"}
    agency.clock.advance(timedelta(seconds=120))
    assert tenant.tags == set()


@pytest.mark.parametrize(
    ("label", "tag", "answers"),
    [
        ("漏水・水管", "repair:water", [DANGER, ADDRESS]),
        ("電力・燈具", "repair:power", [DANGER, ADDRESS]),
        ("冷氣", "repair:aircon", [ADDRESS]),
        ("門鎖", "repair:lock", [ADDRESS]),
        ("家電家具", "repair:appliance", [ADDRESS]),
        ("網路", "repair:internet", [ADDRESS]),
        ("其他", "repair:other", ["請簡單說明需要報修的狀況。"]),
    ],
)
def test_each_repair_sets_its_tag_and_danger_is_warned_of(
    tenant: Customer, label: str, tag: str, answers: list[str]
) -> None:
    assert tenant.taps(label) == answers
    assert tenant.tags == {tag}


def test_a_typed_leak_is_warned_of_as_well(tenant: Customer) -> None:
    assert tenant.says("浴室水管漏水了") == [DANGER, ADDRESS]


def test_the_photo_may_be_skipped_and_one_time_must_be_chosen(tenant: Customer) -> None:
    tenant.taps("冷氣")
    tenant.says("新北市板橋區府中路 20 號")
    assert tenant.taps("略過") == [TIMES]
    assert tenant.taps("選好了") == [f"還沒有選任何一項，請至少選一個：\n{TIMES}"]
    tenant.taps("週末")
    assert tenant.taps("✓ 週末") == [f"已取消「週末」。\n{TIMES}"], "a second tap takes it back"
    assert tenant.taps("選好了")[-1].startswith("還沒有選任何一項")
    assert tenant.says("白天跟週末")[-1].startswith("目前選了：平日白天、週末。")
    assert tenant.says("好了") == [PHONE]
    assert "照片\n–" in tenant.says("0912345678")[-1]


def test_the_photo_may_come_from_the_album_and_several_at_once(tenant: Customer) -> None:
    tenant.taps("冷氣")
    tenant.says("新北市板橋區府中路 20 號")
    answers = tenant.does(lambda person: person.sends_photos(3))
    assert answers[0] == TIMES
    assert answers[1:] in ([], [TIMES] * 2)
    assert "照片" not in tenant.taps("平日白天")[-1]


def test_a_photo_after_the_question_was_skipped_is_told_to_be_late(tenant: Customer) -> None:
    tenant.taps("冷氣")
    tenant.says("新北市板橋區府中路 20 號")
    assert tenant.taps("略過") == [TIMES]
    (again,) = tenant.does(lambda person: person.sends_photo())
    assert again.endswith(TIMES)


def test_words_instead_of_a_photo_are_asked_again_with_the_way_out(tenant: Customer) -> None:
    tenant.taps("冷氣")
    tenant.says("新北市板橋區府中路 20 號")
    again = tenant.says("我沒有照片可以給你")[-1]
    assert again == f"請傳一張照片，可以拍照或從相簿選。\n{PHOTO}"
    assert "略過" in tenant.buttons
    assert tenant.says("skip") == [TIMES]


def test_an_address_that_is_none_is_asked_again(tenant: Customer) -> None:
    tenant.taps("冷氣")
    assert tenant.says("1")[-1].endswith(ADDRESS)
    assert tenant.says("😀😀😀😀😀😀")[-1].endswith(ADDRESS)
    assert tenant.says("字" * 151)[-1] == f"內容有點長，請縮短到 150 個字以內。\n{ADDRESS}"
    assert tenant.does(lambda person: person.sends_location()) == [PHOTO], "a place has an address"
    assert tenant.fields["address"] == "台北市中正區北平西路3號"


def test_every_tap_is_told_to_staff_with_its_words(mina: Customer) -> None:
    mina.says("報修")
    mina.taps("冷氣")
    mina.says("台北市中山區民生東路一段 10 號")
    mina.taps("略過", "平日白天", "週末", "✓ 平日白天", "選好了")
    mina.says("0912345678")
    mina.taps("修改一項", "報修項目", "門鎖", "正確")
    assert [words for _about, words in mina.recorded_taps] == [
        *("冷氣", "略過", "平日白天", "週末", "平日白天", "選好了"),
        *("修改一項", "報修項目", "門鎖", "正確"),
    ]


def test_what_was_picked_is_told_as_well(agency: Shop, mina: Customer) -> None:
    day = agency.now().astimezone(TAIPEI).date() + timedelta(days=20)
    written = date_line(day, "zh-TW")
    mina.says("看房")
    mina.taps("還沒看中，請專員推薦")
    mina.picks("選擇日期與時間", f"{day}T14:30")
    assert [words for _about, words in mina.recorded_taps] == ["還沒看中，請專員推薦", f"{written} 14:30"]
    mina.says("找房")
    mina.taps("台北市", "15,000 以下", "套房")
    mina.picks("選擇日期", f"{day}")
    assert mina.recorded_taps[-1][1] == f"選擇日期 {written}"
    assert mina.posts_back("1|a|zzzzzzzz|1|move_in|date", params={"date": "tomorrow"})
    assert mina.recorded_taps[-1][1] == ""
