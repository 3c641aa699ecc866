"""Segments: who is meant, how many, and why somebody is."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from flask import Response, g, request
from flask_openapi.blueprint import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

from api import naming, unsaved
from api.access import needs
from api.contacts import Page, paged
from api.openapi import blueprint
from api.parts import Parts, Told
from api.shapes import PAGE, Limit, PublicId, Strict, answer
from contacts.models import Contact
from content.text import Text, pick
from segmentation import audience, models, preview
from segmentation.reading import rule_of
from segmentation.rules import Rule
from segmentation.whom import one_of
from staff.tokens import Scope

LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"
Language = Annotated[str, StringConstraints(pattern=LANGUAGE)]


class SegmentPath(Strict):
    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$")]


class Wanted(Strict):
    """In which language to answer."""

    language: Language | None = Field(None, description="A BCP 47 tag; else what `Accept-Language` asks for.")


class WantedMembers(Strict):
    """From where on."""

    cursor: PublicId | None = Field(None, description="`next_cursor` of the page before.")
    limit: Limit = PAGE


class WantedWhy(Wanted):
    """About whom."""

    contact: PublicId = Field(description="The person's `id`.")


class UnsavedRule(Strict):
    """A rule that is not kept."""

    rule: Annotated[dict[str, Any], WithJsonSchema({"examples": [{"all": [{"following": True}]}]})] = Field(
        description="As in segments.yaml; docs/rules.md tells the language."
    )


class SegmentRow(BaseModel):
    """A segment, without those who are in it."""

    key: str
    label: str
    description: str
    kind: Literal["active", "static"]
    gives_tag: str | None


class SegmentList(BaseModel):
    items: list[SegmentRow]


class SegmentDetail(SegmentRow):
    """A segment with its size."""

    rule: Annotated[dict[str, Any], WithJsonSchema({})]
    count: int = Field(description="How many people it has now, those who blocked the account included.")


class CountAnswer(BaseModel):
    """How many people a rule means."""

    count: int
    reachable: int = Field(description="Those of them who follow the account.")


class FactSeen(BaseModel):
    """A fact as it is kept: `CarriedTag` with `source`, `event_key`, `set_at`; `EventsSeen` with `count` and the
    `first` and `last` event (`key`, `at`, `properties`, `source`); `OrdersSeen` with `count`, `net_cents` and the
    `first` and `last` order (`key`, `at`, …); others alike. docs/api.md lists them.
    """

    model_config = ConfigDict(extra="allow")

    kind: str


class WhyLine(BaseModel):
    """One line of the rule, and what is inside it."""

    says: Literal["all", "any", "not", "leaf"]
    words: str
    holds: bool
    because: str = Field(description="What the verdict was decided by; empty where only what is inside did.")
    fact: FactSeen | None = Field(description="The fact behind it; null where nothing was seen.")
    inside: list["WhyLine"]


class WhyAnswer(BaseModel):
    segment: str
    contact: str
    holds: bool
    language: str
    reason: WhyLine


def routes(parts: Parts) -> APIBlueprint:
    """Return the routes about segments."""
    api = blueprint("segments", __doc__)

    @api.get("/segments", operation_id="listSegments", responses={200: SegmentList})
    @needs(Scope.SEGMENTS_READ)
    def page(query: Wanted) -> Response:
        """List the segments, in the playbook's order."""
        say = _words_for(query.language)
        items = [SegmentRow(**_row(one, say)) for one in audience.current(g.session, g.channel_id)]
        return answer(SegmentList(items=items))

    @api.get("/segments/<key>", operation_id="getSegment", responses={200: SegmentDetail})
    @needs(Scope.SEGMENTS_READ)
    def show(path: SegmentPath, query: Wanted) -> Response:
        """Return a segment with its rule, and how many people it has now."""
        one = audience.get(g.session, g.channel_id, path.key)
        count = audience.count(g.session, parts.segments, one, now=g.now, zone=g.zone)
        row = _row(one, _words_for(query.language))
        return answer(SegmentDetail(**row, rule=one.rule, count=count))

    @api.get("/segments/<key>/members", operation_id="listMembers", responses={200: Page})
    @needs(Scope.SEGMENTS_READ, Scope.CONTACTS_READ)
    def members(path: SegmentPath, query: WantedMembers) -> Response:
        """List who is in a segment now.

        Each page is as of the moment at which it is asked for: whoever comes in or leaves meanwhile may be on
        none of them.
        """
        one = audience.get(g.session, g.channel_id, path.key)
        rule = rule_of(g.session, parts.segments, one)
        ids = _asked(parts, rule).people(g.session)
        among = sa.select(Contact).where(one_of(ids))
        return answer(paged(g.session, among, cursor=query.cursor, limit=query.limit))

    @api.post("/segments/count", operation_id="countRule", responses={200: CountAnswer})
    @needs(Scope.SEGMENTS_READ)
    def count(body: UnsavedRule) -> Response:
        """Count whom a rule means, without keeping the rule."""
        found = preview.reach(g.session, _asked(parts, unsaved.read(g.session, parts, body.rule)))
        return answer(CountAnswer(count=found.all, reachable=found.reachable))

    @api.get("/segments/<key>/why", operation_id="explainMember", responses={200: WhyAnswer})
    @needs(Scope.SEGMENTS_READ, Scope.CONTACTS_READ)
    def why(path: SegmentPath, query: WantedWhy) -> Response:
        """Say whether a person is in a segment, and by which facts, in words."""
        one = audience.get(g.session, g.channel_id, path.key)
        contact = naming.get(g.session, g.channel_id, query.contact)
        language = _language(parts, query.language)
        told = parts.explain(
            g.session, one, contact, reader=g.user, language=language, zone=g.zone, now=g.now
        )
        return answer(
            WhyAnswer(
                segment=one.key,
                contact=contact.public_id,
                holds=told.holds,
                language=language,
                reason=_line(told),
            )
        )

    return api


def _asked(parts: Parts, rule: Rule) -> preview.Asked:
    return preview.Asked(parts.segments, rule, g.channel_id, g.now, g.zone)


def _row(one: models.Segment, say: Callable[[Text], str]) -> dict[str, Any]:
    return {
        "key": one.key,
        "label": say(one.labels) or one.key,
        "description": say(one.descriptions),
        "kind": one.kind.value,
        "gives_tag": one.gives_tag,
    }


def _words_for(asked: str | None) -> Callable[[Text], str]:
    """Return what picks the words of the playbook, which may know other languages than the program."""
    default = g.published.content.default_language if g.published is not None else "en"
    language = asked or request.accept_languages.best or default
    return lambda words: pick(words, language, default)


def _language(parts: Parts, asked: str | None) -> str:
    """Return the language to explain in: one of those that we can."""
    wanted: Sequence[str] = [asked] if asked else [*request.accept_languages.values()]
    for tag in wanted:
        for known in parts.languages:
            if tag.lower() == known.lower():
                return known
        for known in parts.languages:
            if tag.lower().partition("-")[0] == known.lower().partition("-")[0]:
                return known
    return parts.languages[0]


def _line(told: Told) -> WhyLine:
    return WhyLine(
        says=told.says,
        words=told.words,
        holds=told.holds,
        because=told.because,
        fact=None if told.fact is None else FactSeen(**told.fact),
        inside=[_line(one) for one in told.inside],
    )
