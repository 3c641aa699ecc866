from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.liquid import render, render_or_explain, template_fault, variables_of

VARIABLES: Mapping[str, Any] = {
    "name": "林小姐",
    "contact": {"display_name": "Mina", "fields": {"viewing_at": "2027-03-01T14:30"}},
    "tags": ["area:taipei", "pet:cat"],
    "price": 20000,
    "language": "zh-TW",
    "time_zone": "Asia/Taipei",
}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("您好", "您好"),
        ("{{ name }} 您好", "林小姐 您好"),
        ("{% if name %}{{ name }} {% endif %}您好", "林小姐 您好"),
        ("{{ contact.display_name | upcase }}", "MINA"),
        ("[{{ nobody }}{{ nobody.knows.this }}{{ name.x }}]", "[]"),
        ("{{ nobody | default: '您' }}好", "您好"),
        ("{{ tags | join: '、' }}", "area:taipei、pet:cat"),
        ("{% for tag in tags %}<{{ tag }}>{% endfor %}", "<area:taipei><pet:cat>"),
        ("{% for i in (-1..3) %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% else %}x{% endfor %}", "-101"),
        ("{% for no in nobody %}x{% else %}none{% endfor %}", "none"),
        ("{{ contact.fields.viewing_at | date_line }}", "2027/3/1（一）"),
        ("{{ contact.fields.viewing_at | datetime_line }}", "2027/3/1（一） 14:30"),
        ("{{ contact.fields.viewing_at | time_line }}", "14:30"),
        ("{{ price | number }} {{ price | money }} {{ price | money: 'JPY' }}", "20,000 $20,000 ¥20,000"),
        ("{{ name | date_line }}{{ nobody | date_line }}", "林小姐"),
        ("{{ name | money }}{{ nobody | number }}", "林小姐"),
        ("{ not a tag } } {", "{ not a tag } } {"),
    ],
)
def test_a_text_is_filled_in(text: str, filled: str) -> None:
    assert render_or_explain(text, VARIABLES) == (filled, None)


@pytest.mark.parametrize(
    ("value", "language", "line"),
    [
        (date(2027, 3, 1), "ja", "2027年3月1日(月)"),
        (datetime(2027, 2, 28, 17, 0, tzinfo=UTC), "en", "Mon, 1 Mar 2027"),
        ("2027-03-01", "ko", "2027년 3월 1일 (월)"),
        ("soon", "en", "soon"),
    ],
)
def test_dates_are_written_in_the_language_and_zone_of_the_reader(
    value: object, language: str, line: str
) -> None:
    variables = {"on": value, "language": language, "time_zone": "Asia/Taipei"}
    assert render("{{ on | date_line }}", variables) == line


@pytest.mark.parametrize(
    "name", ["{{ secret }}", "{% if x %}", "{{", "%}", "<b>&amp;</b>", "$&", "\u202e", "{{name}}"]
)
def test_what_customers_write_stays_literal(name: str) -> None:
    assert render("Hi {{ name }}!", {"name": name, "secret": "s3cret"}) == f"Hi {name}!"
    assert render("{% assign x = name %}{{ x | append: name }}", {"name": name}) == name + name


@pytest.mark.parametrize(
    "text",
    [
        "a{% for i in (1..100000000) %}x{% endfor %}b",
        "a{% for i in (1..900) %}{% for j in (1..900) %}x{% endfor %}{% endfor %}b",
        "a{% assign x = 'x' %}{% for i in (1..99) %}{% assign x = x | append: x %}{% endfor %}b",
        "a{% for i in (1..999) %}{{ long }}{% endfor %}b",
        "a{{ (1..1000000000000) | reverse | first }}b",
        "a{{ (1..1000000000000) | join }}b",
        "a{% if (1..1000000000000) contains 'x' %}{% endif %}b",
        "a{% for i in (1..1000000000000) limit: 1 offset: 999999999999 %}x{% endfor %}b",
        "a{% for i in (1..price) %}x{% endfor %}b",
        "a{{ long" + "| append: long" * 400 + " | size }}b",
        "a{% for i in (1..999) %}" + "{{ i }}" * 2_000 + "{% endfor %}b",
        "a{% for i in (1..999) %}{% assign x = name" + "| upcase" * 1_500 + "%}{% endfor %}b",
        "a" + "{% for i in (1..999) %}{% endfor %}" * 500 + "b",
        "a{{ price | divided_by: 0 }}b",
        "a{{ price | truncate: 1, 2, 3, 4 }}b",
        "a{{ name | slice: name }}b",
        "a{% break %}b",
    ],
)
def test_a_template_that_fails_loses_its_tags_and_is_reported(text: str) -> None:
    faults: list[str] = []
    rendered = render(text, {**VARIABLES, "long": "長" * 1000}, on_fault=faults.append)
    assert rendered.startswith("a")
    assert rendered.endswith("b")
    assert "{" not in rendered
    assert len(faults) == 1
    assert "林小姐" not in faults[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ name", "end of file"),
        ("{% if %}", "missing expression"),
        ("{% if name %}", "if"),
        ("{% include 'x' %}", "include"),
        ("{% render 'x' %}", "render"),
        ("{% tablerow i in tags %}{% endtablerow %}", "tablerow"),
        ("{{ 'now' | date: '%Y' }}", "unknown filter 'date'"),
        ("{{ name | replace: 'a', 'b' }}", "unknown filter 'replace'"),
        ("{{ name }}" * 3000, "longer than"),
        ("{% if a %}" * 20 + "{% endif %}" * 20, "nest"),
        ("{% for i in (1..1001) %}x{% endfor %}", "at most 1,000 apart"),
        ("{{ name | slice: 0, (1..price) }}", "two written numbers"),
    ],
)
def test_a_text_that_is_no_template_is_named(text: str, says: str) -> None:
    assert says in (template_fault(text) or "")
    assert render_or_explain(text, VARIABLES).fault is not None


def test_an_ordinary_text_has_no_fault() -> None:
    assert template_fault("{% if name != blank %}{{ name | capitalize }}{% else %}您{% endif %}好") is None


def test_python_stays_out_of_reach() -> None:
    assert render("{{ name.__class__ }}{{ contact.keys }}{{ contact.__init__.__globals__ }}", VARIABLES) == ""


def test_the_names_a_text_wants_are_told() -> None:
    text = "{{ contact.display_name }}{% assign x = name %}{{ x }}{% for t in tags %}{{ t }}{% endfor %}"
    assert variables_of(text) == {"contact.display_name", "name", "tags"}
    assert variables_of("{{ broken") == set()
    assert variables_of("none") == set()


@given(st.text(alphabet="{}%|: abname'\"1.()-for if endforin assign=\n", max_size=80))
def test_no_text_raises(text: str) -> None:
    assert isinstance(render(text, VARIABLES), str)
    assert isinstance(variables_of(text), set)


@given(
    st.one_of(
        st.text(), st.none(), st.integers(), st.floats(), st.booleans(), st.decimals(), st.lists(st.text())
    )
)
def test_no_value_raises(value: object) -> None:
    text = "{{ v }}{{ v | date_line }}{{ v | time_line }}{{ v | number }}{{ v | money }}{{ v | size }}"
    assert isinstance(render(text, {"v": value}), str)


def test_exact_decimals_are_written_without_noise() -> None:
    assert render("{{ v | number }}", {"v": Decimal("20000.50")}) == "20,000.5"
