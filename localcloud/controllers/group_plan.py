"""What a managed instance group does next: a pure function of its target, its policy and its members.

Rules: gce-behaviour section 2. A member's way is CREATING (or RECREATING, RESTARTING) → VERIFYING → NONE; `available`
is a member that runs and, where autohealing checks, has been healthy once. An update keeps at least
`target_size - max_unavailable` members available and at most `target_size + max_surge` in all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from localcloud.controllers.group_values import Group, Member, Step, StepKind, Version

_LEAVING = frozenset({"DELETING", "ABANDONING"})
_BEING_MADE = frozenset({"CREATING", "RECREATING"})


def plan(group: Group, members: Iterable[Member], now: float) -> list[Step]:
    """Everything that can be begun now; empty when the group is as wanted or must wait."""
    members = list(members)
    steps: list[Step] = []
    staying: list[Member] = []
    for member in members:
        step = _intended(group, member) or _progressed(group, member, now)
        if step is not None:
            steps.append(step)
        if member.action not in _LEAVING and member.intent not in ("DELETE", "ABANDON"):
            staying.append(member)
    sized = _sized(group, staying, {step.name for step in steps})
    removed = {step.name for step in sized if step.kind is StepKind.REMOVE}
    return [step for step in steps if step.name not in removed] + sized


def outdated(group: Group, members: Iterable[Member]) -> list[Member]:
    """Members of a version the group does not want or, where versions share the group, beyond their share."""
    quotas = version_sizes(group)
    shared = len(quotas) > 1
    used: Counter[Version] = Counter()
    result = []
    for member in sorted(members, key=lambda member: not member.available):
        used[member.version] += 1
        if member.version not in quotas or (shared and used[member.version] > quotas[member.version]):
            result.append(member)
    return result


def version_sizes(group: Group) -> dict[Version, int]:
    """How many members each version is to have; they add up to the target size."""
    remaining = group.target_size
    sizes: dict[Version, int] = {}
    for target in group.versions:
        if target.size is not None:
            sizes[target.version] = min(target.size, remaining)
            remaining -= sizes[target.version]
    for target in group.versions:
        if target.size is None:
            sizes[target.version] = sizes.get(target.version, 0) + remaining
            remaining = 0
    return sizes


def _intended(group: Group, member: Member) -> Step | None:
    """The step that a caller's request makes; what is made anew gets the group's current configuration (D)."""
    if member.action in _LEAVING:
        return None
    kinds = {
        "DELETE": StepKind.REMOVE,
        "ABANDON": StepKind.FORGET,
        "RECREATE": StepKind.RECREATE,
        "RESTART": StepKind.RESTART,
        "REFRESH": StepKind.REFRESH,
    }
    kind = kinds.get(member.intent or "")
    return None if kind is None else Step(kind, member.name, version=_current_version(group, member))


def _progressed(group: Group, member: Member, now: float) -> Step | None:
    """The step that follows from how far the member's action has come, repair included."""
    if member.action in _LEAVING:
        return None if member.exists else Step(StepKind.FORGET, member.name)
    if not member.exists and member.action in _BEING_MADE:
        return Step(StepKind.CREATE, member.name, version=member.version) if now >= member.not_before else None
    if member.broken:
        return _repaired(group, member)
    if member.status != "RUNNING" or member.booting:
        return None
    if member.action not in ("NONE", "VERIFYING"):
        return Step(StepKind.VERIFY, member.name)
    if member.unhealthy and _heals(group, member, now):
        return _repaired(group, member)
    if member.action == "VERIFYING" and (member.healthy_once or not group.checked):
        return Step(StepKind.SETTLE, member.name)
    return None


def _heals(group: Group, member: Member, now: float) -> bool:
    return group.checked and (member.healthy_once or now - member.since >= group.initial_delay_seconds)


def _repaired(group: Group, member: Member) -> Step | None:
    if member.action in _BEING_MADE and member.exists and member.deleted:
        return None  # the old instance is still on its way out
    if not group.repairs and member.action == "NONE":
        return None
    version = _current_version(group, member) if group.updates_on_repair else member.version
    return Step(StepKind.RECREATE, member.name, version=version)


def _sized(group: Group, staying: list[Member], taken: set[str]) -> list[Step]:
    """Steps that bring the group to its size and its members to their versions."""
    old = outdated(group, staying) if group.proactive else []
    updates = bool(old)
    if not updates and group.redistributes:
        old = _misplaced(group, staying)
    if updates and (group.update_action != "REPLACE" or not group.substitute):
        return _updated_in_place(group, staying, old, taken) + _resized(group, staying, [])
    removed = _removed_after_update(group, staying, old)
    kept = [member for member in staying if member not in removed]
    remaining = [member for member in old if member not in removed]
    return [Step(StepKind.REMOVE, member.name) for member in removed] + _resized(group, kept, remaining)


