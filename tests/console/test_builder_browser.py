"""The rule builder in Chromium: by keyboard alone, by mouse, on a phone, in two languages, with hostile names."""

import re
from typing import Any

import pytest
import sqlalchemy as sa

from segmentation.models import Segment, Tag
from staff.models import Role, StaffUser
from tests import chromium
from tests.console.browser import POCKET, Site
from tests.console.inboxes import HOSTILE, Inbox
from tests.console.people import a_user
from tests.console.test_contacts import crowd
from tests.shop import Shop

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

pytestmark = chromium.MARKS


@pytest.fixture
def engine_name() -> str:
    """What a browser shows is the same on either database."""
    return "sqlite"


@pytest.fixture
def shop_of_forty(site: Site) -> Shop:
    Inbox(site.shop)
    crowd(site.shop, 40)
    return site.shop


@pytest.fixture
def mei(shop_of_forty: Shop) -> StaffUser:
    with shop_of_forty.database.write() as session:
        return a_user(session, Role.MARKETER, now=shop_of_forty.now(), name="行銷小林")


def fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def rule_of(page: Any) -> Any:
    return page.evaluate("JSON.parse(document.getElementById('segment-form').elements.rule.value)")


def opened(page: Any, path: str = "/console/segments/new") -> None:
    page.goto(path)
    expect(page.locator("[data-builder]")).not_to_have_attribute("aria-busy", "true")


def adds(page: Any, condition: str, *, within: Any = None) -> None:
    """Add a condition by keyboard; the cursor stands in its first input then."""
    place = within if within is not None else page.locator(".rb-group.is-root > .rb-add")
    place.get_by_role("button", name=re.compile("^(Condition|條件)$")).focus()
    page.keyboard.press("Enter")
    page.keyboard.type(condition)
    page.keyboard.press("Enter")


def picks(page: Any, words: str) -> None:
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def test_a_nested_rule_is_built_and_saved_by_keyboard_alone(
    site: Site, shop_of_forty: Shop, mei: StaffUser
) -> None:
    with site.page(mei) as page:
        opened(page)
        page.get_by_label("Segment name").focus()
        page.keyboard.type("Two rooms in the north")
        adds(page, "tag")
        picks(page, "Taipei City")
        expect(page.locator("[data-numbers]")).to_contain_text("40")
        adds(page, "seen")
        page.keyboard.type("30")
        page.get_by_role("button", name="Group", exact=True).focus()
        page.keyboard.press("Enter")
        inner = page.locator(".rb-group:not(.is-root) > .rb-add")
        adds(page, "tag", within=inner)
        picks(page, "Two bedrooms")
        adds(page, "tag", within=inner)
        picks(page, "Has pets")
        page.locator(".rb-group:not(.is-root) .rb-leaf").last.get_by_role("button", name="not").focus()
        page.keyboard.press("Enter")
        assert rule_of(page) == {
            "all": [
                {"tag": "area:taipei"},
                {"seen": {"within": "30d"}},
                {"any": [{"tag": "type:two_bed"}, {"not": {"tag": "pet:yes"}}]},
            ]
        }
        expect(page.locator("#rb-words")).to_contain_text("not: carries the tag “Has pets”")
        page.keyboard.press("Alt+ArrowUp")
        page.keyboard.press("Alt+ArrowUp")
        expect(page.locator("#rb-says")).to_have_text("Place 3 of 4")
        assert rule_of(page)["all"][2] == {"not": {"tag": "pet:yes"}}
        page.get_by_role("button", name="Undo").focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Save").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Two rooms in the north")
        expect(page.get_by_text("carries the tag “Has pets”")).to_be_visible()
    (segment,) = shop_of_forty.rows(Segment, Segment.created_by.is_not(None))
    assert {"not": {"tag": "pet:yes"}} in segment.rule["all"][2]["any"]


def test_count_and_people_follow_every_change_and_faults_stand_at_their_condition(
    site: Site, mei: StaffUser
) -> None:
    with site.page(mei) as page:
        opened(page)
        expect(page.locator("[data-numbers]")).to_contain_text("An empty rule means nobody")
        adds(page, "field")
        expect(page.locator("[data-numbers]")).to_contain_text("not finished")
        picks(page, "move_in")
        page.get_by_label("Field: how").select_option(label="is between")
        expect(page.locator(".rb-leaf.is-open")).to_have_count(1)
        page.get_by_role("button", name="As text").click()
        page.locator("#rb-text").fill("all:\n- following: true\n- field: {name: move_in, between: [9, 1]}\n")
        expect(page.locator("#rb-text-faults")).to_contain_text("3: ")
        page.locator("#rb-text").fill("all:\n- following: true\n- field: {name: budget, between: [1, 9]}\n")
        expect(page.locator("#rb-text-faults")).to_contain_text("nobody has told us “budget” yet")
        page.locator("#rb-text").fill("all:\n- following: true\n- field: {name: budget_min, at_least: 1}\n")
        expect(page.locator("#rb-text-faults")).to_be_empty()
        expect(page.locator("[data-numbers]")).to_contain_text("Nobody fits")
        page.get_by_role("button", name="As text").click()
        expect(page.locator(".rb-leaf")).to_have_count(2)
        page.get_by_label("Field: kind of value").select_option(label="day")
        expect(page.locator(".rb-leaf.is-open")).to_have_count(1)
        page.locator(".rb-leaf").last.locator(".rb-menu > summary").click()
        page.get_by_role("button", name="Remove").last.click()
        expect(page.locator("[data-numbers]")).to_contain_text("40")
        expect(page.locator(".meaning-people li")).to_have_count(8)


