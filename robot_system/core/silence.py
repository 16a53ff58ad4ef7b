"""Tells when an input that should come regularly has stopped."""

from __future__ import annotations

from robot_system.core.time import Instant, from_seconds
from robot_system.core.values import Health, HealthReport

# An input that never came yet is not silent before this long (s).
STARTUP = 1.0


class Silence:
    """Watches when one input arrives, on the steady clock."""

    def __init__(self, name: str, max_age: float, now: Instant) -> None:
        self._name = name
        self._max_age = max_age
        self._since = now
        self._heard: Instant | None = None

    def hear(self, now: Instant) -> None:
        """Note that the input arrived."""
        self._heard = now

    def report(self, now: Instant) -> HealthReport | None:
        """Return what the silence means: nothing while the input is not older than it may be."""
        if self._heard is None:
            is_late = now.steady - self._since.steady > from_seconds(STARTUP)
            health = Health.UNHEALTHY if is_late else Health.DEGRADED
            return HealthReport(health, f"no {self._name} yet", blames=self._name)
        age = now.since(self._heard)
        if age <= self._max_age:
            return None
        health = Health.UNHEALTHY if age > 2.0 * self._max_age else Health.DEGRADED
        # The age is in the facts only: the reason is told whenever it changes.
        return HealthReport(
            health,
            f"topic {self._name} is silent",
            ((self._name, f"{age:.1f} s"),),
            self._name,
            self._heard.stamp,
        )
