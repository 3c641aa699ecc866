"""Menus that depend on business hours, when the shop opens and closes while nobody writes."""

from datetime import datetime

import sqlalchemy as sa

from contacts import menus
from content import hours
from content.revisions import Revisions
from core.db import Database
from line.channels import Channel


def follow_hours(database: Database, now: datetime) -> int:
    """Have everybody's wanted menu looked at again where the shop has opened or closed since the last time.

    Compared with what was kept, not with the clock: an opening that we slept through counts too.
    Returns how many accounts it concerned.
    """
    with database.read() as session:
        kept = session.execute(sa.select(Channel.id, Channel.menus_open)).all()
        revisions = Revisions()
        live = {channel.id: revisions.live(session, channel.id) for channel in kept}
    changed = 0
    for channel in kept:
        published = live[channel.id]
        if published is None or not published.menus_follow_hours:
            continue
        is_open = hours.is_open(published.content.hours, now, published.zone)
        if is_open != channel.menus_open:
            with database.write() as session:
                menus.turn(session, channel.id, is_open=is_open, now=now)
            changed += 1
    return changed
