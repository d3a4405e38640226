"""The registry of rules against Google's discovery documents."""

from __future__ import annotations

import re

import pytest

from localcloud.discovery.description import VERSIONS, load
from localcloud.discovery.routes import SERVICE_HOSTS, router
from localcloud.resources.call import HANDLERS, register_handlers
from localcloud.resources.permissions import ROLES, holds, required_permission

register_handlers()


@pytest.mark.parametrize("method_id", sorted(HANDLERS))
def test_every_handler_is_for_a_method_that_google_has(method_id: str) -> None:
    assert method_id in load(method_id.partition(".")[0]).methods


@pytest.mark.parametrize("method_id", sorted(HANDLERS))
def test_every_handler_explains_itself(method_id: str) -> None:
    assert HANDLERS[method_id].__doc__


@pytest.mark.parametrize("service", sorted(VERSIONS))
def test_every_method_is_found_by_its_own_path(service: str) -> None:
    described = load(service)
    for method in described.methods.values():
        path = described.prefix + re.sub(r"\{\w+\}", "x", method.flat_path)
        found = router(service).match(method.http_method, path)
        assert found is not None, f"{method.http_method} {path} is no route"
        assert found[0].id == method.id


def test_every_service_has_a_host() -> None:
    assert set(SERVICE_HOSTS.values()) == set(VERSIONS)


@pytest.mark.parametrize("method_id", sorted(HANDLERS))
def test_the_owner_may_do_everything(method_id: str) -> None:
    assert holds("roles/owner", required_permission(method_id))


def test_no_role_but_the_broad_ones_may_change_the_projects_policy() -> None:
    may = {role for role in ROLES if holds(role, "resourcemanager.projects.setIamPolicy")}
    assert may == {"roles/owner", "roles/resourcemanager.projectIamAdmin"}
