"""Playing transcripts against a bot made of strings."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from playbook.check import check
from playbook.transcript_model import EventTold, FieldValue, Line, OrderTold, Transcript
from playbook.transcripts import Reason, play, play_all
from playbook.visible import Body, tappables_of, words_of
from tests.playbook.folders import GOOD, write


def said(text: str, *labels: str) -> Body:
    items = [
        {"type": "action", "action": {"type": "message", "label": label, "text": label}} for label in labels
    ]
    return {"type": "text", "text": text} | ({"quickReply": {"items": items}} if items else {})


class Parrot:
    """Answers everything by what was done; knows one menu area and one picker."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.answers: Mapping[str, Sequence[Body]] = {}

    def _did(self, what: str) -> Sequence[Body]:
        self.done.append(what)
        return self.answers.get(what, [said(f"you did {what}", "Again")])

    def pass_time(self, gap: timedelta) -> Sequence[Body]:
        return self._did(f"wait {gap.days} days")

    def add_friend(self) -> Sequence[Body]:
        return self._did("add")

    def scan(self, code: str) -> Sequence[Body]:
        return self._did(f"scan {code}")

    def order(self, told: OrderTold) -> None:
        self._did(f"order {told.amount} {told.days_ago}")

    def track(self, told: EventTold) -> None:
        self._did(f"event {told.name} {told.days_ago}")

    def tap(self, label: str) -> Sequence[Body]:
        return self._did(f"tap {label}")

    def type(self, text: str) -> Sequence[Body]:
        return self._did(f"type {text}")

    def pick(self, label: str, value: str) -> Sequence[Body]:
        return self._did(f"pick {label}={value}")

    def send(self, kind: str) -> Sequence[Body]:
        return self._did(f"send {kind}")

    def open_menu(self, label: str) -> Sequence[Body]:
        if label != "Help":
            raise KeyError(label)
        return self._did(f"menu {label}")

    def tags(self) -> Collection[str]:
        return {"size:small"}

    def fields(self) -> Mapping[str, FieldValue]:
        return {"cups": 2}

    def segments(self) -> Collection[str]:
        return {"small_ones"}

    def left(self) -> Collection[str]:
        return {"former_ones"}

    def why(self, segment: str) -> Sequence[Reason]:
        if segment == "small_ones":
            return (Reason(speaks_for=True, words="carries the tag “Small” (answer in “Order”)"),)
        return (
            Reason(speaks_for=False, words="carries the tag “Large” (does not carry it)"),
            Reason(speaks_for=True, words="was here in the last 30 days"),
        )

    def queue(self) -> str | None:
        return "shop"

    def handed_over(self) -> bool:
        return False


def faults_of(*lines: Mapping[str, Any], answers: Mapping[str, Sequence[Body]] | None = None) -> list[str]:
    parrot = Parrot()
    parrot.answers = answers or {}
    parsed = tuple(Line.model_validate(line) for line in lines)
    return [str(fault) for fault in play(Transcript(key="t", name="T", lines=parsed), parrot)]


