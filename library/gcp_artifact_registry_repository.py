#!/usr/bin/python
"""One Artifact Registry repository.

google.cloud has no module for Artifact Registry at all.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_artifact_registry_repository
short_description: An Artifact Registry repository
description:
  - Creates, changes or deletes an Artifact Registry repository.
  - Options are the API's field names in snake_case. What is left out is left alone; what is empty is cleared.
author: FlaskScale (@flaskscale)
extends_documentation_fragment: [gcp, gcp.converging]
options:
  name:
    description: The repository's id.
    type: str
    required: true
  location:
    description: The region or multi-region it lives in.
    type: str
    required: true
  format:
    description: What it stores. Fixed at creation.
    type: str
    choices: [DOCKER, MAVEN, NPM, APT, YUM, GOOGET, PYTHON, KFP, GO, GENERIC, RUBY]
  description:
    description: A text for people.
    type: str
  labels:
    description: Its labels. The map is the whole truth.
    type: dict
  cleanup_policies:
    description:
      - What is deleted or kept by itself, as a map from a policy's id to its settings. The map is the whole truth.
      - The settings are C(action) (DELETE or KEEP), C(condition) (C(tag_state), C(tag_prefixes),
        C(version_name_prefixes), C(package_name_prefixes), C(older_than), C(newer_than), durations in seconds such
        as 2592000s) and
        C(most_recent_versions) (C(keep_count), C(package_name_prefixes)).
    type: dict
  cleanup_policy_dry_run:
    description: Whether the clean-up only says what it would delete.
    type: bool
"""

EXAMPLES = r"""
- name: A repository that keeps the last ten releases
  gcp_artifact_registry_repository:
    name: flaskscale
    location: us-central1
    format: DOCKER
    cleanup_policies:
      old:
        action: DELETE
        condition:
          older_than: 2592000s
      recent:
        action: KEEP
        most_recent_versions:
          keep_count: 10
"""

RETURN = r"""
resource:
  description: The resource as Google returns it; empty when it is absent.
  returned: always
  type: dict
self_link:
  description: Its canonical URL; empty when it is absent.
  returned: always
  type: str
actions:
  description: The API methods called, or in check mode the ones that would be.
  returned: always
  type: list
  elements: str
"""

from ansible.module_utils.gcp.resource import (
    ARTIFACT_REGISTRY,
    Resource,
    flag,
    group,
    group_map,
    integer,
    text,
    text_map,
    texts,
)
from ansible.module_utils.gcp.run import run

FORMATS = ("DOCKER", "MAVEN", "NPM", "APT", "YUM", "GOOGET", "PYTHON", "KFP", "GO", "GENERIC", "RUBY")

REPOSITORY = Resource(
    kind="Artifact Registry repository",
    service=ARTIFACT_REGISTRY,
    collections={"location": "projects.locations.repositories"},
    segment="repositories",
    insert_verb="create",
    identifier_query="repositoryId",
    patch="mask",
    fields=(
        text("format", choices=FORMATS, immutable=True),
        text("description"),
        text_map("labels"),
        group_map(
            "cleanup_policies",
            text("action", choices=("DELETE", "KEEP"), required=True),
            group(
                "condition",
                text("tag_state", choices=("TAGGED", "UNTAGGED", "ANY")),
                texts("tag_prefixes"),
                texts("version_name_prefixes"),
                texts("package_name_prefixes"),
                text("older_than"),
                text("newer_than"),
            ),
            group("most_recent_versions", integer("keep_count"), texts("package_name_prefixes")),
        ),
        flag("cleanup_policy_dry_run"),
    ),
)


def main() -> None:
    run(REPOSITORY)


if __name__ == "__main__":
    main()
