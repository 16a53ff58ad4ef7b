"""When the base touches something if everything goes on as it does now."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_system.core.values import FloatArray, Twist

ComplexArray = NDArray[np.complex128]

HORIZON = 3.0
"""How far ahead (s) moving things are looked for."""
SAMPLES = 15
AFTER = np.linspace(0.0, HORIZON, SAMPLES + 1)[:, None].astype(np.complex128)
NO_TURN = np.ones((1, 1), np.complex128)
TURNLESS = 1e-6
"""Turn rates (rad/s) below this can not be told from none within the horizon."""
STRAIGHT = 1e-4
"""Turn rates (rad/s) below this are none."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A rectangle around the centre of the base (m)."""

    length: float
    width: float

    @property
    def radius(self) -> float:
        """Return the distance of the corners from the centre."""
        return 0.5 * math.hypot(self.length, self.width)

    def gaps(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Return how far each point is outside of the rectangle, 0 inside."""
        ahead = np.maximum(np.abs(x) - 0.5 * self.length, 0.0)
        beside = np.maximum(np.abs(y) - 0.5 * self.width, 0.0)
        gaps: FloatArray = np.sqrt(ahead * ahead + beside * beside)
        return gaps


def time_on_path(x: FloatArray, y: FloatArray, outline: Outline, twist: Twist) -> float:
    """Return the seconds until the base, on the arc of its motion, touches one of the points.

    Points are in the base frame and stand. Exact for every arc, infinite when nothing is met.
    """
    linear, angular = twist.linear, twist.angular
    if abs(angular) < STRAIGHT and linear == 0.0:
        return math.inf
    # Driving backwards is driving forwards in a mirror, and so is turning to the right.
    if linear < 0.0:
        linear, angular, x = -linear, -angular, -x
    if angular < 0.0:
        angular, y = -angular, -y
    if angular < STRAIGHT:
        return _straight(x, y, outline, linear)
    radius = linear / angular
    centred = y - radius
    square = x * x + centred * centred
    half_length, half_width = 0.5 * outline.length, 0.5 * outline.width
    inner = radius - half_width
    outer_square = (radius + half_width) ** 2 + half_length**2
    is_near = square < outer_square
    if inner > 0.0:
        is_near &= square > inner * inner
    near = is_near.nonzero()[0]
    if len(near) == 0:
        return math.inf
    x, y, centred, square = x[near], y[near], centred[near], square[near]
    if np.count_nonzero((np.abs(x) < half_length) & (np.abs(y) < half_width)):
        return 0.0
    if inner <= 0.0:
        return _pivot(x, centred, outline, radius) / angular
    # Of the base, what leads at this distance from the centre of the turn: the front edge, or
    # the inner side where that is nearer to the centre.
    lead = np.minimum(np.sqrt(np.maximum(square - inner * inner, 0.0)), half_length)
    depth = np.sqrt(np.maximum(square - lead * lead, 0.0))
    to_go = (np.arctan2(centred, x) - np.arctan2(-depth, lead)) % (2.0 * math.pi)
    return float(np.minimum.reduce(to_go)) / angular


def _straight(x: FloatArray, y: FloatArray, outline: Outline, linear: float) -> float:
    ahead = x[(np.abs(y) < 0.5 * outline.width) & (x > -0.5 * outline.length)]
    if len(ahead) == 0:
        return math.inf
    return max(float(ahead.min()) - 0.5 * outline.length, 0.0) / linear


def _pivot(x: FloatArray, centred: FloatArray, outline: Outline, radius: float) -> float:
    """Return the angle to the first touch of a turn whose centre is in the base."""
    angles = np.linspace(0.0, 2.0 * math.pi, 361)[:, None]
    cosine, sine = np.cos(angles), np.sin(angles)
    seen_x = cosine * x + sine * centred
    seen_y = cosine * centred - sine * x + radius
    is_beside = np.abs(seen_y) < 0.5 * outline.width
    is_touched = (np.abs(seen_x) < 0.5 * outline.length) & is_beside
    touched: NDArray[np.bool_] = np.any(is_touched, axis=1)
    first = int(touched.argmax())
    return float(angles[max(first - 1, 0), 0]) if touched[first] else math.inf


def times_to_collision(
    places: ComplexArray,
    velocities: ComplexArray,
    radii: FloatArray,
    outline: Outline,
    twist: Twist,
) -> FloatArray:
    """Return for each circle, that moves at its velocity, when the base touches it; in s.

    All is given in the base frame, as complex numbers: x is real, y is imaginary. Looked for is
    within the horizon; otherwise infinite.
    """
    times = np.empty(len(places))
    times.fill(math.inf)
    speeds = np.abs(velocities)
    speeds += abs(twist.linear)
    # The corners turn on this circle, and so a turn brings nothing nearer than that.
    is_near = np.abs(places) < HORIZON * speeds + radii + outline.radius
    if twist.angular == 0.0:
        is_near &= speeds > 0.0
    near = is_near.nonzero()[0]
    if len(near) == 0:
        return times
    radii = radii[near]
    way, back = _own_way(twist)
    away = velocities[near] * AFTER
    away += places[near]
    away -= way
    away *= back
    ahead = np.abs(away.real)
    ahead -= 0.5 * outline.length
    beside = np.abs(away.imag)
    beside -= 0.5 * outline.width
    np.maximum(ahead, 0.0, out=ahead)
    np.maximum(beside, 0.0, out=beside)
    ahead *= ahead
    beside *= beside
    square = np.add(ahead, beside, out=ahead)
    is_touched = square <= radii * radii
    touched = np.logical_or.reduce(is_touched).nonzero()[0]
    if len(touched):
        gaps = np.sqrt(square[:, touched]) - radii[touched]
        times[near[touched]] = _first_zero(gaps, is_touched[:, touched])
    return times


def _own_way(twist: Twist) -> tuple[ComplexArray, ComplexArray]:
    """Return where the base is after each time, and what turns the world back into its frame."""
    if abs(twist.angular) < TURNLESS:
        return twist.linear * AFTER, NO_TURN
    turn: ComplexArray = np.exp(1j * twist.angular * AFTER)
    return (turn - 1.0) * (twist.linear / (1j * twist.angular)), turn.conjugate()


def _first_zero(gaps: FloatArray, is_touched: NDArray[np.bool_]) -> FloatArray:
    """Return when each column of gaps first falls to zero, between two samples by a line."""
    first = is_touched.argmax(axis=0)
    columns = np.arange(gaps.shape[1])
    before = np.maximum(first - 1, 0)
    left, beyond = gaps[before, columns], gaps[first, columns]
    share = np.where(first > 0, left / np.maximum(left - beyond, 1e-9), 0.0)
    times: FloatArray = (before + share) * (HORIZON / SAMPLES)
    return times