def test_a_conversation_that_holds_has_no_faults() -> None:
    picker = {"type": "datetimepicker", "label": "When", "data": "x", "mode": "date"}
    answers = {
        "tap Again": [
            {
                "type": "template",
                "altText": "when?",
                "template": {"type": "buttons", "text": "Which day?", "actions": [picker]},
            }
        ]
    }
    lines: list[Mapping[str, Any]] = [
        {"adds": True, "bot": "you did add"},
        {"buttons": ["Again"]},
        {"taps": "Again", "bot": ["Which day", "When"], "buttons": "When"},
        {"picks": "2027-03-01", "bot": "pick When=2027-03-01"},
        {"types": 22000, "bot": "type 22000"},
        {"sends": "photo", "bot": "send photo"},
        {"menu": "Help", "bot": "menu Help", "says_nothing": False},
        {"scans": "#shop", "bot": "scan #shop"},
        {"later": "30d", "bot": "wait 30 days"},
        {"later": "1d", "types": "hi", "bot": "type hi"},
        {"order": {"amount": 65, "days_ago": [1, 9]}},
        {"event": {"name": "bought"}},
        {"segments": "small_ones", "because": ["“Small”", "“Order”"]},
        {"no_segments": "large_ones", "because": "does not carry it"},
        {"left": "former_ones", "because": "“Large”"},
        {
            "tags": "size:small",
            "no_tags": ["size:large"],
            "fields": {"cups": 2, "gone": None},
            "segments": "small_ones",
            "no_segments": "large_ones",
            "queue": "shop",
            "handed_over": False,
        },
    ]
    assert faults_of(*lines, answers=answers) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ({"bot": "goodbye"}, "expected the bot to say “goodbye”, got “you did add / Again”"),
        (
            {"bot": ["add", "you"]},
            "expected the bot to say “you” after what came before, got “you did add / Again”",
        ),
        ({"says_nothing": True}, "expected silence, got “you did add / Again”"),
        ({"buttons": ["Again", "More"]}, "expected the buttons Again, More, got Again"),
        ({"tags": "size:large"}, "expected the tag size:large, got size:small"),
        ({"no_tags": "size:small"}, "expected no tag size:small, got size:small"),
        ({"queue": "wholesale"}, "expected a ticket in the queue wholesale, got shop"),
        (
            {"segments": "large_ones"},
            (
                "expected the person to be in large_ones, and they are not:"
                " carries the tag “Large” (does not carry it)"
            ),
        ),
        (
            {"no_segments": "small_ones"},
            (
                "expected the person not to be in small_ones, and they are:"
                " carries the tag “Small” (answer in “Order”)"
            ),
        ),
        (
            {"left": "small_ones"},
            (
                "expected the person to have left small_ones, and they still are in it:"
                " carries the tag “Small” (answer in “Order”)"
            ),
        ),
        (
            {"left": "large_ones"},
            (
                "expected the person to have left large_ones, and they never were in it:"
                " carries the tag “Large” (does not carry it)"
            ),
        ),
        (
            {"segments": "small_ones", "because": ["Small", "was here"]},
            (
                "expected 'was here' as a reason to be in small_ones,"
                " got carries the tag “Small” (answer in “Order”)"
            ),
        ),
        (
            {"no_segments": "large_ones", "because": "was here"},
            (
                "expected 'was here' as a reason to be not in large_ones,"
                " got carries the tag “Large” (does not carry it)"
            ),
        ),
        ({"fields": {"cups": 3}}, "expected cups to be 3, got 2"),
        ({"handed_over": True}, "expected a person to have the floor, got the bot"),
        ({"taps": "Stop"}, "expected a button 'Stop' to tap, got Again"),
        ({"picks": "12:30"}, "expected a date or time picker, got none"),
        ({"menu": "Hilfe"}, "expected a menu area 'Hilfe', got a menu without it"),
    ],
)
def test_where_it_goes_another_way_is_told_with_its_line(line: Mapping[str, Any], fault: str) -> None:
    assert faults_of({"adds": True}, line) == [f"transcripts/t.yaml:2: {fault}"]


def test_silence_where_words_were_expected_is_named() -> None:
    nothing: Mapping[str, Sequence[Body]] = {"add": []}
    assert faults_of({"adds": True, "bot": "hello"}, answers=nothing) == [
        "transcripts/t.yaml:1: expected the bot to say “hello”, got silence"
    ]
    assert faults_of({"adds": True, "says_nothing": False}, answers=nothing) == [
        "transcripts/t.yaml:1: expected an answer, got silence"
    ]


def test_a_line_that_cannot_be_played_ends_the_transcript() -> None:
    faults = faults_of({"adds": True}, {"taps": "Stop"}, {"bot": "never judged"})
    assert len(faults) == 1


def test_messages_that_line_would_refuse_are_faults() -> None:
    answers = {"add": [said("x")] * 6, "type a": [said("y" * 5001)]}
    faults = faults_of({"adds": True}, {"types": "a"}, answers=answers)
    assert faults[0] == "transcripts/t.yaml:1: expected at most 5 messages in one turn, got 6"
    assert faults[1].startswith("transcripts/t.yaml:2: expected a message that LINE takes, got text: ")


