"""Questionnaires: nobody gets stuck, misunderstood or loses an answer."""

from playbook.draft import Draft
from playbook.faults import Faults
from questionnaires.faults import faults as faults_of


def check_questionnaires(draft: Draft, faults: Faults) -> None:
    """Name questions that are never asked, answers that go nowhere, and choices that are typed alike."""
    for part in draft.questionnaires:
        # While a question is unreadable, conditions on it would be blamed for its absence.
        if part.is_whole:
            for path, what in faults_of(part.value):
                part.blame(faults, path, what)
