"""What staff say otherwise than the playbook: it counts at once, outlives playbooks, is told, and is taken back."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from line.channels import ensure_channel
from playbook.apply import apply
from playbook.check import check
from playbook.plan import plan
from playbook.schema import Playbook
from segmentation.models import About, Membership, Score, Segment, StaffWord, Targeting
from simulator.person import Person
from staff.models import AuditEntry, Role
from tests.console.people import Browser, browser_of
from tests.playbook.folders import GOOD, write
from tests.playbook.test_apply import the_playbook
from tests.shop import Shop
from tests.stories.cafe import opens, wants_it_large

SEGMENTS = """\
scores:
  - id: warmth
    label: Warmth
    conditions:
      - points: 10
        when: {tag: "size:large"}
      - points: 7
        when: {tag: "taste:sour"}
      - points: -12
        when: {following: false}
segments:
  - id: warm
    label: Warm people
    rule: {field: {name: "score:warmth", at_least: 20}}
    target: not_now
    because: Too few of them.
    positioning: {en: A large one is cheaper by the litre}
  - id: dear
    label: Dear people
    rule: {segment: warm}
"""
REPLY = """\
rules:
  - id: points
    match: {exact: points}
    always: true
    then: {say: "You have {{ scores.warmth }} of them."}
fallback:
  first: "Pardon?"
  second: "Pardon?"