SPOILED = """\
name: All that can be wrong
lines:
  - menu: Help
    no_segments: small_ones
  - {adds: true, segments: [small_one]}
  - event: {name: tap}
  - event: {name: boght, days_ago: [1, 2]}
  - {order: {amount: cheap}}
  - {order: {amount: 65, days_ago: -1}}
  - {order: {amount: 65, stor: xinyi}}
  - {later: soon}
  - {later: 0d}
  - {scans: shop}
  - {because: Small}
  - {segments: [small_ones, large_ones], because: Small}
  - {types: hi, order: {amount: 1}}
  - {left: smal_ones}
  - {event: {name: bought, properties: {BIG: 1}}}
"""
TOLD = [
    (5, "unknown segment 'small_one'"),
    (6, "'tap' is what the program itself takes down: let the customer do it"),
    (7, "unknown event 'boght'; did you mean 'bought'?"),
    (8, "amount must be a number, not 'cheap'"),
    (9, "days_ago must be at least 0, not '-1'"),
    (10, "unknown key 'stor'; did you mean 'store'?"),
    (11, "later must be a duration like 30m, 12h or 90d, not 'soon'"),
    (12, "later must be a stretch of time like 2h or 30d"),
    (13, "what a QR code types begins with # (such as #信義店), not 'shop'"),
    (14, "`because` says why somebody is in one segment or is not"),
    (15, "`because` says why somebody is in one segment or is not"),
    (16, "a line is one thing that happens (adds, scans"),
    (17, "unknown segment 'smal_ones'"),
    (18, "names are small letters a to z"),
]


def test_what_is_wrong_in_a_transcript_is_told_with_its_line_in_plain_words(tmp_path: Path) -> None:
    segments = "events: [bought]\nsegments:\n" + "".join(
        f"  - {{id: {key}, label: Some, rule: {{event: bought}}}}\n" for key in ("small_ones", "large_ones")
    )
    files = {**GOOD, "segments.yaml": segments, "transcripts/spoiled.yaml": SPOILED}
    faults = [one for one in check(write(tmp_path, files)).faults if one.file == "transcripts/spoiled.yaml"]
    assert [fault.line for fault in faults] == [line for line, _what in TOLD]
    for fault, (_line, what) in zip(faults, TOLD, strict=True):
        assert fault.what.startswith(what), fault


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    checked = check(write(tmp_path, GOOD))
    assert checked.playbook is not None
    faults = play_all(checked.playbook.transcripts, lambda _: Parrot())
    assert [fault.line for fault in faults] == [4, 5]


def test_everything_visible_in_a_message_is_read_in_order() -> None:
    button = {"type": "button", "action": {"type": "postback", "label": "Book", "data": "b"}}
    bubble = {
        "type": "bubble",
        "footer": {"type": "box", "layout": "vertical", "contents": [button]},
        "body": {
            "type": "box",
            "layout": "vertical",
            "contents": [
                {"type": "text", "text": "Two rooms"},
                {"type": "text", "contents": [{"type": "span", "text": "22,000"}]},
            ],
        },
        "hero": {"type": "image", "url": "https://x.example/a.png", "action": {"type": "uri", "uri": "https://x.example"}},
    }  # fmt: skip
    flex = {"type": "flex", "altText": "home", "contents": {"type": "carousel", "contents": [bubble, bubble]}}
    assert words_of(flex) == "\n".join(["Two rooms", "22,000", "Book"] * 2)
    assert [tappable.label for tappable in tappables_of(flex)] == ["", "Book", "", "Book"]
    columns = [
        {"title": "A", "text": "a", "actions": [{"type": "uri", "label": "Go", "uri": "https://x.example"}]}
    ]
    template = {"type": "template", "altText": "x", "template": {"type": "carousel", "columns": columns}}
    assert words_of(template) == "A\na\nGo"
    assert [tappable.kind for tappable in tappables_of(template)] == ["uri"]
