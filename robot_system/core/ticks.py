"""How the work of a node went."""

from __future__ import annotations

from robot_system.core.time import Time


class TickStatistics:
    """Durations of ticks, and of handling messages, since the last heartbeat (s)."""

    __slots__ = ("count", "longest", "longest_period", "previous", "total")

    def __init__(self) -> None:
        self.previous: Time | None = None
        self.clear()

    def clear(self) -> None:
        """Begin to count anew."""
        self.count = 0
        self.total = 0.0
        self.longest = 0.0
        self.longest_period = 0.0

    def add(self, started: Time, duration: float) -> None:
        """Note a tick."""
        if self.previous is not None:
            period = (started - self.previous) * 1e-9
            if period > self.longest_period:
                self.longest_period = period
        self.previous = started
        self.count += 1
        self.total += duration
        self.handled(duration)

    def handled(self, duration: float) -> None:
        """Note what was not a tick."""
        if duration > self.longest:
            self.longest = duration
