"""Calibration, validation and filtering of the battery's state."""

from __future__ import annotations

import math

from robot_system.core.sensing.numbers import Limits, NumberCheck
from robot_system.core.sensing.scalar import ScalarSensor
from robot_system.core.sensing.verdict import GOOD, Verdict, worst
from robot_system.core.values import Battery

CHARGE = Limits(0.0, 1.0)


class BatterySensor:
    """The voltage must be measured; current and charge may be NaN, which says "not measured"."""

    def __init__(self, voltage: ScalarSensor, current: ScalarSensor) -> None:
        self.voltage = voltage
        self.current = current
        self._charge = NumberCheck("charge", "", CHARGE)

    def step(self, battery: Battery) -> tuple[Verdict, Battery]:
        """Return the verdict on the next state, and the state corrected and filtered."""
        verdict = self.voltage.step(battery.voltage)
        current = battery.current
        if not math.isnan(current):
            verdict = worst(verdict, self.current.step(current))
            current = self.current.value
        verdict = worst(verdict, self._check_charge(battery.charge))
        filtered = Battery(
            battery.stamp, self.voltage.value, current, battery.charge, battery.frame
        )
        return verdict, filtered

    def reset(self) -> None:
        """Forget everything."""
        self.voltage.reset()
        self.current.reset()

    def _check_charge(self, charge: float) -> Verdict:
        return GOOD if math.isnan(charge) else self._charge.step(charge)
