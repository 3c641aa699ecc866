import pytest

from questionnaires.answers import Answer
from questionnaires.definition import Question
from questionnaires.summary import answer_line, summary_lines
from tests.questionnaires.rental import FIND_HOME, FLAVOUR

ANSWERS = {
    "pet": Answer(("no",)),
    "area": Answer(("taipei",)),
    "area_text": Answer(value="left behind"),
    "budget": Answer(("mid",)),
    "type": Answer(("two_bed",)),
    "move_in": Answer(("date",), "2027-03-01"),
}


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "zh-TW",
            [
                ("area", "縣市", "台北市"),
                ("budget", "預算", "15,000–25,000"),
                ("type", "房型", "兩房以上"),
                ("move_in", "入住時間", "2027/3/1（一）"),
                ("pet", "寵物", "沒有"),
            ],
        ),
        (
            "ja",
            [
                ("area", "地域", "台北市"),
                ("budget", "ご予算", "15,000～25,000"),
                ("type", "間取り", "2LDK以上"),
                ("move_in", "ご入居時期", "2027年3月1日(月)"),
                ("pet", "ペット", "いいえ"),
            ],
        ),
        (
            "en-GB",
            [
                ("area", "City", "Taipei City"),
                ("budget", "Budget", "15,000–25,000"),
                ("type", "Kind of home", "Two bedrooms or more"),
                ("move_in", "Moving in", "Mon, 1 Mar 2027"),
                ("pet", "Pets", "No"),
            ],
        ),
    ],
)
def test_the_summary_speaks_the_reader_s_language(language: str, lines: list[tuple[str, str, str]]) -> None:
    assert summary_lines(FIND_HOME, ANSWERS, language, "zh-TW") == lines


def test_a_language_that_is_not_there_reads_the_default() -> None:
    assert summary_lines(FIND_HOME, ANSWERS, "th", "zh-TW")[0] == ("area", "縣市", "台北市")


@pytest.mark.parametrize(
    ("question", "answer", "line"),
    [
        ({"kind": "phone"}, Answer(value="+886912345678"), "0912 345 678"),
        ({"kind": "number"}, Answer(value=20000), "20,000"),
        ({"kind": "number"}, Answer(value=2.5), "2.5"),
        ({"kind": "time"}, Answer(value="14:30"), "14:30"),
        ({"kind": "datetime"}, Answer(value="2027-03-01T14:30"), "2027/3/1（一） 14:30"),
        ({"kind": "photo"}, Answer(value="123"), "已附照片"),
        ({"kind": "location"}, Answer(value="25.0,121.5", shown="台北101"), "台北101"),
        ({"kind": "location"}, Answer(value="25.0,121.5"), "已提供位置"),
        ({"kind": "text"}, Answer(value="<b>"), "<b>"),
        ({"kind": "text"}, Answer(), "–"),
        (FLAVOUR, Answer(("brown_sugar", "milk")), "黑糖、鮮奶茶"),
    ],
)
def test_values_are_written_as_people_write_them(
    question: dict[str, object], answer: Answer, line: str
) -> None:
    asked = Question.model_validate({"id": "q", "ask": "?", **question})
    assert answer_line(asked, answer, "zh-TW", "zh-TW") == line
