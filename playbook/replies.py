"""Auto-replies and greetings from top to bottom: patterns that work, and nothing that can never win."""

from collections.abc import Sequence

from contacts.folding import fold
from content.matching import match_fault, matches
from content.model import AutoReply, Greeting, When
from content.phrases import KEYWORDS
from playbook.draft import Draft
from playbook.faults import Faults
from playbook.locate import Path
from playbook.parse import Part
from playbook.schema import AutoRepliesFile, PlaybookFile, WelcomeFile

_GO_BEFORE = {"menu": "the menu", "human": "a person", "bot": "the bot"}


def check_replies(draft: Draft, faults: Faults) -> None:
    """Name patterns that cannot be used, and rules or words that an earlier rule always takes."""
    if draft.auto_replies is not None:
        _rules(draft.auto_replies, faults)
        _kept_words(draft.auto_replies, draft.account, faults)
    if draft.welcome is not None:
        _greetings(draft.welcome, faults)


def _rules(part: Part[AutoRepliesFile], faults: Faults) -> None:
    rules = part.value.rules
    for place, rule in enumerate(rules):
        path: Path = ("rules", place)
        reason = match_fault(rule.match)
        if reason is not None:
            part.blame(faults, (*path, "match"), reason)
        if rule.every is not None and rule.every.total_seconds() <= 0:
            part.blame(faults, (*path, "every"), "every must be longer than nothing")
        if not rule.then:
            part.blame(faults, (*path, "then"), "then is empty; say what the rule does")
        _beaten(part, place, rules[:place], faults)


def _beaten(part: Part[AutoRepliesFile], place: int, earlier: Sequence[AutoReply], faults: Faults) -> None:
    rule = part.value.rules[place]
    always = [
        other
        for other in enumerate(earlier)
        if _is_unconditional(other[1]) and not match_fault(other[1].match)
    ]
    for at, other in always:
        if _answers_everything(other):
            what = f"this rule can never win: {_called(part, at)} answers every text before it"
            part.blame(faults, ("rules", place), f"{what}; move it up")
            return
    for field, words in (("exact", rule.match.exact), ("any_of", rule.match.any_of)):
        for position, word in enumerate(words):
            winner = next((at for at, other in always if _takes(other, word, whole=field == "exact")), None)
            if winner is not None:
                what = f"{word!r} never reaches this rule: {_called(part, winner)} matches it before"
                part.blame(
                    faults, ("rules", place, "match", field, position), f"{what}; move or remove one of them"
                )


def _kept_words(part: Part[AutoRepliesFile], account: Part[PlaybookFile] | None, faults: Faults) -> None:
    """Name words that ask for the menu, a person or the bot before any rule sees them."""
    own = account.value.keywords if account is not None else {}
    kept = {
        fold(word): what
        for keyword, what in _GO_BEFORE.items()
        for word in (*KEYWORDS[keyword], *own.get(keyword, ()))
    }
    for place, rule in enumerate(part.value.rules):
        for position, word in enumerate(() if rule.always else rule.match.exact):
            if (what := kept.get(fold(word))) is not None:
                part.blame(
                    faults,
                    ("rules", place, "match", "exact", position),
                    f"{word!r} never reaches this rule: it asks for {what}, which goes before all rules;"
                    " remove it, or make the rule `always`",
                )


def _called(part: Part[AutoRepliesFile], place: int) -> str:
    return f"rule {part.value.rules[place].id!r} on line {part.line(('rules', place))}"


def _is_unconditional(rule: AutoReply) -> bool:
    return rule.when == When() and not rule.once and rule.every is None


def _answers_everything(rule: AutoReply) -> bool:
    match = rule.match
    return not (match.exact or match.contains or match.any_of or match.pattern)


def _takes(rule: AutoReply, word: str, *, whole: bool) -> bool:
    """Say whether a rule takes the text `word`, or else every text that contains it."""
    if not whole and (rule.match.exact or rule.match.pattern is not None):
        return False
    return matches(rule.match, word) is not None


def _greetings(part: Part[WelcomeFile], faults: Faults) -> None:
    greetings: tuple[Greeting, ...] = part.value.greetings
    for place, greeting in enumerate(greetings):
        if not greeting.then:
            part.blame(faults, ("greetings", place, "then"), "then is empty; say what the greeting does")
        for position, code in enumerate(greeting.when.entry):
            if not code.startswith("#") or code != code.strip():
                what = f"an entry code begins with #, as its QR code types it: not {code!r}"
                part.blame(faults, ("greetings", place, "when", "entry", position), what)
        before = next(
            (at for at, other in enumerate(greetings[:place]) if other.when in {When(), greeting.when}), None
        )
        if before is not None:
            line = part.line(("greetings", before))
            what = f"this greeting is never said: {greetings[before].id!r} on line {line} always comes first"
            part.blame(faults, ("greetings", place), what)
