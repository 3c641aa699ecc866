"""The database handle: what each of its three ways of opening promises, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from core.by_engine import among
from core.db import Database, begin_write, changed
from core.inserts import insert_new, insert_or_skip
from core.leases import Lease
from core.migrating import missing_migrations
from line.channels import Channel
from line.inbox import Lane
from tests.line.queues import NOON, a_channel, after, an_event, tell


def a_lease(name: str = "a", **values: object) -> Lease:
    return Lease(**({"name": name, "owner": None, "lease_no": 0, "expires_at": NOON} | values))


def names(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(sa.select(Lease.name).order_by(Lease.name)))


def test_a_write_is_kept_whole_or_not_at_all(database: Database) -> None:
    with database.write() as session:
        session.add(a_lease("kept"))
    with pytest.raises(ZeroDivisionError), database.write() as session:  # noqa: PT012 - the write is the point
        session.add(a_lease("lost"))
        session.flush()
        raise ZeroDivisionError
    assert names(database) == ["kept"]


def test_a_read_leaves_nothing_behind(database: Database) -> None:
    with database.read() as session:
        session.scalars(sa.select(Lease)).all()
    with database.write() as session:
        session.add(a_lease())
    assert names(database) == ["a"]


def test_what_is_decided_is_written_only_after_begin_write(database: Database) -> None:
    with database.write() as session:
        session.add(a_lease())
    with database.decide() as session:
        session.add(a_lease("b"))
        assert session.scalars(sa.select(Lease.name)).all() == ["a"]  # a query does not flush
        with pytest.raises(RuntimeError, match="only after begin_write"):
            session.execute(sa.update(Lease).values(lease_no=5))
        begin_write(session)
        session.execute(sa.update(Lease).values(lease_no=5))
        session.commit()
    assert names(database) == ["a", "b"]


def test_a_decision_that_fails_writes_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.decide() as session:  # noqa: PT012 - as above
        session.add(a_lease())
        begin_write(session)
        session.flush()
        raise ZeroDivisionError
    assert names(database) == []
    with database.write() as session:  # the connection is as good as new
        session.add(a_lease("b"))


def test_deciding_keeps_nobody_from_writing(database: Database) -> None:
    with database.decide() as deciding:
        deciding.scalars(sa.select(Lease)).all()
        with database.write() as session:
            session.add(a_lease())
        assert deciding.scalar(sa.select(Lease.name)) == "a"


def test_writers_wait_for_each_other_and_lose_nothing(database: Database) -> None:
    with database.write() as session:
        session.add(a_lease())

    def counts(_: int) -> None:
        for _number in range(10):
            with database.write() as session:
                session.execute(sa.update(Lease).values(lease_no=Lease.lease_no + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(counts, range(4)))
    with database.read() as session:
        assert session.scalar(sa.select(Lease.lease_no)) == 40


def test_a_writer_gives_up_in_time_for_a_webhook(database: Database) -> None:
    with database.write() as session:
        session.add(a_lease())
        session.flush()
        before = datetime.now(UTC)
        with ThreadPoolExecutor(1) as pool, pytest.raises((OperationalError, IntegrityError)):
            pool.submit(_write, database).result()
        assert datetime.now(UTC) - before < timedelta(seconds=2)


def _write(database: Database) -> None:
    with database.write() as session:
        session.add(a_lease())


def test_moments_are_aware_and_come_back_in_utc(database: Database) -> None:
    taipei = timezone(timedelta(hours=8))
    with database.write() as session:
        session.add(a_lease(expires_at=NOON.astimezone(taipei) + timedelta(microseconds=7)))
    with database.read() as session:
        lease = session.scalars(sa.select(Lease)).one()
    assert lease.expires_at == NOON + timedelta(microseconds=7)
    assert lease.expires_at.tzinfo is UTC
    with pytest.raises(StatementError, match="naive datetime"), database.write() as session:
        session.add(a_lease("b", expires_at=NOON.replace(tzinfo=None)))


def test_moments_compare_the_same_whoever_wrote_them(database: Database) -> None:
    """The webhook's prepared statements and the mapped classes must write one form, or SQLite sorts wrongly."""
    channel_id = a_channel(database)
    for user, at in (("U1", NOON), ("U2", NOON + timedelta(microseconds=1)), ("U3", after(seconds=1))):
        tell(database, channel_id, an_event(user), at=at)
        with database.write() as session:
            session.add(a_lease(user, expires_at=at))
    same = sa.select(Lane.key).join(Lease, sa.and_(Lease.name == Lane.key, Lease.expires_at == Lane.due_at))
    with database.read() as session:
        assert session.scalars(same.order_by(Lane.key)).all() == ["U1", "U2", "U3"]
        assert session.scalars(sa.select(Lane.key).where(Lane.due_at <= NOON)).all() == ["U1"]


