"""A sequence of goals: which one the robot is on its way to, and when it is there."""

from __future__ import annotations

import math
from collections.abc import Sequence

from robot_system.core.values import Odometry, Pose

# The robot counts as arrived when it is this close (m) and slower than this (m/s).
ARRIVED = 0.35
SLOW = 0.15


class GoalSequence:
    """Gives one goal after the other; an endless one begins again after the last."""

    def __init__(self, goals: Sequence[tuple[float, float]], is_endless: bool) -> None:
        self._goals = tuple(goals)
        self._is_endless = is_endless
        self.reached = 0

    @property
    def current(self) -> Pose | None:
        """Return the goal to go to now, None when there is none (any more)."""
        if not self._goals or (self.reached >= len(self._goals) and not self._is_endless):
            return None
        return Pose(*self._goals[self.reached % len(self._goals)])

    def distance(self, odometry: Odometry) -> float:
        """Return how far the goal is."""
        goal = self.current
        if goal is None:
            return 0.0
        return math.hypot(goal.x - odometry.pose.x, goal.y - odometry.pose.y)

    def update(self, odometry: Odometry) -> bool:
        """Take where the robot is; tell whether it just reached its goal."""
        if self.current is None or self.distance(odometry) > ARRIVED:
            return False
        if abs(odometry.twist.linear) > SLOW:
            return False
        self.reached += 1
        return True
