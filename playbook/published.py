"""A playbook as the rows of one revision hold it: canonical JSON, so that equal content has one checksum."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from content.model import Content
from content.models import Revision
from content.text import Frozen
from playbook.schema import Playbook
from questionnaires.definition import Questionnaire
from questionnaires.models import QuestionnaireVersion


@dataclass(frozen=True)
class Snapshot:
    """What a revision says, whether it is published already or would be."""

    content: Mapping[str, Any]
    questionnaires: Mapping[str, Mapping[str, Any]]
    """Definitions by key."""
    assets: Mapping[str, str]
    """File name to SHA-256."""

    @property
    def checksum(self) -> str:
        return checksum_of(
            {"content": self.content, "questionnaires": self.questionnaires, "assets": self.assets}
        )


def as_json(model: Frozen) -> dict[str, Any]:
    """Return a model as the JSON that reads back to the same model.

    What is None is left out: a step with seven empty verbs would read as eight steps.
    """
    dumped: dict[str, Any] = model.model_dump(mode="json", by_alias=True, exclude_none=True)
    return dumped


def checksum_of(value: object) -> str:
    """Return the SHA-256 of canonical JSON."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def snapshot_of(playbook: Playbook) -> Snapshot:
    """Return what publishing a playbook would store."""
    return Snapshot(
        as_json(playbook.content),
        {one.key: as_json(one) for one in playbook.questionnaires},
        {name: hashlib.sha256(data).hexdigest() for name, data in playbook.assets.items()},
    )


def live_revision(session: Session, channel_id: int) -> Revision | None:
    """Return the revision with the highest number; None before the first playbook is applied."""
    newest = sa.select(Revision).where(Revision.channel_id == channel_id).order_by(Revision.number.desc())
    return session.scalars(newest.limit(1)).first()


def find_revision(session: Session, channel_id: int, number: int) -> Revision | None:
    """Return the revision of this number."""
    wanted = sa.select(Revision).where(Revision.channel_id == channel_id, Revision.number == number)
    return session.scalars(wanted).first()


def snapshot_of_revision(session: Session, revision: Revision) -> Snapshot:
    """Return what a published revision says, in the words of this version of the program.

    Read through the models, so that a setting which the program has learnt since does not
    look like a change of the playbook.
    """
    ids = {int(version_id) for version_id in revision.questionnaires.values()}
    versions = session.scalars(sa.select(QuestionnaireVersion).where(QuestionnaireVersion.id.in_(ids)))
    return Snapshot(
        as_json(Content.model_validate(revision.content)),
        {row.key: normalised(row.definition) for row in versions},
        revision.assets,
    )


def normalised(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored questionnaire in the words of this version of the program."""
    return as_json(Questionnaire.model_validate(definition))


EMPTY = Snapshot({}, {}, {})
"""What is there before the first revision."""
