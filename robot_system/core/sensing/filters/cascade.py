"""Filters one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from robot_system.core.sensing.filters.base import Filter


class Cascade:
    """Gives what each filter makes of a value to the next; with none the value stays as it is."""

    def __init__(self, stages: Sequence[Filter] = ()) -> None:
        self._stages = tuple(stages)

    def step(self, value: float, elapsed: float) -> float:
        """Return what the last stage makes of the value."""
        for stage in self._stages:
            value = stage.step(value, elapsed)
        return value

    @property
    def is_empty(self) -> bool:
        """Return whether it changes nothing."""
        return not self._stages

    @property
    def is_outlier(self) -> bool:
        """Return whether a stage threw the newest value away."""
        return any(stage.is_outlier for stage in self._stages)

    def reset(self) -> None:
        """Forget everything."""
        for stage in self._stages:
            stage.reset()
