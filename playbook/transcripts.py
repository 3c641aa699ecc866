"""Play a transcript against a bot, and say where it goes another way."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from content.steps import Names
from line.limits import REPLY_LIMIT
from line.messages import check_message
from playbook.faults import Fault
from playbook.transcript_model import EventTold, FieldValue, Line, OrderTold, Transcript
from playbook.visible import Body, Tappable, tappables_of, words_of

SHOWN_CHARS = 160


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition of a segment, in the words in which the console tells it."""

    speaks_for: bool
    """It does what it can to let the person in; under a `not` that is a condition that does not hold."""
    words: str
    """What it asks, and what it saw."""


class Conversation(Protocol):
    """One person and the bot. What the person does returns the messages that the bot sent in that turn."""

    def pass_time(self, gap: timedelta) -> Sequence[Body]:
        """Let time go by, with all that the clock brings about; return what the bot says by itself."""

    def add_friend(self) -> Sequence[Body]: ...

    def scan(self, code: str) -> Sequence[Body]:
        """Add the account by a QR code, or open the chat with it, and send its code."""

    def tap(self, label: str) -> Sequence[Body]:
        """Tap the newest button or quick reply with this label."""

    def type(self, text: str) -> Sequence[Body]: ...

    def pick(self, label: str, value: str) -> Sequence[Body]:
        """Choose a date, time or date and time in the newest picker with this label."""

    def send(self, kind: str) -> Sequence[Body]:
        """Send a `photo`, a `location` or a `sticker`."""

    def open_menu(self, label: str) -> Sequence[Body]:
        """Tap the area with this label in the rich menu that the person sees.

        :raises LookupError: there is no such area.
        """

    def order(self, told: OrderTold) -> None:
        """Let the till tell of orders."""

    def track(self, told: EventTold) -> None:
        """Let another system tell of events."""

    def tags(self) -> Collection[str]: ...

    def fields(self) -> Mapping[str, FieldValue]: ...

    def segments(self) -> Collection[str]: ...

    def left(self) -> Collection[str]:
        """Return the segments that the person was in, and is in no more."""

    def why(self, segment: str) -> Sequence[Reason]:
        """Return every condition of a segment as it stands for the person now."""

    def handed_over(self) -> bool: ...

    def queue(self) -> str | None:
        """Return the queue of the person's ticket; None without one that is not solved."""


def play_all(
    transcripts: Iterable[Transcript], begin: Callable[[Transcript], Conversation]
) -> tuple[Fault, ...]:
    """Play every transcript in a conversation of its own; no faults means that all of them hold."""
    return tuple(fault for transcript in transcripts for fault in play(transcript, begin(transcript)))


def play(transcript: Transcript, conversation: Conversation) -> tuple[Fault, ...]:
    """Play one transcript; after a line that cannot be played nothing more is judged."""
    player = _Player(transcript, conversation)
    for place, line in enumerate(transcript.lines):
        player.line_number = transcript.line_numbers[place] if transcript.line_numbers else place + 1
        try:
            player.do(line)
        except _CannotGoOn as reason:
            player.fault(str(reason))
            break
        player.judge(line)
    return tuple(player.faults)


class _CannotGoOn(Exception):  # noqa: N818 - reads as what it says
    """The customer's line makes no sense in the conversation as it went."""


