"""gcp_firewall: who may reach what."""

from __future__ import annotations

from typing import Any

from .conftest import Api


def test_firewall(tell: Any, api: Api, unique: str) -> None:
    for name in (f"{unique}-network", f"{unique}-other"):
        api.call("POST", "global/networks", {"name": name, "autoCreateSubnetworks": False})
    story = tell("gcp_firewall", name=unique)
    story.step(False, state="absent")

    wanted: dict[str, Any] = {
        "network": f"{unique}-network",
        "source_ranges": ["203.0.113.7/32", "198.51.100.0/24"],
        "target_tags": ["builder"],
        "allowed": [{"ip_protocol": "tcp", "ports": ["22", "8000-8080"]}, {"ip_protocol": "icmp"}],
    }
    story.step(True, **wanted)
    story.step(False, **wanted)
    story.step(False, **{**wanted, "source_ranges": list(reversed(wanted["source_ranges"]))})
    story.step(False, direction="INGRESS", priority=1000, disabled=False)

    narrowed = story.step(True, source_ranges=["203.0.113.7/32"])
    assert narrowed["resource"]["sourceRanges"] == ["203.0.113.7/32"]
    closed = story.step(True, allowed=[{"ip_protocol": "tcp", "ports": ["22"]}])
    assert closed["resource"]["allowed"] == [{"IPProtocol": "tcp", "ports": ["22"]}]
    everywhere = story.step(True, target_tags=[], disabled=True, priority=0)
    assert not everywhere["resource"].get("targetTags")
    assert everywhere["resource"]["priority"] == 0
    denied = story.step(True, allowed=[], denied=[{"ip_protocol": "all"}])
    assert not denied["resource"].get("allowed")

    story.refused(
        f"direction of firewall rule {unique} is 'INGRESS' and cannot become 'EGRESS', because Google fixes it at "
        f"creation; keep 'INGRESS', choose another name, or delete {unique} first",
        direction="EGRESS",
    )
    other = story.run(network=f"{unique}-other")
    assert other["failed"]
    assert f"network of firewall rule {unique} is " in other["msg"]
    story.step(True, state="absent")
    story.step(False, state="absent")
