"""Where the robot believes to be, from the turns of its wheels."""

from __future__ import annotations

import math

import numpy as np

from robot_system.core.values import Pose
from robot_system.sim.geometry import along_arc
from robot_system.sim.noise import gaussians


class WheelOdometry:
    """Pose from the turns of the wheels: it drifts by a share of the way, and by noise."""

    SCALE = 0.002
    TURN_SCALE = 0.001
    WANDER = 0.0005
    """Heading error (rad) per root of a metre driven."""

    def __init__(self, start: Pose, drift: float, rng: np.random.Generator) -> None:
        self.pose = start
        linear, angular = np.clip(rng.standard_normal(2), -2.0, 2.0)
        self._linear = 1.0 + drift * self.SCALE * float(linear)
        self._angular = 1.0 + drift * self.TURN_SCALE * float(angular)
        self._wander = drift * self.WANDER
        self._noise = gaussians(rng)

    def step(self, linear: float, angular: float, duration: float) -> None:
        """Follow the speeds of the wheels for a time."""
        if linear == 0.0 and angular == 0.0:
            return
        wander = self._wander * math.sqrt(abs(linear) / duration) * next(self._noise)
        self.pose = along_arc(
            self.pose, self._linear * linear, self._angular * angular + wander, duration
        )
