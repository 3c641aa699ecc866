"""A simulated LINE, a database and chores between them; everything moves on one standing clock."""

import hashlib
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from PIL import Image

from bot.chores import Chores
from contacts.models import Contact, Following
from content.model import Content
from content.models import Asset, Revision
from core.db import Database
from core.ids import new_public_id
from line.channels import ensure_channel
from line.governor import Governor
from line.messenger import LineMessenger
from line.rich_menus import LineMenu
from playbook.published import as_json
from simulator.clock import SimClock
from simulator.person import Person
from simulator.server import Simulator

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SAY = {"first": "Sorry?", "second": "A person?"}


@cache
def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (800, 540), colour).save(out, "PNG")
    return out.getvalue()


def menu(key: str, colour: str = "red", *, default: bool = False, **more: Any) -> dict[str, Any]:
    """A menu with two areas, and a picture of one colour in each language."""
    return {
        "key": key,
        "bar": {"zh-TW": "點我開啟選單", "en": "Open the menu"},
        "size": [800, 540],
        "picture": {"zh-TW": f"{colour}.png", "en": f"{colour}.en.png"},
        "default": default,
        "areas": [
            {"id": "find", "label": {"zh-TW": "找房", "en": "Find a home"}, "say": "…"},
            {
                "id": "privacy",
                "label": {"zh-TW": "隱私", "en": "Privacy"},
                "url": "https://shop.example/privacy",
            },
        ],
        **more,
    }


class World:
    def __init__(self, database: Database, media_dir: Path, *, rate_scale: float | None = None) -> None:
        self.database = database
        self.media_dir = media_dir
        self.simulator = Simulator(
            deliver=lambda _body, _headers: 200,
            clock=SimClock(NOON),
            seed=1,
            rate_scale=rate_scale,
            background=False,
        ).start()
        self.line = self.simulator.line
        self.clock = self.simulator.clock
        self.messenger = self.connects()
        self.chores = self.hires()
        with database.write() as session:
            self.channel_id = ensure_channel(session, now=NOON).id
        self._revisions = 0

    def close(self) -> None:
        self.messenger.close()
        self.simulator.stop()

    def connects(self) -> LineMessenger:
        url = self.simulator.url
        return LineMessenger(self.simulator.access_token, api_base=url, data_api_base=url)

    def hires(self, messenger: LineMessenger | None = None) -> Chores:
        """Return the chores of one more process."""
        return Chores(
            self.database,
            messenger or self.messenger,
            self.clock,
            media_dir=self.media_dir,
            governor=Governor(self.database, self.clock),
        )

    def works(self) -> int:
        """Do everything that is due; return how many rounds it took."""
        for rounds in range(100):
            if self.chores.step() == 0:
                return rounds
        raise AssertionError("the chores never come to an end")

    def publishes(self, *menus: dict[str, Any], languages: Sequence[str] = ("zh-TW", "en")) -> None:
        self._revisions += 1
        content = Content.model_validate(
            {
                "name": "好窩租屋",
                "default_language": languages[0],
                "languages": languages,
                "time_zone": "Asia/Taipei",
                "privacy_url": "https://shop.example/privacy",
                "hours": {},
                "fallback": SAY,
                "rich_menus": menus,
            }
        )
        names = {name for m in menus for name in m["picture"].values()}
        files = {f"rich_menus/{name}": picture(name.partition(".")[0]) for name in names}
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        with self.database.write() as session:
            known = set(session.scalars(sa.select(Asset.sha256)))
            session.add_all(
                Asset(channel_id=self.channel_id, sha256=sha256, content_type="image/png", data=data)
                for sha256, data in {hashes[name]: data for name, data in files.items()}.items()
                if sha256 not in known
            )
            session.add(
                Revision(
                    channel_id=self.channel_id,
                    number=self._revisions,
                    published_at=self.clock.now(),
                    published_by="test",
                    checksum=str(self._revisions),
                    content=as_json(content),
                    questionnaires={},
                    assets=hashes,
                )
            )

    def contact(self, person: Person, **values: Any) -> int:
        """Make the person known to us, and return the contact's id."""
        with self.database.write() as session:
            row = Contact(
                public_id=new_public_id(),
                channel_id=self.channel_id,
                line_user_id=person.user_id,
                shard=0,
                first_seen_at=NOON,
                last_seen_at=NOON,
                **{"following": Following.FOLLOWING, "times_followed": 1, "misses": 0, **values},
            )
            session.add(row)
            session.flush()  # for its id
            return row.id

    def changes(self, contact_id: int, **values: Any) -> None:
        with self.database.write() as session:
            session.execute(sa.update(Contact).where(Contact.id == contact_id).values(**values))

    def looks_at(self, contact_id: int) -> Contact:
        with self.database.read() as session:
            return session.get_one(Contact, contact_id)

    def friend(self, name: str) -> Person:
        person = self.line.person(name)
        person.follows()
        return person

    def rows(self) -> dict[str, LineMenu]:
        """Return the rows that are not deleted, by name; the newest of each."""
        with self.database.read() as session:
            rows = session.scalars(
                sa.select(LineMenu).where(LineMenu.status != "deleted").order_by(LineMenu.id)
            )
            return {row.name: row for row in rows}

    def at_line(self) -> dict[str, str]:
        """Return name without checksum to id of the menus at LINE that have their picture."""
        return {
            str(there.body["name"]).partition(" ")[0]: id_
            for id_, there in self.line.menus.menus.items()
            if there.picture
        }

    def calls(self, endpoint: str) -> int:
        """Return how often LINE was asked."""
        return sum(entry.reason == endpoint for entry in self.line.log)
