"""`demo`: the invented shop of a simulated LINE."""

import sys
from typing import TYPE_CHECKING

import click

from bot.cli import Refused
from bot.cli.opening import load_settings, open_database
from bot.cli.user import whoever_types
from bot.demo.shops import SHOPS, Shop, shown
from bot.segmenting import SEGMENTS
from config import Settings
from core.clock import system_clock
from core.db import Database

if TYPE_CHECKING:
    from playbook.schema import Playbook


@click.group()
def demo() -> None:
    """Fill the invented shop, fill it anew, or take it away. It is filled only while LINE is simulated."""


SHOP = click.argument("key", metavar="[SHOP]", required=False, type=click.Choice(sorted(SHOPS)))


@demo.command()
@SHOP
def fill(key: str | None) -> None:
    """Publish an example and invent its past. SHOP: rental or tea_shop; what is there when left out."""
    import sqlalchemy as sa

    from bot.demo import shop
    from contacts.models import Contact

    settings = _simulated()
    playbook = _checked(_there() if key is None else SHOPS[key])
    with open_database() as database:
        with database.read() as session:
            is_there = session.scalar(sa.select(Contact.id).where(Contact.is_demo).limit(1)) is not None
            if is_there and not shop.is_half_filled(session):
                again = f"python -m bot demo reset{'' if key is None else f' {key}'}"
                raise Refused(f"there is an invented shop already; to have it anew, or another: {again}")
        people = shop.fill(database, playbook, base_url=settings.base_url, now=system_clock())
    click.echo(f"{people} invented friends, and who serves them")


@demo.command()
@SHOP
def reset(key: str | None) -> None:
    """Take everything invented away and invent it anew, or the other SHOP. What real people did stays."""
    from bot.demo import shop

    _simulated()
    with open_database() as database:
        shop.remove(database, by=whoever_types(), now=system_clock())
    click.get_current_context().invoke(fill, key=key)
    _gather()


@demo.command()
def remove() -> None:
    """Take everything invented away: people, staff, campaigns.

    While LINE is simulated, whoever you play yourself stays. With credentials all people of the simulated LINE
    go, and the demo's playbook is published as its files say: closed at night, and nothing sent in quiet hours.
    """
    from bot.demo import shop

    is_simulated = load_settings().is_simulated
    with open_database() as database:
        if is_simulated:
            shop.remove(database, by=whoever_types(), now=system_clock())
        else:
            _end(database)
    click.echo("nothing invented is left")


def _end(database: Database) -> None:
    from bot.demo import ending

    with database.read() as session:
        is_own, has_left_rules, there = ending.is_own(session), ending.has_left_rules(session), shown(session)
    playbook = _checked(there) if is_own else None
    ending.end(database, playbook, by=whoever_types(), now=system_clock())
    if playbook is None and has_left_rules:
        click.echo(
            "what is published is your own, and stays: if it was made from the demo's, see that it does not have"
            " its special hours and lacks no quiet hours",
            err=True,
        )


@demo.command()
def welcome() -> None:
    """Bring the invented friends to the running simulator, and print where to sign in, once."""
    from bot.demo.liven import converse
    from bot.demo.phones import Scenes, Simulator
    from bot.demo.shop import sign_in_link

    settings = _simulated()
    simulator = Simulator(settings.simulator_base)
    if not _gather():
        return
    with open_database() as database, database.write() as session:
        token = sign_in_link(session, now=system_clock())
    if token is not None:
        click.echo(f"{settings.base_url}/console/sign-in/{token}")
        sys.stdout.flush()
    there = _there()
    converse(simulator, Scenes.of_folder(lambda: there.folder), there)


def _gather() -> int:
    from bot.demo.liven import gather
    from bot.demo.phones import Simulator

    with open_database() as database:
        return gather(database, Simulator(_simulated().simulator_base))


def _checked(shop: Shop) -> "Playbook":
    from playbook.check import check

    found = check(shop.folder, segments=SEGMENTS)
    if found.playbook is None:
        raise Refused(*map(str, found.faults))
    return found.playbook


def _there() -> Shop:
    with open_database() as database, database.read() as session:
        return shown(session)


def _simulated() -> Settings:
    settings = load_settings()
    if not settings.is_simulated:
        raise Refused("LINE credentials are set: nothing is invented beside a real account")
    return settings