def _removed_after_update(group: Group, staying: list[Member], old: list[Member]) -> list[Member]:
    """The outdated members that can go now: unavailable ones at once, others while enough stay available."""
    unavailable = [member for member in old if not member.available]
    available = sum(member.available for member in staying)
    budget = max(0, available - (group.target_size - group.max_unavailable))
    removed = list(unavailable)
    candidates = [member for member in old if member.available]
    while budget > 0 and candidates:
        zones = Counter(member.zone for member in staying if member not in removed)
        victim = max(candidates, key=lambda member: (zones[member.zone], member.name))
        candidates.remove(victim)
        removed.append(victim)
        budget -= 1
    return removed


def _updated_in_place(group: Group, staying: list[Member], old: list[Member], taken: set[str]) -> list[Step]:
    """Recreate, restart or refresh outdated members under their names, within max_unavailable."""
    kind = {"REPLACE": StepKind.RECREATE, "RESTART": StepKind.RESTART, "REFRESH": StepKind.REFRESH}
    step_kind = kind[group.update_action]
    budget = sum(member.available for member in staying) - (group.target_size - group.max_unavailable)
    fresh = [member for member in staying if member not in old]
    steps = []
    for member in sorted(old, key=lambda member: member.available):
        if member.name in taken or member.deleted:
            continue
        if member.available and step_kind is not StepKind.REFRESH:
            if budget <= 0:
                continue
            budget -= 1
        version = _version_with_room(group, fresh)
        fresh.append(Member(member.name, member.zone, version))
        steps.append(Step(step_kind, member.name, version=version))
    return steps


def _resized(group: Group, staying: list[Member], old: list[Member]) -> list[Step]:
    """Add or remove members; during an update (`old` not empty) up to max_surge more than the target are had."""
    surge = min(group.max_surge, len(old))
    fresh = [member for member in staying if member not in old]
    excess = len(staying) - group.target_size - surge
    if excess > 0:
        return [Step(StepKind.REMOVE, member.name) for member in _victims(group, staying, excess)]
    steps = []
    for _ in range(min(-excess, group.target_size - len(fresh))):
        version, zone = _version_with_room(group, fresh), _emptiest_zone(group, fresh)
        fresh.append(Member("", zone, version))
        steps.append(Step(StepKind.ADD, zone=zone, version=version))
    return steps


def _victims(group: Group, staying: list[Member], count: int) -> list[Member]:
    """Whom shrinking takes: not running, being changed, outdated, unhealthy, in the fullest zone."""
    candidates = list(staying)
    old = {member.name for member in outdated(group, staying)}
    victims: list[Member] = []
    while len(victims) < count:
        zones = Counter(member.zone for member in candidates)
        victim = max(
            candidates,
            key=lambda member: (
                member.broken or member.status != "RUNNING",
                member.action != "NONE",
                member.name in old,
                member.unhealthy,
                zones[member.zone],
                member.name,
            ),
        )
        candidates.remove(victim)
        victims.append(victim)
    return victims


def _misplaced(group: Group, staying: list[Member]) -> list[Member]:
    """One member of a zone that has more than its even share; nobody while the group is far from its size."""
    if len(staying) > group.target_size + 1:
        return []
    settled = Counter(member.zone for member in staying if member.action == "NONE")
    share, rest = divmod(group.target_size, len(group.zones))
    for place, zone in enumerate(sorted(group.zones, key=lambda zone: -settled[zone])):
        present = [member for member in staying if member.zone == zone]
        if len(present) > share + (1 if place < rest else 0) and len(staying) >= group.target_size:
            return [max(present, key=lambda member: (not member.available, member.name))]
    return []


def _current_version(group: Group, member: Member) -> Version:
    """The member's own version while the group wants it, else the one the group lacks most."""
    return member.version if member.version in version_sizes(group) else _version_with_room(group, [])


def _version_with_room(group: Group, members: list[Member]) -> Version:
    """The version that lacks most members; the one that takes the rest when none does."""
    used = Counter(member.version for member in members)
    sizes = version_sizes(group)
    rest = [target.version for target in group.versions if target.size is None] or [group.versions[-1].version]
    lacking = {version: size - used[version] for version, size in sizes.items()}
    best = max(lacking, key=lambda version: lacking[version])
    return best if lacking[best] > 0 else rest[0]


def _emptiest_zone(group: Group, members: list[Member]) -> str:
    zones = Counter(member.zone for member in members)
    return min(group.zones, key=lambda zone: zones[zone])
