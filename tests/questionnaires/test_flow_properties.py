"""Whatever is sent to a questionnaire, in whatever order."""

import json
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from questionnaires.answers import Answer
from questionnaires.effects import effects
from questionnaires.flow import advance, begin, shown
from questionnaires.path import due_questions, effective_answers, find_question
from questionnaires.state import (
    ENDED,
    Action,
    Ask,
    Cancelled,
    ChooseWhatToChange,
    Completed,
    Input,
    Mode,
    NotUnderstood,
    Picked,
    Pressed,
    Review,
    RunState,
    SentLocation,
    SentOther,
    SentPhoto,
    Stale,
    Step,
    Tapped,
    Typed,
)
from questionnaires.summary import summary_lines
from tests.questionnaires.rental import (
    AREA,
    AREA_TEXT,
    BUDGET,
    FACTS,
    FIND_HOME,
    FLAVOUR,
    MOVE_IN,
    questionnaire,
)

EVERYTHING = questionnaire(
    AREA,
    AREA_TEXT,
    {**FLAVOUR, "optional": True, "only_if": {"tags": ["area:taipei", "vip"]}},
    BUDGET,
    MOVE_IN,
    {"id": "photo", "ask": "?", "kind": "photo", "optional": True},
    {"id": "where", "ask": "?", "kind": "location", "only_if": {"answers": {"budget": ["low", "mid"]}}},
    {"id": "phone", "ask": "?", "kind": "phone", "only_if": {"without_tags": ["vip"]}},
    {"id": "mail", "ask": "?", "kind": "email", "optional": True},
    {"id": "people", "ask": "?", "kind": "number", "min": 1, "max": 9},
    {"id": "at", "ask": "?", "kind": "datetime", "field": "at", "min": "today", "open_hours": True},
    {"id": "hour", "ask": "?", "kind": "time", "field": "hour", "optional": True},
    summary="OK?",
    sets_tags="done",
)
WITHOUT_SUMMARY = questionnaire(AREA, AREA_TEXT, FLAVOUR)
DEFINITIONS = {"find_home": FIND_HOME, "everything": EVERYTHING, "without_summary": WITHOUT_SUMMARY}

QUESTION_IDS = sorted(
    {question.id for definition in DEFINITIONS.values() for question in definition.questions} | {"?"}
)
CHOICE_IDS = sorted(
    {
        choice.id
        for definition in DEFINITIONS.values()
        for question in definition.questions
        for choice in question.choices
    }
    | {"", "?"}
)
USUAL_TEXTS = [
    "台北", "我想住台北市", "黑糖 鮮奶茶", "2萬", "明天下午兩點", "3/1", "0912345678", "mina@example.com", "3",
    "新竹市", "14:30", "返回", "取消", "略過", "選好了", "修改", "預算", "重新填寫", "正確", "沒有", "貓", "?", "2",
]  # fmt: skip

usual_taps = st.builds(
    Tapped, st.sampled_from(QUESTION_IDS), st.sampled_from(CHOICE_IDS), st.sampled_from([None, True, False])
)
texts = st.builds(Typed, st.sampled_from(USUAL_TEXTS) | st.text(max_size=20))
moments = st.sampled_from(
    ["2026-11-21", "2026-11-24", "2027-03-01", "2026-11-24T14:30", "2026-11-24T23:00", "14:30", "x"]
)
picks = st.builds(Picked, st.sampled_from(QUESTION_IDS), moments, st.sampled_from(["", "date", "?"]))
places = st.builds(
    SentLocation, st.floats(-90, 90), st.floats(-180, 180), st.text(max_size=5), st.text(max_size=5)
)
presses = st.builds(Pressed, st.sampled_from(Action), st.sampled_from(["", *QUESTION_IDS]))
inputs: st.SearchStrategy[Input] = st.one_of(
    usual_taps, texts, picks, places, presses, st.builds(SentPhoto, st.just("123")), st.just(SentOther())
)

