"""Segments in a playbook: every fault with its line, and rows that are kept up to date and never deleted."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.segmenting import SEGMENTS as EVERY_LEAF
from content.model import Content
from core.db import Database
from playbook.apply import apply
from playbook.check import check
from playbook.plan import plan
from playbook.published import as_json
from playbook.schema import Playbook
from segmentation.models import Segment
from tests.playbook.folders import GOOD, Files, line_in, write
from tests.playbook.test_apply import NOON, channel_of, publish, the_playbook

SEGMENTS = """\
segments:
  - id: regulars
    label: Regulars
    description: They know what they want.
    rule:
      all:
        - tag: size:large
        - field: {name: phone, known: true}
  - id: newcomers
    label: Newcomers
    rule:
      not:
        seen: {within: 30d}
"""
WITH: Files = GOOD | {"segments.yaml": SEGMENTS}


def spoiled(old: str, new: str) -> Files:
    assert old in SEGMENTS
    return GOOD | {"segments.yaml": SEGMENTS.replace(old, new, 1)}


def test_a_playbook_with_segments_is_in_order(tmp_path: Path) -> None:
    playbook = the_playbook(tmp_path, WITH)
    assert [one.id for one in playbook.content.segments] == ["regulars", "newcomers"]
    assert Content.model_validate(as_json(playbook.content)) == playbook.content


@pytest.mark.parametrize(
    ("old", "new", "marker", "fault"),
    [
        ("size:large", "size:larg", "size:larg", "unknown tag 'size:larg'; did you mean 'size:large'?"),
        ("name: phone", "name: fone", "name: fone", "unknown field 'fone'; did you mean 'phone'?"),
        (
            "seen: {within: 30d}", "consent: news", "consent: news",
            "nobody can agree to 'news': there is no tag 'consent:news'",
        ),
        (
            "- tag: size:large", "- tagg: size:large", "tagg",
            "unknown key 'tagg'; did you mean 'tag'?",
        ),
        ("within: 30d", "withn: 30d", "withn", "unknown key 'withn'"),
        ("within: 30d", "within: soon", "within: soon", "within must be a duration like 30m, 12h or 90d, not 'soon'"),
        ("within: 30d", "within: 99999999999d", "within: 9", "is longer than anything lasts"),
        ("within: 30d", "within: 4000d", "within: 4", "how far back must be between 1s and 3660d"),
        ("seen: {within: 30d}", "seen: 30d", "seen: 30d", "seen must be a map of `key: value`, not '30d'"),
        ("seen: {within: 30d}", "tag: 5", "tag: 5", "name must be text; put quotes around it, not '5'"),
        ("seen: {within: 30d}", "any: []", "not:", "is empty, and nobody fits an empty rule; say what must hold"),
        ("seen: {within: 30d}", "any: {tag: x}", "any: {", "any takes a list of rules"),
        (
            "seen: {within: 30d}", "{seen: {within: 1d}, tag: x}", "not:",
            "a rule says one thing: put `seen` and `tag` under `all` or `any`, each with a dash of its own",
        ),
        (
            "known: true", "between: [9, 1]", "field:",
            "the second of `between` comes before the first, so nobody fits",
        ),
        (
            "known: true", "between: [today, -1d]", "field:",
            "the second of `between` comes before the first, so nobody fits",
        ),
        ("known: true", "between: [9, tomorrow]", "field:", "between takes two numbers or two days such as"),
        ("known: true", "between: [9]", "between", "between has too few items"),
        (
            ", known: true", "", "field:",
            "a field is compared in one way: with one of `is`,",
        ),
        ("id: newcomers", "id: regulars", "id: regulars\n    label: N", "there is a segment 'regulars' already, on line 2"),
        ("id: regulars", "id: re gulars", "id: re", "'re gulars' cannot name a segment"),
        ("label: Regulars", 'label: "{{ name }}"', "label: ", "label is the same for everybody"),
        ("rule:\n      not:\n        seen: {within: 30d}", "rules: x", "- id: newcomers", "rule is missing"),
        ("rule:\n      not:\n        seen: {within: 30d}", "rule: x", "rule: x", "rule must be a map of `key: value`"),
        (
            "rule:\n      not:\n        seen: {within: 30d}", "rule: {}", "rule: {}",
            "is empty, and nobody fits an empty rule",
        ),
        (
            "seen: {within: 30d}", "{not: " * 19 + "{tag: x}" + "}" * 19, "{not:",
            "is nested more than 18 levels deep",
        ),
        (
            "seen: {within: 30d}", "any: [" + "{tag: size:large}, " * 220 + "]", "any: [",
            "a rule has at most 200 conditions",
        ),
        (
            "seen: {within: 30d}", "event: {name: tapp, within: 30d}", "tapp",
            "unknown event 'tapp'; did you mean 'tap'?",
        ),
        (
            "seen: {within: 30d}", "event: {name: bought_a_boat}", "bought_a_boat",
            "unknown event 'bought_a_boat'; there are answer, block, entry, follow,",
        ),
        ("seen: {within: 30d}", "segment: regular", "segment:", "unknown segment 'regular'; did you mean 'regulars'?"),
        (
            "seen: {within: 30d}", "segment: newcomers", "segment:",
            "the segments name each other in a circle: newcomers → newcomers",
        ),
        ("seen: {within: 30d}", "answer: find_hom", "answer:", "unknown questionnaire 'find_hom'"),
        ("seen: {within: 30d}", "ticket: {state: open, queue: nowhere}", "ticket:", "unknown queue 'nowhere'"),
        ("seen: {within: 30d}", "campaign: {id: autumn}", "campaign:", "unknown campaign 'autumn'"),
        ("seen: {within: 30d}", "rfm: high_valu", "rfm:", "unknown group 'high_valu'; did you mean 'high_value'?"),
        ("seen: {within: 30d}", 'event: {name: tap, where: {"a b": 1}}', "event:", "'a b' is no name: small letters"),
        (
            "seen: {within: 30d}", "event: {name: tap, where: {tags: size:larg}}", "event:",
            "unknown tag 'size:larg'; did you mean 'size:large'?",
        ),
        (
            "seen: {within: 30d}", "event: {name: tap, where: {crad: large}}", "event:",
            "unknown property 'crad' of tap; did you mean 'card'?",
        ),
        (
            "seen: {within: 30d}", "event: {name: [follow, message], where: {code: large}}", "event:",
            "unknown property 'code' of follow, message",
        ),
        (
            "seen: {within: 30d}", "event: {name: tap, where: {card: nosuch}}", "event:",
            "unknown card 'nosuch'",
        ),
        (
            "seen: {within: 30d}", "event: {name: answer, where: {question: areaa}}", "event:",
            "unknown question 'areaa'",
        ),
        (
            "seen: {within: 30d}", "event: {name: tap, share_at_least: 0.5}", "event:",
            "`share_at_least` is the share of those that `where` describes: say which",
        ),
        (
            "seen: {within: 30d}", "event: {name: tap, at_least: 3, at_most: 2}", "event:",
            "`at_most` and `at_least` rule each other out, so nobody fits",
        ),
        (
            "seen: {within: 30d}", "orders: {count: {at_least: 3, at_most: 1}}", "orders:",
            "`at_most` and `at_least` rule each other out, so nobody fits",
        ),
        (
            "seen: {within: 30d}", "orders: {average: {more_than: 5, less_than: 5}, count: {at_least: 1}}", "orders:",
            "`less_than` and `more_than` rule each other out, so nobody fits",
        ),
        (
            "seen: {within: 30d}", "active: {days: {exactly: 4, at_most: 3}, within: 30d}", "active:",
            "`at_most` and `exactly` rule each other out, so nobody fits",
        ),
        (
            "seen: {within: 30d}", "rfm: {recency: {at_least: 4, less_than: 4}}", "rfm:",
            "`less_than` and `at_least` rule each other out, so nobody fits",
        ),
        ("seen: {within: 30d}", "active: {within: 36h}", "active:", "is counted in days of the calendar, such as 30d"),
        ("seen: {within: 30d}", "birthday: {within: [yesterday, +1d]}", "birthday:", "must be `today`, or days"),
        ("seen: {within: 30d}", "orders: {counts: {at_least: 1}}", "counts", "unknown key 'counts'; did you mean 'count'?"),
        ("seen: {within: 30d}", "field: {name: phone, matches: '^.*$'}", "matches", "unknown key 'matches'"),
        ("seen: {within: 30d}", "field: {name: phone, at_least: soon}", "at_least: soon", "must be a number or a day such as"),
    ],
)  # fmt: skip
def test_a_fault_in_a_rule_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, marker: str, fault: str
) -> None:
    files = spoiled(old, new)
    found = [str(one) for one in check(write(tmp_path, files), segments=EVERY_LEAF).faults]
    expected = f"segments.yaml:{line_in(files, 'segments.yaml', marker)}: {fault}"
    assert [one for one in found if one.startswith(expected)], found


def test_limits_that_meet_leave_somebody(tmp_path: Path) -> None:
    files = spoiled(
        "seen: {within: 30d}", "orders: {count: {at_least: 3, at_most: 3, exactly: 3}, within: 30d}"
    )
    assert not check(write(tmp_path, files), segments=EVERY_LEAF).faults


def test_what_comes_from_outside_is_named_in_segments_yaml(tmp_path: Path) -> None:
    asks = """\
  - id: walkers
    label: Walkers
    rule:
      all:
        - event: {name: dog_walk, at_least: 3, within: 30d}
        - field: {name: dog_name, known: true}
        - field: {name: gender, is: female}
