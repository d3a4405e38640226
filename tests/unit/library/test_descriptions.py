"""Every description against Google's own discovery documents: fields, types, enums, methods and paths exist."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any

import pytest
from googleapiclient.discovery_cache import get_static_doc

from .conftest import MODULES

VERSIONS = {"compute": "v1", "artifactregistry": "v1", "cloudresourcemanager": "v1"}
KINDS = {"text": "string", "integer": "integer", "decimal": "number", "flag": "boolean"}
SCHEMAS = {
    "gcp_instance_template": "InstanceTemplate",
    "gcp_instance_group_manager": "InstanceGroupManager",
    "gcp_autoscaler": "Autoscaler",
    "gcp_backend_service": "BackendService",
    "gcp_firewall": "Firewall",
    "gcp_health_check": "HealthCheck",
    "gcp_url_map": "UrlMap",
    "gcp_artifact_registry_repository": "Repository",
}


@cache
def discovery(service: str) -> dict[str, Any]:
    return json.loads(get_static_doc(service, VERSIONS[service]))


def methods_of(service: str) -> dict[str, dict[str, Any]]:
    """Every method of an API by its id."""

    def walk(node: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        for method in node.get("methods", {}).values():
            yield method["id"], method
        for below in node.get("resources", {}).values():
            yield from walk(below)

    return dict(walk(discovery(service)))


def described(name: str) -> Any:
    """The one Resource that a module states."""
    module = MODULES[name]
    (resource,) = [value for value in vars(module).values() if type(value).__name__ == "Resource"]
    return resource


def members(service: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The properties of an object's schema, wherever it is written."""
    if "$ref" in schema:
        schema = discovery(service)["schemas"][schema["$ref"]]
    return schema.get("properties", {})


def mistakes(service: str, field: Any, schema: dict[str, Any], path: str) -> Iterator[str]:
    """What of one field is not as Google describes it."""
    if field.wire != "plain":
        yield from wire_mistakes(service, field, schema, path)
    elif field.kind in KINDS:
        yield from scalar_mistakes(field, schema, path)
    elif field.kind in ("texts", "groups"):
        if schema.get("type") != "array":
            yield f"{path} is no list"
        yield from member_mistakes(service, field, schema.get("items", {}), path)
    elif field.kind in ("text_map", "group_map"):
        if "additionalProperties" not in schema:
            yield f"{path} is no map"
        yield from member_mistakes(service, field, schema.get("additionalProperties", {}), path)
    else:
        yield from member_mistakes(service, field, schema, path)


def wire_mistakes(service: str, field: Any, schema: dict[str, Any], path: str) -> Iterator[str]:
    if field.wire == "items" and members(service, schema)["items"]["items"].get("type") != "string":
        yield f"{path} has no list of strings in items"
    if field.wire == "key_value_items":
        items = members(service, schema)["items"]["items"]["properties"]
        if set(items) != {"key", "value"}:
            yield f"{path} is not a list of keys and values"
    if field.wire == "zone_objects" and list(members(service, schema["items"])) != ["zone"]:
        yield f"{path} is not a list of zones"


def scalar_mistakes(field: Any, schema: dict[str, Any], path: str) -> Iterator[str]:
    expected = "string" if field.int64 else KINDS[field.kind]
    if schema.get("type") != expected:
        yield f"{path} is {schema.get('type')}, not {expected}"
    if field.int64 and schema.get("format") not in ("int64", "uint64"):
        yield f"{path} is not int64"
    unknown = set(field.choices) - set(schema.get("enum", field.choices))
    if unknown:
        yield f"{path} has no {sorted(unknown)}"


def member_mistakes(service: str, field: Any, schema: dict[str, Any], path: str) -> Iterator[str]:
    known = members(service, schema)
    for member in field.fields:
        if member.api in known:
            yield from mistakes(service, member, known[member.api], f"{path}.{member.api}")
        else:
            yield f"{path}.{member.api} does not exist"


