"""Loading discovery documents: what is kept, and that anything unknown is refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from localcloud.discovery.description import VERSIONS, DiscoveryError, load, parse
from localcloud.discovery.validate import compiled

TINY: dict[str, Any] = {
    "name": "tiny",
    "servicePath": "tiny/v1/",
    "batchPath": "batch",
    "parameters": {"alt": {"type": "string", "location": "query", "enum": ["json"]}},
    "schemas": {
        "Thing": {
            "id": "Thing",
            "type": "object",
            "description": "for people",
            "properties": {"name": {"type": "string", "description": "for people"}, "parent": {"$ref": "Thing"}},
        }
    },
    "resources": {
        "things": {
            "methods": {
                "insert": {
                    "id": "tiny.things.insert",
                    "httpMethod": "POST",
                    "path": "things/{shelf}",
                    "parameters": {"shelf": {"type": "string", "location": "path", "required": True}},
                    "parameterOrder": ["shelf"],
                    "request": {"$ref": "Thing"},
                    "response": {"$ref": "Thing"},
                    "scopes": ["a-scope"],
                }
            }
        }
    },
}


def test_a_method_is_described() -> None:
    method = parse(TINY).methods["tiny.things.insert"]
    assert (method.http_method, method.path, method.flat_path) == ("POST", "things/{shelf}", "things/{shelf}")
    assert (method.collection, method.verb, method.scopes) == ("things", "insert", frozenset({"a-scope"}))


def test_texts_for_people_are_dropped() -> None:
    assert parse(TINY).schemas["Thing"] == {
        "id": "Thing",
        "type": "object",
        "properties": {"name": {"type": "string"}, "parent": {"$ref": "Thing"}},
    }


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"oneOf": []}, "tiny schemas.Thing.name uses 'oneOf', which localcloud/discovery does not understand"),
        ({"type": "decimal"}, "tiny schemas.Thing.name has type 'decimal' with format 'None'"),
        ({"format": "email"}, "tiny schemas.Thing.name has type 'string' with format 'email'"),
    ],
)
def test_an_unknown_keyword_type_or_format_is_refused(change: dict[str, Any], sentence: str) -> None:
    document = copy.deepcopy(TINY)
    document["schemas"]["Thing"]["properties"]["name"] |= change
    with pytest.raises(DiscoveryError) as caught:
        parse(document)
    assert str(caught.value).startswith(sentence)


def test_an_unknown_parameter_keyword_is_refused() -> None:
    document = copy.deepcopy(TINY)
    document["parameters"]["alt"]["style"] = "form"
    with pytest.raises(DiscoveryError, match="^tiny parameters.alt uses 'style'"):
        parse(document)


def test_a_reference_to_nothing_is_refused() -> None:
    document = copy.deepcopy(TINY)
    document["schemas"]["Thing"]["properties"]["parent"] = {"$ref": "Nothing"}
    with pytest.raises(DiscoveryError, match="^tiny schemas.Thing refers to 'Nothing', which it does not define$"):
        parse(document)


@pytest.mark.parametrize("name", sorted(VERSIONS))
def test_every_served_document_is_understood_with_all_its_patterns(name: str) -> None:
    service = load(name)
    assert service.methods
    assert load(name) is service

    def patterns(schema: dict[str, Any]) -> None:
        if "pattern" in schema:
            compiled(schema["pattern"])
        for nested in (*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")):
            if nested:
                patterns(nested)

    for schema in service.schemas.values():
        patterns(schema)
    for method in service.methods.values():
        for parameter in method.parameters.values():
            patterns(parameter)
