"""What the stage's people bring along, written while workers write of the same people."""

from datetime import timedelta
from pathlib import Path
from threading import Thread
from time import sleep

import sqlalchemy as sa

from bot.demo.elsewhere import Books
from contacts.models import Contact, ContactField
from contacts.service import meet
from core.clock import system_clock
from core.db import Database
from core.ids import shard_of
from line.channels import ensure_channel
from playbook.transcript_model import Person
from tests.shop import EXAMPLES, Shop

SOMEBODY = "U" + "5" * 32


def test_who_is_met_by_a_worker_at_the_same_moment_is_one_contact(database: Database, tmp_path: Path) -> None:
    shop = Shop(database, media_dir=tmp_path / "media")
    shop.publishes(EXAMPLES / "tea_shop")
    books = Books(database, system_clock)
    carried = Person(fields={"prefecture": "高雄市"})
    stage = Thread(target=books.carries, args=(SOMEBODY, carried))
    now = system_clock()
    with database.write() as session:
        channel = ensure_channel(session, now=now)
        meet(
            session,
            channel.id,
            SOMEBODY,
            shard=shard_of(SOMEBODY),
            sent_at=now - timedelta(seconds=1),
            now=now,
        )
        session.flush()  # the worker has written, and not committed yet
        stage.start()
        sleep(0.5)
    stage.join(30)
    with database.read() as session:
        (contact,) = session.scalars(sa.select(Contact).where(Contact.line_user_id == SOMEBODY))
        (field,) = session.scalars(sa.select(ContactField).where(ContactField.contact_id == contact.id))
        assert (field.name, field.source) == ("prefecture", "stage")
    shop.closes()
