"""One fault at a time, told with its file and line; many at once, told together."""

from pathlib import Path

import pytest

from playbook.check import check
from tests.playbook.folders import GOOD, Files, a_picture, changed, line_in, write

ORDER = "questionnaires/order.yaml"
MENU = "rich_menus/main.yaml"
PLAYBOOK = "playbook.yaml"
LONG = "a very long label that goes on and on and on"


def faults_of(folder: Path, files: Files) -> list[str]:
    return [str(fault) for fault in check(write(folder, files)).faults]


def test_a_good_playbook_has_no_faults(tmp_path: Path) -> None:
    checked = check(write(tmp_path, GOOD))
    assert checked.faults == ()
    assert checked.playbook is not None
    content = checked.playbook.content
    assert content.languages == ("en",)
    assert [group.id for group in content.tag_groups] == ["size", "taste"]
    assert content.rich_menus[0].key == "main"
    (order,) = checked.playbook.questionnaires
    assert order.key == "order"
    assert [choice.id for choice in order.questions[0].choices] == ["tea", "plum", "water"]
    assert checked.playbook.transcripts[0].line_numbers == (3, 4, 5, 7, 8)


@pytest.mark.parametrize(
    ("file", "old", "new", "marker", "fault"),
    [
        # shape
        (PLAYBOOK, "privacy_url: https://shop.example/privacy\n", "", "name:", "privacy_url is missing"),
        (PLAYBOOK, "time_zone:", "timezone: x\ntime_zone:", "timezone: x", "unknown key 'timezone'; did you mean 'time_zone'?"),
        (PLAYBOOK, "name: Corner Shop", "name: 711", "name: 711", "name must be text; put quotes around it, not '711'"),
        (PLAYBOOK, "  done: Done", "  done:", "  done:", "done is empty; write something after it or take it out"),
        (PLAYBOOK, "on: 2027-02-06", "on: 2027-02-30", "on: 2027", "on must be a date like 2027-03-01, not '2027-02-30'"),
        ("tags.yaml", "choice: single", "choice: one", "choice:", "choice must be single or multiple, not 'one'"),
        ("tags.yaml", "lifetime: 90d", "lifetime: 3 months", "lifetime",
         "lifetime must be a duration like 30m, 12h or 90d, not '3 months'"),
        ("auto_replies.yaml", "{any_of: [hours, open]}", "{anyof: [hours, open]}", "anyof",
         "unknown key 'anyof'; did you mean 'any_of'?"),
        ("auto_replies.yaml", 'then: "We open', 'then:\n      sya: "We open', "sya", "unknown key 'sya'; did you mean 'say'?"),
        (ORDER, "    kind: phone", "    kind: fone", "fone", ("kind must be choice, text, number, date, time, datetime,"
         " phone, email, photo or location, not 'fone'")),
        (ORDER, "{id: water, label: Water}", "{id: water}", "{id: water}", "label is missing"),
        (ORDER, "title: Order", "title: Order\nkey: order", "key:", "unknown key 'key'; the file's name says it"),
        (MENU, "size: [800, 540]", "size: [800]", "size", "size has too few items"),
        # ids
        ("tags.yaml", "  - id: taste", "  - {id: size, label: Size, tags: []}\n  - id: taste", "{id: size", "there is a tag group 'size' already, on line 2"),
        ("tags.yaml", "label: Sour}", 'label: Sour}\n      - {name: "taste:sour", label: Acid}', "Acid",
         "there is a tag 'taste:sour' already, on line 13"),
        ("cards.yaml", "id: plum", "id: tea", "id: tea\n    title: Plum", "there is a card 'tea' already, on line 4"),
        ("auto_replies.yaml", "id: closed", "id: hours", "id: hours\n    when", "there is a rule 'hours' already, on line 2"),
        ("welcome.yaml", "id: new", "id: returning", "id: returning\n    then:\n", "there is a greeting 'returning' already, on line 2"),
        (ORDER, "id: large", "id: small", "id: small, label: Large", "there is a choice of this question 'small' already, on line 13"),
        (ORDER, "{id: water", "{id: 'still water'", "still",
         "'still water' cannot name a choice of this question: it must be 1 to 40 letters A-Z, digits, _ and -, beginning with a letter or digit"),
        (ORDER, "{cups: 2}", "{Cups: 2}", "Cups",
         "'Cups' cannot name a field: it must be 1 to 40 of a-z, 0-9 and _, a letter first"),
        ("welcome.yaml", "id: prices", "id: order", "id: order, show",
         "another button with the id 'order' stands beside it, on line 10"),
        # names that point nowhere
        (ORDER, "tags: size:small", "tags: size:smalll", "size:smalll", "unknown tag 'size:smalll'; did you mean 'size:small'?"),
        ("cards.yaml", "tags: [taste:sweet]", "tags: [taste:bitter]", "taste:bitter",
         "unknown tag 'taste:bitter'; did you mean 'taste:sour'?"),
        ("auto_replies.yaml", "when: {hours: closed}", "when: {tags: vip}", "vip",
         "unknown tag 'vip'; there are size:large, size:small, taste:sour, taste:sweet"),
        ("welcome.yaml", "start: order", "start: ordr", "ordr", "unknown questionnaire 'ordr'; did you mean 'order'?"),
        ("welcome.yaml", "completed: order", "completed: orders", "orders", "unknown questionnaire 'orders'; did you mean 'order'?"),
        ("welcome.yaml", "cards: [tea]", "cards: [tee]", "tee", "unknown card 'tee'; did you mean 'tea'?"),
        ("cards.yaml", "answers: {drink:", "answers: {drinks:", "drinks", "unknown question 'drinks'; did you mean 'drink'?"),
        ("cards.yaml", '"{{ card.id }}"', "cola", "cola", "unknown choice 'cola'; there are plum, tea, water"),
        ("cards.yaml", "picture: tea.png", "picture: teaa.png", "teaa.png", "no picture 'teaa.png' in pictures/; did you mean 'tea.png'?"),
        ("cards.yaml", "picture: tea.png", "picture: ../../../etc/passwd", "passwd",
         "a picture is named by its file in pictures/, without a path: not '../../../etc/passwd'"),
        (ORDER, "fitting: [taste]", "fitting: [tastee]", "tastee]", "unknown tag group 'tastee'; did you mean 'taste'?"),
        (MENU, "start: order", "menu: mainn", "mainn", "unknown rich menu 'mainn'; did you mean 'main'?"),
        (MENU, "start: order", "open: mainn", "mainn", "unknown rich menu 'mainn'; did you mean 'main'?"),
        (PLAYBOOK, "  done: Done", "  dome: Done", "dome", "unknown phrase 'dome'; did you mean 'done'?"),
        (PLAYBOOK, "  human: [clerk]", "  hum: [clerk]", "hum:", "unknown keyword 'hum'; did you mean 'human'?"),
        ("transcripts/order.yaml", "tags: size:small", "tags: size:smalll", "size:smalll", "unknown tag 'size:smalll'; did you mean 'size:small'?"),
        ("transcripts/order.yaml", "tags: size:small", "fields: {telephone: '1'}", "telephone",
         "unknown field 'telephone'; did you mean 'phone'?"),
        # tags that fight
        (ORDER, "tags: size:small", "tags: [size:small, size:large]", "tags: [size",
         ("'size:small' and 'size:large' are both of 'size', of which a contact carries one;"
         " set one of them, or give the group `choice: multiple`")),
        ("auto_replies.yaml", "when: {hours: closed}", "when: {tags: taste:sour, without_tags: taste:sour}", "without_tags",
         "'taste:sour' is both asked for and ruled out, so this never holds"),
        # placeholders
        ("welcome.yaml", "{{ name }}", "{{ nme }}", "nme", "unknown placeholder 'nme'; did you mean 'name'?"),
        ("welcome.yaml", "{{ last.order }}", "{{ last.orders }}", "orders", "unknown placeholder 'last.orders'; did you mean 'last.order'?"),
        (ORDER, "{{ fields.phone }}", "{{ fields.fone }}", "fields.fone", "unknown placeholder 'fields.fone'; did you mean 'fields.phone'?"),
        (ORDER, "{{ answers.size }}", "{{ answers.sice }}", "sice", "unknown placeholder 'answers.sice'; did you mean 'answers.size'?"),
        ("welcome.yaml", "{{ name }}", "{{ name", "{{ name",
         "the placeholders cannot be read: expected '}}', found end of file"),
        ("auto_replies.yaml", "{{ opens_at }}", "{% include 'x' %}", "include", "the placeholders cannot be read: unexpected tag 'include'"),
        ("auto_replies.yaml", "{{ opens_at }}", "{{ name | shout }}", "shout", "the placeholders cannot be read: unknown filter 'shout'"),
        (MENU, "bar: Menu", 'bar: "{{ name }}"', "bar:", "bar is the same for everybody, so it takes no placeholders"),
        # LINE's limits
        ("welcome.yaml", "label: Prices", f"label: {LONG}", LONG, "a button's label has 44 characters; LINE takes 40"),
        ("welcome.yaml", "Hello {{ name }}", "茶" * 5001, "茶", "a text above buttons has 5,001 UTF-16 units; LINE takes 2,000"),
        ("auto_replies.yaml", "We are closed.", "🍎" * 2501, "🍎", "a text has 5,002 UTF-16 units; LINE takes 5,000"),
        ("welcome.yaml", "Hello {{ name }}", "🍎" * 2501, "🍎", "a text above buttons has 5,002 UTF-16 units; LINE takes 2,000"),
        (MENU, "bar: Menu", f"bar: {'茶' * 15}", "bar", "bar has 15 characters; LINE takes 14"),
        (MENU, "{label: Order, id", "{label: a label of two dozen letters, id", "dozen",
         "a menu area's label has 28 characters; LINE takes 20"),
        (ORDER, "{id: small, label: Small,", f"{{id: small, label: {LONG},", LONG, "a choice's label has 44 characters; LINE takes 40"),
        (ORDER, "ask: Which size?", f"ask: {'茶' * 2001}", "ask: 茶",
         "a question above buttons has 2,001 UTF-16 units; LINE takes 2,000"),
        (ORDER, "ask: Your number?", f"ask: {'茶' * 5001}", "ask: 茶", "a question has 5,001 UTF-16 units; LINE takes 5,000"),
        (ORDER, "ask: Which size?", f"ask: {'茶' * 161}\n    as: buttons", "ask: 茶",
         "a question as buttons has 161 characters; LINE takes 160"),
        (PLAYBOOK, "done: Done", "done: I am done with it all", "done:", "the button 'done' has 21 characters; LINE takes 20"),
        ("welcome.yaml", "start: order", "url: ftp://shop.example", "ftp",
         "url must begin with https://, http://, line:// or tel:"),
        ("welcome.yaml", "start: order", "start: order, url: https://shop.example", "url",
         "LINE opens a url and tells nobody, so steps beside it never happens"),
        ("welcome.yaml", ", start: order", "", "{label: Order",
         "this button does nothing; give it a verb such as say, start or show, or a url"),
        # rich menus
        (MENU, "areas:", "columns: 7\nareas:", "columns", "columns must be at most 6, not '7'"),
        # account
        (PLAYBOOK, "Asia/Taipei", "Asia/Taipeh", "Taipeh", "unknown time zone 'Asia/Taipeh'; did you mean 'Asia/Taipei'?"),
        (PLAYBOOK, "time_zone:", "region: Taiwan\ntime_zone:", "region",
         "unknown region 'Taiwan'; write two capital letters such as TW"),
        (PLAYBOOK, "https://shop.example/privacy", "shop.example", "privacy", "privacy_url must begin with https://, http://, line:// or tel:"),
        (PLAYBOOK, "https://shop.example/privacy", "tel:+886212345678", "privacy", "privacy_url must begin with https://"),
        (PLAYBOOK, "default_language: en", "default_language: english", "default_language",
         "'english' is not a language tag; write it like zh-TW, ja or en"),
        (PLAYBOOK, "mon: 10:00-20:00", "mon: 10-20", "mon", "“10-20” is not a span of time; write it like 10:00-20:00"),
        (PLAYBOOK, "mon: 10:00-20:00", "mon: [10:00-14:00, 13:00-20:00]", "mon",
         "10:00-14:00 and 13:00-20:00 overlap; write them as one"),
        (PLAYBOOK, "  mon: 10:00-20:00\n", "", "hours:", "hours are empty; write when people are there, e.g. `mon: 10:00-20:00`"),
        (PLAYBOOK, "  special:\n", "  special:\n    - {on: 2027-02-06}\n", "on: 2027-02-06, name", "2027-02-06 is written twice"),
        (PLAYBOOK, "human: [clerk]", "human: [clerk, Ｍenu]", "clerk", "'Ｍenu' asks for 'menu' already; a word asks for one thing"),
        (PLAYBOOK, "human: [clerk]", "human: [clerk]\n  skip: [later]\n  back: [LATER!]", "LATER",
         "'LATER!' asks for 'skip' already; a word asks for one thing"),
        ("auto_replies.yaml", "{any_of: [hours, open]}", "{exact: [hours, Clerk]}", "match",
         "'Clerk' never reaches this rule: it asks for a person, which goes before all rules; remove it, or make the rule `always`"),
        ("auto_replies.yaml", "{any_of: [hours, open]}", "{exact: メニュー}", "match",
         "'メニュー' never reaches this rule: it asks for the menu, which goes before all rules; remove it, or make the rule `always`"),
        ("tags.yaml", 'colour: "#2f6f62"', "colour: green", "green", "'green' is not a colour; write it like #2f6f8f, in quotes"),
        # replies
        ("auto_replies.yaml", "{any_of: [hours, open]}", "{pattern: '(a+)+$'}", "match",
         "the pattern (a+)+$ can take for ever on some texts: avoid repeats inside repeats"),
        ("auto_replies.yaml", "{any_of: [hours, open]}", "{pattern: '('}", "match",
         "the pattern ( cannot be read: missing ) at position 1"),
        ("welcome.yaml", "when: {friend: returning, completed: order}", "when: {}", "id: new",
         "this greeting is never said: 'returning' on line 2 always comes first"),
        ("welcome.yaml", "friend: returning, completed: order", "entry: store", "entry",
         "an entry code begins with #, as its QR code types it: not 'store'"),
        # questionnaires
        (ORDER, "ask: Which size?", "ask: Which size?\n    only_if: {answers: {drnk: tea}}", "drnk",
         "there is no question 'drnk' in this questionnaire"),
        (ORDER, "    kind: phone", "    kind: phone\n    only_if: {answers: {size: medium}}", "medium",
         "'size' has no choice 'medium'; there are small, large"),
        (ORDER, "    kind: phone", "    kind: phone\n    only_if:\n      answers:\n        size:\n          at_lest: 3", "at_lest",
         "unknown key 'at_lest'; did you mean 'at_least'?"),
        (ORDER, "    kind: phone", "    kind: phone\n    only_if:\n      answers:\n        size:\n          at_least: 3", "at_least",
         "'size' has choices, which `at_least` does not compare; name those that count: [small, large]"),
        (ORDER, "    kind: phone", "    kind: phone\n    only_if:\n      answers:\n        size: {is: small, known: true}", "known",
         ("an answer is compared in one way: with one of `is`, `is_not`, `less_than`, `at_most`, `more_than`, `at_least`,"
         " `between`, `contains`, `one_of`, `known`")),
        (ORDER, "ask: Which size?", "ask: Which size?\n    only_if: {answers: {phone: {known: true}}}", "{known",
         "'phone' is not asked before this question, so its answer is not there yet"),
        (ORDER, "also: [S]", "also: [L, Large]", "id: large", ("'Large' could mean 'small' or 'large';"
         " typed, it would be understood as neither")),
        (ORDER, "    kind: phone", "    kind: text\n    pattern: '(a|a)*$'", "pattern",
         "the pattern (a|a)*$ can take for ever on some texts: avoid repeats inside repeats"),
        # turns
        (ORDER, '  - say: "One', '  - say: one\n  - say: two\n  - hand_over: true\n  - say: "One', "ending",
         "up to 6 messages in one turn; LINE takes 5: say it in fewer texts"),
        ("welcome.yaml", '      say:\n        text: "Hello {{ name }}"\n        buttons:\n',
         ("      - {say: a, show: {cards: [tea], say: b}, hand_over: true, start: order}\n      - say:\n"
         "         text: b\n         buttons:\n"), "then:\n      - {say",
         "up to 7 messages in one turn; LINE takes 5: say it in fewer texts"),
        # transcripts
        ("transcripts/order.yaml", "  - adds: true\n  - bot", "  - bot", "- bot", "a transcript begins with something that happens: what the customer does, an order, an event"),
        ("transcripts/order.yaml", "- types: water", "- types: water\n    taps: Water", "types: water",
         ("a line is one thing that happens (adds, scans, taps, types, picks, sends, menu, order, event, later)"
         " or what must then hold (bot, says_nothing, buttons, tags, no_tags, fields, segments, no_segments, left, because,"
         " handed_over, queue)")),
        ("transcripts/order.yaml", "lines:", "at: tomorrow\nlines:", "at:", "at must be a local time like 2027-03-01T14:00, not 'tomorrow'"),
        ("transcripts/order.yaml", "- types: water", "- picks: 1 March", "picks",
         "picks must be 2027-03-01, 14:30 or 2027-03-01T14:30, not '1 March'"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line(
    tmp_path: Path, file: str, old: str, new: str, marker: str, fault: str
) -> None:
    files = changed(file, old, new)
    assert faults_of(tmp_path, files) == [f"{file}:{line_in(files, file, marker)}: {fault}"]


def test_words_that_never_reach_their_rule_are_named(tmp_path: Path) -> None:
    files = changed(
        "auto_replies.yaml",
        "  - id: closed",
        "  - id: later\n    match:\n      exact: [price list, 'ＯＰＥＮ？']\n      any_of:\n        - price\n        - open late\n"
        "    then: x\n  - id: closed",
    )
    assert faults_of(tmp_path, files) == [
        (
            "auto_replies.yaml:7: 'ＯＰＥＮ？' never reaches this rule: rule 'hours' on line 2 matches it before;"
            " move or remove one of them"
        ),
        (
            "auto_replies.yaml:10: 'open late' never reaches this rule: rule 'hours' on line 2 matches it before;"
            " move or remove one of them"
        ),
    ]


def test_a_rule_that_answers_everything_must_come_last(tmp_path: Path) -> None:
    files = changed("auto_replies.yaml", "    match: {any_of: [hours, open]}\n", "")
    assert faults_of(tmp_path, files) == [
        (
            "auto_replies.yaml:4: this rule can never win: rule 'hours' on line 2 answers every text before it;"
            " move it up"
        )
    ]


def test_a_text_that_lacks_a_language_is_named_once(tmp_path: Path) -> None:
    files = changed(PLAYBOOK, "default_language: en", "default_language: en\nlanguages: [en, ja]")
    files = {name: content for name, content in files.items() if "order" not in name} | {
        "cards.yaml": 'cards:\n  - {id: tea, title: {en: Tea, ja: お茶}, price: "30 / 50", text: Hot}\n',
        "welcome.yaml": "greetings:\n  - id: new\n    then: {say: {en: Hello, jp: やあ}}\n",
        "auto_replies.yaml": "fallback: {first: {say: {en: What?, ja: ''}}, second: {hand_over: true}}\n",
        MENU: "bar: {en: Menu, ja: メニュー}\nsize: [800, 540]\npicture: {en: main.png}\ndefault: true\n"
        "areas:\n  - {label: {ja: 人}, hand_over: true}\n",
        "tags.yaml": "groups: []\n",
        PLAYBOOK: str(files[PLAYBOOK])
        .replace("name: New Year", "name: {en: New Year, ja: 正月}")
        .replace("done: Done", "done: {en: Done, ja: 完了}"),
    }
    assert faults_of(tmp_path, files) == [
        "auto_replies.yaml:1: text is empty; write something after it or take it out",
        "cards.yaml:2: text is written in one language only; write it in en, ja",
        "rich_menus/main.yaml:3: picture has none for ja",
        "rich_menus/main.yaml:6: label is not translated into en",
        "welcome.yaml:3: text is not translated into ja",
        "welcome.yaml:3: text: unknown language 'jp'; there are en, ja",
    ]


@pytest.mark.parametrize(
    ("picture", "fault"),
    [
        (a_picture(800, 541), "main.png is 800 × 541 pixels, and the menu's size is 800 × 540"),
        (a_picture(1600, 1080, "JPEG"), "main.png is 1600 × 1080 pixels, and the menu's size is 800 × 540"),
        (a_picture(kind="GIF"), "main.png is not a PNG or JPEG picture, or it is damaged"),
        (a_picture()[:200], "main.png is not a PNG or JPEG picture, or it is damaged"),
        (b"", "main.png is not a PNG or JPEG picture, or it is damaged"),
        (a_picture() + b"\0" * 1_000_000, "main.png has 1,002,"),
    ],
    ids=["one row too high", "twice the size", "GIF", "cut off", "empty", "too big"],
)
def test_a_menu_picture_that_line_would_refuse_is_named(tmp_path: Path, picture: bytes, fault: str) -> None:
    faults = faults_of(tmp_path, GOOD | {"rich_menus/main.png": picture})
    assert len(faults) == 1
    assert faults[0].startswith(f"{MENU}:4: {fault}")


def test_pictures_of_cards_are_judged_as_well(tmp_path: Path) -> None:
    assert faults_of(tmp_path, GOOD | {"pictures/tea.png": a_picture(1200, 800)}) == [
        "pictures/tea.png:1: is 1200 × 800 pixels; LINE shows 1024 × 1024 at most"
    ]
    assert faults_of(tmp_path, GOOD | {"pictures/tea.png": b"GIF89a"}) == [
        "pictures/tea.png:1: is not a PNG or JPEG picture, or it is damaged"
    ]


def test_a_picture_that_nothing_shows_is_mentioned_and_left_out(tmp_path: Path) -> None:
    checked = check(write(tmp_path, GOOD | {"pictures/old.png": a_picture(10, 10), "notes.txt": "x"}))
    assert checked.playbook is not None
    assert set(checked.playbook.assets) == {"pictures/tea.png", "rich_menus/main.png"}
    assert list(map(str, checked.notes)) == [
        "notes.txt:1: is no part of a playbook and was left alone",
        "pictures/old.png:1: no card, text or menu shows it",
    ]


def test_a_menu_that_cannot_be_drawn_names_the_characters(tmp_path: Path) -> None:
    files = changed(MENU, "picture: main.png\n", "").copy()
    files[MENU] = str(files[MENU]).replace("label: Order", "label: 訂\U0010fffd")
    missing = tmp_path / "no.ttf"
    faults = [str(fault) for fault in check(write(tmp_path / "p", files), menu_font=str(missing)).faults]
    assert len(faults) == 1
    assert faults[0].startswith(
        f"{MENU}:4: the picture cannot be drawn for en: no font here has 訂 \U0010fffd A c l e r k;"
    )


@pytest.mark.parametrize(
    ("size", "fault"),
    [
        ("[2600, 1686]", "a menu is 800 to 2500 pixels wide, not 2600"),
        ("[799, 500]", "a menu is 800 to 2500 pixels wide, not 799"),
        ("[800, 600]", "a menu 800 wide is 250 to 551 pixels high, not 600"),
        ("[800, 249]", "a menu 800 wide is 250 to 551 pixels high, not 249"),
    ],
)
def test_a_menu_has_one_of_lines_sizes(tmp_path: Path, size: str, fault: str) -> None:
    files = changed(MENU, "size: [800, 540]", f"size: {size}")
    assert f"{MENU}:3: {fault}" in faults_of(tmp_path, files)


def test_areas_lie_inside_the_picture_and_all_have_bounds_or_none(tmp_path: Path) -> None:
    files = changed(MENU, "id: order,", "id: order, bounds: [400, 0, 500, 540],")
    assert faults_of(tmp_path, files) == [
        f"{MENU}:5: either every area has bounds, or none has",
        f"{MENU}:6: bounds [400, 0, 500, 540] leave the picture of 800 × 540; they are x, y, width, height",
    ]


def test_a_menu_has_at_most_twenty_areas(tmp_path: Path) -> None:
    more = "".join(f"  - {{label: A{n}, hand_over: true}}\n" for n in range(19))
    files = changed(MENU, "areas:\n", f"areas:\n{more}")
    assert faults_of(tmp_path, files) == [f"{MENU}:5: 21 areas; LINE takes 20"]


@pytest.mark.parametrize(
    ("style", "count", "limit"), [("quick_replies", 12, 11), ("buttons", 5, 4), ("flex", 31, 30)]
)
def test_a_question_offers_what_its_kind_of_message_takes(
    tmp_path: Path, style: str, count: int, limit: int
) -> None:
    offered = "".join(f"      - {{id: c{n}, label: C{n}}}\n" for n in range(count))
    text = (
        f"title: T\ntimeout: 1h\nquestions:\n  - id: a\n    ask: b\n    as: {style}\n    choices:\n{offered}"
    )
    hint = "" if style == "flex" else "; leave `as` out, a Flex message takes more"
    assert faults_of(tmp_path, GOOD | {"questionnaires/wide.yaml": text}) == [
        f"questionnaires/wide.yaml:7: {count} choices, “done” and “skip” included; `as: {style}` takes {limit}{hint}"
    ]


def test_quick_replies_are_at_most_thirteen_with_short_labels(tmp_path: Path) -> None:
    offered = "".join(
        f"          - {{label: reply number {n:2} is longer, hand_over: true}}\n" for n in range(14)
    )
    files = changed(
        "welcome.yaml", "        buttons:\n", f"        as: quick_replies\n        buttons:\n{offered}"
    )
    faults = faults_of(tmp_path, files)
    assert faults[0] == "welcome.yaml:10: 16 buttons; a message takes 13"
    assert faults[1] == "welcome.yaml:11: a quick reply's label has 25 characters; LINE takes 20"
    assert len(faults) == 15


def test_two_default_menus_are_one_too_many(tmp_path: Path) -> None:
    assert faults_of(tmp_path, GOOD | {"rich_menus/other.yaml": GOOD[MENU]}) == [
        "rich_menus/other.yaml:2: there is a default menu already, rich_menus/main.yaml; one is enough"
    ]


def test_endings_that_lead_back_for_ever_are_named(tmp_path: Path) -> None:
    one = (
        "title: T\ntimeout: 1h\nquestions:\n  - {id: q, ask: '?', choices: [{id: x, label: X}]}\n"
        "ending:\n  - start: {questionnaire: two, reuse: true}\n"
    )
    two = one.replace("two, reuse: true", "one, answers: {q: x}")
    files = GOOD | {"questionnaires/one.yaml": one, "questionnaires/two.yaml": two}
    what = "the ending leads back to this questionnaire with every answer given: the turn would never end"
    assert faults_of(tmp_path / "a", files) == [
        f"questionnaires/one.yaml:5: {what}",
        f"questionnaires/two.yaml:5: {what}",
    ]
    asks = two.replace(", answers: {q: x}", "")
    assert faults_of(tmp_path / "b", files | {"questionnaires/two.yaml": asks}) == []


def test_every_fault_is_reported_at_once_in_order(tmp_path: Path) -> None:
    files = changed(ORDER, "tags: size:small, also: [S]", "tags: size:tiny, alsoo: [S]")
    files["tags.yaml"] = "groups:\n  - id: size\n    label: 大小\n".encode("big5")
    files["cards.yaml"] = str(GOOD["cards.yaml"]).replace("title: Plum juice", "titlex: Plum juice")
    files["auto_replies.yaml"] = (
        str(GOOD["auto_replies.yaml"]).replace("every: 12h", "every: never") + "fallback: {}\n"
    )
    files["welcome.yaml"] = str(GOOD["welcome.yaml"]).replace("start: order", "start: nowhere")
    files[PLAYBOOK] = str(GOOD[PLAYBOOK]).replace("Asia/Taipei", "Taipei")
    files[MENU] = "bar: [\n"
    assert [fault.split(": ")[0] for fault in faults_of(tmp_path, files)] == [
        "auto_replies.yaml:7",
        "auto_replies.yaml:17",
        "cards.yaml:9",
        "cards.yaml:10",
        "playbook.yaml:3",
        "questionnaires/order.yaml:13",
        "rich_menus/main.yaml:2",
        "tags.yaml:3",
        "welcome.yaml:10",
    ]


def test_a_faulty_file_casts_no_blame_on_those_that_point_at_it(tmp_path: Path) -> None:
    broken = GOOD | {"tags.yaml": "groups: [", "cards.yaml": "\t", ORDER: "title: ["}
    assert {fault.split(":")[0] for fault in faults_of(tmp_path, broken)} == {
        "tags.yaml",
        "cards.yaml",
        ORDER,
    }


def test_no_and_half_past_twelve_stay_what_they_are(tmp_path: Path) -> None:
    files = changed(ORDER, "{id: water, label: Water}", "{id: NO, label: 12:30, also: [off, 0912345678]}")
    checked = check(write(tmp_path, files))
    assert checked.playbook is not None
    choice = checked.playbook.questionnaires[0].questions[0].choices[-1]
    assert (choice.id, choice.label, choice.also) == ("NO", {"": "12:30"}, ("off", "0912345678"))
