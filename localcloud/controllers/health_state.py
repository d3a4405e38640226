"""Health of one instance by one check: what consecutive probes make of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Outcome(StrEnum):
    """What one probe found."""

    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"
    TIMEOUT = "TIMEOUT"


@dataclass(frozen=True)
class HealthState:
    """Google's `detailedHealthState` with the run of equal outcomes that can change it.

    UNKNOWN until a threshold is reached for the first time.
    """

    state: str = "UNKNOWN"
    successes: int = 0
    failures: int = 0

    def after(self, outcome: Outcome, *, healthy_threshold: int, unhealthy_threshold: int) -> HealthState:
        """The state after one more probe (D: healthyThreshold, unhealthyThreshold: consecutive)."""
        if outcome is Outcome.HEALTHY:
            counted = replace(self, successes=self.successes + 1, failures=0)
            return replace(counted, state="HEALTHY") if counted.successes >= healthy_threshold else counted
        counted = replace(self, successes=0, failures=self.failures + 1)
        return replace(counted, state=str(outcome)) if counted.failures >= unhealthy_threshold else counted
