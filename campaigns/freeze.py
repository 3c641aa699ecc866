"""Fixing an audience: who is in the segment at one moment, written down page by page before anybody gets anything.

SQLite lets one transaction write at a time, and webhooks wait for it: so the ids are read in one
snapshot, and written in pages. Whoever takes over after a crash empties what was written and starts
again; the campaign runs only when all of it is there.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from campaigns.exclusions import Exclusions
from campaigns.holding import Held, fence
from campaigns.models import Campaign, CampaignState, Delivery
from campaigns.states import move
from contacts.models import Contact
from content.revisions import Published
from core.clock import Clock
from core.db import Database, changed
from segmentation import audience
from segmentation.segments import Segments

PAGE = 2_000


@dataclass(frozen=True)
class Freezer:
    """Freezes campaigns for one worker."""

    database: Database
    segments: Segments
    exclusions: Exclusions
    page: int = PAGE
    """How many rows one transaction writes."""

    def freeze(self, held: Held, published: Published, clock: Clock) -> int:
        """Write the audience and let the campaign run; return how many people are in it.

        :raises Fenced: it is somebody else's by now, or paused or cancelled.
        """
        self._empty(held, clock)
        frozen_at, zone = clock(), published.zone
        with self.database.read() as session:
            campaign = session.get_one(Campaign, held.id)
            purpose = campaign.consent
            ids = array("q")
            for page in audience.members(session, self.segments, campaign.segment, now=frozen_at, zone=zone):
                ids.extend(page)
        for start in range(0, len(ids), self.page):
            page = ids[start : start + self.page].tolist()
            with self.database.write() as session:
                fence(session, held, now=clock())
                session.execute(self._writing(held.id, page, purpose, published, frozen_at, zone))
        with self.database.write() as session:
            fence(session, held, now=clock())
            move(
                session,
                held.id,
                CampaignState.RUNNING,
                since={held.state},
                frozen_at=frozen_at,
                started_at=clock(),
                recipients=len(ids),
                revision_id=published.id,
            )
        return len(ids)

    def _empty(self, held: Held, clock: Clock) -> None:
        """Remove what somebody wrote who did not come to the end."""
        some = sa.select(Delivery.id).where(Delivery.campaign_id == held.id).limit(PAGE)
        while True:
            with self.database.write() as session:
                fence(session, held, now=clock())
                gone = session.execute(sa.delete(Delivery).where(Delivery.id.in_(some)))
                if not changed(gone):
                    return

    def _writing(
        self,
        campaign_id: int,
        ids: Sequence[int],
        purpose: str | None,
        published: Published,
        now: datetime,
        zone: ZoneInfo,
    ) -> Any:
        """Return the statement that writes a page, with why some of them are left out."""
        reason = self.exclusions.reason(purpose, published.content.campaign_rules, now=now, zone=zone)
        people = (
            sa.select(sa.literal(campaign_id), Contact.id, reason)
            .where(Contact.id.between(ids[0], ids[-1]), Contact.id.in_(ids))
            .order_by(Contact.id)
        )
        return sa.insert(Delivery).from_select(["campaign_id", "contact_id", "skipped"], people)
