"""Publish a playbook as the next revision, in the caller's transaction; never ask, never delete."""

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

import sqlalchemy as sa
from PIL import Image
from sqlalchemy.orm import Session

from contacts import menus
from content.model import Content, TagGroup
from content.model import Tag as WrittenTag
from content.models import Asset, Revision
from content.text import named
from core.errors import Conflict
from core.inserts import insert_or_skip
from line.channels import Channel, take_turns
from playbook.plan import Change, lost
from playbook.planned import store_campaigns
from playbook.published import (
    Snapshot,
    checksum_of,
    live_revision,
    normalised,
    snapshot_of,
    snapshot_of_revision,
)
from playbook.schema import Playbook
from playbook.segments import store_segments
from playbook.staff_loops import refuse_loops
from questionnaires.models import QuestionnaireVersion
from segmentation.models import Tag
from segmentation.segments import Segments
from tickets.queues import store as store_queues


class RevisionIsNewer(Conflict):
    """Somebody published since the playbook was exported."""

    def __init__(self, based_on: int, live: int, lost: tuple[Change, ...]) -> None:
        undone = "; ".join(map(str, lost)) or "nothing that this playbook does not say as well"
        super().__init__(
            f"the playbook is based on revision {based_on}, and revision {live} is live."
            f" What would be lost: {undone}. Export again, or apply with --overwrite"
        )
        self.based_on = based_on
        self.live = live
        self.lost = lost


def apply(
    session: Session,
    channel: Channel,
    playbook: Playbook,
    *,
    now: datetime,
    by: str,
    overwrite: bool = False,
    segments: Segments | None = None,
) -> Revision | None:
    """Publish a checked playbook; None when the live revision says the same already.

    What the playbook no longer has is retired and kept. Contacts inside a questionnaire
    stay on the version they started.

    :param by: who publishes, for the record.
    :param overwrite: publish although `based_on` names an older revision than the live one.
    :param segments: knows the leaves that rules may have; those that need no ticket or campaign when left out.
    :raises RevisionIsNewer: it does, and `overwrite` was not asked for.
    :raises EditedInConsole: it changes a campaign that the console has changed, and `overwrite` was not asked for.
    :raises LoopsWithStaff: its segments and those that staff made would chase each other.
    """
    take_turns(session, channel.id)
    live = live_revision(session, channel.id)
    wanted = snapshot_of(playbook)
    now_live = snapshot_of_revision(session, live) if live is not None else None
    if live is not None and now_live is not None:
        if now_live.checksum == wanted.checksum:
            return None
        if playbook.based_on is not None and playbook.based_on < live.number and not overwrite:
            undone = lost(session, live, now_live, wanted, playbook.based_on)
            raise RevisionIsNewer(playbook.based_on, live.number, undone)
    _store_assets(session, channel, playbook, wanted)
    _store_tags(session, channel, playbook.content, live, now=now)
    store_segments(session, channel, playbook.content, live, now=now)
    refuse_loops(session, segments or Segments(), channel.id, playbook.content.segments)
    store_queues(session, channel.id, playbook.content, now=now)
    store_campaigns(session, channel, playbook.content, live, by=by, overwrite=overwrite, now=now)
    if _gives_menus_otherwise(wanted.content, now_live.content if now_live is not None else None):
        menus.want_sweep(session, channel.id, now=now)
    revision = Revision(
        channel_id=channel.id,
        number=(live.number if live is not None else 0) + 1,
        published_at=now,
        published_by=by,
        checksum=wanted.checksum,
        content=dict(wanted.content),
        questionnaires=_store_questionnaires(session, channel, wanted, now=now),
        assets=dict(wanted.assets),
    )
    session.add(revision)
    session.flush()  # for the revision's own id and number, which the caller reports
    return revision


def _gives_menus_otherwise(wanted: Mapping[str, Any], live: Mapping[str, Any] | None) -> bool:
    """Say whether some who did nothing should have another menu now: by conditions, which others have is known."""
    before, after = (_who_has_which(content) for content in (live or {}, wanted))
    has_conditions = any(
        any(when.values()) for menus, *_ in (before, after) for _key, _default, when in menus
    )
    return has_conditions and before != after


def _who_has_which(content: Mapping[str, Any]) -> tuple[list[tuple[str, bool, Mapping[str, Any]]], Any, Any]:
    menus = [
        (menu["key"], menu.get("default", False), menu.get("when", {}))
        for menu in content.get("rich_menus", ())
    ]
    return menus, content.get("languages"), content.get("default_language")


def _store_assets(session: Session, channel: Channel, playbook: Playbook, wanted: Snapshot) -> None:
    known = set(session.scalars(sa.select(Asset.sha256).where(Asset.channel_id == channel.id)))
    for name, sha256 in wanted.assets.items():
        if sha256 in known:
            continue
        known.add(sha256)
        data = playbook.assets[name]
        session.execute(
            insert_or_skip(session, Asset).values(
                channel_id=channel.id, sha256=sha256, content_type=_content_type(data), data=data
            )
        )


def _content_type(data: bytes) -> str:
    return Image.MIME[Image.open(BytesIO(data), formats=("PNG", "JPEG")).format or "PNG"]


def _store_tags(
    session: Session, channel: Channel, content: Content, live: Revision | None, *, now: datetime
) -> None:
    rows = {row.name: row for row in session.scalars(sa.select(Tag).where(Tag.channel_id == channel.id))}
    declared = set()
    for group in content.tag_groups:
        for tag in group.tags:
            declared.add(tag.name)
            row = rows.get(tag.name)
            if row is None:
                row = Tag(channel_id=channel.id, name=tag.name)
                session.add(row)
            _write(row, group, tag, content.default_language)
    # Tags that import or staff made were never the playbook's to retire.
    for name in _declared_by(live) - declared:
        if name in rows and rows[name].retired_at is None:
            rows[name].retired_at = now


def _write(row: Tag, group: TagGroup, tag: WrittenTag, default_language: str) -> None:
    row.group = group.id
    row.is_single = group.choice == "single"
    row.labels = named(tag.label, default_language)
    row.colour = group.colour
    row.lifetime_s = int(tag.lifetime.total_seconds()) if tag.lifetime is not None else None
    row.retired_at = None


def _declared_by(live: Revision | None) -> set[str]:
    groups = live.content.get("tag_groups", ()) if live is not None else ()
    return {tag["name"] for group in groups for tag in group["tags"]}


def _store_questionnaires(
    session: Session, channel: Channel, wanted: Snapshot, *, now: datetime
) -> dict[str, int]:
    """Return key to version id; the newest version serves while its definition is the same."""
    ids = {}
    for key, definition in wanted.questionnaires.items():
        of_this_key = (QuestionnaireVersion.channel_id == channel.id, QuestionnaireVersion.key == key)
        newest = session.scalars(
            sa.select(QuestionnaireVersion)
            .where(*of_this_key)
            .order_by(QuestionnaireVersion.version.desc())
            .limit(1)
        ).first()
        if newest is None or normalised(newest.definition) != definition:
            newest = QuestionnaireVersion(
                channel_id=channel.id,
                key=key,
                version=(newest.version if newest is not None else 0) + 1,
                checksum=checksum_of(definition),
                definition=dict(definition),
                published_at=now,
            )
            session.add(newest)
            session.flush()  # for the id that the revision names
        ids[key] = newest.id
    return ids
