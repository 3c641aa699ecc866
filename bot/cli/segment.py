"""`segment`: who is meant, how many, and why somebody is."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, assert_never
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from bot import privacy
from bot.cli.opening import answer_json, open_database, the_channel
from bot.cli.segment_past import history, snapshot, upload, was_in
from bot.segmenting import SEGMENTS
from content.revisions import Published, Revisions
from content.text import pick
from core.clock import system_clock
from core.errors import NotFound
from line.channels import Channel
from segmentation import audience, people
from segmentation.people import CarriedTag, Erased, Fact, Follows, KnownField, LastSeen
from segmentation.reading import rule_of
from segmentation.rules import AllOf, AnyOf, Leaf, Member, Not, Rule
from segmentation.why import Reason, Unfinished

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON; its shape stays as it is.")
KEY = click.argument("key", metavar="SEGMENT")


@click.group()
def segment() -> None:
    """Count segments, and say why somebody is in one. SEGMENT is its id in segments.yaml."""


for command in (history, was_in, snapshot, upload):
    segment.add_command(command)


@segment.command("list")
@AS_JSON
def list_(*, as_json: bool) -> None:
    """List the segments with how many people each has now."""
    with open_database() as database, database.read() as session:
        channel, published = _opened(session)
        language, zone, now = published.content.default_language, published.zone, system_clock()
        found = [
            {
                "id": one.key,
                "label": pick(one.labels, language, language),
                "count": audience.count(session, SEGMENTS, one, now=now, zone=zone),
                "rule": one.rule,
            }
            for one in audience.current(session, channel.id)
        ]
    if as_json:
        answer_json(found)
        return
    for line in found:
        click.echo(f"{line['count']:>9,}  {line['id']}  {line['label']}")


@segment.command()
@KEY
@AS_JSON
def count(key: str, *, as_json: bool) -> None:
    """Say how many people a segment has now, those who blocked the account included."""
    with open_database() as database, database.read() as session:
        channel, published = _opened(session)
        one = audience.get(session, channel.id, key)
        found = audience.count(session, SEGMENTS, one, now=system_clock(), zone=published.zone)
    if as_json:
        answer_json({"id": key, "count": found})
    else:
        click.echo(found)


@segment.command()
@KEY
@click.argument("contact_id", metavar="CONTACT")
@AS_JSON
def why(key: str, contact_id: str, *, as_json: bool) -> None:
    """Say whether a person is in a segment, and by which facts. CONTACT: a LINE user id, or our own.

    The JSON holds `segment`, `contact`, `holds` and `reason`: a tree of `says` (`all`, `any`, `not`, or a
    leaf as written), `holds`, `fact` (what the leaf saw, or null) and `reasons` (of what is inside).
    """
    now = system_clock()
    with open_database() as database, database.read() as session:
        channel, published = _opened(session)
        one = audience.get(session, channel.id, key)
        contact = privacy.get_contact(session, channel.id, contact_id)
        rule = rule_of(session, SEGMENTS, one)
        person = people.load(session, [contact.id], now=now, needs=SEGMENTS.needs([rule]))[contact.id]
        reason = SEGMENTS.why(rule, person, now=now, zone=published.zone)
        public_id = contact.public_id
    if as_json:
        tree = _tree(reason)
        answer_json({"segment": key, "contact": public_id, "holds": reason.holds, "reason": tree})
        return
    click.echo(f"{'in' if reason.holds else 'not in'} {key}")
    for depth, line in _lines(reason, published.zone):
        click.echo(f"{'  ' * depth}{line}")


def _opened(session: Session) -> tuple[Channel, Published]:
    channel = the_channel(session)
    published = Revisions().live(session, channel.id)
    if published is None:
        raise NotFound("no playbook is published yet: run `python -m bot playbook apply DIR`")
    return channel, published


def _says(rule: Rule) -> str | Mapping[str, Any]:
    match rule:
        case AllOf():
            return "all"
        case AnyOf():
            return "any"
        case Not():
            return "not"
        case Member(key):
            return f"segment {key}"
        case Leaf(kind, _, written):
            return {kind: written}
        case _:
            assert_never(rule)


def _tree(reason: Reason) -> Mapping[str, Any]:
    return {
        "says": _says(reason.rule),
        "holds": reason.holds,
        "fact": None if reason.fact is None else _fact(reason.fact),
        "reasons": [_tree(inner) for inner in reason.reasons],
    }


def _fact(fact: Fact) -> Mapping[str, Any]:
    told: dict[str, Any] = asdict(fact)
    if isinstance(fact, KnownField):
        del told["text"], told["number"]
    return {"kind": type(fact).__name__, **told}


def _lines(reason: Reason, zone: ZoneInfo, depth: int = 0) -> Iterator[tuple[int, str]]:
    mark = "✓" if reason.holds else "✗"
    says = _says(reason.rule)
    if isinstance(says, str):
        because = f": {_words(reason.fact, zone)}" if reason.fact is not None else ""
        yield depth, f"{mark} {says}{because}"
    else:
        ((key, value),) = says.items()
        yield depth, f"{mark} {key} {_asked(value)}: {_words(reason.fact, zone)}"
    for inner in reason.reasons:
        yield from _lines(inner, zone, depth + 1)


def _asked(value: object) -> str:
    match value:
        case dict():
            return ", ".join(f"{name} {_asked(part)}" for name, part in value.items())
        case list():
            return " to ".join(map(_asked, value))
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def _words(fact: Fact | None, zone: ZoneInfo) -> str:
    match fact:
        case None:
            return "nothing known"
        case CarriedTag():
            until = f", until {_at(fact.expires_at, zone)}" if fact.expires_at is not None else ""
            return f"set by {fact.source}, {_at(fact.set_at, zone)}{until}"
        case KnownField():
            return f"{fact.value} ({fact.kind}), set by {fact.source}, {_at(fact.set_at, zone)}"
        case Follows():
            since = f" since {_at(fact.since, zone)}" if fact.since is not None else ""
            return f"{fact.following}{since}"
        case LastSeen():
            return f"last seen {_at(fact.at, zone)}"
        case Erased():
            return f"erased {_at(fact.at, zone)}"
        case Unfinished():
            return "a group inside is empty, so nobody fits"
        case _:
            return str(fact)


def _at(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
