"""The own modules, imported as Ansible's runner imports them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import ansible.module_utils

LIBRARY = Path(__file__).resolve().parents[3] / "library"
OURS = str(LIBRARY.parent / "module_utils")
if OURS not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(OURS)


def load(path: Path) -> ModuleType:
    """A module file as a Python module; its main() does not run."""
    specification = importlib.util.spec_from_file_location(f"library_{path.stem}", path)
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


MODULES = {path.stem: load(path) for path in sorted(LIBRARY.glob("*.py"))}
