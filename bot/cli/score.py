"""`score`: how many points somebody has, and what gives them."""

from typing import Any

import click

from bot import privacy
from bot.cli.channel import what_is_published
from bot.cli.language import LANGUAGE
from bot.cli.opening import answer_json, open_database
from bot.cli.reasons import tally_tree, told_lines, told_tree
from bot.segmenting import SEGMENTS
from bot.wording import Speaks, Wording
from content.revisions import Revisions
from content.text import pick
from core.clock import system_clock
from segmentation import scores

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON; its shape stays as it is.")


@click.group()
def score() -> None:
    """Say how many points somebody has, and why. SCORE is its id in segments.yaml."""


@score.command("list")
@AS_JSON
def list_(*, as_json: bool) -> None:
    """List the scores with how many people have how many points."""
    with open_database() as database, database.read() as session:
        channel, published = what_is_published(session)
        rows = scores.current(session, channel.id)
        read = scores.read(session, SEGMENTS, channel.id, rows, now=system_clock(), zone=published.zone)
        language = published.content.default_language
        found: list[dict[str, Any]] = [
            {
                "id": row.key,
                "label": pick(row.labels, language, language),
                "conditions": row.conditions,
                "people": [{"points": points, "people": people} for points, people in spread.items()],
            }
            for row, spread in zip(rows, scores.spread(session, read, channel.id), strict=True)
        ]
    if as_json:
        answer_json(found)
        return
    for one in found:
        click.echo(f"{one['id']}  {one['label']}")
        for line in one["people"]:
            click.echo(f"{line['people']:>9,}  {line['points']:,} points")


@score.command()
@click.argument("key", metavar="SCORE")
@click.argument("contact_id", metavar="CONTACT")
@LANGUAGE
@AS_JSON
def why(key: str, contact_id: str, *, language: str | None, as_json: bool) -> None:
    """Say how many points a person has, and by which facts. CONTACT: a LINE user id, or our own.

    The JSON holds `score`, `contact`, `points` and `reasons`: of every condition the `points` that it gives
    where it holds, and the rest as in `segment why`; with --language also `told`, a list of the same in words.
    """
    now, wording = system_clock(), Wording(SEGMENTS, Revisions())
    with open_database() as database, database.read() as session:
        channel, published = what_is_published(session)
        one = scores.get(session, channel.id, key)
        contact = privacy.get_contact(session, channel.id, contact_id)
        read = scores.read(session, SEGMENTS, channel.id, [one], now=now, zone=published.zone)
        (tally,) = scores.of_contacts(session, read, [contact.id])[contact.id]
        public_id = contact.public_id
        spoken = language or wording.nearest(published.content.default_language)
        speaks = Speaks(spoken, published.zone, now)
        told = wording.of_score(session, channel.id, tally, speaks)
        first_line = wording.points_of(session, one, tally.points, speaks)
    if as_json:
        more = {} if language is None else {"told": [told_tree(line) for line in told]}
        answer_json({"score": key, "contact": public_id, **tally_tree(tally), **more})
        return
    click.echo(first_line)
    for condition in told:
        for depth, line in told_lines(condition):
            click.echo(f"{'  ' * depth}{line}")
