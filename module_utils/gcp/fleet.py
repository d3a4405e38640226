"""Reads everything about one fleet in as few API calls as it takes: two to six, and one for each log."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..fleet.report import FleetDocuments, fleet, worth_reading
from ..logs import telling_lines
from .client import Client
from .errors import ApiError, UnreachableError
from .names import method_at, normalise
from .resource import COMPUTE, Document, Place, Reference

# A release that fails tells its story in a few logs; more would only be more calls.
_LOGS_READ = 3


@dataclass(frozen=True)
class FleetQuestion:
    """Which fleet, and what beside the group itself is asked about; empty names are not asked about."""

    place: Place
    name: str
    autoscaler: str = ""
    backend_service: str = ""
    forwarding_rule: str = ""
    log_lines: int = 20


def read_fleet(client: Client, question: FleetQuestion) -> Document:
    """The fleet's picture (see fleet.report.fleet); its `group` is None when there is no such group.

    Raises:
        GcpError: Google cannot be asked or refuses.
    """
    group_path = f"{question.place.path}/instanceGroupManagers/{question.name}"
    try:
        manager = client.get(method_at(question.place, "instanceGroupManagers.get"), COMPUTE, group_path)
    except ApiError as refused:
        if refused.service_disabled:  # a project that never used Compute Engine has no group either
            return fleet(FleetDocuments(None))
        raise
    documents = FleetDocuments(manager, forwarding_rule=_forwarding_rule(client, question))
    if manager is None:
        return fleet(documents)
    listing = client.call(
        method_at(question.place, "instanceGroupManagers.listManagedInstances"),
        COMPUTE,
        "POST",
        f"{group_path}/listManagedInstances",
    )
    documents = replace(
        documents,
        managed=listing.get("managedInstances", []),
        instances=_instances(client, question, str(manager.get("baseInstanceName", question.name))),
        autoscaler=_autoscaler(client, question, manager),
        balanced=bool(question.backend_service),
        health=_health(client, question, manager),
    )
    return fleet(replace(documents, logs=_logs(client, question, fleet(documents)["instances"])))


def _instances(client: Client, question: FleetQuestion, base_name: str) -> list[Document]:
    """One list for the zone, or one aggregated list for the zones of a region."""
    expression = f"name eq {base_name.rstrip('#')}.*"
    if question.place.scope == "zone":
        path, query = f"{question.place.path}/instances", {"filter": expression}
        pages = client.pages("compute.instances.list", COMPUTE, path, query)
        return [instance for page in pages for instance in page.get("items", [])]
    return [instance for _, instance in client.aggregated("instances", question.place.project, expression)]


def _autoscaler(client: Client, question: FleetQuestion, manager: Document) -> Document | None:
    """The one that is named, else the one that the group says sizes it."""
    link = question.autoscaler or manager.get("status", {}).get("autoscaler", "")
    if not link:
        return None
    path = normalise(link, Reference("autoscalers", "same"), question.place, "autoscaler")
    return client.get(method_at(question.place, "autoscalers.get"), COMPUTE, path)


def _health(client: Client, question: FleetQuestion, manager: Document) -> list[Document]:
    if not question.backend_service:
        return []
    path = normalise(question.backend_service, Reference("backendServices"), question.place, "backend_service")
    regional = "/regions/" in path
    method = f"compute.{'regionB' if regional else 'b'}ackendServices.getHealth"
    try:
        answer = client.call(method, COMPUTE, "POST", f"{path}/getHealth", body={"group": manager["instanceGroup"]})
    except ApiError as refused:
        if refused.status in (400, 404):  # no such backend service yet, or this group is not in it yet
            return []
        raise
    statuses: list[Document] = answer.get("healthStatus", [])
    return statuses


def _forwarding_rule(client: Client, question: FleetQuestion) -> Document | None:
    if not question.forwarding_rule:
        return None
    path = normalise(question.forwarding_rule, Reference("forwardingRules"), question.place, "forwarding_rule")
    method = "compute.forwardingRules.get" if "/regions/" in path else "compute.globalForwardingRules.get"
    return client.get(method, COMPUTE, path)


def _logs(client: Client, question: FleetQuestion, instances: list[Document]) -> dict[str, str]:
    """What the serial port of instances that run but are not found healthy said last.

    Nothing of one that Google does not read now: it is on its way out, and a log is no reason to stop looking.
    """
    logs = {}
    for instance in worth_reading(instances)[:_LOGS_READ] if question.log_lines else []:
        path = f"projects/{question.place.project}/zones/{instance['zone']}/instances/{instance['name']}/serialPort"
        try:
            output = client.get("compute.instances.getSerialPortOutput", COMPUTE, path) or {}
        except (ApiError, UnreachableError):
            output = {}
        logs[instance["name"]] = "\n".join(telling_lines(str(output.get("contents", "")), question.log_lines))
    return logs
