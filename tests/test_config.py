"""The settings: read from the environment and `.env`, refused with every fault at once."""

import stat
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config import Settings, SettingsRefused

KEY = "k" * 32
SECRET = "5ebd0a2f3cf84d2cb4b2d46c4e6a7c11"
TOKEN = "long-lived/token+of=the/channel"


@pytest.fixture(autouse=True)
def empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def load(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Settings.load()


def faults_of(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsRefused) as refused:
        load(monkeypatch, **variables)
    return refused.value.faults


def test_nothing_set_is_enough_to_try_the_program(tmp_path: Path) -> None:
    settings = Settings.load()
    assert settings.is_simulated
    assert settings.database_url == f"sqlite:///{tmp_path}/var/tagline.db"
    assert settings.media_dir == tmp_path / "var/media"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.time_zone.key == "Asia/Taipei"
    assert settings.warnings() == ()


def test_the_environment_outranks_the_env_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PORT=9000\nLOG_LEVEL=warning\nUNKNOWN=ignored\n")
    settings = load(monkeypatch, PORT="9100")
    assert (settings.port, settings.log_level, settings.simulator_base) == (
        9100,
        "WARNING",
        "http://127.0.0.1:9101",
    )


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, PORT="", LINE_CHANNEL_SECRET="", DATABASE_URL="").port == 8000


def test_an_env_file_in_another_encoding_is_refused_in_words() -> None:
    Path(".env").write_bytes("BASE_URL=https://例.tw".encode("big5"))
    with pytest.raises(SettingsRefused, match=r"\.env: must be UTF-8 text"):
        Settings.load()


def test_a_secret_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first = Settings.load().secret_key.get_secret_value()
    kept = tmp_path / "var/secret_key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert Settings.load().secret_key.get_secret_value() == first == kept.read_text()
    assert len(first) == 64


def test_processes_that_start_together_agree_on_the_secret_key(tmp_path: Path) -> None:
    root = Path(__file__).parent.parent
    program = "from config import Settings; print(Settings.load().secret_key.get_secret_value())"

    def start(_: int) -> str:
        command = [sys.executable, "-c", program]
        done = subprocess.run(
            command, env={"PYTHONPATH": str(root)}, capture_output=True, check=True, text=True
        )
        return done.stdout.strip()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(start, range(4)))) == 1
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret_key"]


def test_a_folder_that_cannot_keep_the_key_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    (fault,) = faults_of(monkeypatch, {})
    assert fault.startswith(f"SECRET_KEY is unset, and {tmp_path}/var/secret_key cannot keep one: ")


def test_a_truncated_key_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var/secret_key").write_text("")
    assert "too short: remove that file" in faults_of(monkeypatch, {})[0]


def test_every_fault_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = faults_of(
        monkeypatch,
        {
            "LINE_CHANNEL_SECRET": "a,b,c",
            "LINE_API_BASE": "api.line.me",
            "DATABASE_URL": "mysql://shop:geheim@db/shop",
            "SECRET_KEY": "short",
            "PORT": "eighty",
            "TIME_ZONE": "Asia/Atlantis",
            "LOG_LEVEL": "chatty",
            "WORKERS": "0",
            "REPLY_FALLBACK_MINUTES": "1441",
        },
    )
    assert set(faults) == {
        "LINE_CHANNEL_SECRET takes one channel secret, or two separated by a comma",
        "LINE_API_BASE must be a web address such as https://bot.example.com, not 'api.line.me'",
        "DATABASE_URL must be an address such as sqlite:////var/lib/tagline.db or postgresql://user@host/name",
        "SECRET_KEY must have at least 32 characters",
        "PORT must be a whole number, not 'eighty'",
        "TIME_ZONE must be a time zone such as Asia/Taipei, not 'Asia/Atlantis'",
        "LOG_LEVEL must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR', not 'CHATTY'",
        "WORKERS must be at least 1, not '0'",
        "REPLY_FALLBACK_MINUTES must be at most 1440, not '1441'",
    }


@pytest.mark.parametrize("alone", ["LINE_CHANNEL_SECRET", "LINE_CHANNEL_ACCESS_TOKEN"])
def test_one_credential_without_the_other_is_a_fault(alone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert faults_of(monkeypatch, {alone: SECRET}) == (
        "LINE_CHANNEL_ACCESS_TOKEN and LINE_CHANNEL_SECRET belong together: set both, or neither to use the simulator",
    )


def test_the_names_of_the_sdk_examples_are_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, CHANNEL_SECRET=SECRET, CHANNEL_ACCESS_TOKEN=f" {TOKEN}\n")
    assert (settings.channel_secrets, settings.access_token) == ((SECRET,), TOKEN)
    assert settings.has_credentials
    assert not settings.is_simulated


def test_two_secrets_are_accepted_during_rotation(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, LINE_CHANNEL_SECRET=f"{SECRET}, older,", LINE_CHANNEL_ACCESS_TOKEN=TOKEN)
    assert settings.channel_secrets == (SECRET, "older")


