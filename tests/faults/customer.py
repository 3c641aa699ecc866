"""Customers of the kill test: they answer what the newest message asks, and are patient."""

from dataclasses import dataclass
from time import monotonic

from simulator.person import Person

STORIES = (
    ("開始找房", "台北市", "15,000–25,000", "兩房以上", "越快越好", "有", "貓", "正確"),
    ("開始找房", "新北市", "15,000 以下", "套房", "還不確定", "沒有", "正確"),
    ("開始找房", "桃園市", "25,000–40,000", "一房一廳", "越快越好", "有", "狗", "正確"),
    ("開始找房", "台北市", "40,000 以上", "雅房", "還不確定", "沒有", "正確"),
)
"""What there is to tap. No two questions have a button of the same name, so the screen tells which is asked."""
CONFIRM = "正確"
ENDING = frozenset({"好，請通知我", "重新開始"})
"""Below the last message: of the ending, or of the kind word that all this has been sent already."""
MENU = "選單"
WAYS_IN = frozenset({"找房", "繼續填寫"})
"""On the menu that comes when it is asked for, and below the question whether to go on."""
PATIENCE_S = 40.0
"""How long a person waits for an answer before they try once more, longer than two leases; then twice as long."""


@dataclass
class Customer:
    """A person with a phone and a story, who goes by nothing but the screen.

    A question that they have not just answered, they answer. Where nothing else comes for long,
    they tap the same button again, or ask for the menu.
    """

    person: Person
    story: tuple[str, ...]
    tapped: str = ""
    acted_at: float = 0.0
    patience_s: float = PATIENCE_S
    repeats: int = 0
    """Taps repeated because nothing had come for so long."""

    @property
    def is_done(self) -> bool:
        return self.tapped == CONFIRM and not ENDING.isdisjoint(self.person.buttons)

    def follows(self) -> None:
        self.acted_at = monotonic()
        self.person.follows()

    def acts(self) -> None:
        """Do what the screen calls for, if anything."""
        asked = self._asked()
        if asked and asked != self.tapped:
            self.patience_s = PATIENCE_S
            self._taps(asked)
        elif monotonic() - self.acted_at > self.patience_s:
            self.patience_s *= 2
            self.repeats += 1
            if asked or self.tapped:
                self._taps(asked or self.tapped)
            else:
                self.acted_at = monotonic()
                self.person.says(MENU)

    def _asked(self) -> str:
        """Return what they would tap of the newest buttons since their own last words; nothing if none is known."""
        known = WAYS_IN.union(self.story)
        return next((label for label in reversed(self.person.buttons) if label in known), "")

    def _taps(self, label: str) -> None:
        self.acted_at = monotonic()
        self.tapped = label
        self.person.taps(label)
