"""The declarative description of a Google resource: what a module states instead of code.

Option names are the API's field names in snake_case; every name, type and path here is checked against
Google's discovery documents by tests/unit/library/test_descriptions.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Document = dict[str, Any]
ScopeName = Literal["zone", "region", "global", "location"]
Kind = Literal["text", "integer", "decimal", "flag", "group", "texts", "groups", "text_map", "group_map"]
ReferenceScope = Literal["global", "same", "zone_name", "explicit"]
Wire = Literal["plain", "items", "key_value_items", "zone_objects"]


@dataclass(frozen=True)
class Service:
    """One Google API: `root` ends with a slash; `operations` says how its mutations finish."""

    name: str
    root: str
    operations: Literal["compute", "long_running", "none"]


COMPUTE = Service("compute", "https://compute.googleapis.com/compute/v1/", "compute")
ARTIFACT_REGISTRY = Service("artifactregistry", "https://artifactregistry.googleapis.com/v1/", "long_running")
RESOURCE_MANAGER = Service("cloudresourcemanager", "https://cloudresourcemanager.googleapis.com/v1/", "none")


@dataclass(frozen=True)
class Reference:
    """What a field points at, and where a bare name is looked up.

    `explicit` means that a bare name cannot be resolved and is refused.
    """

    collection: str
    scope: ReferenceScope = "global"


@dataclass(frozen=True)
class OwnUpdate:
    """A field that the API changes through a method of its own instead of patch.

    `path` may use {scope} (projects/P/zones/Z) and {name}. The value goes to the query parameter `query` or
    the body field `body`. `guarded` names the document whose fingerprint goes along. `after_insert` is for
    what insert does not take.
    """

    method: str
    collections: Mapping[ScopeName, str]
    path: str
    query: str = ""
    body: str = ""
    guarded: str = ""
    after_insert: bool = False


@dataclass(frozen=True)
class Field:
    """One option and the API field it stands for.

    `default` is what Google assumes when its reply leaves the field out. `key` names the member by which
    list elements are matched (their order then means nothing). `exact` makes an omitted value mean absent
    rather than "leave alone"; `exact_with` does so only where that sibling is declared. `one_of` says that
    setting one member clears the others. `ordered` lists of text keep their order. `create_only` values are
    sent with insert and never compared.
    """

    name: str
    kind: Kind = "text"
    fields: tuple[Field, ...] = ()
    api_name: str = ""
    wire: Wire = "plain"
    int64: bool = False
    immutable: bool = False
    required: bool = False
    choices: tuple[str, ...] = ()
    reference: Reference | None = None
    key: str = ""
    ordered: bool = False
    exact: bool = False
    exact_with: str = ""
    one_of: bool = False
    default: Any = None
    create_only: bool = False
    update: OwnUpdate | None = None

    @property
    def api(self) -> str:
        """The field's name in Google's JSON."""
        return self.api_name or camel(self.name)

    def is_exact(self, declared: Mapping[str, Any]) -> bool:
        """Whether leaving it out of this declaration of its siblings says that it is absent."""
        return self.exact or self.exact_with in declared


@dataclass(frozen=True)
class Resource:
    """One kind of resource: where it lives, what it has and how it changes.

    `collections` maps each scope to the API's resource name (the part of the method id before the verb);
    `segment` is the collection's name in the path; `patch_repeats_name` is for the patch that wants it in the body too.
    """

    kind: str
    collections: Mapping[ScopeName, str]
    segment: str
    fields: tuple[Field, ...]
    service: Service = COMPUTE
    fingerprint: bool = False
    patch: Literal["item", "collection", "mask", "none"] = "item"
    patch_repeats_name: bool = False
    insert_verb: str = "insert"
    identifier_query: str = ""
    item_query: str = ""
    insert_defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where one resource lives: a project and a zone, a region, a location, or the whole project."""

    project: str
    scope: ScopeName = "global"
    location: str = ""

    @property
    def path(self) -> str:
        """The path that its collections hang from, e.g. `projects/p/zones/us-central1-a`."""
        folder = {"zone": "zones", "region": "regions", "location": "locations"}
        if self.scope == "global":
            return f"projects/{self.project}/global"
        return f"projects/{self.project}/{folder[self.scope]}/{self.location}"


def camel(name: str) -> str:
    """`auto_healing_policies` -> `autoHealingPolicies`, the spelling of Google's JSON."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def text(name: str, **settings: Any) -> Field:
    """A string."""
    return Field(name, "text", **settings)


def reference(name: str, collection: str, scope: ReferenceScope = "global", **settings: Any) -> Field:
    """A link to another resource: a name, a partial path or a full URL."""
    return Field(name, "text", reference=Reference(collection, scope), **settings)


def integer(name: str, **settings: Any) -> Field:
    """A whole number; `int64=True` when Google's JSON writes it as a string."""
    return Field(name, "integer", **settings)


def decimal(name: str, **settings: Any) -> Field:
    """A number of format double or float."""
    return Field(name, "decimal", **settings)


def flag(name: str, **settings: Any) -> Field:
    """A boolean; Google leaves false out, so absent and false are equal."""
    return Field(name, "flag", default=settings.pop("default", False), **settings)


def group(name: str, *fields: Field, **settings: Any) -> Field:
    """An object with known members; omitted members are left alone, {} clears it."""
    return Field(name, "group", fields, **settings)


def texts(name: str, **settings: Any) -> Field:
    """A list of strings; its order means nothing unless `ordered=True`."""
    return Field(name, "texts", **settings)


def groups(name: str, *fields: Field, **settings: Any) -> Field:
    """A list of objects."""
    return Field(name, "groups", fields, **settings)


def text_map(name: str, **settings: Any) -> Field:
    """A map of strings with free keys; a key that is not declared is removed."""
    return Field(name, "text_map", **settings)


def group_map(name: str, *fields: Field, **settings: Any) -> Field:
    """A map of objects with free keys; a key that is not declared is removed."""
    return Field(name, "group_map", fields, **settings)


def fixed_or_percent(name: str, **settings: Any) -> Field:
    """Google's FixedOrPercent: a number of instances or a share of the group, never both."""
    return group(name, integer("fixed"), integer("percent"), one_of=True, **settings)
