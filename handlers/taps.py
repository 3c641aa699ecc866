"""Buttons of the published content: found by their name, done step by step, and recorded."""

from campaigns import taps as campaign_taps
from campaigns.leaves import CAMPAIGN_FACT as CAMPAIGN
from contacts import service as contacts
from content.steps import Button
from handlers import facts, handoff, questionnaire, rating, rich_menu, written
from handlers.steps import follow_through, perform, record_tap
from handlers.turn import Turn
from line.events import PostbackTapped
from line.messages import SILENCE, Reply
from line.postback import AnswerTap, ButtonTap, RunTap, unpack
from tickets import floor, satisfaction


def tapped(event: PostbackTapped, turn: Turn) -> Reply:
    """Do what the tapped button stands for; one that is no longer there gets a kind answer."""
    tap = unpack(event.data)
    match tap:
        case AnswerTap() | RunTap():
            done = tap.choice if isinstance(tap, AnswerTap) else tap.action
            record_tap(turn, f"run.{tap.run}.{tap.question}.{done}", written.of_run(turn, tap, event.params))
            return follow_through(turn, questionnaire.tapped(turn, tap, event.params))
        case ButtonTap(owner=floor.OWNER):
            record_tap(turn, f"{tap.owner}.{tap.button}", written.of_handoff(turn, tap.button))
            answer = handoff.tapped(turn, tap.button)
            if answer is None:
                return follow_through(turn, questionnaire.old_button(turn))
            facts.tapped(turn, tap, None, at=event.sent_at)
            return answer + questionnaire.reopen(turn) if tap.button == floor.BACK else answer
        case ButtonTap() if tap.owner.startswith(satisfaction.OWNER):
            return rating.tapped(turn, tap)
        case ButtonTap():
            return _button(event, turn, tap)
        case None:
            record_tap(turn, "unknown", "")
            return follow_through(turn, questionnaire.old_button(turn))


def _button(event: PostbackTapped, turn: Turn, tap: ButtonTap) -> Reply:
    button = _find(turn, tap)
    if button is None:
        record_tap(turn, f"{tap.owner}.{tap.button}", "")
        return follow_through(turn, questionnaire.old_button(turn))
    record_tap(turn, f"{tap.owner}.{tap.button}", turn.words(button.label))
    facts.tapped(turn, tap, button, at=event.sent_at)
    contacts.understand(turn.contact)
    turn.decisions.append(f"button.{tap.owner}.{tap.button}")
    said = perform(
        turn, button.do, owner=tap.owner, source=f"rule:{tap.owner}/{tap.button}"[:160], card=tap.card
    )
    if said or not tap.owner.startswith("menu.") or "status" in event.params:
        return said
    return _open_as_card(turn, button)


def _find(turn: Turn, tap: ButtonTap) -> Button | None:
    campaign = campaign_taps.find(turn.session, turn.contact.channel_id, tap)
    if campaign is not None:
        if turn.contact.is_stored:
            turn.writes.append(campaign_taps.note(campaign.id, turn.contact.id, at=turn.now))
            turn.touched.append(CAMPAIGN)
        return campaign_taps.button_of(campaign, turn.published, tap)
    if not tap.owner.startswith("end."):
        return turn.published.buttons.get((tap.owner, tap.button))
    _, _, rest = tap.owner.partition(".")
    key, _, number = rest.rpartition(".")
    if not number.isdigit() or len(number) > 9 or turn.runs.last_confirmed(key) is None:
        return None  # forged: an ending is shown to those who came to it
    version = turn.versions.find(turn.session, turn.contact.channel_id, key, int(number))
    return None if version is None else version.buttons.get((tap.owner, tap.button))


def _open_as_card(turn: Turn, button: Button) -> Reply:
    """Show the tab that a menu's area opens, where the menu was sent as a card."""
    key = getattr(button, "open", None)
    menu = next((m for m in turn.published.content.rich_menus if m.key == key), None)
    return SILENCE if menu is None else (rich_menu.menu_card(turn, menu),)
