"""The name of a resource: Google's relative resource name with the service in front."""

from __future__ import annotations

from dataclasses import dataclass

COMPUTE_PREFIX = "https://www.googleapis.com/compute/v1/"


@dataclass(frozen=True, order=True)
class ResourcePath:
    """Identity of one resource.

    Attributes:
        service: `compute`, `iam`, `artifactregistry`, …
        project: project id.
        location: `global`, `zones/Z`, `regions/R`, `locations/L`, or empty where the service has none.
        collection: plural noun; nested ones carry their parent: `instanceGroupManagers/web/managedInstances`.
        name: last segment.
    """

    service: str
    project: str
    location: str
    collection: str
    name: str

    @property
    def relative(self) -> str:
        """`projects/P/LOCATION/COLLECTION/NAME`, as error messages and references name it."""
        parts = ("projects", self.project, self.location, self.collection, self.name)
        return "/".join(part for part in parts if part)

    @property
    def self_link(self) -> str:
        """Canonical Compute Engine URL (gce-behaviour section 1)."""
        return COMPUTE_PREFIX + self.relative

    @property
    def scope_name(self) -> str:
        """The zone's or region's bare name; empty for global."""
        return self.location.partition("/")[2]

    def child(self, collection: str, name: str) -> ResourcePath:
        """A resource nested under this one."""
        return ResourcePath(
            self.service, self.project, self.location, f"{self.collection}/{self.name}/{collection}", name
        )

    def __str__(self) -> str:
        return f"{self.service}/{self.relative}"


def compute_path(reference: str) -> ResourcePath:
    """The path of a Compute Engine URL or partial URL that starts at or before `projects/`.

    Raises:
        ValueError: the text has no `projects/P/LOCATION/COLLECTION/NAME` in it.
    """
    _, found, rest = ("/" + reference).rpartition("/projects/")
    segments = rest.split("/")
    if not found or not all(segments):
        raise ValueError(reference)
    if len(segments) >= 4 and segments[1] == "global":
        return ResourcePath("compute", segments[0], "global", "/".join(segments[2:-1]), segments[-1])
    if len(segments) >= 5 and segments[1] in ("zones", "regions"):
        location = f"{segments[1]}/{segments[2]}"
        return ResourcePath("compute", segments[0], location, "/".join(segments[3:-1]), segments[-1])
    if len(segments) == 3 and segments[1] in ("zones", "regions"):
        return ResourcePath("compute", segments[0], "", segments[1], segments[2])
    raise ValueError(reference)
