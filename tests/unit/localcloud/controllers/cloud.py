"""A cloud for controller tests: store, rules and what makes resources by them, without the API."""

from __future__ import annotations

from typing import Any

from localcloud.clock import SystemClock
from localcloud.resources.backend_services import BACKEND_SERVICE
from localcloud.resources.collection import Kind, create
from localcloud.resources.firewalls import FIREWALL
from localcloud.resources.forwarding_rules import FORWARDING_RULE
from localcloud.resources.health_checks import HEALTH_CHECK
from localcloud.resources.instance_group_managers import INSTANCE_GROUP_MANAGER
from localcloud.resources.instance_templates import INSTANCE_TEMPLATE
from localcloud.resources.networks import NETWORK
from localcloud.resources.subnetworks import SUBNETWORK
from localcloud.resources.target_proxies import TARGET_HTTP_PROXY
from localcloud.resources.url_maps import URL_MAP
from localcloud.settings import PROJECT, Settings
from localcloud.store.path import ResourcePath
from localcloud.store.store import Document, Resource, Store


class Cloud:
    """A store with a network that lets health checks in, and what makes further resources by the rules."""

    def __init__(self, settings: Settings, store: Store, clock: SystemClock) -> None:
        self.settings = settings
        self.store = store
        self.clock = clock
        self.make(NETWORK, "global", {"name": "network", "autoCreateSubnetworks": False})
        self.make(
            SUBNETWORK,
            "regions/us-central1",
            {"name": "subnetwork", "ipCidrRange": "10.10.0.0/20", "network": self.link("networks", "network")},
        )
        self.firewall = self.make(
            FIREWALL,
            "global",
            {
                "name": "allow-health-checks",
                "network": self.link("networks", "network"),
                "sourceRanges": ["35.191.0.0/16", "130.211.0.0/22"],
                "allowed": [{"IPProtocol": "tcp", "ports": ["5000"]}],
            },
        )

    def link(self, collection: str, name: str, location: str = "global") -> str:
        return ResourcePath("compute", PROJECT, location, collection, name).self_link

    def make(self, kind: Kind, location: str, body: Document) -> Resource:
        path = ResourcePath("compute", PROJECT, location, kind.collection, str(body["name"]))
        with self.store.transaction() as transaction:
            return create(kind, transaction, path, body, now=self.clock.now(), settings=self.settings)

    def make_template(self, name: str, image: str, environment: str = "") -> Resource:
        metadata = {"container-image": image, "container-port": "5000", "container-env": environment}
        subnetwork = self.link("subnetworks", "subnetwork", "regions/us-central1")
        disk = {
            "boot": True,
            "autoDelete": True,
            "initializeParams": {"sourceImage": "projects/cos-cloud/global/images/family/cos-stable"},
        }
        properties = {
            "machineType": "e2-medium",
            "disks": [disk],
            "networkInterfaces": [{"subnetwork": subnetwork}],
            "metadata": {"items": [{"key": key, "value": value} for key, value in metadata.items()]},
        }
        return self.make(INSTANCE_TEMPLATE, "global", {"name": name, "properties": properties})

    def make_health_check(self, name: str = "check") -> Resource:
        body = {
            "name": name,
            "type": "HTTP",
            "checkIntervalSec": 1,
            "timeoutSec": 1,
            "httpHealthCheck": {"requestPath": "/health", "portSpecification": "USE_SERVING_PORT"},
        }
        return self.make(HEALTH_CHECK, "global", body)

    def make_group(self, template: str, size: int, *, location: str = "regions/us-central1", **more: Any) -> Resource:
        body = {
            "name": "group",
            "baseInstanceName": "web",
            "instanceTemplate": self.link("instanceTemplates", template),
            "targetSize": size,
            "namedPorts": [{"name": "http", "port": 5000}],
            **more,
        }
        return self.make(INSTANCE_GROUP_MANAGER, location, body)

    def make_load_balancer(self, *, location: str = "regions/us-central1", **more: Any) -> None:
        backend = {
            "group": self.link("instanceGroups", "group", location),
            "balancingMode": "RATE",
            "maxRatePerInstance": 100,
        }
        service = {
            "name": "service",
            "loadBalancingScheme": "EXTERNAL_MANAGED",
            "backends": [backend],
            "healthChecks": [self.link("healthChecks", "check")],
            **more,
        }
        self.make(BACKEND_SERVICE, "global", service)
        self.make(URL_MAP, "global", {"name": "map", "defaultService": self.link("backendServices", "service")})
        self.make(TARGET_HTTP_PROXY, "global", {"name": "proxy", "urlMap": self.link("urlMaps", "map")})
        rule = {
            "name": "rule",
            "target": self.link("targetHttpProxies", "proxy"),
            "portRange": "80",
            "loadBalancingScheme": "EXTERNAL_MANAGED",
        }
        self.make(FORWARDING_RULE, "global", rule)

    def instances(self) -> list[Resource]:
        return self.store.list("compute", "instances")

    def running(self) -> list[Resource]:
        return [instance for instance in self.instances() if instance.body["status"] == "RUNNING"]

    def manager(self, location: str = "regions/us-central1") -> Resource:
        path = ResourcePath("compute", PROJECT, location, "instanceGroupManagers", "group")
        found = self.store.get(path)
        assert found is not None
        return found

    def change(self, resource: Resource, **body: Any) -> None:
        with self.store.transaction() as transaction:
            current = transaction.get(resource.path)
            assert current is not None
            transaction.put(resource.path, current.body | body)
