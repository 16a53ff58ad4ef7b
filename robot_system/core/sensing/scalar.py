"""A sensor whose messages are one number."""

from __future__ import annotations

from robot_system.core.sensing.quantity import Quantity
from robot_system.core.sensing.verdict import Verdict
from robot_system.core.values import Scalar


class ScalarSensor:
    """Checks, corrects and filters the number in each message."""

    def __init__(self, quantity: Quantity) -> None:
        self.quantities = (quantity,)
        self._quantity = quantity

    @property
    def value(self) -> float:
        """Return the newest filtered number."""
        return self._quantity.value

    def step(self, scalar: Scalar) -> tuple[Verdict, Scalar]:
        """Return the verdict on a message, and the message corrected and filtered."""
        verdict = self._quantity.step(scalar.value, scalar.stamp)
        return verdict, Scalar(scalar.stamp, self._quantity.value, scalar.frame)

    def start_anew(self) -> None:
        """Go on after a silence."""
        self._quantity.start_anew()
