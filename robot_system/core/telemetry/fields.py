"""Series of chosen numbers, made as they come up."""

from __future__ import annotations

from robot_system.core.telemetry.windows import Series


class Fields:
    """The samples of chosen numbers in the window that is being filled.

    The number of series is bounded, so that names out of messages cannot fill the memory:
    `left_out` counts the samples that found no place.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._series: dict[str, Series] = {}
        self.left_out = 0

    def samples(self, name: str, unit: str) -> list[float]:
        """Return the list to append samples of this name to; it stays the same for ever."""
        known = self._series.get(name)
        if known is None:
            known = Series(name, unit, [])
            if len(self._series) >= self._limit:
                self.left_out += 1
            else:
                self._series[name] = known
        return known.samples

    def series(self) -> list[Series]:
        """Return all series, in the order in which they came up."""
        return list(self._series.values())

    def start_window(self) -> None:
        """Empty the window."""
        for series in self._series.values():
            series.samples.clear()
