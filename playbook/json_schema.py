"""The shape of a playbook as JSON Schema, for editors and for whoever writes one by program.

What no schema can say (names that must be there, LINE's limits) `playbook check` says.
"""

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from content.model import RichMenu
from content.steps import VERBS
from content.text import Frozen
from playbook.loader import REQUIRED
from playbook.schema import (
    AutoRepliesFile,
    CampaignsFile,
    CardsFile,
    PlaybookFile,
    RoutingFile,
    SegmentsFile,
    TagsFile,
    WelcomeFile,
)
from playbook.transcript_model import Transcript
from questionnaires.definition import Questionnaire
from segmentation.segments import Segments

DRAFT = "https://json-schema.org/draft/2020-12/schema"
FILES: Mapping[str, type[Frozen]] = {
    "playbook.yaml": PlaybookFile,
    "tags.yaml": TagsFile,
    "welcome.yaml": WelcomeFile,
    "cards.yaml": CardsFile,
    "auto_replies.yaml": AutoRepliesFile,
    "segments.yaml": SegmentsFile,
    "campaigns.yaml": CampaignsFile,
    "routing.yaml": RoutingFile,
    "rich_menus/*.yaml": RichMenu,
    "questionnaires/*.yaml": Questionnaire,
    "transcripts/*.yaml": Transcript,
}
_GIVEN: Mapping[type[Frozen], tuple[str, ...]] = {
    RichMenu: ("key",),
    Questionnaire: ("key",),
    Transcript: ("key", "line_numbers"),
}
"""What is not written: the file's name says it, or the reader."""
_WITH_VERBS = ("Button", "MenuArea")
"""Whose verbs may stand beside the label instead of under `do`."""
_RULES = (("Segment", "rule"), ("ScoreCondition", "when"))


def schema(segments: Segments, file: str | None = None) -> Mapping[str, Any]:
    """Return the schema of a file, one of FILES; without one that of a folder, an object of contents by path."""
    definitions = _definitions(segments)
    refs = {name: {"$ref": f"#/$defs/{model.__name__}"} for name, model in FILES.items()}
    if file is not None:
        return {"$schema": DRAFT, **refs[file], "$defs": definitions}
    single = {name: ref for name, ref in refs.items() if "*" not in name}
    several = {f"^{name.replace('*.', r'[^/]+[.]')}$": ref for name, ref in refs.items() if "*" in name}
    return {
        "$schema": DRAFT,
        "type": "object",
        "properties": single,
        "patternProperties": several,
        "required": list(REQUIRED),
        "$defs": definitions,
    }


def _definitions(segments: Segments) -> Mapping[str, Any]:
    _, written = models_json_schema([(model, "validation") for model in FILES.values()])
    definitions: dict[str, Any] = written["$defs"]
    for model, names in _GIVEN.items():
        shape = definitions[model.__name__]
        for name in names:
            del shape["properties"][name]
        shape["required"] = [name for name in shape.get("required", ()) if name not in names]
    verbs = {verb: definitions["Step"]["properties"][verb] for verb in VERBS}
    for name in _WITH_VERBS:
        definitions[name]["properties"] |= verbs
    rules = segments.json_schema()["$defs"]
    for name, field in _RULES:
        definitions[name]["properties"][field] = {"$ref": "#/$defs/rule"}
    return {**definitions, **rules}
