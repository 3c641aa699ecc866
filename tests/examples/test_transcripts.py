"""The conversations that ship with the examples hold, and what they cannot say about names."""

from bot.rehearsal import rehearse, stage_of
from playbook.schema import Playbook
from playbook.transcript_model import Line, Person, Transcript
from playbook.transcripts import play
from playbook.visible import words_of


def test_every_transcript_holds(playbook: Playbook) -> None:
    assert rehearse(playbook) == []


def test_every_questionnaire_is_played_to_its_end(playbook: Playbook) -> None:
    """Seen by the tags that only a completed questionnaire sets, or by what its ending says."""
    expected = {tag for one in playbook.transcripts for line in one.lines for tag in line.tags or ()}
    said = [part for one in playbook.transcripts for line in one.lines for part in line.bot or ()]
    for questionnaire in playbook.questionnaires:
        if questionnaire.sets_tags:
            assert set(questionnaire.sets_tags) <= expected, questionnaire.key
        else:
            ending = next(step.say for step in questionnaire.ending if step.say is not None)
            opening = next(iter(ending.text.values())).partition("{")[0]
            assert any(part.startswith(opening) for part in said), questionnaire.key


def test_every_segment_has_somebody_who_enters_it_and_is_told_why(playbook: Playbook) -> None:
    told = {
        line.segments[0]
        for one in playbook.transcripts
        for line in one.lines
        if line.segments is not None and line.because is not None
    }
    assert told == {one.id for one in playbook.content.segments}


def test_every_tag_that_a_segment_gives_is_seen_to_come_and_to_go(tea_shop: Playbook) -> None:
    lines = [line for one in tea_shop.transcripts for line in one.lines]
    for segment in tea_shop.content.segments:
        if segment.gives_tag is None:
            continue
        assert any(
            segment.id in (one.segments or ()) and segment.gives_tag in (one.tags or ()) for one in lines
        )
        assert any(
            segment.id in (one.left or ()) and segment.gives_tag in (one.no_tags or ()) for one in lines
        )


def test_the_search_is_told_in_every_language(rental: Playbook) -> None:
    assert {one.language or "zh-TW" for one in rental.transcripts} == {"zh-TW", "ja", "en"}


def test_a_transcript_that_expects_something_else_fails(rental: Playbook) -> None:
    """Guards the test above: the player does look."""
    wrong = Transcript(key="wrong", name="Wrong", lines=(Line(adds=True, bot=("再見",)),))
    with stage_of(rental) as stage:
        assert len(play(wrong, stage.begin(wrong))) == 1


def test_without_a_name_the_greeting_begins_at_its_first_word(rental: Playbook, tea_shop: Playbook) -> None:
    nobody = Transcript(key="nobody", name="Nobody", contact=Person(name=None), lines=())
    for playbook, first_words in ((rental, "您好，歡迎加入好窩租屋！"), (tea_shop, "嗨，歡迎來到日日茶！")):
        with stage_of(playbook) as stage:
            assert words_of(stage.begin(nobody).add_friend()[0]).startswith(first_words)
