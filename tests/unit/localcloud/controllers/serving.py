"""A group behind the load balancer, seen by its visitors and by its documents."""

from __future__ import annotations

import urllib.request

from localcloud.store.store import Resource
from tests.unit.localcloud.controllers.cloud import Cloud
from tests.unit.localcloud.runtimes.releases import eventually, write_bundle


def fetch(cloud: Cloud, path: str = "/") -> str:
    """The body of a 200 through the load balancer, or an empty text."""
    try:
        with urllib.request.urlopen(cloud.settings.front_end_url + path, timeout=5) as reply:
            return str(reply.read().decode())
    except OSError:
        return ""


def answering(cloud: Cloud) -> set[str]:
    return {fetch(cloud) for _ in range(6)} - {""}


def stable(cloud: Cloud) -> bool:
    return bool(cloud.manager().body["status"]["isStable"])


def identities(cloud: Cloud) -> dict[str, str]:
    return {instance.path.name: instance.body["id"] for instance in cloud.instances()}


def processes(cloud: Cloud) -> set[int]:
    return {int(file.read_text()) for file in (cloud.settings.state / "instances").glob("*/process")}


def mark(cloud: Cloud, instance: Resource, **internal: object) -> None:
    """Write to an instance's internal document, as the admin port and the rules do."""
    with cloud.store.transaction() as transaction:
        current = transaction.get(instance.path)
        assert current is not None
        transaction.put(current.path, current.body, current.internal | internal)


def last_attempt(cloud: Cloud, name: str) -> str:
    """Why the last attempt at a managed instance failed, or an empty text."""
    managed = cloud.store.get(cloud.manager().path.child("managedInstances", name))
    errors = managed.body.get("lastAttempt", {}).get("errors", {}).get("errors", []) if managed else []
    return str(errors[0]["message"]) if errors else ""


def deploy(cloud: Cloud, size: int = 2, **group: object) -> None:
    """A group of `size` behind the load balancer; returns when it is stable and all its instances answer."""
    cloud.make_template("template", write_bundle(cloud.settings.state))
    check = cloud.make_health_check()
    healing = [{"healthCheck": check.path.self_link, "initialDelaySec": 30}]
    cloud.make_group("template", size, autoHealingPolicies=healing, **group)
    cloud.make_load_balancer(connectionDraining={"drainingTimeoutSec": 10})
    eventually(lambda: stable(cloud))
    eventually(lambda: answering(cloud) == set(identities(cloud)))
