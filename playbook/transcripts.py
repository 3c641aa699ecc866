"""Play a transcript against a bot, and say where it goes another way."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from content.steps import Names
from line.limits import REPLY_LIMIT
from line.messages import check_message
from playbook.faults import Fault
from playbook.transcript_model import FieldValue, Line, Transcript
from playbook.visible import Body, Tappable, tappables_of, words_of

SHOWN_CHARS = 160


class Conversation(Protocol):
    """One person and the bot. Every method returns the messages that the bot sent in that turn."""

    def add_friend(self) -> Sequence[Body]: ...

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

    def tags(self) -> Collection[str]: ...

    def fields(self) -> Mapping[str, FieldValue]: ...

    def segments(self) -> Collection[str]: ...

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
        verb = line.does
        if verb is None:
            return
        self.answers = self._act(line)
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
        if line.segments is not None or line.no_segments is not None:
            self._judge_names("segment", conversation.segments(), line.segments, line.no_segments)
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


def _shown(words: str) -> str:
    line = " / ".join(part for part in words.splitlines() if part)
    if not line:
        return "silence"
    return f"“{line if len(line) <= SHOWN_CHARS else line[: SHOWN_CHARS - 1] + '…'}”"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
