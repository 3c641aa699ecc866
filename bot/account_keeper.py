"""Knowing which LINE account the token is of: its name for entry links, its id for `destination`."""

import threading

import structlog

from core.clock import Clock
from core.db import DATABASE_GONE, Database
from line.account_calls import AccountCalls, BotInfo
from line.channels import Channel, ensure_channel

AGAIN_S = 15.0
"""How long until LINE is asked once more that did not answer, and twice as long each time."""
LONGEST_S = 600.0

log = structlog.get_logger()


class AccountKeeper:
    """Asks LINE once in the life of a process, for the settings that name the account are read once as well."""

    def __init__(self, database: Database, account: AccountCalls, clock: Clock) -> None:
        self._database = database
        self._account = account
        self._clock = clock

    def start(self, is_over: threading.Event) -> None:
        """Learn it on a thread of its own, as soon as LINE and the database let us."""
        threading.Thread(target=self._learn, args=[is_over], name="account", daemon=True).start()

    def _learn(self, is_over: threading.Event) -> None:
        pause_s = AGAIN_S
        while not is_over.is_set() and not self.learn():
            is_over.wait(pause_s)
            pause_s = min(pause_s * 2, LONGEST_S)

    def learn(self) -> bool:
        """Write down what LINE tells about the account; False if it is not to be had now."""
        info = self._account.info()
        if not isinstance(info, BotInfo):
            return False  # the call is in the log
        try:
            with self._database.write() as session:
                note_account(ensure_channel(session, now=self._clock()), info)
        except DATABASE_GONE:
            return False
        return True


def note_account(channel: Channel, info: BotInfo) -> None:
    """Keep who LINE says we are: another account than before, where the credentials were changed."""
    if channel.bot_user_id not in {None, info.user_id}:
        log.warning("account.changed", channel=channel.id)
    channel.bot_user_id = info.user_id or None
    channel.basic_id = info.basic_id or None
