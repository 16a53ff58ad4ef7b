"""Follows action chunks: which command of the newest chunk is due now, and may it be used."""

from __future__ import annotations

import math

import numpy as np

from robot_system.core.time import Instant
from robot_system.core.values import ActionChunk, Twist

# A chunk from further in the future than this comes from another clock.
FUTURE_TOLERANCE = 0.05
# What a chunk may say of its own time (s), and how many commands it may have.
SHORTEST, LONGEST = 1e-3, 10.0
MOST_ROWS = 1000


def _problem_of(chunk: ActionChunk) -> str:
    """Return why a chunk can not be followed whatever the time, or an empty string."""
    commands = chunk.commands
    if not chunk.valid:
        return chunk.reason or "the policy calls it invalid"
    if commands.ndim != 2 or commands.shape[1:] != (2,) or not 0 < len(commands) <= MOST_ROWS:
        return f"shape {commands.shape} instead of (n, 2)"
    if not np.isfinite(commands).all():
        return "a command is not finite"
    if not (SHORTEST <= chunk.dt <= LONGEST and 0.0 <= chunk.valid_for <= LONGEST):
        return f"dt {chunk.dt:g} or validity {chunk.valid_for:g} is impossible"
    return ""


class Playback:
    """Holds the newest chunk; older and repeated ones are refused and counted.

    `problem` says why that chunk can not be followed at any time; it is empty for a good one.
    """

    def __init__(self) -> None:
        self.chunk: ActionChunk | None = None
        self.received: Instant | None = None
        self.problem = ""
        self.refused = 0
        self._commands: list[Twist] = []

    def accept(self, chunk: ActionChunk, now: Instant) -> bool:
        """Take a chunk unless one at least as new is there.

        A new policy process counts from 1 again, with newer stamps. What came from the future
        is replaced by anything, or it would keep out all that comes after.
        """
        held = self.chunk
        if held is not None and not (
            (chunk.sequence > held.sequence and chunk.stamp >= held.stamp)
            or (chunk.sequence < held.sequence and chunk.stamp > held.stamp)
            or (held.stamp - now.stamp) * 1e-9 > FUTURE_TOLERANCE
        ):
            self.refused += 1
            return False
        self.chunk = chunk
        self.received = now
        self.problem = _problem_of(chunk)
        self._commands = [] if self.problem else [Twist(*row) for row in chunk.commands.tolist()]
        return True

    def age(self, now: Instant) -> float:
        """Return the seconds since the newest chunk was made or arrived, whichever is more."""
        if self.chunk is None or self.received is None:
            return math.inf
        return max((now.stamp - self.chunk.stamp) * 1e-9, now.since(self.received))

    def command(self, now: Instant) -> Twist:
        """Return the command that is due now; the last one holds until the chunk expires."""
        if self.chunk is None or not self._commands:
            return Twist()
        elapsed = (now.stamp - self.chunk.stamp) * 1e-9
        row = min(max(int(elapsed / self.chunk.dt), 0), len(self._commands) - 1)
        return self._commands[row]