def test_a_row_that_is_there_is_left_as_it_is(database: Database) -> None:
    with database.write() as session:
        row = {"name": "a", "owner": None, "lease_no": 0, "expires_at": NOON}
        session.execute(insert_or_skip(session, Lease).values(**row))
        session.execute(insert_or_skip(session, Lease).values(**row | {"lease_no": 7}))
        assert session.scalar(sa.select(Lease.lease_no)) == 0
        assert changed(session.execute(sa.update(Lease).where(Lease.name == "a").values(lease_no=1))) == 1
        assert changed(session.execute(sa.update(Lease).where(Lease.name == "b").values(lease_no=1))) == 0


def test_what_a_customer_wrote_is_in_no_error_of_the_database(database: Database) -> None:
    """Errors are logged and shown to staff; message text belongs in neither."""
    too_long = sa.text("INSERT INTO leases (name, lease_no, expires_at) VALUES (:name, 0, NULL)")
    with pytest.raises(StatementError) as caught, database.write() as session:
        session.execute(too_long, {"name": "my secret illness" + " and more" * 10})
    assert "secret" not in str(caught.value)


def test_a_statement_that_does_not_count_is_not_asked(database: Database) -> None:
    with database.write() as session:
        skipping = insert_or_skip(session, Lease).values(name="a", lease_no=0, expires_at=NOON)
        result = session.execute(skipping)
        if database.is_sqlite:
            assert changed(result) == 1
        else:
            with pytest.raises(TypeError, match="RETURNING"):
                changed(result)


def test_new_rows_are_written_in_the_order_in_which_they_were_made(database: Database) -> None:
    """Also when one of them was taken back before: the ledger of tags lives by its order."""
    made = []
    with database.decide() as session:
        for number in range(60):
            taken_back = Channel(name=f"taken back {number}", public_id=f"t{number}", created_at=NOON)
            session.add(taken_back)
            for letter in "ab":
                made.append(f"{number} {letter}")
                session.add(Channel(name=made[-1], public_id=made[-1], created_at=NOON))
                if taken_back in session.new:
                    session.expunge(taken_back)
        begin_write(session)
        session.commit()
    with database.read() as session:
        assert session.scalars(sa.select(Channel.name).order_by(Channel.id)).all() == made


def test_the_folder_of_a_new_file_is_made(tmp_path: Path) -> None:
    database = Database.connect(f"sqlite:///{tmp_path / 'var' / 'deep' / 'new.db'}")
    assert missing_migrations(database)
    database.dispose()


def test_who_writes_in_bulk_writes_a_page_of_rows_only_once(tmp_path: Path) -> None:
    log = tmp_path / "much.db-wal"
    database = Database.connect(f"sqlite:///{tmp_path / 'much.db'}")
    database.write_in_bulk()
    with database.write() as session:
        session.execute(sa.text("CREATE TABLE much (text TEXT)"))
    before = log.stat().st_size
    with database.write() as session:
        session.execute(sa.text("INSERT INTO much VALUES (:text)"), {"text": "x" * 8_000_000})
        assert log.stat().st_size == before
    assert log.stat().st_size > 8_000_000
    database.dispose()


def test_a_server_that_fell_off_the_network_is_given_up(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("a file has no network")
    with database.engine.connect() as connection:
        given = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    assert (given["tcp_user_timeout"], given["keepalives_idle"]) == ("5000", "2")


def test_many_rows_are_inserted_and_those_that_are_new_counted(database: Database) -> None:
    def lease(name: str) -> dict[str, object]:
        return {"name": name, "owner": None, "lease_no": 3, "expires_at": NOON}

    with database.write() as session:
        assert insert_new(session.connection(), Lease, []) == 0
        assert insert_new(session.connection(), Lease, [lease("a"), lease("b")]) == 2
        assert insert_new(session.connection(), Lease, [lease("b"), lease("c"), lease("c")]) == 1
    with database.read() as session:
        assert session.execute(
            sa.select(Lease.name, Lease.owner, Lease.lease_no, Lease.expires_at).order_by(Lease.name)
        ).all() == [(name, None, 3, NOON) for name in "abc"]


@pytest.mark.parametrize(
    "wanted", [["a'b", "台北", '"', "\\"], [], ["nobody"], [f"x{n}" for n in range(5_000)]]
)
def test_one_of_many_values_is_found_whatever_they_hold(database: Database, wanted: list[str]) -> None:
    there = ["a'b", "台北", '"', "\\", "x7", "x4999", "other"]
    with database.write() as session:
        session.add_all(map(a_lease, there))
    with database.read() as session:
        found = session.scalars(sa.select(Lease.name).where(among(Lease.name, "names")), {"names": wanted})
        assert set(found) == set(there) & set(wanted)
