"""Time as integer nanoseconds, so that stamps stay exact through every conversion."""

from __future__ import annotations

from dataclasses import dataclass

Time = int
"""Nanoseconds since the epoch of the clock that was read."""

SECOND: Time = 1_000_000_000


def to_seconds(duration: Time) -> float:
    """Return a duration in seconds."""
    return duration * 1e-9


def from_seconds(seconds: float) -> Time:
    """Return a duration in nanoseconds."""
    return round(seconds * 1e9)


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment, read from the two clocks that a node may use.

    `stamp` is the node clock: it is compared with the stamps of data, and may jump.
    `steady` never jumps: it paces, and measures how long ago something arrived.
    """

    stamp: Time
    steady: Time

    def since(self, earlier: Instant) -> float:
        """Return the seconds between two moments on the steady clock."""
        return (self.steady - earlier.steady) * 1e-9
