"""`segment`: who is meant, how many, and why somebody is."""

import click

from bot import privacy
from bot.cli.channel import what_is_published
from bot.cli.language import LANGUAGE
from bot.cli.opening import answer_json, open_database
from bot.cli.reasons import told_lines, told_tree, tree
from bot.cli.segment_past import discard, history, snapshot, unfinished, upload, was_in
from bot.segmenting import SEGMENTS
from bot.wording import Speaks, Wording
from content.revisions import Revisions
from content.text import pick
from core.clock import system_clock
from segmentation import audience, people
from segmentation.reading import rule_of

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON; its shape stays as it is.")
KEY = click.argument("key", metavar="SEGMENT")


@click.group()
def segment() -> None:
    """Count segments, and say why somebody is in one. SEGMENT is its id in segments.yaml."""


for command in (history, was_in, snapshot, upload, unfinished, discard):
    segment.add_command(command)


@segment.command("list")
@AS_JSON
def list_(*, as_json: bool) -> None:
    """List the segments with how many people each has now."""
    with open_database() as database, database.read() as session:
        channel, published = what_is_published(session)
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
        channel, published = what_is_published(session)
        one = audience.get(session, channel.id, key)
        found = audience.count(session, SEGMENTS, one, now=system_clock(), zone=published.zone)
    if as_json:
        answer_json({"id": key, "count": found})
    else:
        click.echo(found)


@segment.command()
@KEY
@click.argument("contact_id", metavar="CONTACT")
@LANGUAGE
@AS_JSON
def why(key: str, contact_id: str, *, language: str | None, as_json: bool) -> None:
    """Say whether a person is in a segment, and by which facts. CONTACT: a LINE user id, or our own.

    The JSON holds `segment`, `contact`, `holds` and `reason`: a tree of `says` (`all`, `any`, `not`, or a
    leaf as written), `holds`, `fact` (what the leaf saw, or null) and `reasons` (of what is inside); with
    --language also `told`, the same in words: `says`, `words`, `holds`, `because`, `proof` and `inside`.
    """
    now, wording = system_clock(), Wording(SEGMENTS, Revisions())
    with open_database() as database, database.read() as session:
        channel, published = what_is_published(session)
        one = audience.get(session, channel.id, key)
        contact = privacy.get_contact(session, channel.id, contact_id)
        rule = rule_of(session, SEGMENTS, one)
        person = people.load(session, [contact.id], now=now, needs=SEGMENTS.needs([rule]))[contact.id]
        reason = SEGMENTS.why(rule, person, now=now, zone=published.zone)
        public_id = contact.public_id
        spoken = language or wording.nearest(published.content.default_language)
        told = wording(session, one, contact, reader=None, language=spoken, zone=published.zone, now=now)
        speaks = Speaks(spoken, published.zone, now)
        first_line = wording.in_segment(session, one, speaks, holds=reason.holds)
    if as_json:
        more = {} if language is None else {"told": told_tree(told)}
        answer_json(
            {"segment": key, "contact": public_id, "holds": reason.holds, "reason": tree(reason), **more}
        )
        return
    click.echo(first_line)
    for depth, line in told_lines(told):
        click.echo(f"{'  ' * depth}{line}")


@segment.command()
def schema() -> None:
    """Print the JSON Schema of rules, for editors and for whoever writes rules by program."""
    answer_json(SEGMENTS.json_schema())
