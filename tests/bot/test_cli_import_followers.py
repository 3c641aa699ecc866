"""The friends that an account had before: listed by LINE, page by page, however often one has to begin."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.import_followers import FollowerImporter, Report
from bot.segmenting import SEGMENTS
from contacts.models import Contact, Following
from contacts.service import hash_user_id
from core.db import Database
from core.leases import new_owner
from facts.models import ImportRun
from line.account_calls import Followers
from line.channels import ensure_channel
from line.governor import Governor
from line.messenger import LineMessenger
from line.outcomes import Refused
from simulator.persons import Friendship
from simulator.server import TEST_SECRET, TEST_TOKEN, Simulator
from tests.bot.conftest import Run
from tests.shop import EXAMPLES, Shop

KEY = b"k" * 40


@pytest.fixture
def line() -> Iterator[Simulator]:
    with Simulator(deliver=lambda _body, _headers: 200, seed=1, rate_scale=None) as simulator:
        yield simulator


@pytest.fixture
def messenger(line: Simulator) -> Iterator[LineMessenger]:
    made = LineMessenger(TEST_TOKEN, api_base=line.url, data_api_base=line.url)
    yield made
    made.close()


def befriend(line: Simulator, count: int) -> list[str]:
    """Make friends from before there was a program; return their ids."""
    people = [line.person(f"Friend {number}") for number in range(count)]
    for one in people:
        one.state.friendship = Friendship.FRIEND
    return [one.user_id for one in people]


def importer(database: Database, line: Simulator, messenger: LineMessenger) -> FollowerImporter:
    now = line.clock.now
    return FollowerImporter(
        database,
        messenger.account,
        Governor(database, now),
        clock=now,
        owner=new_owner(),
        segments=SEGMENTS,
        erasure_key=KEY,
    )


def test_a_page_is_what_line_lists(line: Simulator, messenger: LineMessenger) -> None:
    ids = befriend(line, 1_003)
    first = messenger.account.followers()
    assert isinstance(first, Followers)
    assert first.next is not None
    second = messenger.account.followers(first.next)
    assert second == Followers(tuple(ids[1_000:]), None)
    assert [*first.user_ids, *second.user_ids] == ids
    line.line.is_verified = False
    refused = messenger.account.followers()
    assert isinstance(refused, Refused)
    assert refused.reason.startswith("403")


def test_friends_become_contacts_and_their_profiles_follow(shop: Shop) -> None:
    shop.publishes(EXAMPLES / "tea_shop")
    ids = befriend(shop.simulator, 3)
    mina = shop.person("Mina")
    mina.follows()
    gone = shop.person("Gone")
    gone.follows()
    gone.unfollows()
    known = shop.contact(mina)
    report = FollowerImporter(
        shop.database,
        shop.messenger.account,
        Governor(shop.database, shop.now),
        clock=shop.now,
        owner=new_owner(),
        segments=SEGMENTS,
        erasure_key=KEY,
    ).run(shop.channel_id, lambda _done, _total: None)
    assert report == Report(listed=4, new=3)
    shop.does_chores()
    contacts = {row.line_user_id: row for row in shop.rows(Contact)}
    assert [contacts[one].display_name for one in ids] == ["Friend 0", "Friend 1", "Friend 2"]
    assert {contacts[one].following for one in ids} == {Following.FOLLOWING}
    assert contacts[gone.user_id].following is Following.BLOCKED
    assert contacts[mina.user_id].following_since_at == known.following_since_at
    assert contacts[ids[0]].following_since_at is None


def test_a_list_that_was_interrupted_goes_on_for_a_day(
    database: Database, line: Simulator, messenger: LineMessenger
) -> None:
    ids = befriend(line, 2_500)
    with database.write() as session:
        channel_id = ensure_channel(session, now=line.clock.now()).id

    def stops(done: int, _total: int | None) -> None:
        if done == 1_000:
            raise KeyboardInterrupt

    for is_late in (False, True):
        with pytest.raises(KeyboardInterrupt):
            importer(database, line, messenger).run(channel_id, stops)
        with database.read() as session:
            run = session.scalars(sa.select(ImportRun)).one()
            assert (run.rows_done, run.owner) == (1_000, None)
        if is_late:
            line.clock.advance(timedelta(hours=25))
        report = importer(database, line, messenger).run(channel_id, lambda _done, _total: None)
        assert (report.resumed_after, report.listed) == ((0, 2_500) if is_late else (1_000, 1_500))
        with database.read() as session:
            assert set(session.scalars(sa.select(Contact.line_user_id))) == set(ids)


def test_the_erased_stay_away(database: Database, line: Simulator, messenger: LineMessenger) -> None:
    ids = befriend(line, 2)
    with database.write() as session:
        channel_id = ensure_channel(session, now=line.clock.now()).id
        session.execute(
            sa.text("INSERT INTO erasures (channel_id, user_hash, erased_at) VALUES (:c, :h, :at)"),
            {"c": channel_id, "h": hash_user_id(KEY, ids[0]), "at": "2026-01-01 00:00:00+00:00"},
        )
    report = importer(database, line, messenger).run(channel_id, lambda _done, _total: None)
    assert report == Report(listed=2, new=1, erased=1)


def test_the_command_says_why_line_does_not_tell(
    command: Run, database: Database, line: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    befriend(line, 2)
    with database.write() as session:
        ensure_channel(session, now=line.clock.now())
    monkeypatch.setenv("LINE_CHANNEL_SECRET", TEST_SECRET)
    monkeypatch.setenv("LINE_CHANNEL_ACCESS_TOKEN", TEST_TOKEN)
    monkeypatch.setenv("LINE_API_BASE", line.url)
    assert json.loads(command("import", "followers", "--json").stdout)["new"] == 2
    assert command("import", "followers").stdout.startswith("2 followers, 0 new; profiles")
    assert command("import", "followers", "--language", "zh-TW").stdout.startswith("2 位好友")
    line.line.is_verified = False
    refused = command("import", "followers")
    assert refused.exit_code == 1
    assert "verified and premium accounts only" in refused.stderr
    assert "只提供認證帳號" in command("import", "followers", "--language", "zh-TW").stderr
    monkeypatch.setenv("LINE_CHANNEL_ACCESS_TOKEN", "wrong")
    assert "does not accept the access token" in command("import", "followers").stderr
