"""Checks of single measured numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from robot_system.core.sensing.verdict import GOOD, Fault, Verdict, bad, suspect


@dataclass(frozen=True, slots=True)
class Limits:
    """What a number may be, and by how much it may differ from the one before it."""

    low: float
    high: float
    jump: float = math.inf


class NumberCheck:
    """A number must be finite and in its range; a jump makes it suspect."""

    def __init__(self, name: str, unit: str, limits: Limits) -> None:
        self._name = name
        self._unit = f" {unit}" if unit not in ("", "1") else ""
        self._limits = limits
        self._previous: float | None = None

    def step(self, value: float) -> Verdict:
        """Return the verdict on the next value."""
        limits = self._limits
        if not limits.low <= value <= limits.high:
            if not math.isfinite(value):
                return bad(Fault.NOT_FINITE, f"{self._name} is {value}")
            return bad(
                Fault.OUT_OF_RANGE,
                f"{self._name} {value:g}{self._unit} is outside"
                f" {limits.low:g} to {limits.high:g}{self._unit}",
            )
        previous, self._previous = self._previous, value
        if previous is not None and abs(value - previous) > limits.jump:
            return suspect(
                Fault.JUMP, f"{self._name} jumped from {previous:g} to {value:g}{self._unit}"
            )
        return GOOD

    def reset(self) -> None:
        """Forget everything."""
        self._previous = None
