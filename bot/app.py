"""The web process: webhook, health, pictures, the staff's pages, and the REST interface."""

import gc
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import Flask, Response
from werkzeug.middleware.proxy_fix import ProxyFix

from bot import logs
from bot.assets import assets
from bot.committer import Committer
from bot.health import health
from bot.late import Beside, Late
from bot.lifeline import when_told_to_end
from bot.wakeups import Listener, Notifier
from bot.webhook import WebhookInFront
from config import Settings
from core.clock import Clock, system_clock
from core.db import Database
from line.channels import Channel, ensure_channel

if TYPE_CHECKING:
    from console.stage_port import Phones

EARLY = ("/healthz", "/readyz", "/metrics", "/assets/")
"""What is answered without loading the staff's pages."""
API_PATH = "/api"
"""What is answered by the REST interface, which is loaded when it is first asked for."""


def create_app(
    settings: Settings,
    database: Database,
    clock: Clock = system_clock,
    *,
    phones: "Phones | None" = None,
    settle: Callable[[Flask], Flask] = lambda app: app,
) -> Flask:
    """Wire the web application for one channel; the database must be migrated.

    The staff's pages and the REST interface are built when they are first asked for.

    :param phones: those of a simulated LINE that has credentials, as tests have.
    :param settle: is given each of the two when it stands.
    """
    channel = _channel(database, clock)
    app = _without_console(database, clock)
    _put_console_behind(app, lambda: settle(_with_console(settings, database, clock, channel, phones)))
    _put_api_beside(app, lambda: settle(_api(settings, database, clock, channel)))
    _put_webhook_in_front(app, settings, database, clock, channel)
    return app


def _without_console(database: Database, clock: Clock) -> Flask:
    app = Flask("tagline", static_folder=None)
    app.register_blueprint(health(database, clock))
    app.register_blueprint(assets(database))
    app.after_request(_harden)
    return app


def _with_console(
    settings: Settings, database: Database, clock: Clock, channel: Channel, phones: "Phones | None" = None
) -> Flask:
    from bot.campaigning import EXCLUSIONS
    from bot.customer_scoring import CustomerScoring
    from bot.segmenting import SEGMENTS
    from console import Parts, install

    app = _without_console(database, clock)
    install(
        app,
        Parts(
            database=database,
            clock=clock,
            channel_id=channel.id,
            secret_key=settings.secret_key.get_secret_value(),
            base_url=settings.base_url,
            time_zone=settings.time_zone,
            **_invented(settings, database, phones),
            trusted_proxies=settings.trusted_proxies,
            media_dir=settings.media_dir,
            exclusions=EXCLUSIONS,
            segments=SEGMENTS,
            scoring=CustomerScoring(),
            listen=lambda wake: Listener(database, wake),
        ),
    )
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
    return app


def _put_console_behind(app: Flask, build: Callable[[], Flask]) -> None:
    behind = Late(app.wsgi_app, EARLY, build)
    app.extensions["console"] = behind
    app.wsgi_app = behind  # type: ignore[method-assign]


def _put_api_beside(app: Flask, build: Callable[[], Flask]) -> None:
    beside = Beside(app.wsgi_app, API_PATH, build)
    app.extensions["api"] = beside
    app.wsgi_app = beside  # type: ignore[method-assign]


def _api(settings: Settings, database: Database, clock: Clock, channel: Channel) -> Flask:
    from api import Parts, create_api
    from bot.segmenting import SEGMENTS
    from bot.wording import LANGUAGES, Wording
    from content.revisions import Revisions

    revisions = Revisions()
    return create_api(
        Parts(
            database=database,
            clock=clock,
            channel_id=channel.id,
            time_zone=settings.time_zone,
            explain=Wording(SEGMENTS, revisions),
            languages=LANGUAGES,
            trusted_proxies=settings.trusted_proxies,
            segments=SEGMENTS,
            revisions=revisions,
        )
    )


def _put_webhook_in_front(
    app: Flask, settings: Settings, database: Database, clock: Clock, channel: Channel
) -> None:
    notifier = Notifier(database)
    committer = Committer(database, stored=notifier.tell, closed=notifier.close)
    app.extensions["committer"] = committer
    app.wsgi_app = WebhookInFront(  # type: ignore[method-assign]
        app.wsgi_app,
        committer,
        secrets=settings.channel_secrets,
        channel_id=channel.id,
        own_id=lambda: _own_id(database, channel.id),
        clock=clock,
    )


def _channel(database: Database, clock: Clock) -> Channel:
    with database.write() as session:
        return ensure_channel(session, now=clock())


def _own_id(database: Database, channel_id: int) -> str | None:
    with database.read() as session:
        return session.scalar(sa.select(Channel.bot_user_id).where(Channel.id == channel_id))


def _invented(settings: Settings, database: Database, phones: "Phones | None") -> dict[str, Any]:
    """Return what the console has only while LINE is simulated."""
    if phones is not None:
        return {"simulator_url": settings.line_api_base, "phones": phones}
    if not settings.is_simulated:
        return {}
    from bot.demo.parts import InventedShop, stage

    return {
        "simulator_url": settings.simulator_base,
        "phones": stage(settings.simulator_base, database),
        "demo": InventedShop(database),
    }


def wsgi() -> Flask:
    """Build the application for a WSGI server, from the environment."""
    settings = Settings.load()
    if not settings.has_credentials:
        settings = settings.simulated()
    logs.configure(settings.log_level)
    logs.catch_the_rest()
    app = create_app(settings, Database.connect(settings.database_url), settle=_settled)
    when_told_to_end(lambda: end_streams(app))
    return _settled(app)


def end_streams(app: Flask) -> None:
    """End what pages listen to: it would keep the server waiting, and they come back to the next one."""
    console: Late = app.extensions["console"]
    if console.built is not None:
        console.built.extensions["live"].close()


def _settled(app: Flask) -> Flask:
    """Keep what is there now for good: no webhook should wait while it is looked through for garbage."""
    gc.collect()
    gc.freeze()
    return app


def _harden(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    )
    return response
