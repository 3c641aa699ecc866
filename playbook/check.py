"""Check a playbook: every fault at once, each with its file and line."""

from dataclasses import dataclass
from pathlib import Path

from playbook.account import check_account
from playbook.campaigns import check_campaigns
from playbook.draft import Draft, names_of, understand
from playbook.faults import Fault, Faults
from playbook.identity import check_ids
from playbook.languages import check_translations
from playbook.limits import check_limits
from playbook.loader import load
from playbook.menus import check_menus, pictures_used
from playbook.references import check_references
from playbook.replies import check_replies
from playbook.routing import check_routing
from playbook.runs import check_questionnaires
from playbook.schema import Playbook, Written, to_content, with_card_choices
from playbook.segment_rules import check_segments
from playbook.segment_tags import check_segment_tags
from playbook.templates import check_templates
from playbook.transcript_file import check_transcripts
from playbook.turns import check_turns
from segmentation.segments import Segments


@dataclass(frozen=True)
class Checked:
    """A playbook, or what keeps it from being one."""

    playbook: Playbook | None
    """None when there is any fault."""
    faults: tuple[Fault, ...]
    """In the order of files and lines."""
    notes: tuple[Fault, ...] = ()
    """Worth a mention, no reason to refuse."""


def check(folder: Path, *, menu_font: str | None = None, segments: Segments | None = None) -> Checked:
    """Read the playbook in `folder` and judge all of it.

    :param menu_font: the font file for menus that bring no picture; an installed one is chosen when left out.
    :param segments: knows the leaves that rules may have; those that need no ticket or campaign when left out.
    """
    faults = Faults()
    files = load(Path(folder), faults)
    draft = understand(files, faults)
    names = names_of(files)
    check_ids(draft, faults)
    check_account(draft, faults)
    check_references(draft, names, faults)
    check_translations(draft, faults)
    check_templates(draft, names, faults)
    check_limits(draft, faults)
    check_menus(draft, faults, menu_font=menu_font)
    check_replies(draft, faults)
    check_questionnaires(draft, faults)
    check_turns(draft, faults)
    check_segments(draft, names, segments or Segments(), faults)
    check_segment_tags(draft, names, segments or Segments(), faults)
    check_campaigns(draft, names, faults)
    check_routing(draft, names, faults)
    transcripts = check_transcripts(draft, names, faults)
    if faults:
        return Checked(None, faults.sorted(), files.notes)
    written = _written(draft)
    content = to_content(written)
    questionnaires = tuple(with_card_choices(one, content.cards) for one in written.questionnaires)
    used = pictures_used(content, *questionnaires)
    unused = tuple(
        Fault(name, 1, "no card, text or menu shows it") for name in files.assets if name not in used
    )
    assets = {name: data for name, data in files.assets.items() if name in used}
    playbook = Playbook(content, questionnaires, transcripts, assets, written.account.based_on)
    return Checked(playbook, (), tuple(sorted((*files.notes, *unused))))


def _written(draft: Draft) -> Written:
    parts = (
        draft.account,
        draft.tags,
        draft.welcome,
        draft.cards,
        draft.auto_replies,
        draft.segments,
        draft.campaigns,
        draft.routing,
    )
    account, tags, welcome, cards, auto_replies, segments, campaigns, routing = parts
    # Every part that is missing or could not be read has left a fault.
    assert account is not None
    assert tags is not None
    assert welcome is not None
    assert cards is not None
    assert auto_replies is not None
    assert segments is not None
    assert campaigns is not None
    assert routing is not None
    return Written(
        account.value,
        tags.value,
        welcome.value,
        cards.value,
        auto_replies.value,
        segments.value,
        campaigns.value,
        routing.value,
        tuple(part.value for part in draft.rich_menus),
        tuple(part.value for part in draft.questionnaires),
    )
