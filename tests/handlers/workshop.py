"""A playbook of a bicycle workshop that uses what the examples do not."""

from tests.playbook.folders import Files, a_picture

FILES: Files = {
    "playbook.yaml": """\
name: Spokes
default_language: en
time_zone: Asia/Taipei
privacy_url: https://spokes.example/privacy
hours: {mon: 10:00-20:00, tue: 10:00-20:00, wed: 10:00-20:00, thu: 10:00-20:00, fri: 10:00-20:00}
resume_bot_after: 2h
""",
    "tags.yaml": """\
groups:
  - id: rider
    label: Rider
    choice: single
    tags:
      - {name: "rider:road", label: Road}
      - {name: "rider:city", label: City}
  - id: state
    label: State
    tags:
      - {name: vip, label: VIP}
      - {name: asked, label: Asked, lifetime: 1h}
      - {name: done, label: Done}
      - {name: booked, label: Booked}
""",
    "welcome.yaml": """\
greetings:
  - id: night
    when: {hours: closed}
    then: "Good evening{% if name %}, {{ name }}{% endif %}. We open {{ opens_at }}."
  - id: vip
    when: {tags: vip}
    then: Welcome back, dear guest.
  - id: new
    then:
      - tag: asked
      - say:
          text: "Hello {{ name | default: 'there' }}"
          buttons:
            - {label: Book, id: book, start: booking}
            - {label: Our page, id: page, url: "https://spokes.example/"}
            - label: Club
              id: club
              do:
                - tag: [vip, "rider:road"]
                - untag: asked
                - menu: club
                - say: You are in the club.
""",
    "auto_replies.yaml": """\
rules:
  - id: secret
    match: {exact: open sesame}
    once: true
    then: The cave is open, once.
  - id: order_number
    match: {pattern: 'SP-\\d{4}'}
    then: "We look that order up."
  - id: both
    match: {contains: [tyre, price]}
    then: {say: A tyre is 600., tag: asked}
  - id: club_only
    match: {any_of: [discount]}
    when: {tags: vip}
    then: Ten percent for you.
  - id: no_club
    match: {any_of: [discount]}
    when: {without_tags: vip}
    then: Discounts are for members.
  - id: boss
    match: {exact: boss}
    always: true
    then: {release: true}
  - id: picture
    match: {exact: where}
    then: {say: {text: Here we are., picture: map.png}}
fallback:
  first: Pardon?
  second: {hand_over: true}
""",
    "questionnaires/booking.yaml": """\
title: Booking
timeout: 24h
reminder: {after: 2h, say: "Still there, {{ name }}? Your booking is waiting."}
questions:
  - id: what
    ask: What shall we do?
    as: quick_replies
    choices:
      - {id: check, label: A check}
      - {id: flat, label: A flat tyre, say: Do not ride on it.}
  - {id: bikes, ask: How many bicycles?, kind: number, min: 1, max: 5, field: bikes}
  - {id: mail, ask: Your mail?, kind: email, field: mail, optional: true}
  - {id: frame, ask: The frame number?, kind: text, pattern: '[A-Z]{2}\\d{4}', invalid: "Two letters and four digits, please."}
  - {id: at, ask: At what time?, kind: time, min: "10:00", max: "19:30", field: at}
  - {id: place, ask: Where is it?, kind: location, field: place, only_if: {tags: vip}}
sets_tags: done
ending:
  - say: "See you at {{ answers.at }} with {{ answers.bikes }}."
  - tag: booked
  - menu: club
""",
    "rich_menus/main.yaml": """\
bar: Menu
default: true
size: [800, 540]
picture: main.png
areas:
  - {label: Book, id: book, start: booking}
  - {label: City rider, id: city, tag: "rider:city", say: Noted.}
""",
    "rich_menus/club.yaml": """\
bar: Club
size: [800, 540]
picture: main.png
when: {tags: vip}
areas:
  - {label: Book, id: book, start: booking}
  - {label: Leave the club, id: leave, untag: vip, say: Bye.}
""",
    "pictures/map.png": a_picture(600, 400),
    "rich_menus/main.png": a_picture(),
}
