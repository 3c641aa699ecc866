"""Customers' files are fetched soon, kept under names of our own, and gone when they are taken back."""

import errno
import stat
import threading
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import pytest
import sqlalchemy as sa

from bot.media_fetcher import MOST_TRIES
from contacts.media import MediaFile, MediaStatus
from handlers.unsend import blank_message
from line.channels import Channel
from line.messenger import Content, LineMessenger
from simulator.faults import Do
from simulator.persons import Entry
from tests.bot.chores.world import World


def wanted(world: World, entry: Entry, *, kind: str = "image", file_name: str | None = None) -> int:
    """Note a file the way a turn does."""
    person = world.friend("Mina")
    with world.database.read() as session:
        from contacts.models import Contact

        known = session.scalar(sa.select(Contact.id).where(Contact.line_user_id == person.user_id))
    contact = known or world.contact(person)
    with world.database.write() as session:
        row = MediaFile(
            channel_id=world.channel_id,
            contact_id=contact,
            message_id=entry.message_id,
            kind=kind,
            status=MediaStatus.WANTED,
            due_at=world.clock.now(),
            attempts=0,
            file_name=file_name,
        )
        session.add(row)
        session.flush()  # for its id
        return row.id


def row(world: World, media_id: int) -> MediaFile:
    with world.database.read() as session:
        return session.get_one(MediaFile, media_id)


def files(world: World) -> list[Path]:
    return [path for path in world.media_dir.rglob("*") if path.is_file()]


def takes_back(world: World, entry: Entry) -> None:
    world.friend("Mina").unsends(entry)
    with world.database.write() as session:
        blank_message(session, channel_id=world.channel_id, message_id=entry.message_id, at=world.clock.now())


def test_a_photo_is_kept(world: World) -> None:
    entry = world.friend("Mina").sends_photo()
    media_id = wanted(world, entry)
    world.works()
    kept = row(world, media_id)
    there = world.line.contents.find(entry.message_id)
    assert there is not None
    assert (kept.status, kept.due_at, kept.stored_at) == (MediaStatus.STORED, None, world.clock.now())
    assert (kept.content_type, kept.size_bytes) == ("image/jpeg", len(there.body))
    (path,) = files(world)
    assert str(path.relative_to(world.media_dir)) == kept.stored_as
    assert path.parent.parts[-2:] == ("2026", "11")
    assert path.suffix == ".jpg"
    assert path.read_bytes() == there.body
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("declared", "suffix", "kept_as"),
    [
        ("application/pdf; name=../../x.sh", ".pdf", "application/pdf"),
        ("text/html", ".bin", "text/html"),
        ("../../etc/passwd", ".bin", "application/octet-stream"),
        ("IMAGE/PNG", ".png", "image/png"),
    ],
)
def test_nothing_that_a_customer_names_becomes_a_path(
    world: World, declared: str, suffix: str, kept_as: str
) -> None:
    entry = world.friend("Mina").sends_file("../../../etc/cron.d/x", b"x" * 10, declared)
    media_id = wanted(world, entry, kind="file", file_name="../../../etc/cron.d/x")
    world.works()
    (path,) = files(world)
    assert path.suffix == suffix
    assert len(path.stem) == 32
    assert row(world, media_id).content_type == kept_as


def test_a_film_that_is_not_ready_is_asked_for_again(world: World) -> None:
    world.line.contents.preparation_ms = 30_000
    media_id = wanted(world, world.friend("Mina").sends_video(), kind="video")
    world.works()
    assert row(world, media_id).status is MediaStatus.WANTED
    assert files(world) == []
    for _ in range(8):
        world.clock.advance(10)
        world.works()
    assert row(world, media_id).status is MediaStatus.STORED
    assert files(world)[0].suffix == ".mp4"


def test_what_line_no_longer_has_is_gone(world: World) -> None:
    entry = world.friend("Mina").sends_photo()
    world.friend("Mina").unsends(entry)
    media_id = wanted(world, entry)
    world.works()
    assert (row(world, media_id).status, row(world, media_id).stored_as) == (MediaStatus.GONE, None)
    assert files(world) == []


def test_a_picture_of_more_than_20_megabytes_is_not_taken(world: World) -> None:
    entry = world.friend("Mina").sends_photo(b"\xff" * (20 * 1024 * 1024 + 1))
    media_id = wanted(world, entry)
    world.works()
    assert row(world, media_id).status is MediaStatus.TOO_LARGE
    assert files(world) == []


@pytest.mark.parametrize("trouble", [Do.DROP_AFTER, Do.ERROR_BEFORE, Do.RATE_429])
def test_trouble_means_another_try(world: World, trouble: Do) -> None:
    media_id = wanted(world, world.friend("Mina").sends_photo())
    world.line.faults.order("content", trouble)
    world.works()
    assert row(world, media_id).status is MediaStatus.WANTED
    world.clock.advance(timedelta(minutes=1))
    world.works()
    assert row(world, media_id).status is MediaStatus.STORED
    assert len(files(world)) == 1


