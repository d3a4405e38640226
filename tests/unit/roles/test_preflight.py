"""The preflight's rules, asked in Ansible's own template engine: the sentence that each mistake is answered with."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from module_utils.source.errors import SourceMissingError
from tests.unit.roles.sentences import SENTENCES
from tests.unit.roles.templates import ROLES, load, settings

ZONES = ["us-central1-a", "us-central1-b", "us-central1-c", "us-central1-f"]


def mistakes(role: str, **changes: Any) -> list[str]:
    """The sentences that the role's preflight would end the play with; the first task that fails ends it."""
    tasks = load(f"roles/{role}/tasks/preflight.yml") + (load(f"roles/{role}/tasks/cloud.yml") or [])
    for task in tasks:
        rules = task.get("vars", {}).get(f"_{role}_rules", [])
        templar = Templar(loader=DataLoader(), variables=settings(**changes))
        found = [templar.template(rule["otherwise"]) for rule in rules if not templar.template(rule["holds"])]
        if found:
            return found
    return []


def texts() -> list[tuple[str, dict[str, Any], str]]:
    """Every list and every mapping given as `-e name=one,two`."""
    cases = []
    for role in ROLES:
        options = load(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
        for name, option in options.items():
            if option["type"] in ("list", "dict"):
                kind, example = ("a list", '["..."]') if option["type"] == "list" else ("a mapping", '{"NAME": "..."}')
                sentence = (
                    f"{name} is the text 'one,two' but {kind} is expected; write it as JSON, "
                    f"-e '{{\"{name}\": {example}}}', or in a file, -e @FILE"
                )
                cases.append((role, {name: "one,two"}, sentence))
    return cases


CASES = [*SENTENCES, *texts()]


@pytest.mark.parametrize(("role", "changes", "sentence"), CASES, ids=lambda value: str(value)[:60])
def test_a_mistake_is_answered_with_its_sentence(role: str, changes: dict[str, Any], sentence: str) -> None:
    assert sentence in mistakes(role, **changes)


@pytest.mark.parametrize(("role", "changes", "sentence"), CASES, ids=lambda value: str(value)[:60])
def test_a_number_given_on_the_command_line_is_text_and_is_judged_alike(
    role: str, changes: dict[str, Any], sentence: str
) -> None:
    as_text = {name: str(value) if isinstance(value, int | float) else value for name, value in changes.items()}
    assert sentence in mistakes(role, **as_text)


@pytest.mark.parametrize("role", [role for role in ROLES if role not in ("project", "dns")])
def test_the_defaults_are_no_mistake(role: str) -> None:
    assert mistakes(role) == []


@pytest.mark.parametrize("method", ["bundle", "builder"])
def test_a_missing_folder_is_answered_alike_however_the_release_is_made(method: str) -> None:
    (sentence,) = mistakes("app_image", app_image_source="/nowhere", app_image_method=method)
    assert sentence == str(SourceMissingError("/nowhere"))


@pytest.mark.parametrize("method", ["bundle", "builder"])
def test_a_repository_at_a_revision_is_no_mistake(method: str) -> None:
    source = {"app_image_source": "https://example.com/shop.git", "app_image_revision": "v1"}
    assert mistakes("app_image", app_image_method=method, **source) == []


def test_the_domain_settings_of_a_site_with_a_domain_are_no_mistake() -> None:
    assert mistakes("dns", dns_domain="www.example.com", dns_zone_domain="example.com") == []


@pytest.mark.parametrize("role", ROLES)
def test_every_rule_has_a_sentence_asserted_here(role: str) -> None:
    tasks = load(f"roles/{role}/tasks/preflight.yml")
    rules = [rule for task in tasks for rule in task.get("vars", {}).get(f"_{role}_rules", [])]
    covered = set()
    for case_role, changes, sentence in CASES:
        if case_role != role:
            continue
        templar = Templar(loader=DataLoader(), variables=settings(**changes))
        covered |= {n for n, rule in enumerate(rules) if templar.template(rule["otherwise"]) == sentence}
    assert covered == set(range(len(rules)))


@pytest.mark.parametrize(
    ("changes", "beginning"),
    [
        (
            {"flaskscale_auth_kind": "application", "_project_default_credentials": "/nowhere.json"},
            "There are no Application Default Credentials at /nowhere.json; run 'gcloud auth "
            "application-default login'",
        ),
        (
            {"flaskscale_auth_kind": "serviceaccount", "flaskscale_service_account_file": ""},
            "flaskscale_auth_kind is serviceaccount but no key is named; export GCP_SERVICE_ACCOUNT_FILE",
        ),
        (
            {"flaskscale_auth_kind": "serviceaccount", "flaskscale_service_account_file": "/nowhere.json"},
            "GCP_SERVICE_ACCOUNT_FILE is /nowhere.json but there is no such file;",
        ),
        (
            {"flaskscale_auth_kind": "accesstoken"},
            "flaskscale_auth_kind is accesstoken but GCP_ACCESS_TOKEN is empty;",
        ),
    ],
)
def test_a_missing_login_is_answered_with_what_to_set(
    changes: dict[str, Any], beginning: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GCP_ACCESS_TOKEN", "GCP_SERVICE_ACCOUNT_CONTENTS"):
        monkeypatch.delenv(name, raising=False)
    (sentence,) = mistakes("project", **changes)
    assert sentence.startswith(beginning)


def refusals(role: str, **known: Any) -> list[str]:
    """What the role's region.yml refuses, when this is known of the region."""
    found = []
    for task in load(f"roles/{role}/tasks/region.yml"):
        if "ansible.builtin.assert" in task:
            templar = Templar(loader=DataLoader(), variables={**settings(**known), **task.get("vars", {})})
            if not templar.evaluate_conditional(task["ansible.builtin.assert"]["that"]):
                found.append(templar.template(task["ansible.builtin.assert"]["fail_msg"]))
    return found


REGION = {"known": True, "exists": True, "zones": ZONES, "machine_type_zones": ZONES[1:]}


def test_a_zone_without_the_machine_type_is_refused() -> None:
    nowhere = {"_instance_group_known": {"places": [], "groups": []}}
    unknown = {**REGION, "known": False}
    assert refusals("instance_group", _project_region=REGION, instance_group_zone=ZONES[1], **nowhere) == []
    assert refusals("instance_group", _project_region=unknown, instance_group_zone=ZONES[0], **nowhere) == []
    assert refusals("instance_group", _project_region=REGION, instance_group_zone=ZONES[0], **nowhere) == [
        "instance_group_zone has us-central1-a but instance_template_machine_type is e2-medium, which is in "
        "us-central1-b, us-central1-c, us-central1-f only; choose among them, or another machine type"
    ]
    assert refusals("builder", _project_region=REGION, _builder_types=REGION) == [
        "builder_machine_type is e2-medium but us-central1-a does not have it; choose one that 'gcloud compute "
        "machine-types list' shows, or another builder_zone"
    ]
    assert refusals("builder", _project_region=REGION, _builder_types=REGION, builder_zone=ZONES[1]) == []


def test_a_group_that_is_elsewhere_is_not_made_again() -> None:
    in_the_region = {"_project_region": REGION, "_instance_group_known": {"places": ["us-central1"], "groups": []}}
    assert refusals("instance_group", **in_the_region) == []
    assert refusals("instance_group", **in_the_region, instance_group_zone=ZONES[1]) == [
        "instance_group_zone is 'us-central1-b' but flaskscale-group is in us-central1, and a group cannot move; set "
        "instance_group_zone back (empty for a group of the region), or delete the deployment with "
        "playbooks/destroy.yml first"
    ]


def serving(**asked: Any) -> dict[str, Any]:
    group = {"place": "us-central1", "healthy": 2, "health_check_port": 5000, "health_check_path": "/health", **asked}
    return {"_project_region": REGION, "_instance_group_known": {"places": ["us-central1"], "groups": [group]}}


def test_another_port_is_refused_while_instances_serve_on_the_old_one() -> None:
    assert refusals("instance_group", **serving()) == []
    assert refusals("instance_group", **serving(health_check_port=0), instance_template_port=8000) == []
    assert refusals("instance_group", **serving(healthy=0), instance_template_port=8000) == []
    assert refusals("instance_group", **serving(), instance_template_port=8000) == [
        "instance_group_port is 8000 but flaskscale-group serves on port 5000, and nothing could reach the instances "
        "that serve any more; set instance_template_port back (visitors never see it), or delete the deployment with "
        "playbooks/destroy.yml first"
    ]


def test_another_health_path_wants_a_word_that_the_serving_release_answers_it() -> None:
    new = {"instance_group_health_path": "/ready"}
    assert refusals("instance_group", **serving(healthy=0), **new) == []
    assert refusals("instance_group", **serving(health_check_path=""), **new) == []
    assert refusals("instance_group", **serving(), **new, instance_group_health_path_answered=True) == []
    assert refusals("instance_group", **serving(), **new) == [
        "instance_group_health_path is /ready but flaskscale-group serves and is asked for /health, and instances that "
        "do not answer the new path would be taken out at once; deploy a release that answers both, then set "
        "instance_group_health_path_answered=true for the run that changes the path"
    ]
