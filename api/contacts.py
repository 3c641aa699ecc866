"""People: looked up, listed, and what other systems know about them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import sqlalchemy as sa
from flask import Response, g
from flask_openapi.blueprint import APIBlueprint
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.orm import Session

from api import naming
from api.access import audit, needs
from api.contact_rows import ContactRow, TagRow, describe, tags_of
from api.openapi import blueprint
from api.shapes import (
    MOST_FIELDS,
    PAGE,
    FieldChange,
    FieldName,
    FieldValue,
    Key,
    Limit,
    PublicId,
    Strict,
    UserId,
    answer,
)
from api.touching import ORDERS, touched, touched_by
from contacts.fields import FieldBook, Value
from contacts.models import Contact, FieldKind
from core.by_engine import by_engine
from core.errors import InvalidInput, NotFound
from facts import customers
from segmentation import models as tables
from segmentation.tags import TagBook
from staff.tokens import Scope


class ContactPath(Strict):
    contact_id: PublicId


class TagPath(ContactPath):
    name: Annotated[str, StringConstraints(pattern=r"^[^\s,|\x00-\x1f]{1,80}$")]


class Listing(Strict):
    """Which people, and from where on."""

    line_user_id: UserId | None = Field(None, description="Only whoever has this LINE user id.")
    customer_id: Key | None = Field(None, description="Only whoever the shop knows by this number.")
    cursor: PublicId | None = Field(None, description="`next_cursor` of the page before.")
    limit: Limit = PAGE


class Page(BaseModel):
    """Some people, those who came first before others."""

    items: list[ContactRow]
    next_cursor: str | None = Field(description="Where the next page begins; null: this is the last.")


class ContactReplacement(Strict):
    """What other systems know about somebody."""

    fields: dict[FieldName, FieldValue] = Field(
        description="All that the API knows of them: a field that it set before and that is not here is taken away.",
        max_length=MOST_FIELDS,
        json_schema_extra={"additionalProperties": False},
    )
    customer_id: Key | None = Field(None, description="Ties this number of the shop's books to the contact.")


class ContactChange(Strict):
    """What changed about somebody."""

    fields: dict[FieldName, FieldChange] = Field(
        default_factory=dict,
        description="Fields to set; null takes one away, whoever set it. Others stay as they are.",
        max_length=MOST_FIELDS,
        json_schema_extra={"additionalProperties": False},
    )
    customer_id: Key | None = Field(None, description="Ties this number of the shop's books to the contact.")


class TagsAnswer(BaseModel):
    """The tags that somebody carries now."""

    tags: list[TagRow]


def routes() -> APIBlueprint:
    """Return the routes about people."""
    api = blueprint("contacts", __doc__)

    @api.get("/contacts", operation_id="listContacts", responses={200: Page})
    @needs(Scope.CONTACTS_READ)
    def page(query: Listing) -> Response:
        """List people, or look one up by LINE's or the shop's number.

        Who was erased is left out. A look-up that finds nobody is an empty page.
        """
        return answer(_listed(g.session, query))

    @api.get("/contacts/<contact_id>", operation_id="getContact", responses={200: ContactRow})
    @needs(Scope.CONTACTS_READ)
    def show(path: ContactPath) -> Response:
        """Return one person with their fields and tags."""
        return _shown(g.session, naming.get(g.session, g.channel_id, path.contact_id))

    @api.put("/contacts/<contact_id>", operation_id="putContact", responses={200: ContactRow})
    @needs(Scope.CONTACTS_WRITE, Scope.CONTACTS_READ)
    def put(path: ContactPath, body: ContactReplacement) -> Response:
        """Say all that other systems know about a person.

        What the person, a rule or staff said stays as it is, unless a field of the same name is given here.
        """
        contact = _changeable(g.session, path, body)
        book = FieldBook(g.session, contact, event_key=None, now=g.now)
        gone = {name: source for name, source in book.set_by("api:").items() if name not in body.fields}
        return _changed(g.session, contact, book, body.fields, gone, body.customer_id)

    @api.patch("/contacts/<contact_id>", operation_id="changeContact", responses={200: ContactRow})
    @needs(Scope.CONTACTS_WRITE, Scope.CONTACTS_READ)
    def patch(path: ContactPath, body: ContactChange) -> Response:
        """Set some fields of a person, or take some away."""
        contact = _changeable(g.session, path, body)
        book = FieldBook(g.session, contact, event_key=None, now=g.now)
        gone = {name: source for name, source in book.set_by("").items() if body.fields.get(name, "") is None}
        wanted = {name: change for name, change in body.fields.items() if change is not None}
        return _changed(g.session, contact, book, wanted, gone, body.customer_id)

    @api.post("/contacts/<contact_id>/tags/<path:name>", operation_id="addTag", responses={200: TagsAnswer})
    @needs(Scope.TAGS_WRITE)
    def tag(path: TagPath) -> Response:
        """Put a tag on a person, or say again that they carry it.

        In a group of which one carries one at most, it takes the place of the tag before.
        """
        contact = naming.get_changeable(g.session, g.channel_id, path.contact_id)
        name = _tag(g.session, path.name)
        TagBook(g.session, contact, event_key=None, now=g.now).set(name, source=g.caller.source)
        audit("contact.tag", "contact", contact.public_id, tag=name)
        touched_by(g.session, contact)
        return _tags(g.session, contact)

    @api.delete(
        "/contacts/<contact_id>/tags/<path:name>", operation_id="removeTag", responses={200: TagsAnswer}
    )
    @needs(Scope.TAGS_WRITE)
    def untag(path: TagPath) -> Response:
        """Take a tag off a person, whoever put it on."""
        contact = naming.get_changeable(g.session, g.channel_id, path.contact_id)
        name = _tag(g.session, path.name)
        book = TagBook(g.session, contact, event_key=None, now=g.now)
        if name in book.names():
            book.remove(name, source=g.caller.source)
            audit("contact.untag", "contact", contact.public_id, tag=name)
            touched_by(g.session, contact)
        return _tags(g.session, contact)

    return api


def _changeable(session: Session, path: ContactPath, body: ContactReplacement | ContactChange) -> Contact:
    if body.customer_id is not None:
        customers.hold_orders(session, g.channel_id)
    return naming.get_changeable(session, g.channel_id, path.contact_id)


def _shown(session: Session, contact: Contact) -> Response:
    return answer(describe(session, [contact], now=g.now)[0])


def _tags(session: Session, contact: Contact) -> Response:
    session.flush()  # what follows asks the database which tags there are now
    return answer(TagsAnswer(tags=tags_of(session, contact, now=g.now)))


def _listed(session: Session, query: Listing) -> Page:
    wanted = sa.select(Contact).where(Contact.erased_at.is_(None))
    if query.line_user_id is not None:
        wanted = wanted.where(Contact.channel_id == g.channel_id, Contact.line_user_id == query.line_user_id)
    else:
        # By an index of the channel SQLite would sort everybody before it shows a page.
        ours = by_engine(
            sqlite=Contact.channel_id + 0 == g.channel_id, postgresql=Contact.channel_id == g.channel_id
        )
        wanted = wanted.where(ours)
    if query.customer_id is not None:
        tied = customers.contact_ids(session, g.channel_id, [query.customer_id])
        wanted = wanted.where(Contact.id.in_(tied.values()))
    return paged(session, wanted, cursor=query.cursor, limit=query.limit)


def paged(session: Session, wanted: sa.Select[Contact], *, cursor: str | None, limit: int) -> Page:
    """Return a page of people in the order in which they came; a cursor is the id of the last one before.

    :raises InvalidInput: the cursor is nobody's id.
    """
    if cursor is not None:
        mine = sa.select(Contact.id).where(Contact.channel_id == g.channel_id, Contact.public_id == cursor)
        after = session.scalars(mine).one_or_none()
        if after is None:
            raise InvalidInput({"cursor": "is not one that a page before has told"})
        wanted = wanted.where(Contact.id > after)
    found: Sequence[Contact] = session.scalars(wanted.order_by(Contact.id).limit(limit + 1)).all()
    here = found[:limit]
    return Page(
        items=describe(session, here, now=g.now),
        next_cursor=here[-1].public_id if len(found) > limit else None,
    )


def _changed(
    session: Session,
    contact: Contact,
    book: FieldBook,
    wanted: Mapping[str, tuple[Value, FieldKind]],
    gone: Mapping[str, str],
    customer_id: str | None,
) -> Response:
    before = dict(book.values())
    for name, (value, kind) in wanted.items():
        book.set(name, value, kind=kind, source=g.caller.source)
    for name, source in gone.items():
        book.withdraw(name, source=source)
    altered = sorted(name for name in {*wanted, *gone} if before.get(name) != book.values().get(name))
    touched_by(session, contact)
    tied = _tied(session, contact, customer_id)
    if altered or tied:
        # Names only: what is known about a person is not for the log.
        audit("contact.change", "contact", contact.public_id, fields=altered or None, customer=tied or None)
    session.flush()  # what follows asks the database
    return _shown(session, contact)


def _tied(session: Session, contact: Contact, customer_id: str | None) -> bool:
    if customer_id is None:
        return False
    before = customers.contact_ids(session, g.channel_id, [customer_id])
    customers.tie(session, g.channel_id, {customer_id: contact.id}, now=g.now)
    if before.get(customer_id) == contact.id:
        return False
    touched(session, [(id_, ORDERS) for id_ in (contact.id, *before.values())])
    return True


def _tag(session: Session, name: str) -> str:
    """Return the name of a tag that there is: a slip of the pen must not make a new one.

    :raises NotFound: there is none.
    """
    wanted = sa.select(tables.Tag.name).where(tables.Tag.channel_id == g.channel_id, tables.Tag.name == name)
    found: Any = session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound("there is no such tag: tags are declared in the playbook")
    return str(found)
