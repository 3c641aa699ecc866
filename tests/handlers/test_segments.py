"""Which segments hold in the middle of a turn, before anything is written."""

from zoneinfo import ZoneInfo

from contacts import service as contacts
from contacts.fields import FieldBook
from contacts.models import FieldKind
from content.revisions import Revisions
from core.db import Database
from handlers.segments import is_in
from handlers.turn import Turn
from line.channels import ensure_channel
from playbook.apply import apply
from playbook.check import check
from questionnaires.service import RunBook
from questionnaires.versions import Versions
from segmentation.tags import TagBook
from tests.line.queues import NOON
from tests.shop import EXAMPLES


def held(turn: Turn) -> set[str]:
    return {one.id for one in turn.published.content.segments if is_in(turn, one.id)}


def test_what_a_turn_has_changed_counts_at_once(database: Database) -> None:
    rental = check(EXAMPLES / "rental").playbook
    assert rental is not None
    with database.write() as session:
        channel = ensure_channel(session, now=NOON)
        apply(session, channel, rental, now=NOON, by="test")
    with database.decide() as session:
        published = Revisions().live(session, channel.id)
        assert published is not None
        assert published.zone == ZoneInfo("Asia/Taipei")
        contact = contacts.meet(session, channel.id, "U" + "1" * 32, shard=1, sent_at=NOON, now=NOON)
        versions = Versions()
        turn = Turn(
            session=session,
            contact=contact,
            now=NOON,
            event_key="event",
            published=published,
            versions=versions,
            tags=TagBook(session, contact, event_key="event", now=NOON),
            fields=FieldBook(session, contact, event_key="event", now=NOON),
            runs=RunBook(session, contact, versions, published, event_key="event", now=NOON),
            base_url="https://bot.example",
        )
        assert held(turn) == set()
        turn.tags.set("area:taipei", source="staff:test")
        turn.tags.set("type:two_bed", source="staff:test")
        turn.fields.set("move_in", "2027-03-31", kind=FieldKind.DATE, source="staff:test")
        assert held(turn) == {"taipei_two_bed", "within_a_month"}
        assert [is_in(turn, one) for one in ("taipei_two_bed", "tenants", "gone")] == [True, False, False]
        turn.tags.set("type:studio", source="staff:test")
        assert held(turn) == {"within_a_month"}
