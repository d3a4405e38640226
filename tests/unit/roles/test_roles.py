"""What every role must have, and what the playbooks and the two inventories must have in common."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[3]
ROLES = [
    "project",
    "network",
    "registry",
    "builder",
    "docker",
    "app_image",
    "instance_template",
    "instance_group",
    "autoscaler",
    "load_balancer",
    "dns",
]
TYPES = {"str": str, "int": int, "float": (int, float), "bool": bool, "list": list, "dict": dict}


def load(path: str) -> Any:
    return yaml.safe_load((REPOSITORY / path).read_text())


def options_of(role: str) -> dict[str, Any]:
    return load(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]["main"]["options"]


def defaults_of(role: str) -> dict[str, Any]:
    return load(f"roles/{role}/defaults/main.yml")


def is_template(value: object) -> bool:
    return isinstance(value, str) and "{{" in value


def test_the_list_of_roles_is_the_folder_of_roles() -> None:
    assert sorted(ROLES) == sorted(path.name for path in (REPOSITORY / "roles").iterdir() if path.is_dir())


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_a_table_of_contents_and_its_phases(role: str) -> None:
    for phase in ("preflight", "ensure", "absent"):
        assert load(f"roles/{role}/tasks/{phase}.yml"), f"{phase}.yml of {role} has no tasks"
    contents = load(f"roles/{role}/tasks/main.yml")
    assert [task["ansible.builtin.import_tasks"] for task in contents] == ["preflight.yml", "ensure.yml"]


@pytest.mark.parametrize("role", ROLES)
def test_every_default_is_described_and_every_option_has_a_default_or_is_required(role: str) -> None:
    options, defaults = options_of(role), defaults_of(role)
    assert set(defaults) <= set(options)
    assert {name for name, option in options.items() if not option.get("required")} == set(defaults)


@pytest.mark.parametrize("role", ROLES)
def test_an_option_says_its_type_its_meaning_and_its_true_default(role: str) -> None:
    defaults = defaults_of(role)
    for name, option in options_of(role).items():
        assert option["type"] in TYPES, name
        assert option["description"].strip(), name
        if option["type"] == "list":
            assert option["elements"], name
        if name not in defaults:
            continue
        default = defaults[name]
        if is_template(default) or default is None:
            assert "default" not in option, f"{name} has no fixed default"
            assert "unless set" in option["description"] or "empty" in option["description"], name
        else:
            assert option["default"] == default, name
            assert isinstance(default, TYPES[option["type"]]), name


@pytest.mark.parametrize("role", ROLES)
def test_the_preflight_checks_the_same_options_as_the_role(role: str) -> None:
    specification = load(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]
    assert specification["preflight"] == specification["main"]


@pytest.mark.parametrize("role", ROLES)
def test_a_variable_is_named_after_its_role(role: str) -> None:
    shared = {name for name in options_of(role) if name.startswith("flaskscale_")}
    for name in set(options_of(role)) - shared:
        assert name.startswith(f"{role}_")
    constants = REPOSITORY / f"roles/{role}/vars/main.yml"
    for name in yaml.safe_load(constants.read_text()) if constants.exists() else ():
        assert name.startswith(f"_{role}_")


def test_every_role_is_deployed_in_order_under_a_tag_of_its_name() -> None:
    tasks = [task for play in load("playbooks/deploy.yml") for task in play["tasks"]]
    imports = [task for task in tasks if "ansible.builtin.import_role" in task]
    whole = [task for task in imports if "tasks_from" not in task["ansible.builtin.import_role"]]
    assert [task["ansible.builtin.import_role"] for task in whole] == [{"name": role} for role in ROLES]
    for task in imports:
        role = task["ansible.builtin.import_role"]["name"]
        assert role in (task["tags"] if isinstance(task["tags"], list) else [task["tags"]])


def test_what_the_build_needs_runs_with_whatever_needs_the_image() -> None:
    """A template is made of the image: its tag alone must have the image built as well."""
    plays = load("playbooks/deploy.yml")
    assert [play["hosts"] for play in plays] == ["flaskscale", "builder", "flaskscale"]
    tasks = [task for play in plays for task in play["tasks"] if "ansible.builtin.import_role" in task]
    for task in tasks:
        if task["ansible.builtin.import_role"]["name"] in ("builder", "docker", "app_image"):
            assert {"app_image", "instance_template", "instance_group"} <= set(task["tags"]), task["name"]


@pytest.mark.parametrize("playbook", ["deploy", "status"])
def test_a_play_knows_every_roles_settings_whichever_play_runs_the_role(playbook: str) -> None:
    for play in load(f"playbooks/{playbook}.yml"):
        first = play["tasks"][0]
        assert (first["ansible.builtin.import_tasks"], first["tags"]) == ("tasks/settings.yml", "never")
    known = [task["ansible.builtin.import_role"] for task in load("playbooks/tasks/settings.yml")]
    assert [entry["name"] for entry in known] == ROLES
    for entry in known:
        assert entry["tasks_from"] == "preflight", "which changes nothing, should somebody ask for the tag never"
        assert entry["rolespec_validate"] is False, "validation would run with every tag"


def test_what_only_compute_engine_knows_is_checked_again_once_its_service_is_enabled() -> None:
    _, prepare, check, *_ = load("playbooks/deploy.yml")[0]["tasks"]
    assert prepare["ansible.builtin.import_role"] == {"name": "project"}
    included = check["ansible.builtin.include_tasks"]
    assert included["apply"]["tags"] == check["tags"] == prepare["tags"]
    checked = [task["ansible.builtin.import_role"] for task in load(f"playbooks/{included['file']}")]
    having = {path.parent.parent.name for path in (REPOSITORY / "roles").glob("*/tasks/region.yml")}
    assert {entry["name"] for entry in checked} == having
    assert {entry["tasks_from"] for entry in checked} == {"region"}
    for role in having - {"project"}:
        tasks = load(f"roles/{role}/tasks/preflight.yml")
        assert "region.yml" in [task.get("ansible.builtin.import_tasks") for task in tasks]


def test_every_role_is_checked_before_anything_is_deployed() -> None:
    imports = [play["ansible.builtin.import_playbook"] for play in load("site.yml")]
    assert imports == ["playbooks/preflight.yml", "playbooks/deploy.yml", "playbooks/status.yml"]
    (play,) = load("playbooks/preflight.yml")
    assert play["tags"] == "always"
    imported = [task["ansible.builtin.import_role"] for task in play["tasks"]]
    names = [entry["name"] for entry in imported]
    assert sorted(names) == sorted(ROLES)
    assert {entry["tasks_from"] for entry in imported} == {"preflight"}
    # The builder follows app_image_method: a mistake in it must be told by that name.
    assert names.index("app_image") < names.index("builder")


def test_every_role_is_taken_away_the_last_first() -> None:
    play = load("playbooks/destroy.yml")[0]
    imported = [task.get("ansible.builtin.import_role", {}) for task in play["tasks"]]
    absent = [entry["name"] for entry in imported if entry.get("tasks_from") == "absent"]
    assert absent == list(reversed(ROLES))


def test_every_play_gathers_nothing_and_those_that_ask_the_cloud_run_in_the_environment_of_the_inventory() -> None:
    for playbook in sorted((REPOSITORY / "playbooks").glob("*.yml")):
        for play in yaml.safe_load(playbook.read_text()):
            environment = "{{ flaskscale_environment }}" if play["hosts"] == "flaskscale" else None
            assert play.get("environment") == environment, playbook.name
            assert play["gather_facts"] is False, playbook.name


def test_both_inventories_have_the_same_hosts_and_the_same_keys() -> None:
    local, google = (load(f"inventory/{name}/group_vars/all.yml") for name in ("local", "gcp"))
    assert list(local) == list(google)
    assert list(local["flaskscale_environment"]) == list(google["flaskscale_environment"])
    assert load("inventory/local/hosts.yml") == load("inventory/gcp/hosts.yml")


def test_the_inventories_set_every_option_that_a_role_requires() -> None:
    keys = set(load("inventory/local/group_vars/all.yml"))
    for role in ROLES:
        required = {name for name, option in options_of(role).items() if option.get("required")}
        assert required <= keys, role


def test_what_is_left_is_looked_for_under_every_name_that_a_role_makes() -> None:
    endings = load("roles/project/vars/main.yml")["_project_name_endings"]
    made = set()
    for file in REPOSITORY.glob("roles/*/[tv]*s/*.yml"):
        made |= set(re.findall(r"flaskscale_name \}\}-([a-z-]+[a-z])", file.read_text()))
    accounts_and_zones = {"builder", "instance", "zone"}
    assert {"network", "http-forwarding-rule", "allow-builder-ssh"} <= made
    assert [name for name in sorted(made - accounts_and_zones) if name not in endings] == []
