"""What is strange about a playbook beside what the database knows: worth a mention, no reason to refuse."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from analytics.untold import Told, Untold, untold
from campaigns.waiting import waiting_for
from content.model import Content
from content.models import Revision
from playbook.faults import suggestion
from playbook.published import live_revision
from playbook.schema import Playbook
from segmentation.segments import Segments


def doubts(session: Session, channel_id: int, playbook: Playbook, segments: Segments) -> tuple[str, ...]:
    """Return a sentence for each, as long as the playbook is not published.

    What rules ask for and nobody has told so far, in their order; then what it drops and is waited for.
    """
    return (
        *_untold(session, channel_id, playbook, segments),
        *_waiting(session, live_revision(session, channel_id), playbook.content),
    )


def _untold(session: Session, channel_id: int, playbook: Playbook, segments: Segments) -> Iterator[str]:
    content = playbook.content
    told = Told(session, channel_id, content, playbook.questionnaires)
    rules = [(f"segment {one.id}", one.rule) for one in content.segments]
    rules += [(f"score {one.id}", part.when) for one in content.scores for part in one.conditions]
    for whose, rule in rules:
        for doubt in untold(told, segments, segments.parse(rule)):
            yield f"{whose}: {_in_words(doubt)}"


def _waiting(session: Session, live: Revision | None, wanted: Content) -> Iterator[str]:
    """Yield the segments that are dropped while campaigns wait for them which this playbook neither ends nor changes."""
    if live is None:
        return
    before = Content.model_validate(live.content)
    dropped = {one.id for one in before.segments} - {one.id for one in wanted.segments}
    theirs = {one.id: one for one in before.campaigns}
    stay = {one.id for one in wanted.campaigns if theirs.get(one.id) == one}
    for campaign in waiting_for(session, live.channel_id, dropped):
        if campaign.key is None or campaign.key in stay or campaign.key not in theirs:
            yield f"segment {campaign.segment.key} is dropped, and the campaign {campaign.name!r} still waits to be sent to it"


def _in_words(doubt: Untold) -> str:
    if doubt.value is None:
        return f"no event {doubt.events} has told {doubt.name!r} so far"
    near = suggestion(doubt.value, doubt.known)
    return f"neither the playbook nor the newest taps know a {doubt.name} {doubt.value!r}{near}"
