"""Tells when a node does not put out what it promises, by its own count."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from itertools import pairwise

from robot_system.core.time import Instant, Time, from_seconds
from robot_system.core.values import Health, HealthReport

# A slower output than this is not waited for at the start: it only must not be missing later (s).
PROMPT = 0.5


@dataclass(frozen=True, slots=True)
class OutputLimits:
    """How patient to be with the outputs of a node.

    `grace` is the time until the first output, `silence` how late one may be at least (a timer of
    a busy machine may be), `rate_share` the share of its rate with which it is slow, and `invalid`
    how long it may be marked as not valid (s).
    """

    grace: float
    silence: float
    rate_share: float
    invalid: float


class OutputWatch:
    """Watches one output: its rate (Hz), and the oldest that its data may be (s)."""

    def __init__(
        self, name: str, rate: float, max_age: float, limits: OutputLimits, now: Instant
    ) -> None:
        self._name = name
        self._rate = rate
        self._max_age = max_age
        self._limits = limits
        self._most = max(max_age, limits.silence)
        self._since = now.steady
        self._times: deque[Time] = deque(maxlen=max(3, round(rate) + 1))
        self._stamp: Time = 0
        self._lag = 0.0
        self._invalid_since: Time | None = None

    @property
    def has_begun(self) -> bool:
        """Tell whether anything was put out."""
        return bool(self._times)

    def publish(self, stamp: Time, is_valid: bool, now: Instant) -> None:
        """Note that something was put out."""
        self._times.append(now.steady)
        self._stamp = now.stamp
        self._lag = (now.stamp - stamp) * 1e-9 if stamp else 0.0
        if is_valid:
            self._invalid_since = None
        elif self._invalid_since is None:
            self._invalid_since = now.steady

    def report(self, now: Instant) -> HealthReport | None:
        """Return what is wrong with the output; nothing while it keeps its promise."""
        name, times = self._name, self._times
        if not times:
            return self._not_begun(now)
        age = (now.steady - times[-1]) * 1e-9
        if age > self._most:
            health = Health.UNHEALTHY if age > 2.0 * self._most else Health.DEGRADED
            missing = self._told(health, f"it puts out no {name}", f"{age:.1f} s")
            return replace(missing, since=self._stamp)
        if self._lag > self._max_age:
            return self._told(Health.DEGRADED, f"its {name} is too old", f"{self._lag:.2f} s old")
        if self._invalid_since is not None:
            lasts = (now.steady - self._invalid_since) * 1e-9
            if lasts > self._limits.invalid:
                return self._told(Health.DEGRADED, f"its {name} is not valid", f"{lasts:.1f} s")
        return self._too_slow() if len(times) == times.maxlen else None

    def _not_begun(self, now: Instant) -> HealthReport | None:
        name, waited = self._name, now.steady - self._since
        if waited > from_seconds(max(self._limits.grace, 2.0 * self._max_age)):
            return self._told(Health.UNHEALTHY, f"it puts out no {name}", "none yet")
        if self._max_age <= PROMPT:
            return self._told(Health.UNKNOWN, f"its first {name} is to come", "none yet")
        return None

    def _too_slow(self) -> HealthReport | None:
        """Return whether it is slow; its longest break does not count, it was missing then."""
        times = self._times
        least = self._limits.rate_share * self._rate
        if _rate_of(len(times) - 1, times[-1] - times[0]) >= least:
            return None
        longest = max(later - earlier for earlier, later in pairwise(times))
        rate = _rate_of(len(times) - 2, times[-1] - times[0] - longest)
        if rate >= least:
            return None
        return self._told(Health.DEGRADED, f"its {self._name} comes too slowly", f"{rate:.1f} Hz")

    def _told(self, health: Health, reason: str, fact: str) -> HealthReport:
        return HealthReport(health, reason, ((self._name, fact),), self._name)


def _rate_of(steps: int, duration: Time) -> float:
    return steps * 1e9 / max(duration, 1)
