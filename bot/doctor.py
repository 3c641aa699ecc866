"""What is wrong with an installation, and what to do about it: one finding for each thing looked at."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

import sqlalchemy as sa
import urllib3
from sqlalchemy.orm import Session

from bot.health import readiness
from bot.scheduler import LEADER
from config import Settings
from content.models import Revision
from core.clock import Clock
from core.db import Database
from core.leases import Lease
from line.account_calls import AccessToken, BotInfo, Consumption, Quota, WebhookEndpoint, WebhookTest
from line.answers import Failure, Missing
from line.channels import DEFAULT_CHANNEL, Channel
from line.inbox import EventStatus, WebhookEvent
from line.messenger import LineMessenger
from line.outbox import Outgoing, SendStatus
from line.outcomes import Later
from tickets.queues import unserved

CLOCK_MAY_DIFFER = timedelta(seconds=5)
TOKEN_LASTS = timedelta(days=7)
"""A token that ends sooner is worth a word."""
ASK_WITHIN_S = 5.0


class Verdict(StrEnum):
    OK = "ok"
    WRONG = "wrong"
    NOTE = "note"
    """Nothing is known to be wrong, and a person should look."""


@dataclass(frozen=True, slots=True)
class Finding:
    about: str
    verdict: Verdict
    says: str
    do: str = ""
    """What to do about it; empty for what is well."""


def ok(about: str, says: str) -> Finding:
    return Finding(about, Verdict.OK, says)


def wrong(about: str, says: str, do: str) -> Finding:
    return Finding(about, Verdict.WRONG, says, do)


def note(about: str, says: str, do: str = "") -> Finding:
    return Finding(about, Verdict.NOTE, says, do)


def examine(settings: Settings, database: Database, clock: Clock) -> Iterator[Finding]:
    """Look at everything that can be looked at, the first causes first."""
    yield from _settings(settings)
    is_usable = True
    for finding in _database(database, clock):
        is_usable = is_usable and not (finding.verdict is Verdict.WRONG and finding.about != "backlog")
        yield finding
    if is_usable:
        with database.read() as session:
            yield from _inside(session, clock())
    yield from _clock(settings, clock)
    messenger = LineMessenger(
        settings.access_token, api_base=settings.line_api_base, data_api_base=settings.line_data_api_base
    )
    yield from _line(settings, messenger)
    if not settings.is_simulated:
        yield from _reminders()


def _settings(settings: Settings) -> Iterator[Finding]:
    warnings = settings.warnings()
    for warning in warnings:
        yield wrong("settings", warning, "change the setting in the environment or in .env")
    if not warnings:
        whom = "LINE is simulated: no credentials are set" if settings.is_simulated else "credentials are set"
        yield ok("settings", whom)


def _database(database: Database, clock: Clock) -> Iterator[Finding]:
    todo = {
        "database": "start it, or correct DATABASE_URL",
        "migrations": "run `python -m bot db upgrade`",
        "backlog": "start a worker: `python -m bot worker`, or `up` for everything",
    }
    for about, says in readiness(database, clock).items():
        good = {
            "database": database.engine.dialect.name,
            "migrations": "up to date",
            "backlog": "nobody waits",
        }
        yield ok(about, good[about]) if says == "ok" else wrong(about, says, todo[about])


def _inside(session: Session, now: datetime) -> Iterator[Finding]:
    channel = session.scalars(sa.select(Channel).where(Channel.name == DEFAULT_CHANNEL)).one_or_none()
    if channel is None:
        yield note("start", "nothing was ever started on this database", "run `python -m bot up`")
        return
    revision = session.scalar(
        sa.select(sa.func.max(Revision.number)).where(Revision.channel_id == channel.id)
    )
    if revision is None:
        yield wrong(
            "playbook", "none is published: the bot says nothing", "`python -m bot playbook apply DIR`"
        )
    else:
        yield ok("playbook", f"revision {revision} is live")
    yield from _parked(session)
    yield from _unsent(session)
    for queue in unserved(session, channel.id):
        yield wrong(
            "queues",
            f"{queue.waiting} conversations wait in {queue.key}, which nobody serves",
            "open somebody on the console's staff page and tick the queue",
        )
    if channel.sending_stopped_at is not None:
        yield wrong(
            "sending",
            f"stopped at {channel.sending_stopped_at:%Y-%m-%d %H:%M} UTC: {channel.sending_stopped_because}",
            "issue a new channel access token and put it into LINE_CHANNEL_ACCESS_TOKEN",
        )
    leads_until = session.scalar(sa.select(Lease.expires_at).where(Lease.name == LEADER))
    if leads_until is None or leads_until < now:
        yield wrong("scheduler", "none is running: nothing happens by the clock", "`python -m bot scheduler`")
    else:
        yield ok("scheduler", "running")


def _parked(session: Session) -> Iterator[Finding]:
    count = session.scalar(
        sa.select(sa.func.count())
        .select_from(WebhookEvent)
        .where(WebhookEvent.status == sa.literal_column(f"'{EventStatus.PARKED.value}'"))
    )
    if count:
        yield wrong(
            "inbox",
            f"{count} events were given up",
            "`python -m bot inbox parked` says why; then `retry` or `dismiss`",
        )
    else:
        yield ok("inbox", "no event was given up")


def _unsent(session: Session) -> Iterator[Finding]:
    count = session.scalar(
        sa.select(sa.func.count()).select_from(Outgoing).where(Outgoing.status == SendStatus.NO_QUOTA)
    )
    if count:
        yield note(
            "outbox", f"{count} messages were not sent: the month's quota was used up", "`outbox list`"
        )


def _clock(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Compare our clock with LINE's, as its answers carry it."""
    try:
        answer = urllib3.request(
            "GET", f"{settings.line_api_base}/v2/bot/info", timeout=ASK_WITHIN_S, retries=False
        )
        theirs = parsedate_to_datetime(answer.headers.get("date", ""))
    except urllib3.exceptions.HTTPError:
        yield wrong(
            "network",
            f"{settings.line_api_base} does not answer",
            "start the simulator (`up` does)"
            if settings.is_simulated
            else "let this machine reach it over HTTPS",
        )
        return
    except ValueError:
        yield note("clock", "LINE's answer has no date to compare with")
        return
    off = clock() - theirs
    if abs(off) > CLOCK_MAY_DIFFER:
        direction = "ahead of" if off > timedelta(0) else "behind"
        yield wrong(
            "clock",
            f"{abs(off).total_seconds():.0f} s {direction} LINE's",
            "let the machine keep time over the network (NTP)",
        )
    else:
        yield ok("clock", "agrees with LINE's")


