"""What a questionnaire answers with: what it says, and what is to be done after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from content.steps import Steps
from line.messages import Reply


@dataclass(frozen=True, slots=True)
class Progress:
    messages: Reply = ()
    then: Steps = ()
    """The ending of a completed run."""
    owner: str = ""
    """Whose buttons the ending carries; only a completed run has one."""
    source: str = ""
    variables: Mapping[str, object] = field(default_factory=dict)
