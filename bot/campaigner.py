"""Campaigns from their time to their end: begun, frozen, released page by page, finished.

Any number of workers may do this: whose lease on a campaign has run out finds its writes refused.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Protocol

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from bot.campaigning import EXCLUSIONS
from bot.segmenting import SEGMENTS
from campaigns import beginning, quiet
from campaigns.freeze import Freezer
from campaigns.holding import Fenced, Held, hold, under_way
from campaigns.leaves import CAMPAIGN_FACT
from campaigns.models import Campaign, CampaignState, PausedBecause
from campaigns.release import Releaser, finish, give_up, is_through
from campaigns.script import CannotBeSaid, Script, script_of
from campaigns.states import OVER, stop
from campaigns.times import quiet_until
from content.revisions import Published, Revisions
from core.clock import Clock
from core.db import DATABASE_GONE, Database, changed
from core.errors import describe
from core.leases import Owner
from line import bulk
from line.account_calls import Consumption, Quota
from line.answers import Failure
from line.channels import Channel
from segmentation.touches import want_sweep

ROUND_S = 2.0
"""How long one round may go on, so that it can be stopped."""
ASK_QUOTA_EVERY = timedelta(minutes=1)

log = structlog.get_logger()


class QuotaCalls(Protocol):
    """What is asked of LINE about the month's messages."""

    def quota(self) -> Quota | Failure: ...

    def consumption(self) -> Consumption | Failure: ...


