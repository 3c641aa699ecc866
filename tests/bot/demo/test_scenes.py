"""Every transcript is a scene of the stage: acted to its end by somebody new, or shown with why it cannot be."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.demo import shop as demo
from bot.demo.elsewhere import Books
from bot.demo.phones import Scenes, Simulator, Stage
from bot.segmenting import SEGMENTS
from contacts.models import Contact, ContactField, EntrySource
from core.errors import Conflict, NotFound
from facts.models import ContactEvent, Order
from playbook.check import check
from playbook.schema import Playbook
from playbook.transcript_model import EventTold, Line, OrderTold, Transcript
from segmentation.models import ContactTag, Membership
from tests.shop import EXAMPLES, Shop

MOST_TRIES = 3
YEARS_LATER = datetime(2029, 5, 8, 6, tzinfo=UTC)
"""Days that are picked in transcripts are long past by then."""


@pytest.fixture
def engine_name() -> str:
    """What a phone can do is the same on either database."""
    return "sqlite"


@pytest.fixture(params=["rental", "tea_shop"])
def playbook(request: pytest.FixtureRequest) -> Playbook:
    found = check(EXAMPLES / request.param, segments=SEGMENTS).playbook
    assert found is not None
    return found


def a_stage(shop: Shop, *transcripts: Transcript) -> Stage:
    scenes = Scenes(lambda _folder: transcripts, Path)
    return Stage(Simulator(shop.simulator.url), scenes, Books(shop.database, shop.now))


def acts(stage: Stage, shop: Shop, key: str) -> str:
    """Let somebody new play a scene; return who. What their phone does not allow is tried again, as the stage does.

    :raises Conflict: it never allows it.
    """
    scene = next(one for one in stage.scenes() if one.key == key)
    somebody = stage.enter(key)
    for number in range(len(scene.acts)):
        for left in reversed(range(MOST_TRIES)):
            shop.works()
            shop.does_chores()
            shop.clock.advance(2)
            try:
                stage.play(somebody.user_id, key, number)
                break
            except Conflict:
                if not left:
                    raise
    shop.works()
    return somebody.user_id


def test_every_transcript_is_acted_to_its_end_or_says_how_much_time_would_have_to_pass(
    shop: Shop, playbook: Playbook
) -> None:
    shop.clock.set(YEARS_LATER)
    with shop.database.write() as session:
        demo.publish(session, playbook, now=shop.now())
    stage = a_stage(shop, *playbook.transcripts)
    scenes = stage.scenes()
    passing = {one.key for one in playbook.transcripts if any(line.later for line in one.lines)}
    assert {one.key for one in scenes if one.is_playable} == {
        one.key for one in playbook.transcripts
    } - passing
    stuck = {}
    for scene in scenes:
        try:
            acts(stage, shop, scene.key)
        except (Conflict, NotFound) as error:
            stuck[scene.key] = str(error)
    assert {key: why for key, why in stuck.items() if key not in passing} == {}
    assert set(stuck) == passing


def scene(*lines: Line, **more: object) -> Transcript:
    return Transcript.model_validate({"key": "one", "name": "One", "lines": lines, **more})


def test_somebody_brings_along_what_the_transcript_says_they_carry(shop: Shop) -> None:
    shop.publishes(EXAMPLES / "tea_shop")
    carried = {"tags": ("store:xinyi",), "fields": {"prefecture": "高雄市"}}
    stage = a_stage(shop, scene(Line(types="你好"), contact=carried))
    (told,) = stage.scenes()
    assert [act.kind for act in told.acts] == ["adds", "types"], "a phone that is no friend has no menu"
    user_id = acts(stage, shop, "one")
    (contact,) = shop.rows(Contact, Contact.line_user_id == user_id)
    assert contact.is_following
    tag = shop.rows(ContactTag, ContactTag.contact_id == contact.id)[0]
    field = shop.rows(ContactField, ContactField.contact_id == contact.id)[0]
    assert (tag.source, field.source) == ("stage", "stage")
    segments = shop.rows(Membership, Membership.contact_id == contact.id)
    assert segments, "and segments know of it"


def test_somebody_whose_profile_line_does_not_tell_stays_without_a_name(shop: Shop) -> None:
    shop.publishes(EXAMPLES / "tea_shop")
    user_id = acts(a_stage(shop, scene(Line(adds=True), contact={"name": None})), shop, "one")
    (contact,) = shop.rows(Contact, Contact.line_user_id == user_id)
    assert contact.display_name is None


def test_what_other_systems_tell_is_told_once_and_a_code_is_scanned(shop: Shop) -> None:
    shop.publishes(EXAMPLES / "tea_shop")
    lines = (
        Line(scans="#公館店"),
        Line(order=OrderTold(amount=65, days_ago=(3, 0))),
        Line(event=EventTold(name="bought", properties={"tags": "taste:brown_sugar"})),
    )
    stage = a_stage(shop, scene(*lines))
    user_id = acts(stage, shop, "one")
    for number in (1, 2):
        stage.play(user_id, "one", number)  # pressed twice
    (contact,) = shop.rows(Contact, Contact.line_user_id == user_id)
    assert contact.is_following
    assert contact.entry_source == "#公館店"
    assert shop.rows(EntrySource) == [], (
        "a greeting knows it: nothing is left to be offered when LINE is real"
    )
    assert {one.source for one in shop.rows(Order)} == {"stage"}
    assert len(shop.rows(Order)) == 2
    told = shop.rows(ContactEvent, ContactEvent.contact_id == contact.id, ContactEvent.source == "stage")
    assert len(told) == 1
