"""Calibration, validation and filtering of one measured number."""

from __future__ import annotations

import math

from robot_system.core.sensing.calibration import Calibration
from robot_system.core.sensing.filters import Filter
from robot_system.core.sensing.numbers import Limits, NumberCheck
from robot_system.core.sensing.verdict import Verdict
from robot_system.core.values import Quality


class ScalarSensor:
    """Corrects each number, checks it, and filters those that are not bad.

    `value` is the newest filtered number, NaN before there is any.
    """

    def __init__(
        self, name: str, unit: str, limits: Limits, calibration: Calibration, smooth: Filter
    ) -> None:
        self.calibration = calibration
        self.value = math.nan
        self._check = NumberCheck(name, unit, limits)
        self._filter = smooth

    def step(self, measured: float) -> Verdict:
        """Return the verdict on the next measured number."""
        corrected = self.calibration.apply(measured)
        verdict = self._check.step(corrected)
        if verdict.quality is not Quality.BAD:
            self.value = self._filter.step(corrected)
        return verdict

    def reset(self) -> None:
        """Forget everything."""
        self.value = math.nan
        self._check.reset()
        self._filter.reset()
