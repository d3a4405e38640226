"""What the planner of managed instance groups reads and says, as values (gce-behaviour section 2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_BROKEN_STATUSES = frozenset({"TERMINATED", "SUSPENDED", "STOPPED"})


class StepKind(StrEnum):
    """What the controller is to do to one member."""

    ADD = "ADD"
    """Make a new member; its instance is created in a later step."""
    CREATE = "CREATE"
    """Create the member's instance."""
    RECREATE = "RECREATE"
    """Delete the member's instance, to create it again under its name."""
    RESTART = "RESTART"
    """Boot the member's instance again."""
    REFRESH = "REFRESH"
    """Bring what can change in place (metadata, labels) to the member's version."""
    VERIFY = "VERIFY"
    """Its instance runs: wait until it is healthy."""
    SETTLE = "SETTLE"
    """It is as wanted."""
    REMOVE = "REMOVE"
    """Delete the member with its instance."""
    FORGET = "FORGET"
    """The member's instance is gone, or let go: the member ends."""


@dataclass(frozen=True)
class Version:
    """A version is its name and its template together (gce-behaviour: version identity)."""

    name: str
    template: str


@dataclass(frozen=True)
class VersionTarget:
    """A version and the number of members it is to have; None: all the others do not take."""

    version: Version
    size: int | None = None


@dataclass(frozen=True)
class Member:
    """One managed instance, as it is.

    Attributes:
        action: `currentAction`.
        intent: what a caller asked for and is not begun: DELETE, ABANDON, RECREATE, RESTART, REFRESH.
        exists: its instance is stored.
        status: of its instance, empty when there is none.
        deleted: its instance is on the way out.
        booting: its instance has yet to boot for its latest start or reset.
        healthy_once: by the autohealing check, since its latest boot.
        unhealthy: UNHEALTHY or TIMEOUT by the autohealing check.
        since: cloud time at which it came to its action or, if that was later, last booted.
        verified: it has been VERIFYING successfully since it was last made.
        not_before: cloud time before which its instance is not created again (back-off).
    """

    name: str
    zone: str
    version: Version
    action: str = "NONE"
    intent: str | None = None
    exists: bool = True
    status: str = "RUNNING"
    deleted: bool = False
    booting: bool = False
    healthy_once: bool = True
    unhealthy: bool = False
    since: float = 0.0
    verified: bool = True
    not_before: float = 0.0

    @property
    def available(self) -> bool:
        """Running, verified and staying."""
        return self.verified and self.exists and not self.deleted and self.status == "RUNNING"

    @property
    def broken(self) -> bool:
        """Its instance is gone or no longer runs."""
        return not self.exists or self.deleted or self.status in _BROKEN_STATUSES


@dataclass(frozen=True)
class Group:
    """What is wanted. Sizes are numbers of members; percents are resolved by the caller.

    Attributes:
        proactive: False (OPPORTUNISTIC) leaves members of other versions alone.
        substitute: False (RECREATE) keeps the names of members that are updated.
        update_action: what an update does to a member: REPLACE, RESTART or REFRESH.
        checked: there is an autohealing health check.
        initial_delay_seconds: failures before this age, and before the first success, heal nothing.
        repairs: False (`defaultActionOnFailure=DO_NOTHING`) leaves failed members as they are.
        updates_on_repair: `forceUpdateOnRepair`.
        redistributes: moves members when zones differ by more than one.
    """

    target_size: int
    versions: tuple[VersionTarget, ...]
    zones: tuple[str, ...]
    max_surge: int = 1
    max_unavailable: int = 0
    proactive: bool = True
    substitute: bool = True
    update_action: str = "REPLACE"
    checked: bool = False
    initial_delay_seconds: float = 0.0
    repairs: bool = True
    updates_on_repair: bool = False
    redistributes: bool = False


@dataclass(frozen=True)
class Step:
    """One thing to do. `name` is empty for ADD; `version` is set where an instance is (re)made."""

    kind: StepKind
    name: str = ""
    zone: str = ""
    version: Version | None = None
