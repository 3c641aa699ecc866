"""Searching, with real turns and on both databases."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import privacy
from bot.search_indexer import index_anew
from contacts import search
from contacts.models import Contact, ContactField, FieldKind
from contacts.search_index import SearchDocument, SearchDue, Source
from contacts.timeline import EntryKind, TimelineEntry, note
from core.db import Database
from line.channels import Channel
from simulator.person import Person
from tests.listening import listening
from tests.shop import ERASURE_KEY, EXAMPLES, Shop


@pytest.fixture
def tea(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.chdir(tmp_path)  # the journal of erasures is written below
    shop.publishes(EXAMPLES / "tea_shop")
    return shop


def found(shop: Shop, query: str, **where: object) -> list[str | None]:
    """Return the names of those who are found once the worker has done its chores."""
    shop.does_chores()
    with shop.database.read() as session:
        condition = search.found(session, Contact.id, query, **where)  # type: ignore[arg-type]
        return list(session.scalars(sa.select(Contact.display_name).where(condition).order_by(Contact.id)))


def hit(shop: Shop, person: Person, query: str) -> search.Hit:
    contact = shop.contact(person)
    with shop.database.read() as session:
        return search.hits(session, [contact.id], query)[contact.id]


def test_people_are_found_by_name_and_by_what_was_said_both_ways(tea: Shop) -> None:
    mina = tea.person("王小美", language="zh-TW")
    ken = tea.person("佐藤 ケン", language="ja")
    mina.says("我想退貨，可以嗎？")
    ken.says("ペット可ですか")
    assert found(tea, "小美") == ["王小美"]
    assert found(tea, "王") == ["王小美"]
    assert found(tea, "ケン") == ["佐藤 ケン"]
    assert found(tea, "退货") == ["王小美"]
    assert found(tea, "王 退貨") == ["王小美"], "the words may stand in different places"
    assert found(tea, "佐藤 退貨") == []
    assert found(tea, "退貨", where=search.ABOUT_THEM) == []
    assert found(tea, mina.user_id) == ["王小美"]
    assert found(tea, "？！") == []
    seen = hit(tea, mina, "退貨")
    assert (seen.source, seen.is_ours) == (Source.ENTRY, False)
    assert (seen.before, seen.match, seen.after) == ("我想", "退貨", "，可以嗎？")
    answer = mina.sees[-1]
    word = next(part for part in answer.split("，") if len(part) > 3)[:3]
    assert "王小美" in found(tea, word)


def test_a_name_that_changes_is_found_by_the_new_one_only(tea: Shop) -> None:
    mina = tea.person("王小美")
    mina.says("hi")
    assert found(tea, "王小美", where=search.ABOUT_THEM) == ["王小美"]
    with tea.database.write() as session:
        session.get_one(Contact, tea.contact(mina).id).display_name = "陳美美"
    assert found(tea, "王小美", where=search.ABOUT_THEM) == []
    assert found(tea, "陳美美", where=search.ABOUT_THEM) == ["陳美美"]


def test_a_text_that_they_told_us_is_found_until_it_is_withdrawn(tea: Shop) -> None:
    mina = tea.person("Mina")
    mina.says("hi")
    contact = tea.contact(mina)
    with tea.database.write() as session:
        field = ContactField(
            contact_id=contact.id,
            name="plate",
            kind=FieldKind.TEXT,
            text="ABC-5678",
            source="staff:lin",
            set_at=tea.now(),
        )
        session.add(field)
    assert found(tea, "5678") == ["Mina"]
    assert (hit(tea, mina, "5678").source, hit(tea, mina, "5678").name) == (Source.FIELD, "plate")
    with tea.database.write() as session:
        session.execute(sa.delete(ContactField))
        # Without any chore: the same transaction took it out of the index.
        assert session.scalars(search_for(session, "5678")).all() == []


def search_for(session: sa.orm.Session, query: str) -> sa.Select[int]:
    return sa.select(Contact.id).where(search.found(session, Contact.id, query))


def test_what_is_taken_back_cannot_be_found_in_the_very_next_moment(tea: Shop) -> None:
    mina = tea.person("Mina")
    secret = mina.says("我的密碼是芝麻開門")
    assert found(tea, "芝麻") == ["Mina"]
    mina.unsends(secret)
    with tea.database.read() as session:
        assert session.scalars(search_for(session, "芝麻")).all() == []
    assert found(tea, "芝麻") == []


def test_what_is_taken_back_before_it_was_indexed_is_never_found(tea: Shop) -> None:
    mina = tea.person("Mina")
    mina.unsends(mina.says("我的密碼是芝麻開門"))
    assert found(tea, "芝麻") == []


def test_an_edited_message_is_found_by_its_new_words(tea: Shop) -> None:
    mina = tea.person("Mina")
    mina.says("明天三點")
    assert found(tea, "三點") == ["Mina"]
    with tea.database.write() as session:
        session.execute(
            sa.update(TimelineEntry)
            .where(TimelineEntry.kind == EntryKind.RECEIVED)
            .values(text="後天五點", payload=None)
        )
        assert session.scalars(search_for(session, "三點")).all() == []
    assert found(tea, "三點") == []
    assert found(tea, "五點") == ["Mina"]


def test_an_erased_person_cannot_be_found(tea: Shop) -> None:
    mina = tea.person("王小美")
    mina.says("我的電話 0912-345-678")
    tea.waits(seconds=1)
    assert found(tea, "345678") == ["王小美"]
    with tea.database.read() as session:
        channel = session.scalars(sa.select(Channel)).one()
    privacy.erase(tea.database, channel, mina.user_id, key=ERASURE_KEY, now=tea.now())
    assert tea.rows(SearchDocument) == []
    assert found(tea, "345678") == found(tea, "王小美") == []
    with tea.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SearchDue)) == 0


def test_a_deleted_contact_leaves_nothing_in_the_index(tea: Shop) -> None:
    mina = tea.person("王小美")
    mina.says("退貨")
    assert found(tea, "退貨") == ["王小美"]
    with tea.database.write() as session:
        contact_id = tea.contact(mina).id
        session.execute(sa.delete(TimelineEntry).where(TimelineEntry.contact_id == contact_id))
        session.execute(sa.delete(SearchDocument).where(SearchDocument.contact_id == contact_id))
    tea.does_chores()
    assert left_in_index(tea.database) == 0


def left_in_index(database: Database) -> int:
    """Count what the database's own index still holds."""
    with database.read() as session:
        if database.is_sqlite:
            session.execute(sa.text("INSERT INTO search_index (search_index) VALUES ('integrity-check')"))
        return session.scalar(sa.select(sa.func.count()).select_from(SearchDocument)) or 0