"""
    for folder in ("declared", "not"):
        (tmp_path / folder).mkdir()
    declared = "fields: [dog_name]\nevents: [dog_walk]\n" + SEGMENTS + asks
    taken = the_playbook(tmp_path / "declared", GOOD | {"segments.yaml": declared})
    assert taken.content.segments[-1].rule
    undeclared = [
        one.what for one in check(write(tmp_path / "not", GOOD | {"segments.yaml": SEGMENTS + asks})).faults
    ]
    assert len(undeclared) == 2
    assert all("one that comes from outside is named under" in what for what in undeclared)


def test_a_circle_of_segments_is_told_at_every_one_of_them(tmp_path: Path) -> None:
    round_about = SEGMENTS.replace("tag: size:large", "segment: newcomers").replace(
        "seen: {within: 30d}", "segment: regulars"
    )
    found = [str(one) for one in check(write(tmp_path, GOOD | {"segments.yaml": round_about})).faults]
    assert found == [
        "segments.yaml:7: the segments name each other in a circle: regulars → newcomers → regulars",
        "segments.yaml:13: the segments name each other in a circle: newcomers → regulars → newcomers",
    ]


def test_segments_that_name_segments_do_not_grow_without_end(tmp_path: Path) -> None:
    lines = ["segments:", "  - {id: s0, label: S, rule: {tag: size:large}}"]
    lines += [
        f"  - {{id: s{n}, label: S, rule: {{any: [{{segment: s{n - 1}}}, {{segment: s{n - 1}}}]}}}}"
        for n in range(1, 30)
    ]
    found = [str(one) for one in check(write(tmp_path, GOOD | {"segments.yaml": "\n".join(lines)})).faults]
    assert len(found) == 23
    assert found[0].startswith("segments.yaml:9: with the segments that it names, the rule has more than 400")


def test_a_label_in_one_language_of_two_is_a_fault(tmp_path: Path) -> None:
    files = spoiled("label: Newcomers", "label: {en: Newcomers, ja: 新規}")
    assert [one.what for one in check(write(tmp_path, files)).faults] == [
        "label: unknown language 'ja'; there is en"
    ]


def rows_of(database: Database) -> dict[str, Any]:
    with database.read() as session:
        return {
            row.key: (row.position, row.labels, row.retired_at is None, row.changed_at)
            for row in session.scalars(sa.select(Segment))
        }


def test_segments_become_rows_that_are_retired_and_taken_up_again(database: Database, tmp_path: Path) -> None:
    playbook = the_playbook(tmp_path, WITH)
    only = playbook.content.model_copy(update={"segments": playbook.content.segments[1:]})
    reworded: Playbook = the_playbook(tmp_path, spoiled("label: Newcomers", "label: New faces"))
    with database.write() as session:
        publish(session, playbook)
    first = rows_of(database)
    assert first["regulars"] == (0, {"en": "Regulars"}, True, NOON)
    later = NOON + timedelta(days=1)
    with database.write() as session:
        channel = channel_of(session)
        assert [str(one) for one in plan(session, channel, replace(playbook, content=only)).changes] == [
            "- segment regulars"
        ]
        apply(session, channel, replace(playbook, content=only), now=later, by="tests")
    assert rows_of(database) == {
        "regulars": (0, {"en": "Regulars"}, False, later),
        "newcomers": (0, {"en": "Newcomers"}, True, NOON),
    }
    with database.write() as session:
        channel = channel_of(session)
        assert [str(one) for one in plan(session, channel, reworded).changes] == [
            "+ segment regulars",
            "~ segment newcomers",
        ]
        apply(session, channel, reworded, now=later, by="tests")
    assert rows_of(database) == {
        "regulars": (0, {"en": "Regulars"}, True, later),
        "newcomers": (1, {"en": "New faces"}, True, later),
    }
