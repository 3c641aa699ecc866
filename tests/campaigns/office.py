"""A shop with friends and a marketer, for tests of campaigns: everything real, on the shop's clock."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.campaigner import Campaigner
from campaigns import service
from campaigns.models import Campaign, CampaignState, Delivery, Skip
from campaigns.service import Draft
from contacts.models import Contact, Following
from content.model import CampaignMessage, CampaignRules
from content.models import Revision
from content.revisions import Published, Revisions
from core.ids import new_public_id, shard_of
from core.leases import new_owner
from segmentation.models import Segment
from staff.audit import Actor
from tests.shop import EXAMPLES, Shop

MARKETER = Actor(None, "mei")
EVERYBODY: Mapping[str, Any] = {"any": [{"following": True}, {"following": False}]}


class Office:
    """What a marketer does, and what came of it."""

    def __init__(self, shop: Shop, *, playbook: str = "tea_shop", rules: CampaignRules | None = None) -> None:
        self.shop = shop
        shop.publishes(EXAMPLES / playbook)
        # Whatever the time is when tests run: the playbook's quiet hours would put everything off.
        self.changes_rules(rules or CampaignRules())

    @property
    def published(self) -> Published:
        with self.shop.database.read() as session:
            found = Revisions().live(session, self.shop.channel_id)
        assert found is not None
        return found

    def changes_rules(self, rules: CampaignRules) -> None:
        """Let other rules hold, as if they had been published."""
        with self.shop.database.write() as session:
            revision = session.scalars(sa.select(Revision).order_by(Revision.number.desc())).first()
            assert revision is not None
            content = dict(revision.content)
            content["campaign_rules"] = rules.model_dump(mode="json", exclude_none=True)
            revision.content = content

    def befriends(
        self, count: int, *, language: str | None = "zh-TW", named: str = "friend"
    ) -> Sequence[str]:
        """Make friends without phones; return their LINE user ids."""
        start = len(self.shop.rows(Contact))
        user_ids = [f"U{start + number:032x}" for number in range(1, count + 1)]
        now = self.shop.now()
        with self.shop.database.write() as session:
            session.execute(
                sa.insert(Contact),
                [
                    {
                        "public_id": new_public_id(),
                        "channel_id": self.shop.channel_id,
                        "line_user_id": user_id,
                        "shard": shard_of(user_id),
                        "display_name": f"{named} {number}",
                        "language": language,
                        "following": Following.FOLLOWING,
                        "first_seen_at": now,
                        "last_seen_at": now,
                    }
                    for number, user_id in enumerate(user_ids, start=start + 1)
                ],
            )
        return user_ids

    def segment(self, key: str = "everybody", rule: Mapping[str, Any] = EVERYBODY) -> str:
        """Save a rule, unless it is there; return its key."""
        with self.shop.database.write() as session:
            known = session.scalars(sa.select(Segment).where(Segment.key == key)).one_or_none()
            if known is None:
                now = self.shop.now()
                session.add(
                    Segment(
                        public_id=new_public_id(),
                        channel_id=self.shop.channel_id,
                        key=key,
                        rule=dict(rule),
                        created_at=now,
                        changed_at=now,
                    )
                )
        return key

    def writes(
        self, *steps: Any, name: str = "News", segment: str | None = None, consent: str | None = None
    ) -> str:
        """Write a draft; return its public id."""
        draft = Draft(
            name, segment or self.segment(), CampaignMessage.model_validate({"steps": list(steps)}), consent
        )
        with self.shop.database.write() as session:
            campaign = service.create(
                session,
                self.shop.channel_id,
                draft,
                published=self.published,
                base_url="http://127.0.0.1:8000",
                by=MARKETER,
                now=self.shop.now(),
            )
            return campaign.public_id

    def edits(self, public_id: str, *steps: Any, version: int) -> None:
        """Save a form that was opened when the campaign had this version."""
        draft = Draft("News", self.segment(), CampaignMessage.model_validate({"steps": list(steps)}))
        self.does(
            public_id,
            service.edit,
            draft=draft,
            version=version,
            published=self.published,
            base_url="http://127.0.0.1:8000",
        )

    def does(self, public_id: str, act: Any, **more: Any) -> None:
        """Press a button of the console, such as `service.send_now` or `service.pause`."""
        with self.shop.database.write() as session:
            campaign = service.get(session, self.shop.channel_id, public_id)
            act(session, campaign, by=MARKETER, now=self.shop.now(), **more)

    def sends(self, *steps: Any, **more: Any) -> str:
        """Write a campaign, send it, and let it come to its end."""
        public_id = self.writes(*steps, **more)
        self.does(public_id, service.send_now)
        self.shop.does_chores()
        return public_id

    def campaign(self, public_id: str) -> Campaign:
        (found,) = self.shop.rows(Campaign, Campaign.public_id == public_id)
        assert isinstance(found, Campaign)
        return found

    def state(self, public_id: str) -> CampaignState:
        return self.campaign(public_id).state

    def skips(self, public_id: str) -> Mapping[Skip, int]:
        """Return how many were left out, by reason."""
        found: dict[Skip, int] = {}
        for delivery in self.shop.rows(Delivery, Delivery.campaign_id == self.campaign(public_id).id):
            if delivery.skipped is not None:
                found[delivery.skipped] = found.get(delivery.skipped, 0) + 1
        return found

    def got(self) -> Sequence[str]:
        """Return who got something by push or multicast, as often as they did."""
        return [
            user_id
            for sent in self.shop.simulator.line.ledger
            if sent.endpoint in {"push", "multicast"}
            for user_id in sent.delivered_to
        ]

    def texts(self) -> Sequence[str]:
        """Return the texts that were pushed, request by request."""
        return [
            message.get("text") or message.get("altText", "")
            for sent in self.shop.simulator.line.ledger
            if sent.endpoint in {"push", "multicast"}
            for message in sent.messages
        ]

    def campaigner(self) -> Campaigner:
        """Return what one more worker does of campaigns, besides sending."""
        shop = self.shop
        return Campaigner(
            shop.database,
            shop.messenger.account,
            shop.now,
            owner=new_owner(),
            base_url="http://127.0.0.1:8000",
        )

    def at(self, moment: datetime) -> None:
        """Stop the clock at a moment, and do what that brings."""
        self.shop.clock.stop()
        self.shop.clock.set(moment)
        self.shop.does_chores()
