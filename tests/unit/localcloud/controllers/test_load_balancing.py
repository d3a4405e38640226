"""From stored documents to the snapshot."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.controllers.load_balancing import drain_seconds, read_snapshot
from localcloud.dataplane.snapshot import Destination, EndpointHealth, Locality, Redirect, Snapshot
from localcloud.resources.instances import create_instance
from localcloud.runtimes.process import ProcessRuntime
from localcloud.settings import PROJECT
from localcloud.store.path import ResourcePath
from tests.unit.localcloud.controllers.cloud import Cloud

CHECK = f"projects/{PROJECT}/global/healthChecks/check"


def member(cloud: Cloud, name: str, zone: str, state: str, **internal: Any) -> int:
    """A running instance of the group, as its controllers leave it; returns its local port."""
    subnetwork = cloud.link("subnetworks", "subnetwork", "regions/us-central1")
    image = "projects/cos-cloud/global/images/family/cos-stable"
    body = {
        "name": name,
        "machineType": f"zones/{zone}/machineTypes/e2-medium",
        "disks": [{"boot": True, "autoDelete": True, "initializeParams": {"sourceImage": image}}],
        "networkInterfaces": [{"subnetwork": subnetwork}],
    }
    manager = cloud.manager()
    port = 20000 + len(cloud.instances())
    with cloud.store.transaction() as transaction:
        created = create_instance(transaction, project=PROJECT, zone=zone, body=body, now=0.0, settings=cloud.settings)
        changes = {
            "runtime": {"port": port, "guest_port": 5000, "name": name, "identity": "1"},
            "health": {CHECK: {"state": state}},
            **internal,
        }
        transaction.put(created.path, created.body | {"status": "RUNNING"}, created.internal | changes)
        managed = manager.path.child("managedInstances", name)
        transaction.put(managed, {"name": name, "instance": created.path.self_link}, {"zone": zone})
    return port


def snapshot(cloud: Cloud) -> Snapshot:
    with cloud.store.transaction() as transaction:
        return read_snapshot(transaction, ProcessRuntime(cloud.settings.state))


@pytest.fixture
def group(cloud: Cloud) -> Cloud:
    cloud.make_template("template", "image")
    cloud.make_health_check()
    cloud.make_group("template", 3)
    return cloud


def shape(localities: tuple[Locality, ...]) -> dict[str, tuple[int, list[str]]]:
    return {
        locality.zone[-1]: (locality.weight, [str(endpoint.health) for endpoint in locality.endpoints])
        for locality in localities
    }


def test_zones_weigh_by_capacity_and_every_state_has_its_word(group: Cloud) -> None:
    group.make_load_balancer()
    member(group, "web-1", "us-central1-a", "HEALTHY")
    member(group, "web-2", "us-central1-a", "TIMEOUT")
    member(group, "web-3", "us-central1-b", "HEALTHY", desired="DELETED")
    member(group, "web-4", "us-central1-b", "HEALTHY", drain_until=99.0)
    member(group, "web-5", "us-central1-b", "HEALTHY", runtime=None)
    (service,) = snapshot(group).services
    assert shape(service.localities) == {
        "a": (20000, ["HEALTHY", "UNHEALTHY"]),
        "b": (20000, ["DRAINING", "DRAINING"]),
    }


def test_the_front_end_carries_address_port_and_keep_alive(group: Cloud) -> None:
    group.make_load_balancer()
    (front_end,) = snapshot(group).front_ends
    assert (front_end.name, front_end.local_port, front_end.keep_alive_seconds) == (
        "rule",
        group.settings.http_port,
        610,
    )
    assert front_end.address
    assert [route.hosts for route in front_end.hosts] == [("*",)]
    assert front_end.hosts[0].default == Destination(services=(("service", 1),))


def test_a_backend_that_is_scaled_to_nothing_drains(group: Cloud) -> None:
    group.make_load_balancer()
    member(group, "web-1", "us-central1-a", "HEALTHY")
    service = group.store.list("compute", "backendServices")[0]
    group.change(service, backends=[service.body["backends"][0] | {"capacityScaler": 0}])
    (rendered,) = snapshot(group).services
    assert rendered.localities[0].endpoints[0].health is EndpointHealth.DRAINING


def test_host_rules_paths_weights_and_redirects(group: Cloud) -> None:
    group.make_load_balancer()
    service = group.link("backendServices", "service")
    weighted = [{"backendService": service, "weight": 5}]
    group.change(
        group.store.list("compute", "urlMaps")[0],
        hostRules=[{"hosts": ["shop.example.com"], "pathMatcher": "shop"}],
        pathMatchers=[
            {
                "name": "shop",
                "defaultUrlRedirect": {"httpsRedirect": True, "hostRedirect": "www.example.com"},
                "pathRules": [
                    {"paths": ["/a", "/a/*"], "routeAction": {"weightedBackendServices": weighted}},
                    {"paths": ["/b"], "service": service},
                ],
            }
        ],
    )
    shop, default = snapshot(group).front_ends[0].hosts
    assert shop.default == Destination(redirect=Redirect(https=True, host="www.example.com"))
    assert [(path.path, path.destination.services) for path in shop.paths] == [
        ("/a", (("service", 5),)),
        ("/a/*", (("service", 5),)),
        ("/b", (("service", 1),)),
    ]
    assert default.default.services == (("service", 1),)


def test_a_rule_whose_proxy_is_gone_serves_nothing(group: Cloud) -> None:
    group.make_load_balancer()
    with group.store.transaction() as transaction:
        transaction.delete(ResourcePath("compute", PROJECT, "global", "targetHttpProxies", "proxy"))
    assert snapshot(group) == Snapshot((), ())


def test_the_longest_draining_timeout_counts_and_without_a_service_there_is_none(group: Cloud) -> None:
    manager = group.manager().path
    with group.store.transaction() as transaction:
        assert drain_seconds(transaction, manager) == 0
    group.make_load_balancer(connectionDraining={"drainingTimeoutSec": 45})
    with group.store.transaction() as transaction:
        assert drain_seconds(transaction, manager) == 45