SUGGESTIONS: dict[str, Input] = {
    "phone": Typed("0912345678"),
    "mail": Typed("mina@example.com"),
    "people": Typed("3"),
    "at": Picked("at", "2036-11-24T14:30"),
    "hour": Picked("hour", "14:30"),
    "area_text": Typed("新竹市"),
    "photo": SentPhoto("123"),
    "where": SentLocation(25.0, 121.5, "101", "台北市"),
}
"""An answer that fits each question without choices."""


class Contact(RuleBasedStateMachine):
    """Somebody who taps, types, sends and goes back and forth without end."""

    @initialize(name=st.sampled_from(sorted(DEFINITIONS)), vip=st.booleans())
    def begins(self, name: str, vip: bool) -> None:
        self.definition = DEFINITIONS[name]
        self.facts = replace(FACTS, tags=frozenset({"vip"} if vip else ()))
        self.step: Step = begin(self.definition, self.facts)

    def _send(self, given: Input) -> None:
        before = self.step.state
        self.step = advance(self.definition, before, given, self.facts)
        after = self.step.state
        if isinstance(self.step.outcome, Stale):
            assert after == before
            assert self.step.said == ()
        if isinstance(self.step.outcome, NotUnderstood):
            assert replace(after, wordless_at=None) == replace(
                before, misses=before.misses + 1, wordless_at=None
            )
        is_restart = after.answers == {} and not isinstance(self.step.outcome, Stale)
        assert set(before.answers) <= set(after.answers) or is_restart
        changed = {key for key in after.answers if after.answers[key] != before.answers.get(key)}
        assert changed <= {self.step.answered}
        assert after.tags == before.tags

    @rule(given=inputs)
    def sends(self, given: Input) -> None:
        self._send(given)

    @rule(pick=st.integers(0, 20))
    def answers_the_question(self, pick: int) -> None:
        question = find_question(self.definition, self.step.state.question)
        if question is None:
            return
        taps: list[Input] = [
            Tapped(question.id, choice.id) for choice in question.choices if choice.pick is None
        ]
        if question.id in SUGGESTIONS:
            taps.append(SUGGESTIONS[question.id])
        if question.multiple and self.step.state.chosen:
            taps.append(Pressed(Action.DONE, question.id))
        self._send(taps[pick % len(taps)])
        assert not isinstance(self.step.outcome, Stale | NotUnderstood)

    @rule()
    def taps_twice(self) -> None:
        question = find_question(self.definition, self.step.state.question)
        if question is None or question.multiple or not question.choices:
            return
        tap = Tapped(question.id, question.choices[-1].id)
        self._send(tap)
        once = self.step.state
        self._send(tap)
        assert self.step.state == once

    @precondition(lambda self: self.step.state.mode in {Mode.REVIEWING, Mode.CHANGING})
    @rule(pick=st.integers(0, 20))
    def changes_something(self, pick: int) -> None:
        state = self.step.state
        due = [item.id for item in due_questions(self.definition, state.answers, state.tags)]
        given = [item for item in due if item in state.answers]
        self._send(Pressed(Action.CHANGE_ITEM, given[pick % len(given)]))
        assert self.step.state.mode is Mode.CHANGING
        assert self.step.state.question in given

    @precondition(lambda self: self.step.state.mode in ENDED)
    @rule()
    def begins_again_with_what_was_said(self) -> None:
        self.step = begin(self.definition, self.facts, reuse=self.step.state.answers)

    @rule(hours=st.integers(1, 48))
    def waits(self, hours: int) -> None:
        self.facts = replace(self.facts, now=self.facts.now + timedelta(hours=hours))

    @invariant()
    def the_state_survives_being_stored(self) -> None:
        if hasattr(self, "step"):
            state = self.step.state
            assert RunState.from_json(json.loads(json.dumps(state.to_json()))) == state

    @invariant()
    def what_is_shown_belongs_to_the_state(self) -> None:
        if not hasattr(self, "step"):
            return
        state, outcome = self.step.state, self.step.outcome
        due = due_questions(self.definition, state.answers, state.tags)
        asked = find_question(self.definition, state.question)
        match state.mode:
            case Mode.ASKING:
                assert asked in due
            case Mode.REVIEWING:
                assert asked is None
            case Mode.CHANGING:
                assert asked is None or asked in due
            case Mode.DONE | Mode.CANCELLED:
                assert asked is None
                assert isinstance(outcome, Completed | Cancelled | Stale)
                return
        again = outcome.again if isinstance(outcome, Stale | NotUnderstood) else outcome
        assert isinstance(again, Ask | Review | ChooseWhatToChange)
        now_shown = shown(self.definition, state)
        assert replace(again, hint=None) == now_shown if isinstance(again, Ask) else again == now_shown
        if isinstance(again, Ask) and asked is not None:
            assert set(state.chosen) <= {choice.id for choice in asked.choices}
            assert state.chosen == () or asked.multiple

    @invariant()
    def nobody_completes_with_a_question_open(self) -> None:
        if not hasattr(self, "step"):
            return
        state, outcome = self.step.state, self.step.outcome
        if isinstance(outcome, Review | Completed):
            due = due_questions(self.definition, state.answers, state.tags)
            assert all(question.id in state.answers for question in due)
        if isinstance(outcome, Completed):
            assert state.mode is Mode.DONE
            assert outcome.answers == effective_answers(self.definition, state.answers, state.tags)
            assert "done" in effects(self.definition, state.answers, state.tags, is_completed=True).tags or (
                self.definition is not EVERYTHING
            )

    @invariant()
    def there_is_always_a_summary_in_words(self) -> None:
        if hasattr(self, "step"):
            state = self.step.state
            lines = summary_lines(self.definition, state.answers, "ja", "zh-TW", tags=state.tags)
            assert [line[0] for line in lines] == list(
                effective_answers(self.definition, state.answers, state.tags)
            )