def _line(settings: Settings, messenger: LineMessenger) -> Iterator[Finding]:
    info = messenger.account.info()
    if isinstance(info, Later):
        yield wrong("token", f"LINE could not be asked: {info.reason}", "try again when LINE answers")
        return
    if not isinstance(info, BotInfo):
        yield wrong("token", f"LINE does not accept it: {info.reason}", _TOKEN_TODO)
        return
    yield ok("token", f"accepted; the account is {info.display_name} ({info.basic_id})")
    yield from _token_end(messenger.account.verify_token())
    yield from _webhook(settings, messenger)
    yield from _quota(messenger.account.quota(), messenger.account.consumption())
    if info.chat_mode == "chat":
        yield note(
            "chat",
            "staff can answer in LINE's own tool as well: the bot does not see what they write there",
            "decide on one place, under Settings → Response settings of the account manager",
        )


_TOKEN_TODO = "issue a channel access token in the LINE Developers Console and set LINE_CHANNEL_ACCESS_TOKEN"  # noqa: S105


def _token_end(token: AccessToken | Failure) -> Iterator[Finding]:
    if not isinstance(token, AccessToken) or token.expires_in_s is None:
        return
    left = timedelta(seconds=token.expires_in_s)
    if left < TOKEN_LASTS:
        yield wrong("token", f"it ends in {left.days} days and {left.seconds // 3600} hours", _TOKEN_TODO)


def _webhook(settings: Settings, messenger: LineMessenger) -> Iterator[Finding]:
    expected = f"{settings.base_url}/callback"
    endpoint = messenger.account.webhook_endpoint()
    if isinstance(endpoint, Missing) or (isinstance(endpoint, WebhookEndpoint) and not endpoint.url):
        yield wrong("webhook", "LINE has no address to send events to", f"set the webhook URL to {expected}")
        return
    if not isinstance(endpoint, WebhookEndpoint):
        yield note("webhook", f"LINE did not tell its address: {endpoint.reason}", "try again in a minute")
        return
    if endpoint.url != expected:
        yield wrong("webhook", f"LINE sends to {endpoint.url}", f"set it to {expected}, or correct BASE_URL")
    elif not endpoint.url.startswith("https://") and not settings.allows_plain_http:
        yield wrong("webhook", f"{endpoint.url} is not HTTPS", "set BASE_URL to the public HTTPS address")
    if not endpoint.is_active:
        yield wrong("webhook", "switched off", "switch on “Use webhook” in the LINE Developers Console")
        return
    yield from _webhook_test(messenger.account.test_webhook())


def _webhook_test(tested: WebhookTest | Failure) -> Iterator[Finding]:
    if not isinstance(tested, WebhookTest):
        yield note(
            "webhook", f"LINE did not test it: {tested.reason}", "LINE tests 60 times an hour; try later"
        )
    elif tested.succeeded:
        yield ok("webhook", "LINE reaches it, and it answers 200")
    else:
        todo = {
            "COULD_NOT_CONNECT": "is the web process running, and does the address lead to it?",
            "REQUEST_TIMEOUT": "it took too long: look at /readyz",
            "ERROR_STATUS_CODE": "400 means another channel secret: compare LINE_CHANNEL_SECRET; else see the log",
        }
        yield wrong(
            "webhook", f"LINE's test: {tested.reason} {tested.detail}", todo.get(tested.reason, "see the log")
        )


def _quota(quota: Quota | Failure, used: Consumption | Failure) -> Iterator[Finding]:
    if not isinstance(quota, Quota) or not isinstance(used, Consumption):
        return
    if quota.limit is None:
        yield ok("quota", f"{used.used} messages pushed this month, without limit")
    elif used.used >= quota.limit:
        yield wrong(
            "quota", f"all {quota.limit} messages of this month are used", "change the plan; replies are free"
        )
    else:
        yield ok("quota", f"{used.used} of {quota.limit} messages of this month are used")


def _reminders() -> Iterator[Finding]:
    yield note(
        "redelivery",
        "LINE does not tell whether webhook redelivery is on",
        "switch it on in the LINE Developers Console: what we miss then comes again",
    )
    yield note(
        "greeting",
        "LINE does not tell whether its own greeting and auto-response are on",
        "switch both off in the account manager, or customers are answered twice",
    )
