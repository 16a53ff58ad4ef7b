"""Contact of the rectangular footprint with round and straight obstacles."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from robot_system.core.values import Pose
from robot_system.sim.world import World

_FAR = 1e6


class Footprint:
    """The outline of the base between the things that stand in a world.

    `separation` is a lower bound of the free distance, exact in its sign: not above zero means
    contact. A caller that has moved by less than it since can not be in contact.
    """

    def __init__(self, world: World, length: float, width: float) -> None:
        self.half_length = 0.5 * length
        self.half_width = 0.5 * width
        self.reach = math.hypot(self.half_length, self.half_width)
        self._x, self._y, self._radius = (np.ascontiguousarray(c) for c in world.circles.T)
        edges = world.edges
        self._middle_x = 0.5 * (edges[:, 0] + edges[:, 2])
        self._middle_y = 0.5 * (edges[:, 1] + edges[:, 3])
        self._half_x = 0.5 * (edges[:, 2] - edges[:, 0])
        self._half_y = 0.5 * (edges[:, 3] - edges[:, 1])
        size = np.maximum(np.hypot(self._half_x, self._half_y), 1e-12)
        self._normal_x, self._normal_y = -self._half_y / size, self._half_x / size

    def separation(self, pose: Pose, moving: Sequence[tuple[float, float, float]] = ()) -> float:
        """Return the free distance around the footprint; `moving` are circles (x, y, radius)."""
        cosine, sine = math.cos(pose.theta), math.sin(pose.theta)
        nearest = _FAR
        if len(self._x):
            nearest = self._to_circles(pose, cosine, sine)
        if len(self._middle_x):
            nearest = min(nearest, self._to_edges(pose, cosine, sine))
        for x, y, radius in moving:
            nearest = min(nearest, self._to_circle(pose, cosine, sine, x, y) - radius)
        return nearest

    def _to_circle(self, pose: Pose, cosine: float, sine: float, x: float, y: float) -> float:
        x, y = x - pose.x, y - pose.y
        beyond_x = abs(cosine * x + sine * y) - self.half_length
        beyond_y = abs(cosine * y - sine * x) - self.half_width
        outside = math.hypot(max(beyond_x, 0.0), max(beyond_y, 0.0))
        return outside + min(max(beyond_x, beyond_y), 0.0)

    def _to_circles(self, pose: Pose, cosine: float, sine: float) -> float:
        x, y = self._x - pose.x, self._y - pose.y
        beyond_x = np.abs(cosine * x + sine * y) - self.half_length
        beyond_y = np.abs(cosine * y - sine * x) - self.half_width
        outside = np.hypot(np.maximum(beyond_x, 0.0), np.maximum(beyond_y, 0.0))
        inside = np.minimum(np.maximum(beyond_x, beyond_y), 0.0)
        return float((outside + inside - self._radius).min())

    def _to_edges(self, pose: Pose, cosine: float, sine: float) -> float:
        """Find the best separating axis of each edge: those of the footprint, and its normal."""
        x, y = self._middle_x - pose.x, self._middle_y - pose.y
        gap_x = np.abs(cosine * x + sine * y) - self.half_length
        gap_x -= np.abs(cosine * self._half_x + sine * self._half_y)
        gap_y = np.abs(cosine * y - sine * x) - self.half_width
        gap_y -= np.abs(cosine * self._half_y - sine * self._half_x)
        gap = np.abs(self._normal_x * x + self._normal_y * y)
        gap -= self.half_length * np.abs(cosine * self._normal_x + sine * self._normal_y)
        gap -= self.half_width * np.abs(cosine * self._normal_y - sine * self._normal_x)
        return float(np.maximum(np.maximum(gap_x, gap_y), gap).min())


class ContactGuard:
    """Lets the base move where it is free, stops it where it is not, and counts contacts.

    The separation is measured anew only when the motion since could have used it up.
    """

    RELEASE = 0.04
    """Free distance (m) that ends a contact: more than the gap that a blocked step leaves."""

    def __init__(self, footprint: Footprint, fastest_moving: float = 0.0) -> None:
        self._footprint = footprint
        self._fastest_moving = fastest_moving
        self._budget = 0.0
        self.contacts = 0
        self.is_in_contact = False

    def moved(
        self,
        before: Pose,
        after: Pose,
        way: float,
        duration: float,
        moving: Sequence[tuple[float, float, float]] = (),
    ) -> tuple[Pose, bool]:
        """Return the pose that is reached, and whether something is in the way of more.

        `way` is how far any point of the footprint moves from `before` to `after` at most.
        """
        self._budget -= way + self._fastest_moving * duration
        if self._budget > 0.0:
            return after, False
        separation = self._footprint.separation(after, moving)
        if separation > 0.0:
            self._budget = separation
            self.is_in_contact = self.is_in_contact and separation < self.RELEASE
            if self.is_in_contact:
                self._budget = 0.0
            return after, False
        self._budget = 0.0
        if not self.is_in_contact:
            self.contacts += 1
            self.is_in_contact = True
        if way <= 0.0:
            return before, True
        at_before = self._footprint.separation(before, moving)
        if separation > at_before:
            return after, False
        turned = Pose(before.x, before.y, after.theta)
        at_turned = self._footprint.separation(turned, moving)
        if at_turned > 0.0 or at_turned >= at_before:
            return turned, True
        return before, True