TestContact = Contact.TestCase
TestContact.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)


@given(st.lists(inputs, max_size=30), st.sampled_from(sorted(DEFINITIONS)))
@settings(max_examples=30, deadline=None)
def test_the_same_inputs_lead_to_the_same_state(given_inputs: list[Input], name: str) -> None:
    known = DEFINITIONS[name]
    states = []
    for _ in range(2):
        state = begin(known, FACTS).state
        for given_input in given_inputs:
            state = advance(known, state, given_input, FACTS).state
        states.append(state)
    assert states[0] == states[1]


@given(
    st.dictionaries(
        st.sampled_from(QUESTION_IDS),
        st.builds(
            Answer,
            st.lists(st.sampled_from(CHOICE_IDS), max_size=2).map(tuple),
            st.none() | st.integers() | st.text(max_size=12) | moments,
        ),
    ),
    st.dictionaries(st.sampled_from(QUESTION_IDS), st.sampled_from(CHOICE_IDS)),
)
@settings(deadline=None)
def test_no_earlier_answer_breaks_a_new_run(reuse: dict[str, Answer], preset: dict[str, str]) -> None:
    for definition in DEFINITIONS.values():
        step = begin(definition, FACTS, preset, reuse)
        assert isinstance(step.outcome, Ask | Review | Completed)
        summary_lines(definition, step.state.answers, "en", "zh-TW")


@given(
    st.sampled_from([question.id for question in EVERYTHING.questions]),
    st.text() | st.text(alphabet="+0@.-/:年月日點後下週一 ａ\u200d\ud800\x00%{}١२"),
)
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_any_question(question_id: str, text: str) -> None:
    state = RunState(Mode.ASKING, question_id, "zh-TW")
    step = advance(EVERYTHING, state, Typed(text), FACTS)
    for question, answer in step.state.answers.items():
        json.dumps(answer.to_json(), ensure_ascii=False).encode()
        assert find_question(EVERYTHING, question) is not None
    summary_lines(EVERYTHING, step.state.answers, "zh-TW", "zh-TW", tags=("vip",))