"""
OURS = "A large one, and stay"
POINTS = "/console/value/scores/warmth"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def cafe(shop: Shop, folder: Path) -> Shop:
    return opens(shop, folder, {"segments.yaml": SEGMENTS, "auto_replies.yaml": REPLY})


@pytest.fixture
def mei(cafe: Shop) -> Browser:
    return browser_of(cafe.app, cafe.database, Role.MARKETER, now=cafe.now())


@pytest.fixture
def mina(cafe: Shop) -> Person:
    mina = wants_it_large(cafe)
    cafe.does_chores()
    return mina


def another(folder: Path, *changes: tuple[str, str], replies: str = REPLY) -> Playbook:
    """Return the playbook as its writers have it next."""
    text = SEGMENTS
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return the_playbook(folder, {**GOOD, "segments.yaml": text, "auto_replies.yaml": replies})


def publish(cafe: Shop, playbook: Playbook) -> list[str]:
    """Publish a playbook; return what was said before it would leave as it is."""
    with cafe.database.write() as session:
        channel = ensure_channel(session, now=cafe.now())
        planned = plan(session, channel, playbook)
        assert apply(session, channel, playbook, now=cafe.now(), by="test") is not None
    cafe.does_chores()
    said = [str(one) for one in planned.kept]
    assert all(f"  {one}" in str(planned) for one in said)
    return said


def segment(cafe: Shop, key: str = "warm") -> Segment:
    found: Segment = cafe.rows(Segment, Segment.key == key)[0]
    return found


def page_of(cafe: Shop) -> str:
    return f"/console/segments/{segment(cafe).public_id}"


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def inside(cafe: Shop) -> list[str]:
    with cafe.database.read() as session:
        stmt = (
            sa.select(Segment.key).join(Membership, Membership.segment_id == Segment.id)
            .where(Membership.left_at.is_(None)).order_by(Segment.key)
        )  # fmt: skip
        return list(session.scalars(stmt))


def points(cafe: Shop) -> list[int]:
    (score,) = cafe.rows(Score)
    return [one["points"] for one in score.conditions]


def sets(mei: Browser, *typed: str, version: str = "") -> int:
    """Fill in the points as the form is, and send it; return what is answered."""
    if not version:
        found = re.search(r'name="version" value="([^"]+)"', mei.get(POINTS).text)
        assert found is not None
        version = found[1]
    data = {f"points.{place}": one for place, one in enumerate(typed)}
    return mei.post(POINTS, {**data, "version": version}).status_code


def actions(cafe: Shop, action: str) -> list[object]:
    return [one.detail for one in cafe.rows(AuditEntry, AuditEntry.action == action)]


def test_an_aim_outlives_the_next_playbook_until_it_is_taken_back(
    cafe: Shop, folder: Path, mei: Browser
) -> None:
    assert "What you change here stands over it" in mei.get(page_of(cafe)).text
    said = {"targeting": "yes", "reason": "They stay.", "positioning.en": OURS}
    assert mei.post(f"{page_of(cafe)}/targeting", said).status_code == 302
    told = words(mei.get(page_of(cafe)).text)
    assert "decided here by marketer; the playbook says: Not now · Too few of them." in told
    assert "written here by marketer; the playbook says: A large one is cheaper by the litre" in told

    kept = publish(cafe, another(folder, ("not_now", '"no"'), ("by the litre", "by the sip")))
    by = "(by marketer)"
    assert kept == [
        f"segment warm: target is yes, because They stay.; the playbook says no, because Too few of them. {by}",
        f"segment warm: positioning is en: {OURS}; the playbook says en: A large one is cheaper by the sip {by}",
    ]
    assert (segment(cafe).targeting, segment(cafe).targeting_reason) == (Targeting.YES, "They stay.")
    assert segment(cafe).positioning == {"en": OURS}
    told = words(mei.get(page_of(cafe)).text)
    assert "the playbook says: No · Too few of them." in told

    assert mei.post(f"{page_of(cafe)}/targeting/playbook", {"about": "target"}).status_code == 302
    assert (segment(cafe).targeting, segment(cafe).targeting_reason) == (Targeting.NO, "Too few of them.")
    assert segment(cafe).positioning == {"en": OURS}, "the other word stands"
    assert mei.post(f"{page_of(cafe)}/targeting/playbook", {"about": "positioning"}).status_code == 302
    assert segment(cafe).positioning == {"en": "A large one is cheaper by the sip"}
    assert "the playbook says:" not in words(mei.get(page_of(cafe)).text)
    assert cafe.rows(StaffWord) == []
    assert len(actions(cafe, "segment.take_back")) == 2
    assert publish(cafe, another(folder)) == []
    assert segment(cafe).targeting == Targeting.NOT_NOW


def test_staff_may_give_as_long_a_reason_as_a_playbook(cafe: Shop, folder: Path, mei: Browser) -> None:
    longest = "x" * 500
    publish(cafe, another(folder, ("Too few of them.", longest)))
    field = re.search(r'name="reason" value="([^"]*)" maxlength="(\d+)"', mei.get(page_of(cafe)).text)
    assert field is not None
    assert field.groups() == (longest, "500")
    said = {"targeting": "not_now", "reason": longest, "positioning.en": OURS}
    mei.post(f"{page_of(cafe)}/targeting", said)
    assert segment(cafe).positioning == {"en": OURS}, "refused for a reason that is the playbook's own"
    assert {one.about for one in cafe.rows(StaffWord)} == {About.POSITIONING}

    mei.post(f"{page_of(cafe)}/targeting", {**said, "reason": longest + "x"})
    assert segment(cafe).targeting_reason == longest
    spoilt = {**GOOD, "segments.yaml": SEGMENTS.replace("Too few of them.", longest + "x")}
    (fault,) = check(write(folder / "spoilt", spoilt)).faults
    assert "at most 500 characters" in fault.what


def test_what_staff_say_of_a_silent_playbook_stands_when_it_begins_to_speak(
    cafe: Shop, folder: Path, mei: Browser
) -> None:
    here = f"/console/segments/{segment(cafe, 'dear').public_id}"
    assert "stands over it" not in mei.get(here).text
    assert mei.post(f"{here}/targeting", {"targeting": "yes"}).status_code == 302
    assert "the playbook says:" not in words(mei.get(here).text)
    speaking = another(folder, ("rule: {segment: warm}", 'rule: {segment: warm}\n    target: "no"'))
    assert publish(cafe, speaking) == ["segment dear: target is yes; the playbook says no (by marketer)"]
    assert segment(cafe, "dear").targeting == Targeting.YES
    # Who says what the playbook says says nothing of their own any more.
    assert mei.post(f"{here}/targeting", {"targeting": "no"}).status_code == 302
    assert cafe.rows(StaffWord) == []


def test_points_count_at_once_in_segments_and_in_turns(cafe: Shop, mina: Person, mei: Browser) -> None:
    assert inside(cafe) == []
    assert "Change the points" in mei.get("/console/value/scores").text
    assert sets(mei, "＋２５", "0", "−１２") == 302
    assert points(cafe) == [25, 0, -12]
    cafe.does_chores()
    assert inside(cafe) == ["dear", "warm"], "by way of another segment too"
    mina.says("points")
    assert mina.sees[-1] == "You have 25 of them."
    told = words(mei.get("/console/value/scores").text)
    assert "+25 carries the tag “Large” (the playbook says +10)" in told
    form = words(mei.get(POINTS).text)
    assert "The playbook says +10." in form
    assert "Set here by marketer" in form
    assert actions(cafe, "score.points") == [{"from": [10, 7, -12], "to": [25, 0, -12]}]
    assert sets(mei, "15", "0", "-12") == 302
    cafe.does_chores()
    assert inside(cafe) == []


def test_points_outlive_the_next_playbook_until_they_are_taken_back(
    cafe: Shop, folder: Path, mina: Person, mei: Browser
) -> None:
    assert sets(mei, "25", "9", "-12") == 302
    # One condition has another rule, another has moved, and the third is given other points.
    kept = publish(
        cafe,
        another(
            folder,
            ('      - points: 10\n        when: {tag: "size:large"}\n', ""),
            ("taste:sour", "taste:sweet"),
            (
                "- points: -12\n        when: {following: false}",
                '- points: -30\n        when: {following: false}\n      - points: 11\n        when: {tag: "size:large"}',
            ),
        ),
    )
    nowhere = 'have no place, for the playbook has no condition {"tag":"taste:sour"}'
    assert kept == [
        "score warmth: condition 3 gives 25 points; the playbook says 11 (by marketer)",
        f"score warmth: 9 points {nowhere} (by marketer)",
    ]
    assert points(cafe) == [7, -30, 25]
    assert inside(cafe) == ["dear", "warm"]
    form = words(mei.get(POINTS).text)
    assert "The playbook says +11." in form
    assert "They count again when it has them again: +9 carries the tag “Sour”" in form
    # What waits is not lost when something else is changed, and counts when it has its place again.
    assert sets(mei, "7", "-31", "25") == 302
    publish(cafe, another(folder))
    assert points(cafe) == [25, 9, -31]

    assert mei.post(f"{POINTS}/playbook").status_code == 302
    assert points(cafe) == [10, 7, -12]
    assert cafe.rows(StaffWord) == []
    assert actions(cafe, "score.take_back") == [{"from": [25, 9, -31], "to": [10, 7, -12]}]
    cafe.does_chores()
    assert inside(cafe) == []
    mina.says("points")
    assert mina.sees[-1] == "You have 10 of them."


def test_two_conditions_that_say_the_same_keep_their_own_points(
    cafe: Shop, folder: Path, mei: Browser
) -> None:
    twice = ("taste:sour", "size:large")
    publish(cafe, another(folder, twice))
    assert sets(mei, "10", "8", "-12") == 302
    publish(cafe, another(folder, twice, ("- points: -12", "- points: -13")))
    assert points(cafe) == [10, 8, -13]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Write a whole number from −1,000 to 1,000."),
        ("zh-TW", "請填 −1,000 到 1,000 之間的整數。"),
        ("ja", "−1,000 から 1,000 までの整数を入力してください。"),
    ],
)
def test_what_are_no_points_is_said_at_the_field(cafe: Shop, mei: Browser, language: str, said: str) -> None:
    mei.post("/console/language", {"language": language})
    version = cafe.rows(Score)[0].changed_at.isoformat()
    for typed in ("", "many", "1.5", "1001", "-99999999999999999999", "٣", "--2", "<b>"):
        data = {"points.0": "20", "points.1": typed, "points.2": "-12", "version": version}
        answer = mei.post(POINTS, data)
        assert answer.status_code == 422, typed
        assert answer.text.count(said) == 1
        assert f'id="e-points.1">{said}' in answer.text
        shown = typed[:20].replace("<", "&lt;").replace(">", "&gt;")
        assert f'name="points.1" type="text" value="{shown}"' in answer.text
        assert 'name="points.0" type="text" value="20"' in answer.text
    assert points(cafe) == [10, 7, -12]
    assert actions(cafe, "score.points") == []


def test_whoever_is_slower_sees_what_counts_now(cafe: Shop, folder: Path, mei: Browser) -> None:
    (score,) = cafe.rows(Score)
    opened = score.changed_at.isoformat()
    assert sets(mei, "11", "7", "-12") == 302
    assert sets(mei, "12", "7", "-12", version=opened) == 409
    assert sets(mei, "12", "7", "-12", version="no moment") == 409
    assert points(cafe) == [11, 7, -12]
    publish(cafe, another(folder, ("taste:sour", "taste:sweet")))
    answer = mei.post(POINTS, {"version": opened, "points.0": "12", "points.1": "8", "points.2": "-12"})
    assert answer.status_code == 409
    assert "nothing of yours was saved" in answer.text
    assert 'value="11"' in answer.text


def test_a_score_that_is_no_longer_in_the_playbook_has_no_points_to_set(
    cafe: Shop, folder: Path, mei: Browser
) -> None:
    assert sets(mei, "25", "7", "-12") == 302
    with_none = the_playbook(folder, {**GOOD, "auto_replies.yaml": REPLY.replace("scores.warmth", "name")})
    assert publish(cafe, with_none) == []
    assert mei.get(POINTS).status_code == 404
    assert mei.post(f"{POINTS}/playbook").status_code == 404
    # Nobody took it back: where the score comes again, so does what staff said.
    publish(cafe, another(folder))
    assert points(cafe) == [25, 7, -12]


def test_a_list_and_a_segment_of_ones_own_have_no_playbook_to_go_back_to(cafe: Shop, mei: Browser) -> None:
    rule = '{"tag": "size:large"}'
    made = mei.post("/console/segments/new", {"label.en": "Ours", "rule": rule})
    assert made.status_code == 302
    assert mei.post(f"{made.location}/targeting", {"targeting": "yes"}).status_code == 302
    assert cafe.rows(StaffWord) == []
    assert mei.post(f"{made.location}/targeting/playbook", {"about": "target"}).status_code == 404
    assert mei.post(f"{page_of(cafe)}/targeting/playbook", {"about": "points"}).status_code == 404
