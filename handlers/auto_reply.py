"""Answering free text: the first rule that fits wins, and can say why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from contacts import service as contacts
from contacts.folding import fold, fold_word
from content.matching import MatchResult, matches
from content.model import AutoReply, Match
from content.models import ReplyUse
from content.wishes import wishes_for
from handlers import handoff
from handlers.steps import perform
from handlers.turn import Turn
from line.events import TextSent
from line.messages import SILENCE, Reply

MOST_MISSES = 99
"""Misses are counted up to here: the column has two bytes, and somebody may write nonsense for years."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule made of a text, in words for staff."""

    rule: str
    wins: bool
    because: str


def answer(event: TextSent, turn: Turn) -> Reply:
    """Answer by the first rule that fits, else say that nothing was understood."""
    if turn.bot_is_silent:
        turn.decisions.append("silent: a person has the floor")
        return SILENCE
    decided = _decided(event.text, turn, turn.published.content.auto_replies)
    return miss(turn) if decided is None else decided


def must_answer(event: TextSent, turn: Turn) -> bool:
    """Say whether a rule that must always work wants this text."""
    always = [rule for rule in turn.published.content.auto_replies if rule.always]
    uses = _uses(turn, always)
    return any(judge(rule, event.text, turn, uses).wins for rule in always)


def answer_always(event: TextSent, turn: Turn) -> Reply:
    """Answer by a rule that must always work, whoever has the floor."""
    always = [rule for rule in turn.published.content.auto_replies if rule.always]
    uses = _uses(turn, always)
    winner = _winner(event.text, turn, always, uses)
    return SILENCE if winner is None else _speak(turn, winner, uses)


def aside(text: str, turn: Turn) -> Reply | None:
    """Answer a question that a contact asks in the middle of a questionnaire; None where no rule knows its words."""
    return _decided(text, turn, knowing(turn))


def aside_by_whole_text(text: str, turn: Turn) -> Reply | None:
    """Answer as `aside`, but only a text that is nothing but one of a rule's words, or the wish for a person."""
    return _decided(text, turn, knowing_whole(text, turn))


def knowing(turn: Turn) -> Sequence[AutoReply]:
    """Return the rules that wait for words, not those for any text."""
    return [rule for rule in turn.published.content.auto_replies if rule.match != Match()]


def knowing_whole(text: str, turn: Turn) -> Sequence[AutoReply]:
    """Return the rules of which the whole text is a word."""
    folded = fold(text)
    return [
        rule
        for rule in turn.published.content.auto_replies
        if folded and folded in map(fold_word, (*rule.match.exact, *rule.match.any_of))
    ]


def calls_person(text: str, turn: Turn, winner: AutoReply | None) -> bool:
    """Say whether a text calls a person: a short sentence that only wishes for one, and that no rule knows.

    :param winner: the first rule that fits. One for any text, such as the one of the night, is no answer to it.
    """
    is_free = winner is None or winner.match == Match()
    return is_free and wishes_for(text, turn.keywords("human"))


def _decided(text: str, turn: Turn, rules: Sequence[AutoReply]) -> Reply | None:
    """Answer by the first rule that fits, or by a person who is called; None where neither is.

    A rule that says nothing, but tags, has answered: whoever wrote it wants no word said.
    """
    uses = _uses(turn, rules)
    winner = _winner(text, turn, rules, uses)
    if calls_person(text, turn, winner):
        turn.decisions.append("a person was asked for")
        return handoff.hand_over(turn, source="rule:handoff/asked")
    return None if winner is None else _speak(turn, winner, uses)


def _winner(
    text: str, turn: Turn, rules: Sequence[AutoReply], uses: Mapping[str, ReplyUse]
) -> AutoReply | None:
    return next((rule for rule in rules if judge(rule, text, turn, uses).wins), None)


def _speak(turn: Turn, rule: AutoReply, uses: dict[str, ReplyUse]) -> Reply:
    turn.decisions.append(f"rule.{rule.id}")
    contacts.understand(turn.contact)
    _use(turn, rule, uses)
    return perform(turn, rule.then, owner=f"rule.{rule.id}", source=f"rule:auto_reply/{rule.id}")


def miss(turn: Turn) -> Reply:
    """Say that a text was not understood; the second time in a row differently."""
    turn.contact.misses = min(turn.contact.misses + 1, MOST_MISSES)
    name = "first" if turn.contact.misses == 1 else "second"
    turn.decisions.append(f"fallback.{name}")
    steps = getattr(turn.published.content.fallback, name)
    return perform(turn, steps, owner=f"fallback.{name}", source=f"rule:fallback/{name}") or handoff.offer(
        turn
    )


def explain(text: str, turn: Turn) -> Sequence[Verdict]:
    """Return what every rule makes of a text for this contact at this moment, in order; the first that wins answers."""
    uses = _uses(turn, turn.published.content.auto_replies)
    return [judge(rule, text, turn, uses) for rule in turn.published.content.auto_replies]


def judge(rule: AutoReply, text: str, turn: Turn, uses: Mapping[str, ReplyUse]) -> Verdict:
    """Say whether a rule answers a text, and why."""
    runaways: list[str] = []
    found = matches(rule.match, text, ran_away=runaways.append)
    if runaways:
        return Verdict(rule.id, wins=False, because="its pattern took too long on this text")
    if found is None:
        return Verdict(rule.id, wins=False, because="the text does not match")
    if not turn.holds(rule.when):
        return Verdict(rule.id, wins=False, because=f"{_matched(found)}, but its conditions do not hold now")
    spent = _spent(rule, uses.get(rule.id), turn.now)
    if spent:
        return Verdict(rule.id, wins=False, because=f"{_matched(found)}, but {spent}")
    return Verdict(rule.id, wins=True, because=_matched(found))


def _matched(found: MatchResult) -> str:
    if found.pattern is not None:
        return f"matches the pattern {found.pattern}"
    word = found.exact or found.any_of or " + ".join(found.contains)
    return f"matches “{word}”" if word else "answers any text"


def _spent(rule: AutoReply, use: ReplyUse | None, now: datetime) -> str | None:
    if use is None:
        return None
    if rule.once:
        return f"it speaks once, and did on {use.last_at:%Y-%m-%d %H:%M} UTC"
    if rule.every is not None and now < use.last_at + rule.every:
        return f"it spoke already at {use.last_at:%Y-%m-%d %H:%M} UTC"
    return None


def _uses(turn: Turn, rules: Iterable[AutoReply]) -> dict[str, ReplyUse]:
    """Read how often rules spoke to this contact, if any of them cares."""
    if not turn.has_reply_uses or not turn.contact.is_stored:
        return {}
    if not any(rule.once or rule.every is not None for rule in rules):
        return {}
    rows = turn.session.scalars(sa.select(ReplyUse).where(ReplyUse.contact_id == turn.contact.id))
    return {row.rule: row for row in rows}


def _use(turn: Turn, rule: AutoReply, uses: dict[str, ReplyUse]) -> None:
    if not rule.once and rule.every is None:
        return
    use = uses.get(rule.id)
    if use is None:
        turn.session.add(ReplyUse(contact=turn.contact, rule=rule.id, last_at=turn.now, times=1))
    else:
        use.last_at, use.times = turn.now, use.times + 1
