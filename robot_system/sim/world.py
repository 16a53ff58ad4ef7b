"""A world to drive in: what stands, what moves, where the robot starts and where it shall go."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from robot_system.core.values import FloatArray, Pose
from robot_system.sim.geometry import (
    box_edges,
    distance_to_boxes,
    distance_to_circles,
    distance_to_segments,
)

Point = tuple[float, float]


def _none(columns: int) -> FloatArray:
    return np.zeros((0, columns))


@dataclass(frozen=True, slots=True)
class MovingCircle:
    """A round obstacle that walks along its waypoints and back again, at one speed (m/s).

    `phase` is how far (m) along its way it is at time zero.
    """

    radius: float
    waypoints: tuple[Point, ...]
    speed: float
    phase: float = 0.0
    legs: tuple[float, ...] = field(init=False)

    def __post_init__(self) -> None:
        legs = tuple(math.dist(a, b) for a, b in pairwise(self.waypoints))
        object.__setattr__(self, "legs", legs)

    def at(self, time: float) -> tuple[float, float, float, float]:
        """Return position and velocity (x, y, vx, vy) at a time in seconds."""
        length = sum(self.legs)
        if length <= 0.0:
            return (*self.waypoints[0], 0.0, 0.0)
        way = (self.phase + self.speed * time) % (2.0 * length)
        direction = 1.0
        if way > length:
            way, direction = 2.0 * length - way, -1.0
        leg = 0
        while leg < len(self.legs) - 1 and way > self.legs[leg]:
            way -= self.legs[leg]
            leg += 1
        (from_x, from_y), (to_x, to_y) = self.waypoints[leg], self.waypoints[leg + 1]
        size = max(self.legs[leg], 1e-12)
        unit_x, unit_y = (to_x - from_x) / size, (to_y - from_y) / size
        speed = direction * self.speed
        return from_x + way * unit_x, from_y + way * unit_y, speed * unit_x, speed * unit_y


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """What is in the world frame (m): rows are circles (x, y, radius), segments (x1, y1, x2, y2)
    and boxes (x, y, length, width, yaw); `goals` are to be visited in turn.

    `edges` are all straight things: the segments, and the sides of the boxes.
    """

    name: str
    start: Pose
    goals: tuple[Point, ...]
    bounds: tuple[float, float, float, float]
    circles: FloatArray = field(default_factory=lambda: _none(3))
    segments: FloatArray = field(default_factory=lambda: _none(4))
    boxes: FloatArray = field(default_factory=lambda: _none(5))
    moving: tuple[MovingCircle, ...] = ()
    edges: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        edges = np.concatenate([self.segments, box_edges(self.boxes)])
        object.__setattr__(self, "edges", edges)

    def clearances(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Return how far each point is from what stands still; negative is inside something."""
        nearest = np.full(len(x), np.inf)
        for distances in (
            distance_to_circles(x, y, self.circles),
            distance_to_segments(x, y, self.segments),
            distance_to_boxes(x, y, self.boxes),
        ):
            if distances.shape[1]:
                np.minimum(nearest, distances.min(axis=1), out=nearest)
        return nearest

    def clearance(self, x: float, y: float) -> float:
        """Return how far a point is from what stands still; negative is inside something."""
        return float(self.clearances(np.array([x]), np.array([y]))[0])
