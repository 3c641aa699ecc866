"""A small playbook that is in order, and ways to spoil it."""

from io import BytesIO
from pathlib import Path

from PIL import Image

Files = dict[str, str | bytes]


def a_picture(width: int = 800, height: int = 540, kind: str = "PNG") -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), "#2f6f62").save(out, kind)
    return out.getvalue()


GOOD: Files = {
    "playbook.yaml": """\
name: Corner Shop
default_language: en
time_zone: Asia/Taipei
privacy_url: https://shop.example/privacy
hours:
  mon: 10:00-20:00
  special:
    - {on: 2027-02-06, name: New Year}
keywords:
  human: [clerk]
phrases:
  done: Done
""",
    "tags.yaml": """\
groups:
  - id: size
    label: Size
    choice: single
    colour: "#2f6f62"
    tags:
      - {name: "size:small", label: Small}
      - {name: "size:large", label: Large, lifetime: 90d}
  - id: taste
    label: Taste
    tags:
      - {name: "taste:sweet", label: Sweet}
      - {name: "taste:sour", label: Sour}
""",
    "welcome.yaml": """\
greetings:
  - id: returning
    when: {friend: returning, completed: order}
    then: "Welcome back! Last time: {{ last.order }}"
  - id: new
    then:
      say:
        text: "Hello {{ name }}"
        buttons:
          - {label: Order, id: order, start: order}
          - {label: Prices, id: prices, show: {cards: [tea]}}
""",
    "cards.yaml": """\
buttons:
  - {label: Order this, id: order, start: {questionnaire: order, answers: {drink: "{{ card.id }}"}}}
cards:
  - id: tea
    title: Tea
    price: "30"
    picture: tea.png
    tags: [taste:sweet]
  - id: plum
    title: Plum juice
    tags: taste:sour
""",
    "auto_replies.yaml": """\
rules:
  - id: hours
    match: {any_of: [hours, open]}
    then: "We open at {{ opens_at }}."
  - id: closed
    when: {hours: closed}
    every: 12h
    then: We are closed.
fallback:
  first:
    say:
      text: Pardon?
      buttons:
        - {label: A clerk, id: clerk, hand_over: true}
  second:
    hand_over: true
""",
    "questionnaires/order.yaml": """\
title: Order
before: "We use this for your order only: {{ privacy_url }}"
timeout: 24h
questions:
  - id: drink
    ask: Which drink?
    cards: true
    choices:
      - {id: water, label: Water}
  - id: size
    ask: Which size?
    choices:
      - {id: small, label: Small, tags: size:small, also: [S]}
      - {id: large, label: Large, tags: size:large, fields: {cups: 2}}
  - id: phone
    ask: Your number?
    kind: phone
    field: phone
summary: Is this right?
ending:
  - show: {fitting: [taste], limit: 3, say: "{{ count }} more for you"}
  - say: "One {{ answers.size }} {{ answers.drink }} for {{ fields.phone }}"
""",
    "rich_menus/main.yaml": """\
bar: Menu
default: true
size: [800, 540]
picture: main.png
areas:
  - {label: Order, id: order, start: order}
  - {label: A clerk, id: clerk, hand_over: true}
""",
    "transcripts/order.yaml": """\
name: Somebody orders tea
lines:
  - adds: true
  - bot: [Hello, Order]
  - taps: Order
    bot: Which drink?
  - types: water
  - taps: Small
    tags: size:small
""",
    "pictures/tea.png": a_picture(600, 400),
    "rich_menus/main.png": a_picture(),
}


def write(folder: Path, files: Files) -> Path:
    """Write the files; a text is UTF-8."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def changed(file: str, old: str, new: str) -> Files:
    """Return the good files with one passage of one file replaced."""
    text = GOOD[file]
    assert isinstance(text, str)
    assert old in text, f"{old!r} is not in {file}"
    return GOOD | {file: text.replace(old, new, 1)}


def line_in(files: Files, file: str, marker: str) -> int:
    """Return the line on which `marker` first stands."""
    text = files[file]
    assert isinstance(text, str)
    return text[: text.index(marker)].count("\n") + 1
