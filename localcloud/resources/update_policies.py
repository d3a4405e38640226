"""The update policy and versions of an instance group manager: defaults and refusals (gce-behaviour section 2)."""

from __future__ import annotations

import math

from localcloud.errors.api import invalid_field, required_field
from localcloud.resources.fields import check_range, fill
from localcloud.store.store import Document

_SMALLEST_FOR_PERCENT = 10


def complete_update_policy(
    policy: Document, *, size: int, zones: int, regional: bool, percent_checked: bool = True
) -> None:
    """Fill the policy in place and check how far an update may disturb the group.

    Args:
        policy: InstanceGroupManagerUpdatePolicy.
        size: the group's target size, in instances.
        zones: number of zones the group spreads over; 1 for a zonal group.
        regional: whether it is a regional group.
        percent_checked: False when only the size changes: a group may shrink under a percentage it already has.

    Raises:
        ApiError: 400 when nothing may be disturbed, when a regional number is between 0 and the number of zones,
            when a percentage is used under ten instances, or RECREATE is combined with a surge.
    """
    fill(
        policy,
        {
            "type": "OPPORTUNISTIC",
            "minimalAction": "REPLACE",
            "mostDisruptiveAllowedAction": "REPLACE",
            "replacementMethod": "SUBSTITUTE",
            "maxSurge": {} if policy.get("maxSurge") else {"fixed": zones},
            "maxUnavailable": {} if policy.get("maxUnavailable") else {"fixed": zones},
        },
    )
    if regional:
        fill(policy, {"instanceRedistributionType": "PROACTIVE"})
    elif policy.get("instanceRedistributionType") == "PROACTIVE":
        raise _refusal("instanceRedistributionType", "PROACTIVE", "Only a regional group can be redistributed.")
    for name in ("maxSurge", "maxUnavailable"):
        amount = policy[name]
        _check_amount(amount, f"resource.updatePolicy.{name}")
        if percent_checked and "percent" in amount and size < _SMALLEST_FOR_PERCENT:
            raise _refusal(
                name,
                f"{amount['percent']}%",
                f"A percentage can be used only with at least {_SMALLEST_FOR_PERCENT} instances; the group has {size}.",
            )
        if regional and 0 < int(amount.get("fixed", 0)) < zones:
            raise _refusal(name, amount["fixed"], f"Fixed value must be 0 or at least the number of zones, {zones}.")
    policy["maxSurge"]["calculated"] = calculated(policy["maxSurge"], size, round_up=True)
    policy["maxUnavailable"]["calculated"] = calculated(policy["maxUnavailable"], size, round_up=False)
    if policy["replacementMethod"] == "RECREATE" and _given(policy["maxSurge"]) != 0:
        raise _refusal(
            "maxSurge",
            _given(policy["maxSurge"]),
            "maxSurge must be equal to 0 when replacement method is set to RECREATE",
        )
    if _given(policy["maxSurge"]) == 0 and _given(policy["maxUnavailable"]) == 0:
        raise _refusal("maxUnavailable", 0, "maxSurge and maxUnavailable cannot both be 0; raise one of them.")


def calculated(amount: Document, size: int, *, round_up: bool) -> int:
    """How many instances a FixedOrPercent comes to in a group of `size`."""
    if "fixed" in amount:
        return int(amount["fixed"])
    exact = size * int(amount.get("percent", 0)) / 100
    return math.ceil(exact) if round_up else math.floor(exact)


def complete_versions(versions: list[Document], size: int) -> Document:
    """Check the versions, fill in how many instances each has, and return the one that takes the rest.

    Raises:
        ApiError: 400 without a template, with more than two versions, or unless exactly one has no targetSize.
    """
    if len(versions) > 2:
        raise invalid_field("resource.versions", len(versions), "At most two versions are supported.")
    seen = set()
    for index, version in enumerate(versions):
        if "instanceTemplate" not in version:
            raise required_field(f"resource.versions[{index}].instanceTemplate")
        identity = (version.get("name"), version["instanceTemplate"])
        if identity in seen:
            raise invalid_field(
                f"resource.versions[{index}]", identity[1], "Two versions have the same name and template."
            )
        seen.add(identity)
    open_ended = [version for version in versions if not has_size(version)]
    if len(open_ended) != 1:
        raise invalid_field(
            "resource.versions",
            len(open_ended),
            "Exactly one version must have no targetSize: it takes the instances that are left.",
        )
    rest = size
    for index, version in enumerate(versions):
        if has_size(version):
            amount = version["targetSize"]
            _check_amount(amount, f"resource.versions[{index}].targetSize")
            amount["calculated"] = min(rest, version_size(amount, size))
            rest -= amount["calculated"]
    open_ended[0]["targetSize"] = {"calculated": rest}
    return open_ended[0]


def version_size(amount: Document, size: int) -> int:
    """Members of a version whose targetSize is given: fixed, at most the group's size, or a rounded percentage."""
    if "fixed" in amount:
        return min(int(amount["fixed"]), size)
    return math.floor(size * int(amount["percent"]) / 100 + 0.5)


def has_size(version: Document) -> bool:
    """Whether a version says how many members it has; the one that does not takes the rest."""
    amount = version.get("targetSize") or {}
    return "fixed" in amount or "percent" in amount


def _check_amount(amount: Document, field: str) -> None:
    if ("fixed" in amount) == ("percent" in amount):
        raise invalid_field(field, _given(amount), "Exactly one of fixed and percent must be specified.")
    check_range(f"{field}.fixed", int(amount.get("fixed", 0)), 0, 2000)
    check_range(f"{field}.percent", int(amount.get("percent", 0)), 0, 100)


def _given(amount: Document) -> int:
    return int(amount["fixed"] if "fixed" in amount else amount.get("percent", 0))


def _refusal(name: str, value: object, message: str) -> Exception:
    return invalid_field(f"resource.updatePolicy.{name}", value, message)
