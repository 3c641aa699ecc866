"""Which language a page is in, and what is said there about time."""

from datetime import UTC, datetime, timedelta

import pytest

from console.languages import LANGUAGES, find_language
from console.refusals import SENTENCES, in_words
from core.db import Database
from staff.models import Role
from tests.console.people import Hands, a_console, browser_of


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("zh-TW", "zh-TW"), ("zh-Hant-TW", "zh-TW"), ("zh-HK", "zh-TW"), ("zh_Hant", "zh-TW"), ("zh", "zh-TW"),
        ("zh-Hans-CN", "zh-TW"), ("ja-JP", "ja"), ("en-GB", "en"), ("fr", None), ("", None), ("*", None),
    ],
)  # fmt: skip
def test_what_browsers_ask_for_is_understood(tag: str, found: str | None) -> None:
    language = find_language(tag)
    assert (language.tag if language else None) == found


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("zh-HK,zh;q=0.9", "zh-TW"),
        ("fr-FR,ja;q=0.8,en;q=0.7", "ja"),
        ("fr", "en"),
        ("ja;q=0,en", "en"),
        ("\x00;q=x", "en"),
    ],
)
def test_strangers_get_what_their_browser_asks_for(database: Database, asked: str, shown: str) -> None:
    client = a_console(database, Hands()).test_client()
    page = client.get("/console/sign-in", headers={"Accept-Language": asked}).text
    assert f'<html lang="{shown}">' in page


def test_a_choice_outlives_the_session_in_which_it_was_made(database: Database) -> None:
    clock = Hands()
    app = a_console(database, clock)
    browser = browser_of(app, database, Role.AGENT, now=clock())
    answer = browser.post("/console/language", {"language": "ja", "next": "/console/account/"})
    assert answer.location == "/console/account/"
    assert '<html lang="ja">' in browser.get("/console/account/").text
    assert browser.post("/console/language", {"language": "tlh"}).status_code == 400
    stranger = app.test_client()
    assert '<html lang="en">' in stranger.get("/console/sign-in").text


def test_times_are_told_in_the_accounts_zone(database: Database) -> None:
    clock = Hands()
    app = a_console(database, clock)
    told = {}
    with app.test_request_context("/console/"):
        app.preprocess_request()
        when = app.jinja_env.filters["when"]
        since = app.jinja_env.filters["since"]
        clock_time = app.jinja_env.filters["clock_time"]
        told = {
            "now": clock_time(clock()),
            "today": when(clock() - timedelta(hours=5)).striptags(),
            "this week": when(clock() - timedelta(days=3)).striptags(),
            "this year": when(clock() - timedelta(days=30)).striptags(),
            "long ago": when(datetime(2020, 2, 3, 18, tzinfo=UTC)).striptags(),
            "just now": since(clock() - timedelta(seconds=5)).striptags(),
            "before": since(clock() - timedelta(minutes=5)).striptags(),
            "never": since(None),
        }
    assert told == {
        "now": "14:00",
        "today": "09:00",
        "this week": "Wed 14:00",
        "this year": "Oct 22",
        "long ago": "Feb 4, 2020",
        "just now": "just now",
        "before": "5 minutes ago",
        "never": "",
    }


def test_refusals_of_the_services_are_recognised(database: Database) -> None:
    app = a_console(database, Hands())
    with app.test_request_context("/console/"):
        app.preprocess_request()
        assert in_words("must have at least 10 characters") == "must have at least 10 characters"
        assert in_words("something nobody listed") == "something nobody listed"
        assert in_words("100% (%s) of it") == "100% (%s) of it"
    assert len(set(SENTENCES)) == len(SENTENCES)


def test_every_language_has_a_catalogue_that_babel_finds(database: Database) -> None:
    app = a_console(database, Hands())
    with app.app_context():
        found = {str(locale) for locale in app.extensions["babel"].instance.list_translations()}
    assert found == {language.locale for language in LANGUAGES.values()}
