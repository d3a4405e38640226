"""What the roles' YAML says, as Ansible's own template engine reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import trust_as_template

REPOSITORY = Path(__file__).resolve().parents[3]
ROLES = [path.name for path in sorted((REPOSITORY / "roles").iterdir()) if path.is_dir()]
init_plugin_loader()  # without it the template engine knows no plugin by its full name


def trusted(value: Any) -> Any:
    """YAML that the repository wrote: its templates may be evaluated."""
    if isinstance(value, dict):
        return {key: trusted(member) for key, member in value.items()}
    if isinstance(value, list):
        return [trusted(member) for member in value]
    return trust_as_template(value) if isinstance(value, str) else value


def load(path: str) -> Any:
    file = REPOSITORY / path
    return trusted(DataLoader().load_from_file(str(file))) if file.exists() else {}


def settings(**changes: Any) -> dict[str, Any]:
    """Every role's defaults and constants over the local inventory's values, with these changes."""
    known: dict[str, Any] = {"hostvars": {"localhost": {"inventory_dir": str(REPOSITORY / "inventory/local")}}}
    known |= {"role_path": str(REPOSITORY / "roles/app_image")}
    for role in ROLES:
        known |= load(f"roles/{role}/defaults/main.yml")
    known |= load("inventory/local/group_vars/all.yml")
    for role in ROLES:
        known |= load(f"roles/{role}/vars/main.yml")
    return {**known, **changes}
