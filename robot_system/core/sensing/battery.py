"""Calibration, validation and filtering of the battery's state."""

from __future__ import annotations

import math

from robot_system.core.sensing.numbers import Limits, NumberCheck
from robot_system.core.sensing.quantity import Quantity
from robot_system.core.sensing.verdict import GOOD, Verdict, worst
from robot_system.core.values import Battery

CHARGE = Limits(0.0, 1.0)


class BatterySensor:
    """The voltage must be measured; current and charge may be NaN, which says "not measured"."""

    def __init__(self, voltage: Quantity, current: Quantity) -> None:
        self.quantities = (voltage, current)
        self._voltage, self._current = voltage, current
        self._charge = NumberCheck("charge", "", CHARGE)

    @property
    def value(self) -> float:
        """Return the newest voltage."""
        return self._voltage.value

    def step(self, battery: Battery) -> tuple[Verdict, Battery]:
        """Return the verdict on the next state, and the state corrected and filtered."""
        stamp, current = battery.stamp, battery.current
        verdict = self._voltage.step(battery.voltage, stamp)
        if not math.isnan(current):
            verdict = worst(verdict, self._current.step(current, stamp))
            current = self._current.value
        verdict = worst(verdict, self._check_charge(battery.charge))
        return verdict, Battery(stamp, self._voltage.value, current, battery.charge, battery.frame)

    def start_anew(self) -> None:
        """Go on after a silence."""
        for quantity in self.quantities:
            quantity.start_anew()

    def _check_charge(self, charge: float) -> Verdict:
        return GOOD if math.isnan(charge) else self._charge.step(charge)
