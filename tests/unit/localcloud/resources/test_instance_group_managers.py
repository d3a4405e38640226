"""Instance group managers: defaults, refusals, changes and deletion."""

from __future__ import annotations

import pytest

from tests.unit.localcloud.resources.conftest import PREFIX

ZONE = "us-central1-a"
RELATIVE = f"zones/{ZONE}/instanceGroupManagers/web"
WHERE = {"zone": ZONE, "instanceGroupManager": "web"}
TEMPLATE = "global/instanceTemplates/web-1"


@pytest.fixture
def ready(cloud):
    """A cloud with a network and the templates `web-1` and `web-2`."""
    cloud.network()
    cloud.template()
    cloud.template("web-2", machineType="e2-small")
    return cloud


def test_zonal_defaults(ready):
    ready.group(size=2)
    manager = ready.body(RELATIVE)
    assert manager["baseInstanceName"] == "web"
    assert manager["versions"] == [{"instanceTemplate": f"{PREFIX}{TEMPLATE}", "targetSize": {"calculated": 2}}]
    assert manager["updatePolicy"] == {
        "type": "OPPORTUNISTIC",
        "minimalAction": "REPLACE",
        "mostDisruptiveAllowedAction": "REPLACE",
        "replacementMethod": "SUBSTITUTE",
        "maxSurge": {"fixed": 1, "calculated": 1},
        "maxUnavailable": {"fixed": 1, "calculated": 1},
    }
    assert manager["currentActions"]["creating"] == 2
    assert manager["status"]["isStable"] is False
    group = ready.body(f"zones/{ZONE}/instanceGroups/web")
    assert manager["instanceGroup"] == group["selfLink"]
    assert group["network"] == f"{PREFIX}global/networks/web"


def test_regional_defaults(ready):
    body = {"name": "web", "targetSize": 2, "instanceTemplate": TEMPLATE}
    ready.call("regionInstanceGroupManagers.insert", body, region="us-central1")
    manager = ready.body("regions/us-central1/instanceGroupManagers/web")
    zones = [item["zone"].rpartition("/")[2] for item in manager["distributionPolicy"]["zones"]]
    assert zones == ["us-central1-a", "us-central1-b", "us-central1-c"]
    assert manager["distributionPolicy"]["targetShape"] == "EVEN"
    assert manager["updatePolicy"]["instanceRedistributionType"] == "PROACTIVE"
    assert manager["updatePolicy"]["maxSurge"]["fixed"] == 3


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"instanceTemplate": None}, "Required field 'resource.instanceTemplate' not specified"),
        (
            {"targetSize": 1001},
            "Invalid value for field 'resource.targetSize': '1001'. Must be less than or equal to 1000",
        ),
        (
            {"updatePolicy": {"maxSurge": {"fixed": 0}, "maxUnavailable": {"fixed": 0}}},
            "Invalid value for field 'resource.updatePolicy.maxUnavailable': '0'. maxSurge and maxUnavailable "
            "cannot "
            "both be 0; raise one of them.",
        ),
        (
            {"updatePolicy": {"replacementMethod": "RECREATE"}},
            "Invalid value for field 'resource.updatePolicy.maxSurge': '1'. maxSurge must be equal to 0 when "
            "replacement "
            "method is set to RECREATE",
        ),
        (
            {"updatePolicy": {"maxSurge": {"percent": 20}}},
            "Invalid value for field 'resource.updatePolicy.maxSurge': '20%'. A percentage can be used only with "
            "at "
            "least 10 instances; the group has 2.",
        ),
        (
            {"updatePolicy": {"maxSurge": {"percent": 20, "fixed": 1}}},
            "Invalid value for field 'resource.updatePolicy.maxSurge': '1'. Exactly one of fixed and percent "
            "must be "
            "specified.",
        ),
        (
            {"versions": [{"instanceTemplate": TEMPLATE, "targetSize": {"fixed": 1}}]},
            "Invalid value for field 'resource.versions': '0'. Exactly one version must have no targetSize: it "
            "takes the "
            "instances that are left.",
        ),
        (
            {"versions": [{"instanceTemplate": TEMPLATE}, {"instanceTemplate": "global/instanceTemplates/web-2"}]},
            "Invalid value for field 'resource.versions': '2'. Exactly one version must have no targetSize: it "
            "takes the "
            "instances that are left.",
        ),
        (
            {"namedPorts": [{"name": "http", "port": 70000}]},
            "Invalid value for field 'resource.namedPorts[0].port': '70000'. Must be less than or equal to 65535",
        ),
        (
            {"distributionPolicy": {"zones": [{"zone": f"zones/{ZONE}"}]}},
            "Invalid value for field 'resource.distributionPolicy': 'web'. Only a regional group has one.",
        ),
    ],
)
def test_refused(ready, fields, sentence):
    body = {"name": "web", "targetSize": 2, "instanceTemplate": TEMPLATE} | fields
    assert ready.refused("instanceGroupManagers.insert", body, zone=ZONE) == (400, sentence)