def test_a_condition_is_dragged_into_a_group(site: Site, mei: StaffUser) -> None:
    with site.page(mei) as page:
        opened(page)
        page.get_by_role("button", name="As text").click()
        page.locator("#rb-text").fill(
            "all:\n- following: true\n- blocked: false\n- any:\n  - returning: true\n"
        )
        expect(page.locator("#rb-text-faults")).to_be_empty()
        expect(page.locator("#rb-panel")).to_have_attribute("aria-busy", "false")
        page.get_by_role("button", name="As text").click()
        leaf = page.locator(".rb-group.is-root > .rb-rules > .rb-leaf").first
        leaf.locator(".rb-grip").drag_to(
            page.locator(".rb-group:not(.is-root) .rb-leaf"), target_position={"x": 60, "y": 4}
        )
        assert rule_of(page) == {
            "all": [{"blocked": False}, {"any": [{"following": True}, {"returning": True}]}]
        }


def test_a_template_is_finished_on_a_phone_in_zh_tw(site: Site, shop_of_forty: Shop, mei: StaffUser) -> None:
    with site.page(mei, size=POCKET, language="zh-TW") as page:
        opened(page)
        assert fits(page)
        page.locator(".rb-tile").filter(has=page.locator("use[href$='#hand-click']")).click()
        assert fits(page)
        expect(page.locator(".rb-leaf")).to_have_count(1)
        adds(page, "標籤")
        page.keyboard.type("台北")
        expect(page.locator(".pick-option").first).to_contain_text("台北")
        assert fits(page)
        page.keyboard.press("Enter")
        expect(page.locator(".rb-leaf.is-open")).to_have_count(1)
        page.locator(".rb-leaf").first.locator(".rb-menu > summary").click()
        page.locator(".rb-menu[open] .is-danger").click()
        expect(page.locator("#rb-bar")).to_contain_text("40")
        assert fits(page)
        page.locator("#segment-form button[type=submit]").click()
        expect(page.get_by_role("heading", level=1)).not_to_be_empty()
        expect(page.locator("#growth svg")).to_be_visible()
        assert fits(page)


def test_hostile_tags_and_segments_are_words_everywhere(
    site: Site, shop_of_forty: Shop, mei: StaffUser
) -> None:
    shop = shop_of_forty
    with shop.database.write() as session:
        tag = session.scalars(sa.select(Tag).where(Tag.name == "pet:yes")).one()
        tag.labels, tag.group = {"en": HOSTILE, "zh-TW": HOSTILE}, HOSTILE
        tag.colour = '"><script>document.title=1</script>'
        segment = session.scalars(sa.select(Segment).where(Segment.key == "with_pets")).one()
        segment.labels = {"en": HOSTILE}
        segment.positioning = {"en": HOSTILE}
        public_id = segment.public_id
    shop.does_chores()
    with site.page(mei) as page:
        for path in ("/console/segments/", f"/console/segments/{public_id}", "/console/campaigns/new"):
            page.goto(path)
            page.wait_for_load_state("networkidle")
            assert page.locator("img[src='x']").count() == 0, path
        opened(page, f"/console/segments/new?like={public_id}")
        expect(page.locator("[data-numbers]")).to_contain_text("40")
        expect(page.locator(".pick-input")).to_have_value(HOSTILE)
        adds(page, "segment")
        page.keyboard.type("img")
        expect(page.locator(".pick-option")).to_contain_text(HOSTILE)
        page.keyboard.press("Enter")
        expect(page.locator("#rb-words")).to_contain_text(HOSTILE)
        assert page.locator("img[src='x']").count() == 0
        assert page.title() != "1"


def test_an_answer_that_comes_late_does_not_take_the_place_of_a_later_one(site: Site, mei: StaffUser) -> None:
    with site.page(mei) as page:
        opened(page)
        held: list[Any] = []
        page.route("**/segments/try", lambda route: held.append(route) if not held else route.continue_())
        adds(page, "tag")
        picks(page, "Taipei City")
        expect(page.locator("#rb-panel")).to_have_attribute("aria-busy", "true")
        page.wait_for_timeout(400)
        page.get_by_role("button", name="not", exact=True).press("Enter")
        expect(page.locator("[data-numbers]")).to_contain_text("Nobody fits")
        expect(page.locator("#rb-panel")).to_have_attribute("aria-busy", "false")
        held[0].abort()
        expect(page.locator("[data-numbers]")).to_contain_text("Nobody fits")
