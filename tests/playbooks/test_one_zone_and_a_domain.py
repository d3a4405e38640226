"""What a deployment can have beside the defaults, in order: all of the group in one zone, and a domain of its own."""

from __future__ import annotations

from typing import Any

import pytest
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import service_account
from requests import Session

from tests.cloud import LocalCloud, get
from tests.e2e.fleet import Visitor

pytestmark = pytest.mark.timeout(300)
SETTINGS = ["-e", "instance_group_zone=us-central1-b", "-e", "dns_domain=www.example.test"]
SETTINGS += ["-e", "dns_zone_domain=example.test"]
PROJECT = "https://compute.googleapis.com/compute/v1/projects/flaskscale-local"
ZONE = "https://dns.googleapis.com/dns/v1/projects/flaskscale-local/managedZones/flaskscale-zone"
EVERYTHING = "https://www.googleapis.com/auth/cloud-platform"


def through_the_door(cloud: LocalCloud, session: Session) -> Session:
    session.trust_env = False
    session.proxies = {"https": f"http://127.0.0.1:{cloud.settings['LOCALCLOUD_DOOR_PORT']}"}
    session.verify = str(cloud.state / "ca.pem")
    return session


def read(cloud: LocalCloud, url: str) -> Any:
    """The status and the document that the operator is answered with."""
    key = str(cloud.state / "keys" / "operator.json")
    credentials = service_account.Credentials.from_service_account_file(key, scopes=[EVERYTHING])
    anonymous = through_the_door(cloud, Session())
    with anonymous, through_the_door(cloud, AuthorizedSession(credentials, auth_request=Request(anonymous))) as session:
        reply = session.get(url, timeout=30)
    return reply.status_code, reply.json()


def test_a_template_without_a_release_is_refused(cloud: LocalCloud) -> None:
    run = cloud.playbook("site.yml", "--tags", "instance_template", "--skip-tags", "app_image")
    assert run.code != 0
    assert (
        "app_image_reference is '' but a template runs a release that is pinned by its digest; do not skip the tag"
        " app_image, or set app_image_reference"
    ) in " ".join(run.output.split())


def test_check_mode_comes_through_before_there_is_an_address_for_the_domain(cloud: LocalCloud) -> None:
    before = cloud.writes
    run = cloud.playbook("site.yml", "--check", "--tags", "dns", *SETTINGS)
    assert (run.code, run.failed, cloud.writes) == (0, 0, before), run.output


def test_a_group_in_one_zone_is_deployed_shown_and_found_under_its_name(cloud: LocalCloud) -> None:
    run = cloud.playbook("site.yml", *SETTINGS)
    assert run.code == 0, run.output
    assert "flaskscale-group in us-central1-b, 2 of 2 serving" in run.output
    assert get(f"{cloud.url}/health") == (200, "status: healthy")
    status, zone = read(cloud, ZONE)
    assert (status, zone["dnsName"]) == (200, "example.test.")
    _, addresses = read(cloud, f"{PROJECT}/global/addresses")
    (record,) = read(cloud, f"{ZONE}/rrsets?name=www.example.test.&type=A")[1]["rrsets"]
    assert record["rrdatas"] == [address["address"] for address in addresses["items"]]
    assert record["ttl"] == 300


def test_an_instance_is_made_anew_by_a_slower_check_than_it_loses_visitors_by(cloud: LocalCloud) -> None:
    _, group = read(cloud, f"{PROJECT}/zones/us-central1-b/instanceGroupManagers/flaskscale-group")
    _, service = read(cloud, f"{PROJECT}/global/backendServices/flaskscale-backend-service")
    (healing,), (balancing,) = (
        [policy["healthCheck"] for policy in group["autoHealingPolicies"]],
        service["healthChecks"],
    )
    slow, fast = (
        read(cloud, f"{PROJECT}/{link.partition('/flaskscale-local/')[2]}")[1] for link in (healing, balancing)
    )
    assert (fast["unhealthyThreshold"], slow["unhealthyThreshold"]) == (2, 6)
    assert fast["httpHealthCheck"] == slow["httpHealthCheck"]


@pytest.mark.parametrize("tags", [[], ["--tags", "dns"]], ids=["everything", "dns"])
def test_it_is_deployed_again_and_nothing_changes(cloud: LocalCloud, tags: list[str]) -> None:
    before = cloud.writes
    again = cloud.playbook("site.yml", *SETTINGS, *tags)
    assert (again.code, again.changed, cloud.writes) == (0, 0, before), again.output


def test_another_port_for_the_load_balancer_is_refused_and_the_old_one_answers(cloud: LocalCloud) -> None:
    run = cloud.playbook("site.yml", "--tags", "load_balancer", *SETTINGS, "-e", "load_balancer_port=443")
    assert run.code != 0
    assert (
        "load_balancer_port is 443 but flaskscale-http-forwarding-rule listens on port 80, and a forwarding rule cannot"
        " change its port; set load_balancer_port back, or delete that rule first"
    ) in " ".join(run.output.split())
    assert get(f"{cloud.url}/health") == (200, "status: healthy")


def test_what_serves_is_not_taken_out_by_another_port_or_health_path(cloud: LocalCloud) -> None:
    before = cloud.writes
    others = ["-e", "instance_template_port=8000", "-e", "instance_group_health_path=/test-access"]
    run = cloud.playbook("site.yml", *SETTINGS, *others)
    said = " ".join(run.output.split())
    assert run.code != 0
    assert "instance_group_port is 8000 but flaskscale-group serves on port 5000" in said
    assert "instance_group_health_path is /test-access but flaskscale-group serves and is asked for /health" in said
    assert cloud.writes == before


def test_a_health_path_that_the_serving_release_answers_changes_without_a_lost_request(cloud: LocalCloud) -> None:
    answered = ["-e", "instance_group_health_path=/test-access", "-e", "instance_group_health_path_answered=true"]
    with Visitor(f"{cloud.url}/health") as visitor:
        run = cloud.playbook("site.yml", *SETTINGS, *answered)
    assert (run.code, run.failed) == (0, 0), run.output
    assert set(visitor.answers) == {200}
    assert "2 of 2 serving" in run.output


def test_a_destroy_that_was_interrupted_is_carried_on(cloud: LocalCloud) -> None:
    refusal = {"method": "compute.backendServices.delete", "status": 403, "rate": 1.0, "count": 1}
    cloud.admin("POST", "/faults", refusal)
    interrupted = cloud.playbook("playbooks/destroy.yml", *SETTINGS)
    cloud.admin("DELETE", "/faults")
    assert interrupted.code != 0
    assert "backendServices.delete" in interrupted.output
    assert read(cloud, ZONE)[0] == 404, "the domain goes first"
    run = cloud.playbook("playbooks/destroy.yml", *SETTINGS)
    assert run.code == 0, run.output
    assert "What is left of flaskscale: nothing" in run.output
