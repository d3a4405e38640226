"""The own modules, imported as Ansible's runner imports them, and documented as ansible-doc documents them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import ansible.module_utils
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import get_docstring

LIBRARY = Path(__file__).resolve().parents[3] / "library"
OURS = str(LIBRARY.parent / "module_utils")
if OURS not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(OURS)
fragment_loader.add_directory(str(LIBRARY.parent / "doc_fragments"))


def load(path: Path) -> ModuleType:
    """A module file as a Python module; its main() does not run."""
    specification = importlib.util.spec_from_file_location(f"library_{path.stem}", path)
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


MODULES = {path.stem: load(path) for path in sorted(LIBRARY.glob("*.py"))}


def documentation(name: str) -> dict[str, Any]:
    """What ansible-doc reads of a module, the shared fragments merged in."""
    documented, *_ = get_docstring(str(LIBRARY / f"{name}.py"), fragment_loader, is_module=True)
    return documented
