"""Reading Compute Engine's documents into values."""

from __future__ import annotations

import pytest
from flaskscale_app.fleet import (
    Autoscaler,
    Group,
    Instance,
    parse_aggregated_instances,
    parse_autoscaler,
    parse_group,
    parse_instance,
    parse_listed_instances,
    parse_members,
)

from tests.unit.app.cloud_stand_in import API, LINK_AUTOSCALER, instance_document, managed_document


def test_an_instance_is_read() -> None:
    assert parse_instance(instance_document("one", "us-central1-a", "10.10.0.2", "34.1.2.3")) == Instance(
        name="one",
        zone="us-central1-a",
        status="RUNNING",
        internal_ip="10.10.0.2",
        external_ip="34.1.2.3",
        machine_type="e2-medium",
        created="2026-11-23T10:00:00.000-08:00",
    )


@pytest.mark.parametrize("interfaces", [None, [], [{}], [{"accessConfigs": []}], [{"accessConfigs": [{}]}]])
def test_an_instance_may_lack_addresses(interfaces: list[object] | None) -> None:
    document = {"name": "one", "zone": "us-central1-a", "status": "STAGING", "networkInterfaces": interfaces}
    assert parse_instance(document) == Instance(name="one", zone="us-central1-a", status="STAGING")


def test_a_document_that_is_not_an_instance_is_refused() -> None:
    with pytest.raises(KeyError):
        parse_instance({"name": "one"})


def test_pages_are_joined_and_sorted_and_other_regions_left_out() -> None:
    pages = [
        {
            "items": {
                "zones/us-central1-b": {"instances": [instance_document("two", "us-central1-b", "10.0.0.2", None)]}
            }
        },
        {
            "items": {
                "zones/us-central1-a": {"instances": [instance_document("one", "us-central1-a", "10.0.0.1", None)]},
                "zones/us-central10-a": {"instances": [instance_document("far", "us-central10-a", "10.0.0.9", None)]},
                "zones/us-central1-f": {"warning": {"code": "NO_RESULTS_ON_PAGE"}},
            }
        },
        {},
    ]
    found = parse_aggregated_instances(pages, "us-central1")
    assert [(machine.name, machine.zone) for machine in found] == [("one", "us-central1-a"), ("two", "us-central1-b")]


def test_a_zone_without_instances_lists_none() -> None:
    assert parse_listed_instances([{"kind": "compute#instanceList"}]) == ()


@pytest.mark.parametrize("location", [{"zone": f"{API}/zones/us-central1"}, {"region": f"{API}/regions/us-central1"}])
def test_a_group_is_read_zonal_or_regional(location: dict[str, str]) -> None:
    document = {
        "name": "flaskscale-group",
        "targetSize": 0,
        "status": {"isStable": True, "autoscaler": LINK_AUTOSCALER},
        **location,
    }
    assert parse_group(document) == Group("flaskscale-group", "us-central1", 0, True, LINK_AUTOSCALER)


def test_an_autoscaler_is_read() -> None:
    document = {
        "name": "flaskscale-autoscaler",
        "recommendedSize": 0,
        "autoscalingPolicy": {
            "minNumReplicas": 0,
            "maxNumReplicas": 6,
            "mode": "ONLY_SCALE_OUT",
            "cpuUtilization": {"utilizationTarget": 0.5},
        },
        "statusDetails": [{"type": "MODE_ONLY_SCALE_OUT", "message": "Only out."}, {"type": "MODE_OFF"}],
    }
    assert parse_autoscaler(document) == Autoscaler(
        name="flaskscale-autoscaler",
        minimum=0,
        maximum=6,
        mode="ONLY_SCALE_OUT",
        recommended_size=0,
        cpu_target=0.5,
        messages=("Only out.",),
    )


def test_an_autoscaler_without_a_cpu_signal_or_a_recommendation_is_read() -> None:
    autoscaler = parse_autoscaler({"name": "a", "autoscalingPolicy": {"maxNumReplicas": 3}})
    assert autoscaler == Autoscaler(name="a", minimum=0, maximum=3, mode="ON")


def test_members_join_what_the_group_and_the_vm_say() -> None:
    machines = [parse_instance(instance_document("one", "us-central1-a", "10.10.0.2", "34.1.2.3"))]
    pages = [
        {"managedInstances": [managed_document("two", "us-central1-b", "CREATING", None)]},
        {"managedInstances": [managed_document("one", "us-central1-a", "VERIFYING", "UNHEALTHY")]},
        {},
    ]
    one, two = parse_members(pages, machines)
    assert (one.internal_ip, one.status, one.current_action, one.health) == (
        "10.10.0.2",
        "RUNNING",
        "VERIFYING",
        "UNHEALTHY",
    )
    assert one.template == "flaskscale-0123456789ab"
    assert (two.name, two.zone, two.status, two.current_action, two.health) == (
        "two",
        "us-central1-b",
        "",
        "CREATING",
        None,
    )


def test_a_namesake_in_another_zone_is_another_machine() -> None:
    machines = [parse_instance(instance_document("one", "us-central1-f", "10.10.0.9", None))]
    (one,) = parse_members([{"managedInstances": [managed_document("one", "us-central1-a")]}], machines)
    assert one.internal_ip is None
