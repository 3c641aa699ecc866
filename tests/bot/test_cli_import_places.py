"""Where imported customers live, however the file's headers call it, is where rules look for them."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.segmenting import SEGMENTS
from core.clock import system_clock
from core.db import Database
from line.channels import ensure_channel
from playbook.check import check
from segmentation import whom
from segmentation.rules import AllOf
from tests.bot.conftest import Run
from tests.shop import EXAMPLES

DOCS = Path(__file__).parent.parent.parent / "docs"
TAIPEI = ZoneInfo("Asia/Taipei")
USER = f"U{1:032x}"


@pytest.fixture(autouse=True)
def channel_id(database: Database) -> int:
    with database.write() as session:
        return ensure_channel(session, now=system_clock()).id


def lives_in(database: Database, channel_id: int, region: object) -> bool:
    rule = SEGMENTS.parse({"region": region})
    with database.read() as session:
        found = whom.fulfilling(session, channel_id, SEGMENTS.meant(rule, now=system_clock(), zone=TAIPEI))
        return [one.line_user_id for one in whom.newest(session, channel_id, found, limit=2)] == [USER]


def test_the_customer_of_the_documentation_lives_in_the_north(
    command: Run, database: Database, channel_id: int
) -> None:
    found = re.search(r"```\n(客戶編號,.*)```", (DOCS / "imports.md").read_text(), re.DOTALL)
    assert found
    row = found[1].partition("```")[0].replace("U4af4980629…", USER)
    Path("file.csv").write_text(row)
    command("import", "contacts", "file.csv")
    shipped = check(EXAMPLES / "tea_shop").playbook
    assert shipped is not None
    (rule,) = (one.rule for one in shipped.content.segments if one.id == "north_hot")
    assert isinstance(SEGMENTS.parse(rule), AllOf)
    assert lives_in(database, channel_id, rule["all"][0]["region"])
    assert not lives_in(database, channel_id, {"prefecture": ["台南", "高雄"]})


@pytest.mark.parametrize(
    ("header", "places", "region"),
    [
        ("居住縣市,行政區", "臺北市,信義區", {"prefecture": "台北", "city": "信義區"}),
        ("城市,鄉鎮市區", "台中,西屯區", {"prefecture": "臺中市", "city": "西屯區"}),
        ("都道府県,市区町村", "大阪府,堺市", {"prefecture": "大阪", "city": "堺"}),
        ("prefecture,city", "新竹市,東區", {"prefecture": "新竹", "city": "東區"}),
    ],
)
def test_places_stand_where_rules_look(
    command: Run, database: Database, channel_id: int, header: str, places: str, region: object
) -> None:
    Path("file.csv").write_text(f"line_user_id,{header}\n{USER},{places}\n")
    command("import", "contacts", "file.csv")
    assert lives_in(database, channel_id, region)
