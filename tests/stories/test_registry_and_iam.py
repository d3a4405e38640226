"""gcp_artifact_registry_repository and gcp_project_iam_binding."""

from __future__ import annotations

from typing import Any


def test_repository(tell: Any, unique: str) -> None:
    story = tell("gcp_artifact_registry_repository", name=unique, location="us-central1")
    story.step(False, state="absent")
    old = {"action": "DELETE", "condition": {"older_than": "2592000s", "tag_state": "ANY"}}
    recent = {"action": "KEEP", "most_recent_versions": {"keep_count": 10}}
    wanted = {
        "format": "DOCKER",
        "labels": {"app": "web", "team": "a"},
        "cleanup_policies": {"old": old, "recent": recent},
    }
    made = story.step(True, **wanted)
    assert made["resource"]["name"].endswith(f"/repositories/{unique}")
    story.step(False, **wanted)
    changed = story.step(True, labels={"app": "web"}, description="releases", cleanup_policies={"recent": recent})
    assert changed["resource"]["labels"] == {"app": "web"}
    assert list(changed["resource"]["cleanupPolicies"]) == ["recent"]
    story.step(False, labels={"app": "web"}, cleanup_policies={"recent": recent})
    cleared = story.step(True, labels={}, description="", cleanup_policies={})
    assert not cleared["resource"].get("labels")
    story.refused(
        f"format of Artifact Registry repository {unique} is 'DOCKER' and cannot become 'PYTHON', because Google "
        f"fixes it at creation; keep 'DOCKER', choose another name, or delete {unique} first",
        format="PYTHON",
    )
    story.step(True, state="absent")
    story.step(False, state="absent")


def test_binding(tell: Any, unique: str) -> None:
    role = "roles/compute.viewer"
    ann, bob = f"user:{unique}-ann@example.com", f"user:{unique}-bob@example.com"
    story = tell("gcp_project_iam_binding", role=role)
    story.step(False, members=[ann], state="absent")
    story.step(True, members=[ann])
    story.step(False, members=[ann])
    both = story.step(True, members=[bob])
    assert {ann, bob} <= set(members_of(both)[role])
    one = story.step(True, members=[bob], authoritative=True)
    assert members_of(one) == {role: [bob]}
    story.step(False, members=[bob], authoritative=True)
    result = story.run(members=["nobody"])
    assert result["failed"]
    assert "nobody" in result["msg"]
    story.step(True, members=[bob], state="absent")
    story.step(False, members=[bob], state="absent")


def members_of(result: dict[str, Any]) -> dict[str, list[str]]:
    """The members by role of a result."""
    return {binding["role"]: binding["members"] for binding in result["resource"].get("bindings", [])}


def test_several_roles_are_one_write(tell: Any, unique: str) -> None:
    roles = ["roles/logging.logWriter", "roles/monitoring.metricWriter", "roles/artifactregistry.reader"]
    ann, bob = f"user:{unique}-ann@example.com", f"user:{unique}-bob@example.com"
    story = tell("gcp_project_iam_binding", roles=roles)
    before = story.cloud.writes
    granted = story.step(True, members=[ann])
    assert members_of(granted) == {role: [ann] for role in roles}
    assert granted["actions"] == ["cloudresourcemanager.projects.setIamPolicy"]
    assert story.cloud.writes == before + 1
    story.step(False, members=[ann])
    assert set(members_of(story.step(True, members=[bob], roles=roles[:1]))) == {roles[0]}
    story.step(True, members=[ann], state="absent")
    assert members_of(story.step(False, members=[ann], state="absent")) == {roles[0]: [bob]}
    assert members_of(story.step(True, state="absent")) == {}
