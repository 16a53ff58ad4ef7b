"""Checks of the time stamps of one stream of messages."""

from __future__ import annotations

from robot_system.core.sensing.verdict import GOOD, Fault, Verdict, bad
from robot_system.core.time import Time, from_seconds, to_seconds


class StampCheck:
    """A stamp must be near the present and later than the one before.

    Each stamp is compared with the one just before it, also when that was bad: so a clock that
    was set back costs one message, not all of them until it has caught up.
    """

    def __init__(self, max_age: float, future_tolerance: float) -> None:
        self._max_age = from_seconds(max_age)
        self._future_tolerance = from_seconds(future_tolerance)
        self._previous: Time | None = None

    def step(self, stamp: Time, now: Time) -> Verdict:
        """Return the verdict on the next stamp, received at `now` on the same clock."""
        previous, self._previous = self._previous, stamp
        age = now - stamp
        if age < -self._future_tolerance:
            return bad(Fault.FUTURE, f"stamp {to_seconds(-age):.2f} s in the future")
        if age > self._max_age:
            return bad(
                Fault.OLD, f"{to_seconds(age):.2f} s old, at most {to_seconds(self._max_age):g} s"
            )
        if previous is not None and stamp <= previous:
            if stamp == previous:
                return bad(Fault.REPEATED, "same stamp as the message before")
            return bad(Fault.BACKWARDS, f"stamp went back by {to_seconds(previous - stamp):.2f} s")
        return GOOD

    def reset(self) -> None:
        """Forget everything."""
        self._previous = None
