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
    Somebody looks every `look_period` (s): silence is told of at the last look before the
    newest message is older than it may be, since the one after that would be too late.
    """

    def __init__(
        self, rate: float, max_age: float, lowest_share: float, look_period: float = 0.0
    ) -> None:
        self._rate = rate
        self._lowest = rate * lowest_share
        self._longest_silence = from_seconds(max_age - look_period)
        memory = min(max(round(rate), SHORTEST_MEMORY), LONGEST_MEMORY)
        self._arrivals: deque[Time] = deque(maxlen=memory + 1)
        self._start: Time | None = None

    def arrived(self, now: Time) -> bool:
        """Note a message, and return whether it ends a silence, after which all begins anew."""
        arrivals = self._arrivals
        has_been_silent = bool(arrivals) and now - arrivals[-1] > self._longest_silence
        if has_been_silent:
            arrivals.clear()
        arrivals.append(now)
        return has_been_silent

    @property
    def has_arrived(self) -> bool:
        """Return whether anything came since the reset."""
        return bool(self._arrivals)

    def is_waiting(self, now: Time) -> bool:
        """Return whether nothing came yet, but it is too early to blame anybody."""
        if self._arrivals:
            return False
        return self._start is None or now - self._start <= self._longest_silence

    def look(self, now: Time) -> Verdict:
        """Return the verdict at this time."""
        arrivals = self._arrivals
        if not arrivals:
            return bad(Fault.NO_DATA, "no data")
        if now - arrivals[-1] > self._longest_silence:
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
