"""How often a stream of messages arrives."""

from __future__ import annotations

from collections import deque

from robot_system.core.sensing.verdict import GOOD, Fault, Verdict, bad, suspect
from robot_system.core.time import Time, from_seconds

SHORTEST_MEMORY = 4
LONGEST_MEMORY = 50


class RateCheck:
    """Says whether messages come at all, and often enough; times are of the steady clock.

    The rate is taken over about one second of messages, so that a hiccup is not called slow.
    """

    def __init__(self, rate: float, max_age: float, lowest_share: float) -> None:
        self._rate = rate
        self._lowest = rate * lowest_share
        self._max_age = from_seconds(max_age)
        memory = min(max(round(rate), SHORTEST_MEMORY), LONGEST_MEMORY)
        self._arrivals: deque[Time] = deque(maxlen=memory + 1)
        self._start: Time | None = None

    def arrived(self, now: Time) -> None:
        """Note a message; after a silence the rate is measured anew."""
        arrivals = self._arrivals
        if arrivals and now - arrivals[-1] > self._max_age:
            arrivals.clear()
        arrivals.append(now)

    @property
    def has_arrived(self) -> bool:
        """Return whether anything came since the reset."""
        return bool(self._arrivals)

    def is_waiting(self, now: Time) -> bool:
        """Return whether nothing came yet, but it is too early to blame anybody."""
        return not self._arrivals and (self._start is None or now - self._start <= self._max_age)

    def look(self, now: Time) -> Verdict:
        """Return the verdict at this time."""
        arrivals = self._arrivals
        if not arrivals:
            return bad(Fault.NO_DATA, "no data")
        if now - arrivals[-1] > self._max_age:
            return bad(Fault.SILENT, "silent")
        if len(arrivals) == arrivals.maxlen:
            rate = (len(arrivals) - 1) * 1e9 / max(arrivals[-1] - arrivals[0], 1)
            if rate < self._lowest:
                return suspect(Fault.SLOW, f"{rate:.0f} Hz instead of {self._rate:g}")
        return GOOD

    def reset(self, now: Time) -> None:
        """Start anew at this time."""
        self._arrivals.clear()
        self._start = now
