"""LINE's OpenAPI files as JSON Schemas that also refuse what they do not mention.

OpenAPI writes inheritance as allOf plus a discriminator, which a JSON Schema validator reads
as "anything goes". Here every object is flattened to all of its properties and closed, and a
discriminator becomes a chain of if/then, so that a misspelt property is a fault too.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

FOLDER = Path(__file__).parent.parent / "line_openapi"
PREFIX = "#/components/schemas/"
KEPT = ("type", "enum", "pattern", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum")


def faults(file_name: str, schema_name: str, value: object) -> list[str]:
    """Name what `value` does that the schema of this file does not allow."""
    return [
        f"{error.json_path}: {error.message}"
        for error in _validator(file_name, schema_name).iter_errors(value)
    ]


@cache
def _components(file_name: str) -> dict[str, Any]:
    schemas: dict[str, Any] = YAML(typ="safe").load(FOLDER / file_name)["components"]["schemas"]
    return schemas


@cache
def _validator(file_name: str, schema_name: str) -> Draft202012Validator:
    components = _components(file_name)
    definitions = dict(_definitions(components))
    return Draft202012Validator({"$ref": f"#/$defs/{schema_name}", "$defs": definitions})


def _definitions(components: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in components.items():
        if "discriminator" in schema:
            yield name, _chosen_by_type(schema["discriminator"])
        else:
            yield name, _closed(schema, components)


def _chosen_by_type(discriminator: dict[str, Any]) -> dict[str, Any]:
    key, mapping = discriminator["propertyName"], discriminator["mapping"]
    branches = [
        {
            "if": {"properties": {key: {"const": kind}}, "required": [key]},
            "then": {"$ref": reference.replace(PREFIX, "#/$defs/")},
        }
        for kind, reference in mapping.items()
    ]
    return {
        "type": "object",
        "required": [key],
        "properties": {key: {"enum": list(mapping)}},
        "allOf": branches,
    }


def _closed(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    """Flatten an object over everything it inherits; anything else is translated as it stands."""
    if "properties" not in schema and "allOf" not in schema:
        return _plain(schema, components)
    properties: dict[str, Any] = {}
    required: set[str] = set()
    for part in _lineage(schema, components):
        properties |= {name: _plain(entry, components) for name, entry in part.get("properties", {}).items()}
        required |= set(part.get("required", ()))
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(required),
        "additionalProperties": False,
    }


def _lineage(schema: dict[str, Any], components: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for part in schema.get("allOf", ()):
        ancestor = components[part["$ref"].removeprefix(PREFIX)] if "$ref" in part else part
        yield from _lineage(ancestor, components)


def _plain(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return {"$ref": schema["$ref"].replace(PREFIX, "#/$defs/")}
    if "properties" in schema:
        return _closed(schema, components)
    plain = {key: schema[key] for key in KEPT if key in schema}
    if "items" in schema:
        plain["items"] = _plain(schema["items"], components)
    if isinstance(schema.get("additionalProperties"), dict):
        plain["additionalProperties"] = _plain(schema["additionalProperties"], components)
    return plain
