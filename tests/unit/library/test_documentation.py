"""The documentation is the schema: what people read and what the code takes are the same, option by option."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from .conftest import LIBRARY, MODULES, documentation
from .test_descriptions import specification_of

DOCUMENTED_ONLY = {  # action plugins: what they take beside the options of gcp_fleet_info, to which they pass those on
    "fleet_wait": {"timeout_sec", "interval_sec", "unhealthy_limit_sec"},
    "fleet_summary": {"url", "following"},
}
COMPARED = {"type": "str", "required": False, "elements": None, "default": None, "aliases": []}


def differences(documented: dict[str, Any], taken: dict[str, Any], path: str = "") -> Iterator[str]:
    for name in sorted(documented.keys() | taken.keys()):
        where = f"{path}{name}"
        if name not in documented or name not in taken:
            yield f"{where} is only {'documented' if name in documented else 'in the code'}"
            continue
        told, is_ = documented[name], taken[name]
        if name == "service_account_contents":
            continue  # Ansible documents jsonarg under the same name
        for key, default in COMPARED.items():
            if told.get(key, default) != is_.get(key, default):
                yield f"{where}: {key} is documented as {told.get(key)!r} and is {is_.get(key)!r}"
        if sorted(told.get("choices", [])) != sorted(is_.get("choices", [])):
            yield f"{where}: choices {told.get('choices')} and {is_.get('choices')}"
        yield from differences(told.get("suboptions", {}), is_.get("options", {}), f"{where}.")


@pytest.mark.parametrize("name", sorted(set(MODULES) - set(DOCUMENTED_ONLY)))
def test_documented_options_are_the_options(name: str) -> None:
    assert list(differences(documentation(name)["options"], specification_of(MODULES[name], name))) == []


def test_a_difference_is_noticed() -> None:
    told = {"a": {"type": "int"}, "b": {"suboptions": {"c": {"choices": ["x"]}}}}
    taken = {"a": {"type": "str"}, "b": {"options": {"c": {}}}, "d": {}}
    assert list(differences(told, taken)) == [
        "a: type is documented as 'int' and is 'str'",
        "b.c: choices ['x'] and None",
        "d is only in the code",
    ]


@pytest.mark.parametrize(("name", "own"), DOCUMENTED_ONLY.items())
def test_documented_options_of_an_action_are_those_of_gcp_fleet_info_and_its_own(name: str, own: set[str]) -> None:
    documented, passed_on = documentation(name)["options"], documentation("gcp_fleet_info")["options"]
    assert own <= set(documented)
    assert {option: documented[option] for option in documented if option not in own} == passed_on


@pytest.mark.parametrize("name", MODULES)
def test_documentation_is_complete(name: str) -> None:
    module = MODULES[name]
    documented = documentation(name)
    assert documented["module"] == name
    assert documented["attributes"]["check_mode"]["support"] == "full"
    assert yaml.safe_load(module.RETURN)
    (task, *_) = yaml.safe_load(module.EXAMPLES)
    assert set(task) - {"name", "register"} == {name}
    unknown = set(task[name]) - set(documented["options"])
    assert not unknown


@pytest.mark.parametrize("name", MODULES)
def test_the_docstring_says_why_google_cloud_does_not_serve(name: str) -> None:
    assert "google.cloud" in (MODULES[name].__doc__ or "")


def test_a_module_is_short_after_its_documentation() -> None:
    lengths = []
    for path in LIBRARY.glob("gcp_*.py"):
        code = path.read_text().rpartition('"""\n\nfrom ansible')[2]
        lengths.append(len(code.splitlines()))
    assert sorted(lengths)[len(lengths) // 2] <= 75
