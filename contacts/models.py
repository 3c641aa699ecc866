"""The people who use the account, and the typed facts they told us."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.orm.attributes import instance_state

from core.db import Base, BigId, stored_enum


class Following(StrEnum):
    UNKNOWN = "unknown"
    """Wrote to us before any follow event came."""
    FOLLOWING = "following"
    BLOCKED = "blocked"


class Contact(Base):
    """A LINE user we know, in one channel."""

    __tablename__ = "contacts"
    __table_args__ = (
        sa.UniqueConstraint("channel_id", "line_user_id"),
        sa.Index("ix__contacts__profile_due", "profile_due_at"),
        sa.Index("ix__contacts__menu_due", "menu_due_at"),
        # The console lists people by it, and "seen within" asks for it.
        sa.Index("ix__contacts__last_seen", "channel_id", "last_seen_at", "id"),
        # Who has followed for so long by now.
        sa.Index("ix__contacts__following_since", "channel_id", "following_since_at", "id"),
        # Who can be written to, and, which is quicker where most can, who cannot.
        sa.Index("ix__contacts__following", "channel_id", "following", "id"),
        # Whom no rule means.
        sa.Index(
            "ix__contacts__erased",
            "channel_id",
            "id",
            sqlite_where=sa.text("erased_at IS NOT NULL"),
            postgresql_where=sa.text("erased_at IS NOT NULL"),
        ),
        # Which codes people came by; most came by none.
        sa.Index(
            "ix__contacts__entry",
            "channel_id",
            "entry_source",
            sqlite_where=sa.text("entry_source IS NOT NULL"),
            postgresql_where=sa.text("entry_source IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(20), unique=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    line_user_id: Mapped[str] = mapped_column(sa.String(100))
    """Blanked to `erased:…` when the person is erased."""
    shard: Mapped[int] = mapped_column(sa.SmallInteger)

    display_name: Mapped[str | None] = mapped_column(sa.Text)
    picture_url: Mapped[str | None] = mapped_column(sa.Text)
    status_message: Mapped[str | None] = mapped_column(sa.Text)
    language: Mapped[str | None] = mapped_column(sa.String(35))
    """As LINE tells it, a BCP 47 tag; None before consent."""
    profile_fetched_at: Mapped[datetime | None]
    profile_due_at: Mapped[datetime | None]
    """When the profile should be fetched (again); None: not before the next event."""

    following: Mapped[Following] = mapped_column(stored_enum(Following))
    following_since_at: Mapped[datetime | None]
    """Time of the newest follow or unfollow event; an older one changes nothing."""
    first_followed_at: Mapped[datetime | None]
    times_followed: Mapped[int] = mapped_column(default=0)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    entry_source: Mapped[str | None] = mapped_column(sa.String(100))
    """The code of the entry link they came by."""

    human_wanted_at: Mapped[datetime | None]
    """Since when a person has the floor and free-text replies are silent."""
    misses: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    """Texts in a row that the bot did not understand."""

    menu_kept: Mapped[str | None] = mapped_column(sa.String(60))
    """A menu that a step linked: it goes before what tags say."""
    menu_wanted: Mapped[str | None] = mapped_column(sa.String(80))
    """The rich menu this contact should have, as `name/language`; None: the account's default."""
    menu_linked: Mapped[str | None] = mapped_column(sa.String(80))
    """The LINE id of the menu that LINE last accepted for them."""
    menu_due_at: Mapped[datetime | None]
    """When to bring the linked menu in line with the wanted one; None: it is."""
    erased_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Invented by the demo shop, and removed with it."""

    @property
    def is_stored(self) -> bool:
        """False for somebody seen for the first time in this very turn."""
        return instance_state(self).has_identity

    @property
    def as_owner(self) -> Mapping[str, Any]:
        """How a new row says whose it is: a relationship takes 20 µs more than a number."""
        return {"contact_id": self.id} if self.is_stored else {"contact": self}

    def owns(self, row: Any) -> bool:
        """Say whether a row that is not written yet is this contact's, however it says so."""
        return bool(row.contact is self if row.contact_id is None else row.contact_id == self.id)

    @property
    def is_following(self) -> bool:
        return self.following is Following.FOLLOWING


class FieldKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    FLAG = "flag"


FIELD_START_CHARS = 40


class ContactField(Base):
    """One typed fact that a contact told us, with who set it."""

    __tablename__ = "contact_fields"
    __table_args__ = (
        sa.UniqueConstraint("contact_id", "name"),
        # Rules ask for numbers, days and texts; who has them is read from these alone.
        sa.Index("ix__contact_fields__number", "name", "kind", "number", "contact_id"),
        sa.Index("ix__contact_fields__start", "name", "kind", "start", "contact_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contacts.id", ondelete="CASCADE"))
    contact: Mapped[Contact] = relationship()
    name: Mapped[str] = mapped_column(sa.String(60))
    kind: Mapped[FieldKind] = mapped_column(stored_enum(FieldKind))
    text: Mapped[str | None] = mapped_column(sa.Text)
    """The value in its canonical writing: ISO for dates, `true`/`false` for flags."""
    start: Mapped[str | None] = mapped_column(
        sa.String(FIELD_START_CHARS), sa.Computed(f"substr(text, 1, {FIELD_START_CHARS})"), deferred=True
    )
    """How the text begins, kept by the database: what people write freely is too long for an index."""
    number: Mapped[float | None]
    source: Mapped[str] = mapped_column(sa.String(160))
    """Like a tag's: `question:find_home/area`, `import:…`, `staff:…`."""
    event_key: Mapped[str | None] = mapped_column(sa.String(80))
    set_at: Mapped[datetime]


class Erasure(Base):
    """That somebody was erased: their events from before are refused when they come again."""

    __tablename__ = "erasures"
    __table_args__ = (sa.UniqueConstraint("channel_id", "user_hash"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    user_hash: Mapped[str] = mapped_column(sa.String(64))
    """HMAC of the LINE user id under the installation's secret key."""
    erased_at: Mapped[datetime]


class EntrySource(Base):
    """A code that an entry link or QR code types for a new friend, e.g. `#信義店`."""

    __tablename__ = "entry_sources"
    __table_args__ = (sa.UniqueConstraint("channel_id", "code"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    code: Mapped[str] = mapped_column(sa.String(100))
    created_at: Mapped[datetime]