class _Player:
    def __init__(self, transcript: Transcript, conversation: Conversation) -> None:
        self.transcript = transcript
        self.conversation = conversation
        self.line_number = 1
        self.answers: Sequence[Body] = ()
        self.seen: list[Tappable] = []
        """Everything tappable so far, the newest first."""
        self.faults: list[Fault] = []

    def fault(self, what: str) -> None:
        self.faults.append(Fault(self.transcript.file, self.line_number, what))

    def do(self, line: Line) -> None:
        if line.later is not None:
            self._was_told(self.conversation.pass_time(line.later))
        if line.order is not None:
            self.conversation.order(line.order)
        elif line.event is not None:
            self.conversation.track(line.event)
        elif line.does is not None:
            self._was_told(self._act(line))

    def _was_told(self, answers: Sequence[Body]) -> None:
        self.answers = answers
        newest = [tappable for message in self.answers for tappable in tappables_of(message)]
        self.seen = [*newest, *self.seen]
        if len(self.answers) > REPLY_LIMIT:
            self.fault(f"expected at most {REPLY_LIMIT} messages in one turn, got {len(self.answers)}")
        for message in self.answers:
            for refusal in check_message(message):
                self.fault(f"expected a message that LINE takes, got {refusal}")

    def _act(self, line: Line) -> Sequence[Body]:
        conversation = self.conversation
        answers: Sequence[Body] = ()
        if line.adds is not None:
            answers = conversation.add_friend()
        elif line.scans is not None:
            answers = conversation.scan(line.scans)
        elif line.taps is not None:
            self._must_be_shown(line.taps)
            answers = conversation.tap(line.taps)
        elif line.types is not None:
            answers = conversation.type(line.types)
        elif line.picks is not None:
            answers = conversation.pick(self._picker(), line.picks)
        elif line.sends is not None:
            answers = conversation.send(line.sends)
        elif line.menu is not None:
            answers = self._open_menu(line.menu)
        return answers

    def _open_menu(self, label: str) -> Sequence[Body]:
        try:
            return self.conversation.open_menu(label)
        except LookupError:
            raise _CannotGoOn(f"expected a menu area {label!r}, got a menu without it") from None

    def _must_be_shown(self, label: str) -> None:
        if all(tappable.label != label for tappable in self.seen):
            labels = list(dict.fromkeys(tappable.label for tappable in self.seen))
            raise _CannotGoOn(f"expected a button {label!r} to tap, got {_listed(labels)}")

    def _picker(self) -> str:
        for tappable in self.seen:
            if tappable.kind == "datetimepicker":
                return tappable.label
        raise _CannotGoOn("expected a date or time picker, got none")

    def judge(self, line: Line) -> None:
        self._judge_words(line)
        self._judge_buttons(line)
        self._judge_contact(line)

    def _judge_words(self, line: Line) -> None:
        said = "\n".join(words_of(message) for message in self.answers)
        position = 0
        for part in line.bot or ():
            found = said.find(part, position)
            if found < 0:
                where = " after what came before" if part in said else ""
                self.fault(f"expected the bot to say {_shown(part)}{where}, got {_shown(said)}")
                break
            position = found + len(part)
        if line.says_nothing and self.answers:
            self.fault(f"expected silence, got {_shown(said) if said else 'a message without words'}")
        if line.says_nothing is False and not self.answers:
            self.fault("expected an answer, got silence")

    def _judge_buttons(self, line: Line) -> None:
        if line.buttons is None:
            return
        labels = [tappable.label for message in self.answers for tappable in tappables_of(message)]
        remaining = iter(labels)
        if not all(wanted in remaining for wanted in line.buttons):
            self.fault(f"expected the buttons {_listed(line.buttons)}, got {_listed(labels)}")

    def _judge_contact(self, line: Line) -> None:
        conversation = self.conversation
        if line.tags is not None or line.no_tags is not None:
            self._judge_names("tag", conversation.tags(), line.tags, line.no_tags)
        if line.judged:
            self._judge_segments(line)
        if line.fields is not None:
            values = conversation.fields()
            for name, wanted in line.fields.items():
                if values.get(name) != wanted:
                    self.fault(f"expected {name} to be {wanted!r}, got {values.get(name)!r}")
        if line.handed_over is not None and conversation.handed_over() != line.handed_over:
            floor = ("the bot", "a person")
            wanted_floor, got_floor = floor[line.handed_over], floor[not line.handed_over]
            self.fault(f"expected {wanted_floor} to have the floor, got {got_floor}")
        if line.queue is not None and (queue := conversation.queue()) != line.queue:
            self.fault(f"expected a ticket in the queue {line.queue}, got {queue or 'none'}")

    def _judge_names(
        self, noun: str, there: Collection[str], wanted: Names | None, unwanted: Names | None
    ) -> None:
        for name in wanted or ():
            if name not in there:
                self.fault(f"expected the {noun} {name}, got {_listed(sorted(there))}")
        for name in unwanted or ():
            if name in there:
                self.fault(f"expected no {noun} {name}, got {_listed(sorted(there))}")

    def _judge_segments(self, line: Line) -> None:
        there, left = self.conversation.segments(), self.conversation.left()
        faults = [
            (key, "the person to be in", "they are not") for key in line.segments or () if key not in there
        ]
        faults += [
            (key, "the person not to be in", "they are") for key in line.no_segments or () if key in there
        ]
        faults += [
            (
                key,
                "the person to have left",
                "they still are in it" if key in there else "they never were in it",
            )
            for key in line.left or ()
            if key not in left
        ]
        for key, wanted, got in faults:
            for_it = key in there
            why = [one.words for one in self.conversation.why(key) if one.speaks_for is for_it]
            self.fault(f"expected {wanted} {key}, and {got}{': ' if why else ''}{'; '.join(why)}")
        if line.because is not None and not faults:
            self._judge_reasons(line.judged[0], line.because, for_it=line.segments is not None)

    def _judge_reasons(self, segment: str, wanted: Names, *, for_it: bool) -> None:
        told = [one.words for one in self.conversation.why(segment) if one.speaks_for is for_it]
        for part in wanted:
            if not any(part in words for words in told):
                is_in = "in" if for_it else "not in"
                self.fault(f"expected {part!r} as a reason to be {is_in} {segment}, got {_listed(told)}")


def _shown(words: str) -> str:
    line = " / ".join(part for part in words.splitlines() if part)
    if not line:
        return "silence"
    return f"“{line if len(line) <= SHOWN_CHARS else line[: SHOWN_CHARS - 1] + '…'}”"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