def test_base_instance_name_leaves_room_for_the_suffix(ready):
    body = {"name": "web", "targetSize": 1, "instanceTemplate": TEMPLATE, "baseInstanceName": "w" * 59}
    code, sentence = ready.refused("instanceGroupManagers.insert", body, zone=ZONE)
    assert code == 400
    assert "resource.baseInstanceName" in sentence


@pytest.mark.parametrize("seconds", [-1, 3601])
def test_initial_delay_range(ready, seconds):
    ready.call("healthChecks.insert", {"name": "web", "type": "HTTP"})
    policy = {"healthCheck": "global/healthChecks/web", "initialDelaySec": seconds}
    body = {"name": "web", "targetSize": 1, "instanceTemplate": TEMPLATE, "autoHealingPolicies": [policy]}
    code, sentence = ready.refused("instanceGroupManagers.insert", body, zone=ZONE)
    assert code == 400
    assert sentence.startswith(
        f"Invalid value for field 'resource.autoHealingPolicies[0].initialDelaySec': '{seconds}'. Must be"
    )


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"updatePolicy": {"maxSurge": {"fixed": 1}}},
            "Invalid value for field 'resource.updatePolicy.maxSurge': '1'. Fixed value must be 0 or at least "
            "the number "
            "of zones, 3.",
        ),
        (
            {"distributionPolicy": {"zones": [{"zone": "zones/us-east1-b"}]}},
            "Invalid value for field 'resource.distributionPolicy.zones[0].zone': 'zones/us-east1-b'. The zone "
            "is not in "
            "region 'us-central1'; it has us-central1-a, us-central1-b, us-central1-c, us-central1-f.",
        ),
        (
            {"distributionPolicy": {"targetShape": "BALANCED"}},
            "Invalid value for field 'resource.updatePolicy.instanceRedistributionType': 'PROACTIVE'. Must be "
            "NONE when "
            "the target shape is BALANCED.",
        ),
    ],
)
def test_regional_refusals(ready, fields, sentence):
    body = {"name": "web", "targetSize": 2, "instanceTemplate": TEMPLATE} | fields
    assert ready.refused("regionInstanceGroupManagers.insert", body, region="us-central1") == (400, sentence)


def test_a_canary_takes_its_share(ready):
    versions = [
        {"instanceTemplate": TEMPLATE, "name": "old"},
        {"instanceTemplate": "global/instanceTemplates/web-2", "name": "new", "targetSize": {"percent": 25}},
    ]
    ready.group(size=10, versions=versions, instanceTemplate=None)
    manager = ready.body(RELATIVE)
    assert [version["targetSize"]["calculated"] for version in manager["versions"]] == [7, 3]
    assert manager["instanceTemplate"] == f"{PREFIX}{TEMPLATE}"


