"""Detection of a sensor that repeats itself."""

from __future__ import annotations

from collections.abc import Hashable

from robot_system.core.sensing.verdict import GOOD, Fault, Verdict, bad


class FrozenCheck:
    """Real measurements carry noise: the same value too often in a row is no measurement."""

    def __init__(self, repeats: int) -> None:
        self._limit = repeats
        self._previous: Hashable = None
        self._repeats = 0

    def step(self, value: Hashable) -> Verdict:
        """Return the verdict on the next value; `repeats` equal ones after the first are bad."""
        if value != self._previous:
            self._previous = value
            self._repeats = 0
            return GOOD
        self._repeats += 1
        if self._repeats < self._limit:
            return GOOD
        return bad(Fault.FROZEN, "the same values over and over")

    def reset(self) -> None:
        """Forget everything."""
        self._previous = None
        self._repeats = 0
