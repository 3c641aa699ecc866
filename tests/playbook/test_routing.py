"""routing.yaml: faults told with their line, the plan, and the rows that publishing makes."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from core.db import Database
from line.channels import ensure_channel
from playbook.apply import apply
from playbook.check import check
from playbook.plan import plan
from tests.line.queues import NOON
from tests.playbook.folders import GOOD, Files, line_in, write
from tickets import queues
from tickets.models import Queue

ROUTING = """\
queues:
  - {id: shop, label: Shop}
  - {id: bulk, label: Wholesale}
rules:
  - id: large
    when: {tags: "size:large", fields: {phone: {known: true}}}
    queue: bulk
  - id: rest
    when: {language: en}
    queue: shop
default: shop
"""
WITH_ROUTING: Files = {**GOOD, "routing.yaml": ROUTING}


@pytest.mark.parametrize(
    ("old", "new", "marker", "fault"),
    [
        ("size:large", "size:larg", 'size:larg"', "unknown tag 'size:larg'; did you mean 'size:large'?"),
        ("phone:", "fone:", "fone", "unknown field 'fone'; did you mean 'phone'?"),
        ("{known: true}", "{knwon: true}", "knwon", "unknown key 'knwon'; did you mean 'known'?"),
        ("language: en", "language: fr", "fr}", "unknown language 'fr'; there is en"),
        ("language: en", "segment: vips", "vips", "unknown segment 'vips'"),
        ("queue: bulk", "queue: bulkk", "bulkk", "unknown queue 'bulkk'; did you mean 'bulk'?"),
        ("default: shop", "default: shopp", "shopp", "unknown queue 'shopp'; did you mean 'shop'?"),
        ("default: shop\n", "", "queues:", "default is missing: name the queue of the tickets that no rule takes"),
        ("  - {id: bulk", "  - {id: shop, label: Again}\n  - {id: bulk", "Again", "there is a queue 'shop' already, on line 2"),
        ("id: rest", "id: large", "id: large\n    when: {language", "there is a rule 'large' already, on line 5"),
        ("    when: {tags", "    when: {}\n    #: {tags", "id: rest",
         "is never reached: the rule on line 5 comes before it and takes every ticket"),
        ('{tags: "size:large", fields: {phone: {known: true}}}', "{language: en}", "id: rest",
         "is never reached: the rule on line 5 comes before it and asks for the same"),
        ("{language: en}", '{tags: "size:small", without_tags: "size:small"}', "without_tags",
         "'size:small' is both asked for and ruled out, so this never holds"),
        ("label: Shop", 'label: "{{ name }}"', "{{ name }}", "label is the same for everybody, so it takes no placeholders"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line(tmp_path: Path, old: str, new: str, marker: str, fault: str) -> None:
    assert old in ROUTING
    files: Files = {**GOOD, "routing.yaml": ROUTING.replace(old, new, 1)}
    line = line_in(files, "routing.yaml", marker)
    assert [str(one) for one in check(write(tmp_path, files)).faults] == [f"routing.yaml:{line}: {fault}"]


def test_publishing_makes_queues_and_retires_those_that_are_gone(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        channel = ensure_channel(session, now=NOON)
        queues.of_key(session, channel.id, "bulk")
        for number, (text, changes) in enumerate(
            (
                (ROUTING, ["+ queue shop", "+ queue bulk"]),
                (ROUTING.replace("Wholesale", "Large orders"), ["~ queue bulk"]),
                ("queues:\n  - {id: shop, label: Shop}\ndefault: shop\n", ["- queue bulk", "~ routing"]),
            )
        ):
            folder = write(tmp_path / str(number), {**GOOD, "routing.yaml": text})
            playbook = check(folder).playbook
            assert playbook is not None
            planned = [str(change) for change in plan(session, channel, playbook).changes]
            assert [change for change in planned if "queue" in change or "routing" in change][
                : len(changes)
            ] == changes
            apply(session, channel, playbook, now=NOON, by="test")
            assert plan(session, channel, playbook).is_empty
        rows = {row.key: row for row in session.scalars(sa.select(Queue))}
        assert rows["shop"].retired_at is None
        assert rows["bulk"].labels == {"en": "Large orders"}
        assert rows["bulk"].retired_at == NOON
        assert [queue.key for queue in queues.live(session, channel.id)] == ["shop"]


def test_without_the_file_there_is_one_queue_for_everything(tmp_path: Path) -> None:
    playbook = check(write(tmp_path, GOOD)).playbook
    assert playbook is not None
    routing = playbook.content.routing
    assert ([queue.id for queue in routing.queues], routing.default) == (["general"], "general")
