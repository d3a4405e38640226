"""Ansible's argument specification from a description, and the options that every module shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.module_utils.basic import env_fallback
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .credentials import CLOUD_PLATFORM
from .errors import SettingMissingError, ValueInvalidError
from .resource import Field, Place, Resource, ScopeName

Specification = dict[str, Any]
_TYPES = {"text": "str", "integer": "int", "decimal": "float", "flag": "bool"}


def connection_options() -> Specification:
    """The options that say who asks and in which project; the names and environment of google.cloud."""
    return {
        "project": {"type": "str", "fallback": (env_fallback, ["GCP_PROJECT"])},
        "auth_kind": {
            "type": "str",
            "choices": ["application", "serviceaccount", "accesstoken", "machineaccount"],
            "default": "application",
            "fallback": (env_fallback, ["GCP_AUTH_KIND"]),
        },
        "service_account_file": {"type": "path", "fallback": (env_fallback, ["GCP_SERVICE_ACCOUNT_FILE"])},
        "service_account_contents": {
            "type": "jsonarg",
            "no_log": True,
            "fallback": (env_fallback, ["GCP_SERVICE_ACCOUNT_CONTENTS"]),
        },
        "access_token": {"type": "str", "no_log": True, "fallback": (env_fallback, ["GCP_ACCESS_TOKEN"])},
        "scopes": {
            "type": "list",
            "elements": "str",
            "default": [CLOUD_PLATFORM],
            "fallback": (env_fallback, ["GCP_SCOPES"]),
        },
        "wait_timeout_sec": {"type": "int", "default": 300},
    }


def resource_options(resource: Resource) -> Specification:
    """Every option of a resource's module."""
    scopes: Specification = {
        scope: {"type": "str", "required": scope == "location"} for scope in resource.collections if scope != "global"
    }
    return {
        **connection_options(),
        **scopes,
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str", "required": True},
        **specification(resource.fields),
    }


def specification(fields: Sequence[Field]) -> Specification:
    """The options of these fields, nested ones as suboptions."""
    return {field.name: _option(field) for field in fields}


def _option(field: Field) -> Specification:
    option: Specification = {"required": True} if field.required else {}
    if field.kind in _TYPES:
        option["type"] = _TYPES[field.kind]
        if field.choices:
            option["choices"] = list(field.choices)
    elif field.kind == "group":
        option |= {"type": "dict", "options": specification(field.fields)}
        if field.one_of:
            option["mutually_exclusive"] = [[member.name for member in field.fields]]
    elif field.kind == "texts":
        option |= {"type": "list", "elements": "str"}
    elif field.kind == "groups":
        option |= {"type": "list", "elements": "dict", "options": specification(field.fields)}
    else:
        option["type"] = "dict"
    if any(word in field.name for word in ("key", "token", "secret", "password")):
        option["no_log"] = False  # names of things, not secrets; said so that Ansible need not guess
    return option


def project_of(options: Mapping[str, Any]) -> str:
    """The project's id.

    Raises:
        SettingMissingError: neither the option nor GCP_PROJECT is set.
    """
    if not options.get("project"):
        raise SettingMissingError("project", "GCP_PROJECT")
    return str(options["project"])


def place_of(resource: Resource, options: Mapping[str, Any]) -> Place:
    """Where the options put the resource.

    Raises:
        SettingMissingError: no project, or none of the scopes that this resource can have.
        ValueInvalidError: both a zone and a region.
    """
    project = project_of(options)
    given: list[ScopeName] = [scope for scope in resource.collections if options.get(scope)]
    if len(given) > 1:
        raise ValueInvalidError(given[0], f"{given[1]} is set too, and the {resource.kind} can only be in one of them")
    if given:
        return Place(project, given[0], options[given[0]])
    if "global" not in resource.collections:
        raise SettingMissingError(" or ".join(resource.collections))
    return Place(project)


def checked(fields: Sequence[Field], options: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """The options with every map of objects validated against its description; Ansible cannot describe those.

    Omitted members come out as None, as Ansible's own suboptions do.

    Raises:
        ValueInvalidError: an unknown member, a wrong type or a missing one.
    """
    result = dict(options)
    for field in fields:
        value, path = options.get(field.name), f"{above}{field.name}"
        if value is None:
            continue
        if field.kind == "group":
            result[field.name] = checked(field.fields, value, f"{path}.")
        elif field.kind == "groups":
            result[field.name] = [checked(field.fields, element, f"{path}.") for element in value]
        elif field.kind == "group_map":
            result[field.name] = {key: _checked_member(field, f"{path}.{key}", value[key]) for key in value}
    return result


def _checked_member(field: Field, path: str, member: Any) -> dict[str, Any]:
    if not isinstance(member, Mapping):
        raise ValueInvalidError(path, f"found {member!r}, expected a mapping")
    outcome = ArgumentSpecValidator(specification(field.fields)).validate(dict(member))
    if outcome.error_messages:
        raise ValueInvalidError(path, "; ".join(outcome.error_messages))
    return checked(field.fields, outcome.validated_parameters, f"{path}.")
