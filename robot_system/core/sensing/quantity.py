"""Calibration, validation and filtering of one measured number."""

from __future__ import annotations

import math
from dataclasses import dataclass

from robot_system.core.sensing.calibration import NEUTRAL, Calibration
from robot_system.core.sensing.filters import Cascade, read_filters
from robot_system.core.sensing.frozen import FrozenCheck
from robot_system.core.sensing.numbers import Limits, NumberCheck
from robot_system.core.sensing.verdict import GOOD, Fault, Verdict, suspect
from robot_system.core.time import Time
from robot_system.core.values import Quality


@dataclass(frozen=True, slots=True)
class Tuning:
    """What may change while a quantity is measured; filters are named as in the configuration."""

    calibration: Calibration = NEUTRAL
    filters: tuple[str, ...] = ()


class Quantity:
    """Corrects each number, checks it, and filters those that are not bad.

    `value` is the newest filtered number, NaN before there is any.
    """

    def __init__(self, name: str, unit: str, limits: Limits, frozen_repeats: int = 0) -> None:
        self.value = math.nan
        self._name = name
        self._check = NumberCheck(name, unit, limits)
        self._frozen = FrozenCheck(frozen_repeats) if frozen_repeats else None
        self._tuning = Tuning()
        self._filter = Cascade()
        self._previous: Time | None = None

    def tune(self, tuning: Tuning) -> None:
        """Take a calibration and filters; what was measured under others no longer counts."""
        if tuning != self._tuning:
            self._tuning = tuning
            self._filter = read_filters(tuning.filters)
            self.start_anew()

    def step(self, measured: float, stamp: Time) -> Verdict:
        """Return the verdict on the next measured number; stamps should grow."""
        corrected = self._tuning.calibration.apply(measured)
        verdict = self._check.step(corrected)
        if verdict.quality is Quality.BAD:
            return verdict
        if self._frozen is not None:
            frozen = self._frozen.step(measured)
            if frozen is not GOOD:
                return frozen
        previous, self._previous = self._previous, stamp
        elapsed = 0.0 if previous is None else max(stamp - previous, 0) * 1e-9
        self.value = self._filter.step(corrected, elapsed)
        if verdict is GOOD and self._filter.is_outlier:
            return suspect(
                Fault.OUTLIER, f"{self._name} {corrected:g} is an outlier, {self.value:g} is used"
            )
        return verdict

    def start_anew(self) -> None:
        """Compare the next number with none before it, but keep the value until it comes."""
        self._check.reset()
        self._filter.reset()
        self._previous = None
        if self._frozen is not None:
            self._frozen.reset()