def test_the_index_can_be_made_again(tea: Shop) -> None:
    people = [tea.person(f"王小美{number}") for number in range(3)]
    for person in people:
        person.says("我要退貨")
    before = found(tea, "退貨")
    assert len(before) == 3
    with tea.database.write() as session:
        session.execute(sa.delete(SearchDocument))
    assert found(tea, "退貨") == []
    assert sum(index_anew(tea.database)) > 0
    assert found(tea, "退貨") == before
    documents = len(tea.rows(SearchDocument))
    assert sum(index_anew(tea.database)) > 0
    assert len(tea.rows(SearchDocument)) == documents, "twice makes none twice"


def test_a_page_leaves_to_the_next_what_a_turn_has_locked(tea: Shop) -> None:
    mina = tea.person("王小美")
    mina.says("hi")
    tea.does_chores()
    contact = tea.contact(mina)
    with tea.database.write() as session:
        note(
            session,
            session.get_one(Contact, contact.id),
            EntryKind.RECEIVED,
            at=tea.now() + timedelta(seconds=1),
            text="退貨",
        )
    if tea.database.is_sqlite:
        assert found(tea, "退貨") == ["王小美"]
        return
    with tea.database.write() as session:
        session.execute(sa.update(TimelineEntry).where(TimelineEntry.text == "退貨").values(text=None))
        tea.does_chores()
    assert found(tea, "退貨") == []


def test_a_search_is_the_same_few_queries_for_many_people(tea: Shop) -> None:
    people = [tea.person(f"王小美{number}") for number in range(12)]
    for person in people:
        person.says("退貨")
    tea.does_chores()

    def queries(count: int) -> int:
        ids = [tea.contact(person).id for person in people[:count]]
        counted = 0

        def count_one(*_: object) -> None:
            nonlocal counted
            counted += 1

        with tea.database.read() as session, listening(tea.database, "before_cursor_execute", count_one):
            assert len(search.hits(session, ids, "退貨")) == count
        return counted

    assert queries(12) == queries(1)


def test_every_trigger_is_there(database: Database) -> None:
    """A migration that makes a table of SQLite's anew loses them without a word."""
    names = {
        "search_contact_new",
        "search_contact_changed",
        "search_field_new",
        "search_field_changed",
        "search_entry_new",
        "search_entry_changed",
        "search_entry_gone",
    }
    if database.is_sqlite:
        names |= {"search_field_gone", "search_documents_in", "search_documents_out"}
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    with database.read() as session:
        assert set(session.scalars(sa.text(query))) == names
