"""Published questionnaires, read once per process and kept: a version never changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.orm import Session

from content.revisions import button_name, buttons_in
from content.steps import Button
from questionnaires.definition import Questionnaire
from questionnaires.models import QuestionnaireVersion


@dataclass(frozen=True)
class Version:
    id: int
    number: int
    definition: Questionnaire

    @property
    def owner(self) -> str:
        """The owner of its ending's buttons, in postbacks."""
        return f"end.{self.definition.key}.{self.number}"

    @cached_property
    def buttons(self) -> Mapping[tuple[str, str], Button]:
        return {(self.owner, button_name(b)): b for b in buttons_in(self.definition.ending)}


class Versions:
    """Reads versions; keeps the ones it has read."""

    def __init__(self) -> None:
        self._known: dict[int, Version] = {}

    def get(self, session: Session, version_id: int) -> Version:
        """Return the version of this id."""
        if version_id not in self._known:
            row = session.get_one(QuestionnaireVersion, version_id)
            self._known[version_id] = Version(
                row.id, row.version, Questionnaire.model_validate(row.definition)
            )
        return self._known[version_id]

    def find(self, session: Session, channel_id: int, key: str, number: int) -> Version | None:
        """Return one version of a questionnaire, if it was ever published."""
        version_id = session.scalar(
            sa.select(QuestionnaireVersion.id).where(
                QuestionnaireVersion.channel_id == channel_id,
                QuestionnaireVersion.key == key,
                QuestionnaireVersion.version == number,
            )
        )
        return None if version_id is None else self.get(session, version_id)