@pytest.mark.parametrize(
    ("field", "schema", "found"),
    [
        (("a", "text"), {"type": "integer"}, "a is integer, not string"),
        (("a", "texts"), {"type": "string"}, "a is no list"),
        (("a", "text_map"), {"type": "object"}, "a is no map"),
    ],
)
def test_a_wrong_description_is_noticed(field: tuple[str, str], schema: dict[str, Any], found: str) -> None:
    from ansible.module_utils.gcp.resource import Field

    assert list(mistakes("compute", Field(*field), schema, "a")) == [found]


def test_every_resource_module_is_checked() -> None:
    stated = {
        name
        for name, module in MODULES.items()
        if any(type(value).__name__ == "Resource" and value.fields for value in vars(module).values())
    }
    assert stated == set(SCHEMAS)


@pytest.mark.parametrize("name", SCHEMAS)
def test_fields_are_googles(name: str) -> None:
    resource = described(name)
    service = resource.service.name
    properties = discovery(service)["schemas"][SCHEMAS[name]]["properties"]
    found = []
    for field in resource.fields:
        if field.api not in properties:
            found.append(f"{field.api} does not exist")
        else:
            found += mistakes(service, field, properties[field.api], field.api)
    assert found == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_methods_and_paths_are_googles(name: str) -> None:
    resource = described(name)
    service = resource.service.name
    known = methods_of(service)
    for scope, collection in resource.collections.items():
        verbs = ["get", resource.insert_verb, "delete"] + (["patch"] if resource.patch != "none" else [])
        for verb in verbs:
            method = known[f"{service}.{collection}.{verb}"]
            if service == "compute":
                folder = {"zone": "zones/{zone}/", "region": "regions/{region}/", "global": "global/"}[scope]
                assert method["path"].startswith(f"projects/{{project}}/{folder}{resource.segment}")
        if resource.item_query:
            assert resource.item_query in known[f"{service}.{collection}.patch"]["parameters"]
        if resource.identifier_query:
            assert resource.identifier_query in known[f"{service}.{collection}.{resource.insert_verb}"]["parameters"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_own_updates_are_googles(name: str) -> None:
    resource = described(name)
    known = methods_of(resource.service.name)
    for field in resource.fields:
        for scope, collection in (field.update.collections if field.update else {}).items():
            method = known[f"{resource.service.name}.{collection}.{field.update.method}"]
            folder = {"zone": "zones/{zone}", "region": "regions/{region}"}[scope]
            pattern = field.update.path.format_map(
                {"scope": f"projects/{{project}}/{folder}", "name": "{" + method["parameterOrder"][-1] + "}"}
            )
            if field.update.query:
                assert field.update.query in method["parameters"]
                pattern = pattern.replace("{size}", "{instanceGroupManager}")
            if field.update.body:
                assert field.update.body in members("compute", method["request"])
            assert method["path"] == pattern


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_fingerprint_is_sent_where_google_has_one(name: str) -> None:
    resource = described(name)
    properties = discovery(resource.service.name)["schemas"][SCHEMAS[name]]["properties"]
    assert resource.fingerprint == ("fingerprint" in properties)


def specification_of(module: ModuleType, name: str) -> dict[str, Any]:
    """The options that a module's code takes."""
    if hasattr(module, "SPECIFICATION"):
        return module.SPECIFICATION
    from ansible.module_utils.gcp.options import resource_options

    return resource_options(described(name))


@pytest.mark.parametrize("name", SCHEMAS)
def test_patch_repeats_the_name_where_google_wants_it(name: str) -> None:
    resource = described(name)
    service = resource.service.name
    annotations = discovery(service)["schemas"][SCHEMAS[name]]["properties"]["name"].get("annotations", {})
    wanted = {f"{service}.{collection}.patch" for collection in resource.collections.values()}
    assert resource.patch_repeats_name == bool(wanted & set(annotations.get("required", [])))
