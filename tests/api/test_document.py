"""The OpenAPI document says what is there, and what is there does what the document says."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

from bot.segmenting import SEGMENTS
from contacts import service as contacts
from core.db import Database
from core.ids import new_public_id, shard_of
from line.channels import ensure_channel
from segmentation.models import Segment, Tag
from tests import databases
from tests.api.program import Program, StillClock, a_program, an_api, an_owner

EXAMPLES = max(8, settings().max_examples // 10)
"""Of each route and either kind of request: a tenth of what is tried elsewhere, for each takes 30 ms."""

load_all_checks()
BY_WHAT_IS_THERE = (
    "nobody is known by this",
    "is not one that a page before has told",
    # A schema knows no clock, no other field, no range of moments, and no month's last day.
    "is in the future",
    "is more than the total",
    "must be between 1970 and 2200",
    "there is no such time",
    "is no time: write it as in ISO 8601",
    "is no datetime: write it as in ISO 8601",
)
"""In these words a request is refused that the document allows; rules have a schema of their own."""


def what_the_document_allows_is_taken(context: Any, response: Any, case: Any) -> bool | None:
    """Hold `positive_data_acceptance`, apart from what is refused by what is there, in the words for that."""
    if response.status_code == 400 and response.json()["code"] == "token_in_url":
        return None  # what is made up may look like a token
    if response.status_code == 422:
        faults = response.json()["errors"]
        if all(one["detail"] in BY_WHAT_IS_THERE or one["field"].startswith("rule") for one in faults):
            return None
        raise AssertionError(f"the document allows it: {faults}, {case.body!r}, {case.query!r}")
    usual: Any = CHECKS.get_one("positive_data_acceptance")
    return bool(usual(context, response, case))


def what_the_document_refuses_is_refused(context: Any, response: Any, case: Any) -> bool | None:
    """Hold `negative_data_rejection`, apart from rules that came out right although they were meant to be wrong.

    One that lost what the first of two shapes needs may have got what the second needs.
    """
    usual: Any = CHECKS.get_one("negative_data_rejection")
    try:
        return bool(usual(context, response, case))
    except AssertionError as failure:
        rule = case.body.get("rule") if isinstance(case.body, dict) else None
        if "/rule/" in str(failure) and RULES.is_valid(rule):
            return None
        raise


RULES = Draft202012Validator(SEGMENTS.json_schema())
ALL_CHECKS = {
    GenerationMode.NEGATIVE: [
        check if check.__name__ != "negative_data_rejection" else what_the_document_refuses_is_refused
        for check in CHECKS.get_all()
    ],
    GenerationMode.POSITIVE: [
        check if check.__name__ != "positive_data_acceptance" else what_the_document_allows_is_taken
        for check in CHECKS.get_all()
    ],
}


class PatientClock(StillClock):
    """A second passes whenever somebody looks, so that no token asks too often."""

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture(scope="module")
def program(
    sqlite_template: databases.SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Any, Program]]:
    """A shop with three people, a tag and a segment; SQLite will do, for the stories run on both databases."""
    with sqlite_template.copied(tmp_path_factory.mktemp("api")) as url:
        database = Database.connect(url)
        clock = PatientClock()
        api = an_api(database, clock)
        with database.write() as session:
            channel_id = ensure_channel(session, now=clock()).id
            for name in ("U1", "U2", "U3"):
                contacts.meet(session, channel_id, name, shard=shard_of(name), sent_at=clock(), now=clock())
            session.add(Tag(channel_id=channel_id, name="vip", labels={}))
            session.add(
                Segment(
                    public_id=new_public_id(),
                    channel_id=channel_id,
                    key="regulars",
                    rule={"tag": "vip"},
                    created_at=clock(),
                    changed_at=clock(),
                )
            )
        yield api, a_program(api, database, an_owner(database, now=clock()), now=clock())
        database.dispose()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_route_keeps_to_the_document(program: tuple[Any, Program], mode: GenerationMode) -> None:
    api, caller = program
    schema: Any = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", api)
    headers = {"Authorization": f"Bearer {caller.token}"}
    known = {"contact_id": caller.get("contacts")["items"][0]["id"], "name": "vip", "key": "regulars"}
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) == 15
    for operation in operations:
        # Made-up names are nobody's; those of the negative kind are meant to be wrong.
        is_positive = mode is GenerationMode.POSITIVE
        names = {one.name for one in operation.path_parameters}
        path = {name: known[name] for name in names & known.keys()} if is_positive else None
        query = {"contact": known["contact_id"]} if is_positive and operation.path.endswith("/why") else None

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(mode, path_parameters=path or None, query=query))
        def keeps(case: Any) -> None:
            case.call_and_validate(headers=headers, checks=ALL_CHECKS[mode])

        keeps()
