"""The outline of the base, and when it would touch a point while following an arc."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_system.core.values import FloatArray, Twist

# How finely a motion is sampled: between two samples no corner moves further than this (m).
STEP = 0.02
# What a point within the margin may come closer: rounding only (m).
SLACK = 1e-4

# Slower than this is no motion: it would take days to get anywhere (m/s).
STILL = 1e-6


@dataclass(frozen=True, slots=True)
class Footprint:
    """A rectangle around the centre of the base (m)."""

    length: float
    width: float

    @property
    def radius(self) -> float:
        """Return the distance of the corners from the centre."""
        return 0.5 * math.hypot(self.length, self.width)

    def squared_gaps(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Return the squared distance of each point from the rectangle, 0 inside."""
        ahead = np.maximum(np.abs(x) - 0.5 * self.length, 0.0)
        beside = np.maximum(np.abs(y) - 0.5 * self.width, 0.0)
        gaps: FloatArray = ahead * ahead + beside * beside
        return gaps


def travel_of(footprint: Footprint, margin: float, twist: Twist, horizon: float) -> float:
    """Return how far any part of the base moves within a horizon, at least one step."""
    return max(_speed_of(footprint, margin, twist) * horizon, STEP)


def time_to_contact(
    footprint: Footprint, margin: float, points: FloatArray, twist: Twist, horizon: float
) -> float:
    """Return the seconds for which a twist may be held before a point is within the margin.

    Points are in the base frame. A point that is already within the margin does not hold a
    motion that leads away from it, but any that leads closer. At least one step is looked ahead,
    so that nothing is crept up to. Returns infinity when nothing is touched within the horizon.
    """
    speed = _speed_of(footprint, margin, twist)
    if speed < STILL:
        return math.inf
    travel = travel_of(footprint, margin, twist, horizon)
    reach = travel + footprint.radius + margin
    x, y = points[:, 0], points[:, 1]
    near = (x * x + y * y <= reach * reach).nonzero()[0]
    if len(near) == 0:
        return math.inf
    x, y = x.take(near), y.take(near)
    samples = math.ceil(travel / STEP)
    times = np.arange(1.0, samples + 1.0, dtype=np.float64) * (travel / speed / samples)
    left = np.sqrt(footprint.squared_gaps(x, y)) - SLACK
    allowed = np.minimum(margin, np.maximum(left, 0.0))
    gaps = footprint.squared_gaps(*seen_along(x, y, twist, times[:, None]))
    touched: NDArray[np.bool_] = np.any(gaps <= allowed * allowed, axis=1)
    first = int(touched.argmax())
    if not touched[first]:
        return math.inf
    return float(times[first] - times[0])


def _speed_of(footprint: Footprint, margin: float, twist: Twist) -> float:
    return abs(twist.linear) + abs(twist.angular) * (footprint.radius + margin)


def seen_along(
    x: FloatArray, y: FloatArray, twist: Twist, times: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the points as seen from the base after each time: one row per time.

    While the base does not turn, all rows of y are the same: then there is one only.
    """
    if twist.angular == 0.0:
        return x - twist.linear * times, y
    angle = twist.angular * times
    half = 0.5 * angle
    chord = twist.linear * times * np.sinc(half / np.pi)
    x = x - chord * np.cos(half)
    y = y - chord * np.sin(half)
    cosine, sine = np.cos(angle), np.sin(angle)
    return cosine * x + sine * y, cosine * y - sine * x