def test_patch_of_the_template_replaces_the_versions_and_needs_no_fingerprint(ready):
    ready.group()
    ready.call("instanceGroupManagers.patch", {"instanceTemplate": "global/instanceTemplates/web-2"}, **WHERE)
    manager = ready.body(RELATIVE)
    assert [version["instanceTemplate"] for version in manager["versions"]] == [
        f"{PREFIX}global/instanceTemplates/web-2"
    ]
    assert manager["status"]["versionTarget"] == {"isReached": False}


def test_patch_of_a_versions_name_alone_is_a_new_version(ready):
    ready.group()
    ready.show(RELATIVE, status=ready.body(RELATIVE)["status"] | {"versionTarget": {"isReached": True}})
    versions = [{"instanceTemplate": TEMPLATE, "name": "0/2026-01-01"}]
    patch = {"versions": versions, "updatePolicy": {"type": "PROACTIVE", "minimalAction": "RESTART"}}
    ready.call("instanceGroupManagers.patch", patch, **WHERE)
    manager = ready.body(RELATIVE)
    assert manager["versions"][0]["name"] == "0/2026-01-01"
    assert manager["updatePolicy"]["type"] == "PROACTIVE"
    assert manager["status"]["versionTarget"] == {"isReached": False}


def test_a_group_may_shrink_under_its_percentage(ready):
    ready.group(size=10, updatePolicy={"maxSurge": {"percent": 20}})
    assert ready.body(RELATIVE)["updatePolicy"]["maxSurge"] == {"percent": 20, "calculated": 2}
    ready.call("instanceGroupManagers.resize", size=3, **WHERE)
    assert ready.body(RELATIVE)["updatePolicy"]["maxSurge"] == {"percent": 20, "calculated": 1}


def test_deletion_is_refused_while_a_backend_service_or_autoscaler_uses_it(ready):
    ready.group()
    ready.call("healthChecks.insert", {"name": "web", "type": "HTTP"})
    backends = [{"group": f"zones/{ZONE}/instanceGroups/web"}]
    service = {"name": "web", "healthChecks": ["global/healthChecks/web"], "backends": backends}
    ready.call("backendServices.insert", service)
    manager = f"The instance_group_manager resource 'projects/flaskscale-local/{RELATIVE}'"
    assert ready.refused("instanceGroupManagers.delete", **WHERE) == (
        400,
        f"{manager} is already being used by 'projects/flaskscale-local/global/backendServices/web'",
    )
    ready.call("backendServices.delete", backendService="web")
    scaler = {"name": "web", "target": RELATIVE, "autoscalingPolicy": {"maxNumReplicas": 3}}
    ready.call("autoscalers.insert", scaler, zone=ZONE)
    assert ready.refused("instanceGroupManagers.delete", **WHERE) == (
        400,
        f"{manager} is already being used by 'projects/flaskscale-local/zones/{ZONE}/autoscalers/web'",
    )


def test_deletion_waits_for_the_controller(ready):
    ready.group()
    operation = ready.call("instanceGroupManagers.delete", **WHERE)
    assert operation["status"] == "RUNNING"
    manager = ready.stored(RELATIVE)
    assert manager.internal["desired"] == "DELETED"
    assert manager.internal["operations"][0].endswith(operation["name"])
    refusal = (400, f"The resource 'projects/flaskscale-local/{RELATIVE}' is being deleted; wait until it is gone")
    instance = {"instances": [{"name": "web-late"}]}
    assert ready.refused("instanceGroupManagers.resize", size=3, **WHERE) == refusal
    assert ready.refused("instanceGroupManagers.patch", {"targetSize": 3}, **WHERE) == refusal
    assert ready.refused("instanceGroupManagers.createInstances", instance, **WHERE) == refusal
    everything = {"allInstances": True}
    assert ready.refused("instanceGroupManagers.applyUpdatesToInstances", everything, **WHERE) == refusal
    autoscaler = {"name": "late", "target": RELATIVE, "autoscalingPolicy": {"maxNumReplicas": 3}}
    assert ready.refused("autoscalers.insert", autoscaler, zone="us-central1-a") == refusal
