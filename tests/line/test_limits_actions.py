"""Actions: pickers, postbacks, and what a place takes."""

import pytest

from line import limits_actions as places
from tests.line.bodies import Body, fields, say, with_action

PICKERS: dict[str, tuple[Body, list[str]]] = {
    "date": ({"mode": "date", "initial": "2027-03-01", "min": "1900-01-01", "max": "2100-12-31"}, []),
    "time": ({"mode": "time", "initial": "15:30", "min": "00:00", "max": "23:59"}, []),
    "moment": ({"mode": "datetime", "initial": "2027-03-01t15:30", "max": "2027-03-01T15:31"}, []),
    "mode": ({"mode": "week"}, ["mode"]),
    "29 February": ({"mode": "date", "initial": "2027-02-29"}, ["initial"]),
    "slashes": ({"mode": "date", "initial": "2027/03/01"}, ["initial"]),
    "compact": ({"mode": "date", "initial": "20270301"}, ["initial"]),
    "too early": ({"mode": "date", "min": "1899-12-31"}, ["min"]),
    "too late": ({"mode": "datetime", "max": "2101-01-01T00:00"}, ["max"]),
    "24:00": ({"mode": "time", "max": "24:00"}, ["max"]),
    "seconds": ({"mode": "datetime", "max": "2027-03-01T15:30:00"}, ["max"]),
    "date for moment": ({"mode": "datetime", "initial": "2027-03-01"}, ["initial"]),
    "no span": ({"mode": "time", "min": "10:00", "max": "10:00"}, ["max"]),
    "backwards": ({"mode": "date", "min": "2027-03-02", "max": "2027-03-01"}, ["max"]),
    "outside": ({"mode": "time", "initial": "09:00", "min": "10:00"}, ["initial"]),
}


@pytest.mark.parametrize("name", sorted(PICKERS))
def test_pickers(name: str) -> None:
    picker, wrong = PICKERS[name]
    body = with_action({"type": "datetimepicker", "label": "a", "data": "d", **picker})
    assert fields(body) == [f"template.actions[0].{field}" for field in wrong]


@pytest.mark.parametrize(
    ("postback", "wrong"),
    [
        ({"displayText": "a", "text": "a"}, "text"),
        ({"fillInText": "a"}, "fillInText"),
        ({"fillInText": "a", "inputOption": "openVoice"}, "fillInText"),
        ({"inputOption": "openDoor"}, "inputOption"),
    ],
)
def test_postbacks_that_contradict_themselves(postback: Body, wrong: str) -> None:
    body = with_action({"type": "postback", "label": "a", "data": "d", **postback})
    assert fields(body) == [f"template.actions[0].{wrong}"]


def test_a_rich_menu_takes_its_own_actions() -> None:
    check = places.action(places.IN_RICH_MENU)
    switch = {"type": "richmenuswitch", "richMenuAliasId": "stores-zh-tw", "data": "d"}
    assert list(check(switch, "areas[0].action")) == []
    assert list(check(say(label="a" * 20), "")) == []
    assert [fault.field for fault in check(switch | {"richMenuAliasId": "Stores"}, "a")] == [
        "a.richMenuAliasId"
    ]
    assert [fault.field for fault in check({"type": "camera", "label": "a"}, "a")] == ["a.type"]
    assert [fault.field for fault in check(say(label="a" * 21), "a")] == ["a.label"]
