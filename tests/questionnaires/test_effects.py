from questionnaires.answers import Answer
from questionnaires.effects import Effects, effects
from tests.questionnaires.rental import FIND_HOME, FLAVOUR, questionnaire

ANSWERS = {
    "area": Answer(("other",)),
    "area_text": Answer(value="新竹市"),
    "budget": Answer(("mid",)),
    "move_in": Answer(("date",), "2027-03-01"),
    "type": Answer(("studio",)),
    "pet": Answer(("no",)),
    "pet_kind": Answer(("cat",)),
}


def test_answers_set_tags_and_fields_with_the_question_they_come_from() -> None:
    assert effects(FIND_HOME, ANSWERS, ()) == Effects(
        {
            "area:other": "area",
            "budget:mid": "budget",
            "type:studio": "type",
            "pet:no": "pet",
        },
        {
            "area_text": ("新竹市", "area_text"),
            "budget_min": (15000, "budget"),
            "budget_max": (25000, "budget"),
            "move_in": ("2027-03-01", "move_in"),
        },
    )


def test_completing_sets_tags_of_its_own() -> None:
    assert effects(FIND_HOME, ANSWERS, (), is_completed=True).tags["lead:qualified"] == ""
    assert "lead:qualified" not in effects(FIND_HOME, ANSWERS, ()).tags


def test_a_branch_left_behind_counts_for_nothing() -> None:
    with_pet = effects(FIND_HOME, {**ANSWERS, "pet": Answer(("yes",)), "pet_kind": Answer(("both",))}, ())
    assert {"pet:cat", "pet:dog"} <= set(with_pet.tags)
    assert "pet:cat" not in effects(FIND_HOME, ANSWERS, ()).tags
    assert "area_text" not in effects(FIND_HOME, {**ANSWERS, "area": Answer(("taipei",))}, ()).fields


def test_a_choice_beside_a_picker_leaves_the_picker_s_field_empty() -> None:
    assert "move_in" not in effects(FIND_HOME, {**ANSWERS, "move_in": Answer(("asap",))}, ()).fields


def test_plain_choices_go_into_the_question_s_field_by_id() -> None:
    definition = questionnaire(FLAVOUR)
    answers = {"flavour": Answer(("brown_sugar", "milk"))}
    assert effects(definition, answers, ()) == Effects(
        {"taste:brown_sugar": "flavour", "taste:milk": "flavour"},
        {"flavours": ("brown_sugar,milk", "flavour")},
    )


def test_any_answer_sets_the_question_s_tags_but_skipping_does_not() -> None:
    definition = questionnaire({"id": "q", "ask": "?", "kind": "text", "tags": ["told:us"], "optional": True})
    assert effects(definition, {"q": Answer(value="x")}, ()).tags == {"told:us": "q"}
    assert effects(definition, {"q": Answer()}, ()) == Effects()


def test_tags_from_before_decide_about_conditions() -> None:
    vip = {"id": "vip", "ask": "?", "kind": "text", "field": "wish", "only_if": {"tags": ["vip"]}}
    answers = {"vip": Answer(value="窗邊")}
    assert effects(questionnaire(vip), answers, {"vip"}).fields == {"wish": ("窗邊", "vip")}
    assert effects(questionnaire(vip), answers, ()).fields == {}
