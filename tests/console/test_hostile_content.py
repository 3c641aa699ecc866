"""What customers, files and playbooks bring into the console: shown letter by letter, and never as a page of ours."""

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
import sqlalchemy as sa

from console.names import lines_picture
from contacts.models import Contact
from segmentation.models import Tag
from segmentation.tags import TagBook
from staff.models import Role
from tests.console.inboxes import Inbox
from tests.console.people import browser_of
from tests.shop import Shop

IMG = '<img src=x onerror="alert(1)">'
BREAKOUT = "\"'></textarea></title><svg onload=x>"
HOSTILE = (
    IMG,
    BREAKOUT,
    "{{ 1234567*9 }}{% raw %}${1234567*9}",
    "javascript:alert(1)",
    "\u202egnp.exe\u202c",
    "=1+1|cmd",
)


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


OURS = re.compile(
    r"/(?!/)|#|\?|https://profile\.line-scdn\.net/|https://haowo\.example/|http://localhost/assets/[0-9a-f]+$"
)
"""Where links lead: our own pages, pictures at LINE, the playbook's pictures and its privacy policy."""


OUR_PICTURE = re.compile(
    r"data:image/svg\+xml;charset=utf-8,%3Csvg(?!.*(script|%20on|href))[^ ]+%3C%2Fsvg%3E"
)
"""The QR code of two-step sign-in: drawn by us, and scripts do not run in pictures."""


class Markup(HTMLParser):
    """Collects what a browser would load, follow or run."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.kinds: Counter[str] = Counter()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.kinds[tag] += 1
        for name, value in attrs:
            if name in {"src", "href", "action", "formaction", "poster", "data", "hx-get", "hx-post"}:
                self.links.append(value or "")
            if name.startswith("on") or name == "style":
                self.handlers.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        self.text += data


def is_harmless(page: str, *, phones: str = "") -> bool:
    """Say whether nothing that others wrote is more than words.

    :param phones: where the simulated phones are, on the pages that lead there: the stage's frame shows one.
    """
    read = Markup(page)
    others = [link for link in read.links if not OURS.match(link) and not OUR_PICTURE.fullmatch(link)]
    assert [link for link in others if not (phones and link.startswith(f"{phones}/"))] == []
    assert read.kinds["iframe"] == sum("#U" in link for link in others)
    assert read.handlers == []
    assert "11111103" not in read.text
    return not read.kinds.keys() & {"object", "embed", "base", "style"}


def pages(shop: Shop, inbox: Inbox, ticket: str, contact: Contact) -> list[str]:
    return [
        "/console/inbox/",
        "/console/inbox/list",
        f"/console/inbox/{ticket}",
        f"/console/inbox/{ticket}/now",
        "/console/contacts/",
        "/console/contacts/?q=onerror",
        f"/console/contacts/{contact.public_id}",
        "/console/audit/",
        f"/console/stage/known?person={contact.line_user_id}",
    ]


@pytest.mark.parametrize("words", HOSTILE)
def test_names_texts_answers_and_files_are_only_words(shop: Shop, words: str) -> None:
    inbox = Inbox(shop)
    inbox.agent("lin", "general")
    mallory = shop.person(words)
    mallory.follows()
    mallory.taps("開始找房")
    mallory.taps("其他")
    mallory.says(words)  # an answer in words, kept as a field and quoted in the summary
    for label in ("15,000 以下", "雅房", "越快越好", "沒有", "正確"):
        mallory.taps(label)
    mallory.sends_file(f"{words}.html", b"<script>alert(1)</script>", "text/html")
    ticket = inbox.waits(mallory)
    shop.does_chores()
    admin = browser_of(shop.app, shop.database, Role.ADMIN, now=shop.now())
    shown = ""
    for path in pages(shop, inbox, ticket, shop.contact(mallory)):
        answer = admin.get(path)
        assert answer.status_code == 200
        assert is_harmless(answer.text), path
        assert "script" not in answer.headers["Content-Security-Policy"].replace("'self'", "")
        shown += Markup(answer.text).text
    assert shown.count(words) >= 4, "it is not hidden either: name, answer, field, file"
    stage = admin.get("/console/stage/").text
    assert is_harmless(stage, phones=shop.simulator.url)
    assert words in Markup(stage).text


def test_tags_of_a_hostile_playbook_are_only_words(shop: Shop) -> None:
    inbox = Inbox(shop)
    mina, ticket = inbox.customer("Mina", "hello")
    with shop.database.write() as session:
        contact = session.merge(shop.contact(mina))
        book = TagBook(session, contact, event_key=None, now=shop.now())
        book.set(f"import:{IMG}"[:60], source=f"import:{BREAKOUT}"[:60])
        session.flush()  # for the tag that the next statement relabels
        session.execute(
            sa.update(Tag).where(Tag.name.like("import:%")).values(labels={"en": BREAKOUT}, group=IMG)
        )
    admin = browser_of(shop.app, shop.database, Role.ADMIN, now=shop.now())
    for path in (
        *pages(shop, inbox, ticket, shop.contact(mina)),
        "/console/segments/",
        "/console/campaigns/new",
    ):
        answer = admin.get(path)
        assert answer.status_code == 200
        assert is_harmless(answer.text), path
    assert BREAKOUT in Markup(admin.get(f"/console/contacts/{shop.contact(mina).public_id}").text).text


PICTURES = (
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "http://profile.line-scdn.net/a",
    "https://evil.example/.line-scdn.net/a",
    "https://evil.example?.line-scdn.net/",
    "https://evil.example#.line-scdn.net/",
    "https://evil.example\\.line-scdn.net/a",
    "https://x@evil.example/.line-scdn.net/",
    "https://profile.line-scdn.net@evil.example/.line-scdn.net/",
    "https://profile.line-scdn.net.evil.example/a",
    "https://profile.line-scdn.net:8000/a",
    "//profile.line-scdn.net/a",
    'https://profile.line-scdn.net/"><script>',
    "https://profile.line-scdn.net/\n",
    "https://line-scdn.net/a",
    "",
    None,
)


@pytest.mark.parametrize("address", PICTURES)
def test_a_picture_is_lines_or_it_is_none(address: str | None) -> None:
    assert lines_picture(address) == ""


def test_lines_own_pictures_are_shown() -> None:
    for address in ("https://profile.line-scdn.net/0hA-b_c", "https://sprofile.line-scdn.net/0hA/large?x=1"):
        assert lines_picture(address) == address


def test_a_hostile_picture_is_in_no_page(shop: Shop) -> None:
    inbox = Inbox(shop)
    inbox.agent("lin", "general")
    mina, ticket = inbox.customer("Mina", "hello")
    admin = browser_of(shop.app, shop.database, Role.ADMIN, now=shop.now())
    for address in (*PICTURES, "https://profile.line-scdn.net/0hA-b_c"):
        with shop.database.write() as session:
            session.execute(sa.update(Contact).values(picture_url=address))
        for path in pages(shop, inbox, ticket, shop.contact(mina)):
            assert is_harmless(admin.get(path).text), (path, address)
    assert 'src="https://profile.line-scdn.net/0hA-b_c"' in admin.get("/console/inbox/list").text
