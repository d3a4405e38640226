"""The documentation is the schema: what people read and what the code takes are the same, option by option."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from .conftest import LIBRARY, MODULES
from .test_descriptions import specification_of

DOCUMENTED_ONLY = {"fleet_wait", "fleet_summary"}  # action plugins; tests/unit/action_plugins holds their options
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


@pytest.mark.parametrize("name", sorted(set(MODULES) - DOCUMENTED_ONLY))
def test_documented_options_are_the_options(name: str) -> None:
    documentation = yaml.safe_load(MODULES[name].DOCUMENTATION)
    assert list(differences(documentation["options"], specification_of(MODULES[name], name))) == []


@pytest.mark.parametrize("name", MODULES)
def test_documentation_is_complete(name: str) -> None:
    module = MODULES[name]
    documentation = yaml.safe_load(module.DOCUMENTATION)
    assert documentation["module"] == name
    assert documentation["attributes"]["check_mode"]["support"] == "full"
    assert yaml.safe_load(module.RETURN)
    (task, *_) = yaml.safe_load(module.EXAMPLES)
    assert set(task) - {"name", "register"} == {name}
    unknown = set(task[name]) - set(documentation["options"])
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
