"""Filters that keep an estimate instead of values, and mind the time between these."""

from __future__ import annotations

import math

from robot_system.core.sensing.filters.base import Argument, Filter


class Exponential(Filter):
    """Moves towards each value by a share that grows with the time since the one before."""

    name = "exponential"
    formula = "y += (1 - exp(-dt / `time_constant`)) * (x - y)"
    arguments = (Argument("time_constant", float, 1.0, 1e-3, 1e4, "time for 63 % of a step (s)"),)

    def __init__(self, time_constant: float) -> None:
        self._rate = -1.0 / time_constant
        self._estimate: float | None = None

    def step(self, value: float, elapsed: float) -> float:
        """Return the estimate, the first value itself."""
        estimate = self._estimate
        if estimate is None:
            estimate = value
        else:
            share = -math.expm1(elapsed * self._rate)
            estimate = (1.0 - share) * estimate + share * value
        self._estimate = estimate
        return estimate

    def reset(self) -> None:
        """Forget everything."""
        self._estimate = None


class Kalman(Filter):
    """The best estimate of a quantity that wanders at random and is measured with noise."""

    name = "kalman"
    formula = (
        "p += `drift`^2 * dt; k = p / (p + `noise`^2); y += k * (x - y); p *= 1 - k;"
        " the first value gives y = x, p = `noise`^2"
    )
    arguments = (
        Argument("noise", float, 1.0, 1e-6, 1e6, "standard deviation of a value (unit)"),
        Argument(
            "drift", float, 0.1, 0.0, 1e6, "standard deviation of its wander in 1 s (unit/sqrt(s))"
        ),
    )

    def __init__(self, noise: float, drift: float) -> None:
        self._noise = noise * noise
        self._drift = drift * drift
        self._estimate: float | None = None
        self._variance = self._noise

    def step(self, value: float, elapsed: float) -> float:
        """Return the estimate, the first value itself."""
        estimate = self._estimate
        if estimate is None:
            estimate = value
        else:
            variance = self._variance + self._drift * elapsed
            share = variance / (variance + self._noise)
            # Written so that it can not leave the range between the two.
            estimate = (1.0 - share) * estimate + share * value
            self._variance = share * self._noise
        self._estimate = estimate
        return estimate

    def reset(self) -> None:
        """Forget everything."""
        self._estimate = None
        self._variance = self._noise
