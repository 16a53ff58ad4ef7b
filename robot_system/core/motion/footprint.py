"""The outline of the base, and when it would touch a point while following an arc."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from robot_system.core.values import FloatArray, Twist

# How finely a motion is sampled: between two samples no corner moves further than this (m).
STEP = 0.02
# What a point within the margin may come closer: rounding only (m).
SLACK = 1e-4


@dataclass(frozen=True, slots=True)
class Footprint:
    """A rectangle around the centre of the base (m)."""

    length: float
    width: float

    @property
    def radius(self) -> float:
        """Return the distance of the corners from the centre."""
        return 0.5 * math.hypot(self.length, self.width)

    def gaps(self, points: FloatArray) -> FloatArray:
        """Return the distance of each point from the rectangle, negative inside."""
        across = np.abs(points) - (0.5 * self.length, 0.5 * self.width)
        outside = np.hypot(*np.maximum(across, 0.0).T)
        gaps: FloatArray = np.where(outside > 0.0, outside, across.max(axis=1))
        return gaps


def time_to_contact(
    footprint: Footprint, margin: float, points: FloatArray, twist: Twist, horizon: float
) -> float:
    """Return the seconds for which a twist may be held before a point is within the margin.

    Points are in the base frame. A point that is already within the margin does not hold a
    motion that leads away from it, but any that leads closer. At least one step is looked ahead,
    so that nothing is crept up to. Returns infinity when nothing is touched within the horizon.
    """
    speed = abs(twist.linear) + abs(twist.angular) * (footprint.radius + margin)
    if speed == 0.0:
        return math.inf
    travel = max(speed * horizon, STEP)
    reach = travel + footprint.radius + margin
    near = points[np.einsum("ij,ij->i", points, points) <= reach * reach]
    if len(near) == 0:
        return math.inf
    gaps = footprint.gaps(near)
    samples = math.ceil(travel / STEP)
    times = np.arange(1.0, samples + 1.0, dtype=np.float64) * (travel / speed / samples)
    local = _seen_along(near, twist, times)
    half = (0.5 * footprint.length, 0.5 * footprint.width)
    across = np.maximum(np.abs(local) - half, 0.0)
    squared = across[..., 0] ** 2 + across[..., 1] ** 2
    allowed = np.minimum(margin, np.maximum(gaps - SLACK, 0.0))
    touched = (squared <= allowed * allowed).any(axis=1)
    first = int(touched.argmax())
    if not touched[first]:
        return math.inf
    return float(times[first] - times[0])


def _seen_along(points: FloatArray, twist: Twist, times: FloatArray) -> FloatArray:
    """Return the points as seen from the base after each time: (times, points, 2)."""
    angle = twist.angular * times
    half = 0.5 * angle
    chord = twist.linear * times * np.sinc(half / np.pi)
    x = (points[:, 0] - (chord * np.cos(half))[:, None]).T
    y = (points[:, 1] - (chord * np.sin(half))[:, None]).T
    cosine, sine = np.cos(angle), np.sin(angle)
    seen = np.empty((len(times), len(points), 2))
    seen[..., 0] = (cosine * x + sine * y).T
    seen[..., 1] = (cosine * y - sine * x).T
    return seen
