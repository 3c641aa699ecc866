"""Settings: every environment variable the program reads, declared once.

They come from the environment, then from `.env` in the folder the program is started in; what it
writes lands in `var/` there. Only `bot` imports this module: everything below is handed values.
"""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

LINE_API = "https://api.line.me"
LINE_DATA_API = "https://api-data.line.me"

SECRET_KEY_MIN_CHARS = 32

_PLAIN_WORDS = {
    "int_parsing": "must be a whole number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "zoneinfo_str": "must be a time zone such as Asia/Taipei",
    "value_error": "{error}",
}


class SettingsRefused(Exception):  # noqa: N818 - the name is what happened to the settings
    """The settings cannot be used; `faults` says every reason, one sentence each."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def _is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname if "://" in address else address
    with suppress(ValueError):
        return ip_address(host or "").is_loopback
    return host == "localhost"


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be a web address such as https://bot.example.com")
    return value.rstrip("/")


def _database_url(value: str) -> str:
    for short in ("postgres://", "postgresql://"):
        if value.startswith(short):
            value = "postgresql+psycopg://" + value.removeprefix(short)
    with suppress(sa.exc.ArgumentError):
        if sa.make_url(value).drivername in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
            return value
    # The value itself stays out of the sentence: it may hold a password.
    raise ValueError(
        "must be an address such as sqlite:////var/lib/tagline.db or postgresql://user@host/name"
    )


def _own_address(data: dict[str, Any]) -> str:
    host = data["host"]
    # A server that listens everywhere is reached from this machine over loopback.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{data['port']}" if ":" in host else f"http://{host}:{data['port']}"


def _data_api_beside(data: dict[str, Any]) -> str:
    return LINE_DATA_API if data["line_api_base"] == LINE_API else str(data["line_api_base"])


WebAddress = Annotated[str, AfterValidator(_web_address)]


class Settings(BaseSettings):
    """What an operator can decide without touching code."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        validate_default=True,
    )

    line_channel_secret: SecretStr = Field(
        default=SecretStr(""),
        validation_alias=AliasChoices("LINE_CHANNEL_SECRET", "CHANNEL_SECRET"),
        repr=False,
        description="Channel secret of the LINE account; two, comma-separated, while it is being replaced."
        " Also read as `CHANNEL_SECRET`.",
    )
    line_channel_access_token: SecretStr = Field(
        default=SecretStr(""),
        validation_alias=AliasChoices("LINE_CHANNEL_ACCESS_TOKEN", "CHANNEL_ACCESS_TOKEN"),
        repr=False,
        description="Long-lived channel access token. Also read as `CHANNEL_ACCESS_TOKEN`.",
    )
    line_api_base: WebAddress = Field(default=LINE_API, description="Where the Messaging API answers.")
    line_data_api_base: WebAddress = Field(
        default_factory=_data_api_beside,
        description="Where LINE serves pictures and files; follows `LINE_API_BASE` when only that is set.",
    )
    database_url: Annotated[str, AfterValidator(_database_url)] = Field(
        default_factory=lambda: f"sqlite:///{Path('var/tagline.db').resolve()}",
        repr=False,
        description="SQLite file or PostgreSQL database.",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        repr=False,
        description="Signs forms and proves two-step sign-in, at least 32 characters; the same on every machine.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(
        default=8000, ge=1, le=65534, description="Port to listen on; the LINE simulator takes the next one."
    )
    base_url: WebAddress = Field(
        default_factory=_own_address,
        description="Public address of this program, as LINE and browsers see it.",
    )
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=10,
        description="How many proxies stand in front; as many X-Forwarded-For entries are believed.",
    )
    time_zone: ZoneInfo = Field(
        default=ZoneInfo("Asia/Taipei"), description="The shop's time zone, for business hours and schedules."
    )
    media_dir: Path = Field(
        default_factory=lambda: Path("var/media").resolve(),
        description="Folder for the pictures and files that customers send.",
    )
    menu_font: Path | None = Field(
        default=None,
        description="Font file for rich menus that bring no picture; an installed one is found when unset.",
    )
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(lambda value: str(value).upper())
    ] = Field(
        default="INFO", description="The least serious log lines to write: DEBUG, INFO, WARNING or ERROR."
    )
    workers: int = Field(default=1, ge=1, le=64, description="Worker processes that `up` starts.")
    reply_fallback_minutes: int = Field(
        default=10,
        ge=0,
        le=1440,
        description="A reply that missed LINE's minute becomes one paid push while younger than this; 0: never.",
    )

    @field_validator("line_channel_secret")
    @classmethod
    def _at_most_two(cls, value: SecretStr) -> SecretStr:
        if len(_listed(value)) > 2:
            raise ValueError("takes one channel secret, or two separated by a comma")
        return value

    @field_validator("line_channel_access_token")
    @classmethod
    def _both_or_neither(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        secret = info.data.get("line_channel_secret")
        if secret is not None and bool(_listed(secret)) != bool(value.get_secret_value().strip()):
            raise ValueError(
                "and LINE_CHANNEL_SECRET belong together: set both, or neither to use the simulator"
            )
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value():
            return SecretStr(_kept_secret_key(Path("var/secret_key").resolve()))
        if len(value.get_secret_value()) < SECRET_KEY_MIN_CHARS:
            raise ValueError(f"must have at least {SECRET_KEY_MIN_CHARS} characters")
        return value

    @classmethod
    def load(cls) -> Self:
        """Read the settings, or refuse with every fault at once.

        :raises SettingsRefused: something is missing or cannot be understood.
        """
        try:
            return cls()
        except ValidationError as error:
            # A default that waits for a faulty setting is no fault of its own.
            told = [fault for fault in error.errors() if fault["type"] != "default_factory_not_called"]
            raise SettingsRefused(tuple(cls._plain(dict(fault)) for fault in told)) from None
        except UnicodeDecodeError:
            raise SettingsRefused((".env: must be UTF-8 text",)) from None

    @classmethod
    def _plain(cls, fault: dict[str, Any]) -> str:
        name = str(fault["loc"][0])
        words = _PLAIN_WORDS.get(fault["type"], fault["msg"]).format(**fault.get("ctx", {}))
        shown = name.lower() in cls.model_fields and cls.model_fields[name.lower()].repr
        return f"{name.upper()} {words}" + (f", not {fault['input']!r}" if shown else "")

    @property
    def channel_secrets(self) -> tuple[str, ...]:
        return _listed(self.line_channel_secret)

    @property
    def access_token(self) -> str:
        return self.line_channel_access_token.get_secret_value().strip()

    @property
    def has_credentials(self) -> bool:
        return bool(self.channel_secrets and self.access_token)

    @property
    def is_simulated(self) -> bool:
        """True without credentials, and for what `simulated` returns."""
        return not self.has_credentials or self.channel_secrets == (self._derived("channel secret")[:32],)

    @property
    def is_line_elsewhere(self) -> bool:
        """True with credentials for a LINE that is not on this machine, as that of a test is."""
        return not self.is_simulated and not _is_loopback(self.line_api_base)

    @property
    def simulator_base(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def allows_plain_http(self) -> bool:
        """True while nobody but this machine is spoken to, so that media may do without HTTPS."""
        return _is_loopback(self.line_api_base) and _is_loopback(self.base_url)

    @property
    def media_base(self) -> str:
        """Where LINE and phones load pictures from; empty while they could not, and messages do without."""
        return self.base_url if self.base_url.startswith("https://") or self.allows_plain_http else ""

    @property
    def reply_fallback(self) -> timedelta:
        return timedelta(minutes=self.reply_fallback_minutes)

    def simulated(self) -> Self:
        """Return these settings pointed at the simulator, with credentials every process works out alike."""
        api = self.line_api_base if "line_api_base" in self.model_fields_set else self.simulator_base
        data = self.line_data_api_base if "line_data_api_base" in self.model_fields_set else api
        return self.model_copy(
            update={
                "line_channel_secret": SecretStr(self._derived("channel secret")[:32]),
                "line_channel_access_token": SecretStr(self._derived("channel access token")),
                "line_api_base": api,
                "line_data_api_base": data,
            }
        )

    def warnings(self) -> tuple[str, ...]:
        """Return what does not stop the program and yet will not do for customers."""
        found = []
        if self.is_line_elsewhere:
            if not self.base_url.startswith("https://"):
                found.append(
                    f"BASE_URL is {self.base_url}, but LINE calls webhooks and loads pictures over HTTPS only:"
                    " set it to the public address, while trying out that of the tunnel"
                )
            if not self.line_api_base.startswith("https://"):
                found.append(f"LINE_API_BASE is {self.line_api_base}: the access token travels unencrypted")
        if self.is_simulated and not _is_loopback(self.host):
            found.append(f"HOST is {self.host}: whoever reaches this machine can play with the simulator")
        return tuple(found)

    def _derived(self, purpose: str) -> str:
        key = self.secret_key.get_secret_value().encode()
        return hmac.new(key, f"simulator {purpose}".encode(), hashlib.sha256).hexdigest()


def _listed(value: SecretStr) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.get_secret_value().split(",") if part.strip())


def _kept_secret_key(path: Path) -> str:
    """Return the key kept at `path`, made there on first use and readable by its owner only.

    Several processes may start at once: the key is written beside, then linked into place, which
    succeeds for exactly one of them, and all read the winner's.
    """
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
            with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
            with suppress(FileExistsError):
                os.link(draft, path)
            draft.unlink()
        kept = path.read_text().strip()
    except OSError as error:
        raise ValueError(f"is unset, and {path} cannot keep one: {error.strerror}") from None
    if len(kept) < SECRET_KEY_MIN_CHARS:
        raise ValueError(f"is unset, and the one kept in {path} is too short: remove that file")
    return kept