def test_a_refused_file_is_given_up(world: World) -> None:
    media_id = wanted(world, world.friend("Mina").sends_photo())
    world.line.faults.order("content", Do.REFUSE, status=403)
    world.works()
    assert row(world, media_id).status is MediaStatus.FAILED


def test_what_is_taken_back_is_deleted(world: World) -> None:
    entry = world.friend("Mina").sends_photo()
    media_id = wanted(world, entry)
    world.works()
    takes_back(world, entry)
    with world.database.write() as session:  # even while LINE does not talk to us
        session.execute(sa.update(Channel).values(sending_stopped_at=world.clock.now()))
    world.works()
    gone = row(world, media_id)
    assert (gone.status, gone.stored_as, gone.due_at) == (MediaStatus.GONE, None, None)
    assert (gone.content_type, gone.size_bytes) == (None, None)
    assert files(world) == []


def test_a_full_disk_ends_the_tries_one_day(world: World) -> None:
    media_id = wanted(world, world.friend("Mina").sends_photo())
    messenger = DiskFull(
        world.simulator.access_token, api_base=world.simulator.url, data_api_base=world.simulator.url
    )
    chores = world.hires(messenger)
    chores.step()
    waiting = row(world, media_id)
    assert (waiting.status, waiting.due_at) == (
        MediaStatus.WANTED,
        world.clock.now() + timedelta(seconds=5),
    )
    with world.database.write() as session:
        session.execute(sa.update(MediaFile).values(attempts=MOST_TRIES - 1, due_at=world.clock.now()))
    chores.step()
    assert (row(world, media_id).status, row(world, media_id).due_at) == (MediaStatus.FAILED, None)
    assert files(world) == []
    messenger.close()


class DiskFull(LineMessenger):
    def content(self, message_id: str, into: BinaryIO, *, most_bytes: int) -> Content:
        raise OSError(errno.ENOSPC, "No space left on device")


class Interrupted(BaseException):
    """The process dies here."""


class Meanwhile(LineMessenger):
    """Has something happen when a file has just been written."""

    def happens(self) -> None:
        raise Interrupted

    def content(self, message_id: str, into: BinaryIO, *, most_bytes: int) -> Content:
        found = super().content(message_id, into, most_bytes=most_bytes)
        into.flush()
        self.happens()
        return found


class SlowFilms(LineMessenger):
    """Films take until the photo is there, or far too long."""

    photo: str
    has_come: threading.Event

    def content(self, message_id: str, into: BinaryIO, *, most_bytes: int) -> Content:
        found = super().content(message_id, into, most_bytes=most_bytes)
        if message_id == self.photo:
            self.has_come.set()
        elif not self.has_come.wait(timeout=20):
            raise TimeoutError("the photo waited for the films before it")
        return found


def connects(world: World) -> Meanwhile:
    url = world.simulator.url
    return Meanwhile(world.simulator.access_token, api_base=url, data_api_base=url)


def test_a_photo_does_not_wait_for_the_films_before_it(world: World) -> None:
    mina = world.friend("Mina")
    films = [wanted(world, mina.sends_video(), kind="video") for _ in range(3)]
    entry = mina.sends_photo()
    photo = wanted(world, entry)
    url = world.simulator.url
    messenger = SlowFilms(world.simulator.access_token, api_base=url, data_api_base=url)
    messenger.photo, messenger.has_come = entry.message_id, threading.Event()
    world.hires(messenger).step()
    messenger.close()
    assert {row(world, one).status for one in (*films, photo)} == {MediaStatus.STORED}


def test_a_file_whose_fetcher_died_is_fetched_anew_and_nothing_is_left_over(world: World) -> None:
    media_id = wanted(world, world.friend("Mina").sends_photo())
    messenger = connects(world)
    with pytest.raises(Interrupted):
        world.hires(messenger).step()
    messenger.close()
    assert len(files(world)) == 1, "half a file, known to its row"
    world.works()
    assert len(files(world)) == 1, "its lease is still running"
    world.clock.advance(61)
    world.works()
    assert row(world, media_id).status is MediaStatus.STORED
    assert len(files(world)) == 1


def test_half_a_file_that_is_taken_back_is_found_and_deleted(world: World) -> None:
    entry = world.friend("Mina").sends_photo()
    wanted(world, entry)
    messenger = connects(world)
    with pytest.raises(Interrupted):
        world.hires(messenger).step()
    messenger.close()
    takes_back(world, entry)
    world.works()
    assert files(world) == []


def test_a_file_that_is_taken_back_while_it_is_fetched_does_not_stay(world: World) -> None:
    entry = world.friend("Mina").sends_photo()
    media_id = wanted(world, entry)
    messenger = connects(world)
    messenger.happens = lambda: takes_back(world, entry)  # type: ignore[method-assign]
    world.hires(messenger).step()
    messenger.close()
    world.works()
    assert row(world, media_id).status is MediaStatus.GONE
    assert files(world) == []
