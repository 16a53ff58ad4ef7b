"""Calibration and filtering of a vector."""

from __future__ import annotations

from dataclasses import dataclass

from robot_system.core.sensing.calibration import NEUTRAL, Calibration
from robot_system.core.sensing.filters import Cascade, read_filters

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class AxesTuning:
    """The calibration of the axes x, y and z, and the filters that each of them goes through."""

    calibrations: tuple[Calibration, ...] = (NEUTRAL, NEUTRAL, NEUTRAL)
    filters: tuple[str, ...] = ()


class Axes:
    """The three axes of one vector, each calibrated and filtered by itself."""

    def __init__(self) -> None:
        self._tuning = AxesTuning()
        self._filters: tuple[Cascade, ...] = ()

    @property
    def is_neutral(self) -> bool:
        """Return whether it changes nothing."""
        return not self._filters and all(one.is_neutral for one in self._tuning.calibrations)

    @property
    def is_outlier(self) -> bool:
        """Return whether a filter threw away the newest number of an axis."""
        return any(one.is_outlier for one in self._filters)

    def tune(self, tuning: AxesTuning) -> None:
        """Take a calibration and filters."""
        if tuning != self._tuning:
            self._tuning = tuning
            cascades = tuple(read_filters(tuning.filters) for _ in "xyz")
            self._filters = () if cascades[0].is_empty else cascades

    def step(self, vector: Vector, elapsed: float) -> Vector:
        """Return the vector corrected and filtered."""
        pairs = zip(self._tuning.calibrations, vector, strict=True)
        x, y, z = (calibration.apply(number) for calibration, number in pairs)
        if not self._filters:
            return x, y, z
        of_x, of_y, of_z = self._filters
        return of_x.step(x, elapsed), of_y.step(y, elapsed), of_z.step(z, elapsed)

    def start_anew(self) -> None:
        """Forget what was measured."""
        for one in self._filters:
            one.reset()
