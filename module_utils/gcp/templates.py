"""Instance templates named by their content, as one family: the wanted one, the newest, and the surplus.

A template cannot be changed, so any difference is a new template under a new name, and the same content always
has the same name.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

from .client import Client
from .compare import projection
from .errors import ValueInvalidError
from .names import last
from .plan import Action, Plan, Target, plan_present
from .resource import COMPUTE, Document, Resource
from .values import document, from_api, without_empty

DIGEST_LENGTH = 12
_NAME_LIMIT = 63
_PREFIX = re.compile(r"[a-z](?:[-a-z0-9]*[a-z0-9])?")


def content_name(prefix: str, resource: Resource, declared: Document) -> str:
    """`<prefix>-<12 hex>`, the hex from the SHA-256 of the canonical JSON of the API's properties.

    Raises:
        ValueInvalidError: Google would not accept a name that starts so.
    """
    longest = _NAME_LIMIT - DIGEST_LENGTH - 1
    if not _PREFIX.fullmatch(prefix) or len(prefix) > longest:
        expected = f"expected at most {longest} lower-case letters, digits and hyphens, starting with a letter"
        raise ValueInvalidError("name_prefix", f"found {prefix!r}, {expected}")
    properties = document(resource.fields, declared).get("properties", {})
    canonical = json.dumps(properties, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"{prefix}-{hashlib.sha256(canonical.encode()).hexdigest()[:DIGEST_LENGTH]}"


@dataclass(frozen=True)
class TemplateFamily:
    """All templates of one prefix; `target` is the wanted one of them.

    `keep` is how many others stay, the newest first; None keeps all. Not `present` deletes the whole family.
    """

    target: Target
    prefix: str
    declared: Document
    keep: int | None
    present: bool

    def read(self, client: Client) -> Document:
        """The family's templates and, when some may go, the names of those that groups use: one or two calls."""
        pattern = f"{self.prefix}-[0-9a-f]{{{DIGEST_LENGTH}}}"
        query = {"filter": f"name eq {pattern}"}
        pages = client.pages(self.target.method("list"), COMPUTE, self.target.collection_path, query)
        templates = [template for page in pages for template in page.get("items", [])]
        prunes = self.present and self.keep is not None
        return {
            "templates": [template for template in templates if re.fullmatch(pattern, template["name"])],
            "used": sorted(self._used(client)) if prunes else [],
        }

    def _used(self, client: Client) -> set[str]:
        managers = client.aggregated("instanceGroupManagers", self.target.place.project)
        return {name for _, manager in managers for name in _templates_of(manager)}

    def plan(self, current: Document | None) -> Plan:
        """Insert the wanted template unless it is there, and delete the surplus that no group uses."""
        found = current or {"templates": [], "used": []}
        by_age = sorted(
            found["templates"], key=lambda template: str(template.get("creationTimestamp", "")), reverse=True
        )
        if not self.present:
            names = [template["name"] for template in by_age]
            return Plan(tuple(map(self._delete, names)), {"templates": names} if names else {}, {})
        others = [template for template in by_age if template["name"] != self.target.name]
        surplus = [] if self.keep is None else [template["name"] for template in others[self.keep :]]
        unused = [name for name in surplus if name not in found["used"]]
        insert = self._insert(bool(self.resource(found)), others)
        before = insert.before | ({"older_templates": unused} if unused else {})
        return Plan(insert.actions + tuple(map(self._delete, unused)), before, insert.after)

    def _insert(self, there: bool, others: list[Document]) -> Plan:
        """Shown against the newest template, since that is what the new one takes over from."""
        wanted = without_empty(self.declared)
        if there:
            return Plan((), wanted, wanted)
        plan = plan_present(self.target, self.declared, None)
        if not others:
            return plan
        fields = self.target.resource.fields
        newest = projection(fields, from_api(fields, others[0], self.target.place), self.declared)
        return Plan(plan.actions, without_empty(newest), plan.after)

    def _delete(self, name: str) -> Action:
        return Action(self.target.method("delete"), COMPUTE, "DELETE", f"{self.target.collection_path}/{name}")

    def resource(self, current: Document | None) -> Document:
        """The wanted template's document, if it is there."""
        templates: list[Document] = (current or {}).get("templates", [])
        return next((template for template in templates if template["name"] == self.target.name), {})


def _templates_of(manager: Document) -> list[str]:
    versions = [version.get("instanceTemplate", "") for version in manager.get("versions", [])]
    return [last(link) for link in [*versions, manager.get("instanceTemplate", "")] if link]