class Campaigner:
    """The campaigns of one worker process; `step` does what there is to do."""

    def __init__(
        self,
        database: Database,
        account: QuotaCalls,
        clock: Clock,
        *,
        owner: Owner,
        base_url: str,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._database = database
        self._account = account
        self._clock = clock
        self._owner = owner
        self._base_url = base_url
        self._is_stopping = is_stopping
        self._revisions = Revisions()
        self._freezer = Freezer(database, SEGMENTS, EXCLUSIONS)
        self._releaser = Releaser(database, EXCLUSIONS)
        self._held: dict[int, Held] = {}
        self._scripts: dict[int, Script] = {}
        self._is_pressed = False

    def is_pressed(self) -> bool:
        """Say whether a campaign goes out just now, so that looking once a second would hold it up."""
        return self._is_pressed

    def step(self) -> int:
        """Do one bounded round; return how many things were done."""
        did = self._note_quiet() + self._begin_due() + self._ask_quota()
        until = monotonic() + ROUND_S
        while not self._is_stopping():
            worked = self._work()
            did += worked
            if not worked or monotonic() > until:
                break
        return did

    def _note_quiet(self) -> int:
        """Note what quiet hours hold back just now, once for each night."""
        now = self._clock()
        with self._database.read() as session:
            waiting = quiet.ready(session, now=now)
            if not waiting:
                return 0
            live = {id_: self._revisions.live(session, id_) for id_ in {one.channel_id for one in waiting}}
            ends = {
                id_: quiet_until(published.content.campaign_rules.quiet_hours, now, published.zone)
                for id_, published in live.items()
                if published is not None
            }
            held = [
                (one, until)
                for one in waiting
                if (until := ends.get(one.channel_id) or quiet.released_early(one, now)) is not None
                and one.held_until != until
                and not (one.is_running and is_through(session, one.id))
            ]
        noted = 0
        for one, until in held:
            with self._database.write() as session:
                noted += quiet.note_held(session, one, until)
        return noted

    def _begin_due(self) -> int:
        now = self._clock()
        with self._database.read() as session:
            if not beginning.some_due(session, now=now):
                return 0
            channels = session.scalars(
                sa.select(Campaign.channel_id)
                .where(Campaign.state == CampaignState.SCHEDULED, Campaign.send_at <= now)
                .distinct()
            ).all()
            live = {id_: self._revisions.live(session, id_) for id_ in channels}
            due = [
                (id_, published)
                for channel_id, published in live.items()
                if published is not None
                for id_ in beginning.due(
                    session, channel_id, published.content.campaign_rules, zone=published.zone, now=now
                )
            ]
        return sum(self._on_its_own(id_, partial(self._begin, id_, published, now)) for id_, published in due)

    def _begin(self, id_: int, published: Published, now: datetime) -> int:
        rules = published.content.campaign_rules
        with self._database.write() as session:
            begun = beginning.begin(session, id_, rules, zone=published.zone, now=now)
        if begun is None:
            return 0
        log.info("campaign.due", campaign=begun)
        return 1

    def _work(self) -> int:
        with self._database.read() as session:
            ids = under_way(session)
        did = 0
        self._is_pressed = False
        for id_ in ids:
            did += self._on_its_own(id_, partial(self._work_on, id_))
        for id_ in self._held.keys() - set(ids):
            self._stand_back(id_)
        return did

    def _on_its_own(self, id_: int, work: Callable[[], int]) -> int:
        """Do something for one campaign; a fault in it stops that campaign, and the others go on."""
        try:
            return work()
        except Fenced:
            self._stand_back(id_)
            return 0
        except DATABASE_GONE:
            raise
        except Exception as error:
            log.error("campaign.failed", campaign=id_, exc_info=error)
            return self._stop(id_, describe(error))

    def _stop(self, id_: int, fault: str) -> int:
        held = self._held.get(id_)
        try:
            with self._database.write() as session:
                if held is None:
                    stop(session, id_, PausedBecause.FAULT, detail=fault)
                else:
                    give_up(session, held, PausedBecause.FAULT, detail=fault, now=self._clock())
        except Fenced:
            log.info("campaign.fenced", campaign=id_)
        self._stand_back(id_)
        return 1

    def _work_on(self, id_: int) -> int:
        held = self._held.get(id_)
        if (
            held is not None
            and held.state is CampaignState.RUNNING
            and not self._has_room(id_, held.channel_id)
        ):
            return 0
        if held is None:
            with self._database.write() as session:
                held = hold(session, id_, self._owner, now=self._clock())
            if held is None:
                return 0
            self._held[id_] = held
        if held.state is CampaignState.FREEZING:
            return self._freeze(held)
        return self._release(held)

    def _freeze(self, held: Held) -> int:
        with self._database.read() as session:
            published = self._revisions.live(session, held.channel_id)
        if published is None:
            return 0
        count = self._freezer.freeze(held, published, self._clock)
        self._let_go(held.id)
        log.info("campaign.frozen", campaign=held.id, people=count)
        return 1

    def _release(self, held: Held) -> int:
        try:
            return self._release_page(held, self._script(held))
        except CannotBeSaid as error:
            with self._database.write() as session:
                give_up(session, held, PausedBecause.MESSAGE, now=self._clock())
            self._stand_back(held.id)
            log.error("campaign.cannot_be_said", campaign=held.id, reason=str(error))
            return 1

    def _release_page(self, held: Held, script: Script) -> int:
        if self._is_quiet(held.channel_id):
            self._is_pressed = False
        elif self._releaser.release(held, script, self._clock):
            return 1
        with self._database.read() as session:
            if not is_through(session, held.id):
                return 0
        with self._database.write() as session:
            finish(session, held, now=self._clock())
            self._have_segments_look(session, held)
        self._let_go(held.id)
        log.info("campaign.finished", campaign=held.id)
        return 1

    def _is_quiet(self, channel_id: int) -> bool:
        """Say whether the hours are quiet that are published now, whatever was when its audience was frozen."""
        with self._database.read() as session:
            published = self._revisions.live(session, channel_id)
        if published is None:
            return False
        rules = published.content.campaign_rules
        return quiet_until(rules.quiet_hours, self._clock(), published.zone) is not None

    def _have_segments_look(self, session: Session, held: Held) -> None:
        """Everybody who got it is asked at once by the segments that ask about campaigns."""
        campaign = session.get_one(Campaign, held.id)
        because = f"campaign:{campaign.key or campaign.public_id}"
        want_sweep(
            session, SEGMENTS, campaign.channel_id, [CAMPAIGN_FACT], because=because, now=self._clock()
        )

    def _has_room(self, id_: int, channel_id: int) -> bool:
        """Say whether more may be released: what waits to be sent can no longer be paused."""
        script = self._scripts.get(id_)
        if script is None:
            return True
        with self._database.read() as session:
            waiting = bulk.open_count(session, channel_id)
        self._is_pressed = True
        return waiting < script.most_open

    def _script(self, held: Held) -> Script:
        known = self._scripts.get(held.id)
        if known is None:
            with self._database.read() as session:
                campaign = session.get_one(Campaign, held.id)
                published = self._published(session, campaign)
                known = script_of(campaign, published, base_url=self._base_url, now=self._clock())
            self._scripts[held.id] = known
        return known

    def _published(self, session: Session, campaign: Campaign) -> Published:
        if campaign.revision_id is None:
            raise ValueError(f"campaign {campaign.id} runs without having been frozen")
        return self._revisions.get(session, campaign.revision_id)

    def _stand_back(self, id_: int) -> None:
        """Let go of one that was stopped, or that is somebody else's by now; some have got it meanwhile."""
        held = self._held.get(id_)
        if held is not None and held.state is CampaignState.RUNNING:
            with self._database.write() as session:
                self._have_segments_look(session, held)
        self._let_go(id_)

    def _let_go(self, id_: int) -> None:
        self._held.pop(id_, None)
        self._scripts.pop(id_, None)

    def _ask_quota(self) -> int:
        """Note how much of the month's quota is left, once a minute while there is a campaign not over."""
        now = self._clock()
        stale = sa.or_(
            Channel.quota_asked_at.is_(None),
            Channel.quota_asked_at <= now - ASK_QUOTA_EVERY,
            Channel.quota_asked_at > now + ASK_QUOTA_EVERY,
        )
        wanted = sa.exists().where(Campaign.channel_id == Channel.id, Campaign.state.not_in(OVER))
        due = sa.select(Channel.id).where(stale, wanted, Channel.sending_stopped_at.is_(None))
        with self._database.read() as session:
            channel_ids = session.scalars(due).all()
        asked = 0
        for channel_id in channel_ids:
            with self._database.write() as session:
                # Whoever notes the time asks, and the other workers do not.
                mine = session.execute(
                    sa.update(Channel).where(Channel.id == channel_id, stale).values(quota_asked_at=now)
                )
                if not changed(mine):
                    continue
            self._note_quota(channel_id, now)
            asked += 1
        return asked

    def _note_quota(self, channel_id: int, now: datetime) -> None:
        limit, used = self._account.quota(), self._account.consumption()
        if not isinstance(limit, Quota) or not isinstance(used, Consumption):
            log.warning("quota.not_told")
            return
        with self._database.write() as session:
            session.execute(
                sa.update(Channel)
                .where(Channel.id == channel_id)
                .values(quota_limit=limit.limit, quota_used=used.used, quota_asked_at=now)
            )