def test_secrets_stay_out_of_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql://shop:geheim@db/shop"
    settings = load(
        monkeypatch,
        LINE_CHANNEL_SECRET=SECRET,
        LINE_CHANNEL_ACCESS_TOKEN=TOKEN,
        SECRET_KEY=KEY,
        DATABASE_URL=url,
    )
    for shown in (repr(settings), str(settings), repr(settings.simulated())):
        assert not {part for part in (SECRET, TOKEN, KEY, "geheim") if part in shown}


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://shop@db/shop", "postgresql+psycopg://shop@db/shop"),
        ("postgresql://shop@db/shop?host=/run", "postgresql+psycopg://shop@db/shop?host=/run"),
        ("postgresql+psycopg://db/shop", "postgresql+psycopg://db/shop"),
        ("sqlite:////srv/shop.db", "sqlite:////srv/shop.db"),
    ],
)
def test_database_addresses_end_up_with_our_driver(
    given: str, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(monkeypatch, DATABASE_URL=given).database_url == used


@pytest.mark.parametrize(
    ("variables", "data_base"),
    [
        ({}, "https://api-data.line.me"),
        ({"LINE_API_BASE": "http://127.0.0.1:9/"}, "http://127.0.0.1:9"),
        ({"LINE_API_BASE": "http://127.0.0.1:9", "LINE_DATA_API_BASE": "http://[::1]:8"}, "http://[::1]:8"),
    ],
)
def test_the_data_address_follows_the_api_address(
    variables: dict[str, str], data_base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(monkeypatch, **variables).line_data_api_base == data_base


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("192.0.2.7", "http://192.0.2.7:8000"),
    ],
)
def test_the_public_address_follows_the_host(
    host: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(monkeypatch, HOST=host).base_url == address


def test_every_process_works_out_the_same_simulator_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    one = load(monkeypatch, SECRET_KEY=KEY).simulated()
    other = load(monkeypatch, SECRET_KEY=KEY).simulated()
    stranger = load(monkeypatch, SECRET_KEY=KEY + "!").simulated()
    assert (one.channel_secrets, one.access_token) == (other.channel_secrets, other.access_token)
    assert not {*one.channel_secrets, one.access_token} & {*stranger.channel_secrets, stranger.access_token}
    assert one.line_api_base == one.line_data_api_base == "http://127.0.0.1:8001"
    assert one.has_credentials
    assert one.is_simulated
    assert one.simulated() == one


def test_a_simulator_elsewhere_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, LINE_API_BASE="http://simulator:8001").simulated()
    assert settings.line_api_base == settings.line_data_api_base == "http://simulator:8001"


@pytest.mark.parametrize(
    ("api", "base", "allowed"),
    [
        ("http://127.0.0.1:8001", "http://localhost:8000", True),
        ("http://[::1]:8001", "http://127.9.9.9:8000", True),
        ("https://api.line.me", "http://localhost:8000", False),
        ("http://127.0.0.1:8001", "http://127.0.0.1.example.com", False),
    ],
)
def test_plain_http_is_for_one_machine_only(
    api: str,
    base: str,
    allowed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert load(monkeypatch, LINE_API_BASE=api, BASE_URL=base).allows_plain_http is allowed


def test_a_real_account_without_https_is_warned_about(monkeypatch: pytest.MonkeyPatch) -> None:
    real = {"LINE_CHANNEL_SECRET": SECRET, "LINE_CHANNEL_ACCESS_TOKEN": TOKEN}
    assert [warning.split()[0] for warning in load(monkeypatch, **real).warnings()] == ["BASE_URL"]
    assert load(monkeypatch, BASE_URL="https://bot.example.com/").warnings() == ()


def test_a_token_sent_in_the_clear_is_warned_about(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch,
        LINE_CHANNEL_SECRET=SECRET,
        LINE_CHANNEL_ACCESS_TOKEN=TOKEN,
        BASE_URL="https://bot.example.com",
        LINE_API_BASE="http://proxy.example.com",
    )
    assert [warning.split()[0] for warning in settings.warnings()] == ["LINE_API_BASE"]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7"])
def test_a_simulator_open_to_the_network_is_warned_about(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [warning.split()[0] for warning in load(monkeypatch, HOST=host).warnings()] == ["HOST"]


@pytest.mark.parametrize(
    ("api", "base", "media"),
    [
        ("https://api.line.me", "https://bot.example.com", "https://bot.example.com"),
        ("https://api.line.me", "http://127.0.0.1:8000", ""),
        ("https://api.line.me", "http://bot.example.com", ""),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_pictures_have_an_address_only_where_line_takes_one(
    monkeypatch: pytest.MonkeyPatch, api: str, base: str, media: str
) -> None:
    assert load(monkeypatch, LINE_API_BASE=api, BASE_URL=base).media_base == media
