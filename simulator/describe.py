"""The simulated world as JSON, for `/sim` and the page."""

import json
from typing import Any

from simulator.account_api import picture_of
from simulator.ledger import Logged, Sent
from simulator.person import Person
from simulator.persons import Entry
from simulator.seen import words
from simulator.state import Line


def describe_person(person: Person) -> dict[str, Any]:
    """Return who a person is and how they stand to the account."""
    state = person.state
    return {
        "user_id": state.user_id,
        "name": state.name,
        "language": state.language,
        "friendship": state.friendship.value,
        "picture": picture_of(person.line, state),
        "is_standby": state.is_standby,
        "version": state.version,
        "unread": _after_own(person),
        "said": len(person.messages),
    }


def _after_own(person: Person) -> int:
    count = 0
    for entry in reversed(person.chat):
        if entry.author.value == "person":
            break
        count += 1
    return count


def describe_screen(person: Person) -> dict[str, Any]:
    """Return what a person's phone shows, in words and as the objects behind it."""
    state = person.state
    return describe_person(person) | {
        "chat": [describe_entry(entry) for entry in person.chat],
        "buttons": person.buttons,
        "quick_replies": person.quick_replies,
        "menu": person.menu,
        "is_menu_open": person.line.menus.is_open_for(state),
        "is_shown_typing": person.is_shown_typing,
        "draft": state.draft,
        "opened": state.opened,
        "clipboard": state.clipboard,
        "read_to": state.read_to,
    }


def describe_entry(entry: Entry) -> dict[str, Any]:
    """Return one bubble."""
    return {
        "message_id": entry.message_id,
        "author": entry.author.value,
        "at_ms": entry.at_ms,
        "words": words(entry.body),
        "message": None if entry.is_unsent else entry.body,
        "is_unsent": entry.is_unsent,
        "request_id": entry.request_id,
        "event_id": entry.event_id,
    }


def describe_sent(sent: Sent) -> dict[str, Any]:
    """Return one accepted request."""
    return {
        "number": sent.number,
        "endpoint": sent.endpoint,
        "request_id": sent.request_id,
        "at_ms": sent.at_ms,
        "to": sent.to,
        "delivered_to": sent.delivered_to,
        "messages": sent.messages,
        "message_ids": sent.message_ids,
        "retry_key": sent.retry_key,
        "reply_token": sent.reply_token,
        "units": sent.units,
    }


def describe_log(line: Logged) -> dict[str, Any]:
    """Return one line of the event log."""
    return {
        "number": line.number,
        "kind": line.kind,
        "at_ms": line.at_ms,
        "title": line.title,
        "status": line.status,
        "reason": line.reason,
        "sent": _pretty(line.sent),
        "received": _pretty(line.received),
        "user_id": line.user_id,
        "facts": line.facts,
    }


def _pretty(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        return text


def describe_account(line: Line) -> dict[str, Any]:
    """Return who the account is, and what LINE allows it."""
    return {
        "name": line.display_name,
        "basic_id": line.basic_id,
        "user_id": line.bot_user_id,
        "quota": line.quota.limit,
        "quota_used": line.quota.used(line.clock.seconds()),
        "refuses_unknown_in_multicast": line.refuses_unknown_in_multicast,
        "rate_scale": line.buckets.scale,
    }


def describe_world(line: Line) -> dict[str, Any]:
    """Return the settings and counters of the simulated platform."""
    outcome = line.webhooks.last_outcome
    redelivery = line.webhooks.redelivery
    return {
        "account": describe_account(line),
        "now": line.clock.now().isoformat(),
        "clock_runs": line.clock.is_running,
        "webhook": {
            "url": line.webhook_url,
            "delivered": line.webhooks.delivered,
            "failed": line.webhooks.failed,
            "last_status": outcome.status if outcome else None,
            "last_reason": outcome.reason if outcome else None,
            "redelivery": {
                "is_on": redelivery.is_on,
                "times": redelivery.times,
                "interval_seconds": redelivery.interval_seconds,
            },
            "varies": line.webhooks.disguise.varies,
        },
        "sent": {
            "total": line.ledger.total,
            "accepted": dict(line.ledger.accepted),
            "delivered": line.ledger.delivered,
        },
        "faults_pending": line.faults.pending,
        "quota": {"limit": line.quota.limit, "used": line.quota.used(line.clock.seconds())},
    }
