"""Which detections are true, which true obstacles were found: the rules of the accuracy.

A true obstacle *counts* when its radius is 0.1 m or more, its centre at most 8 m from the LiDAR,
and at least 4 beams end on it. A detection *matches* a true obstacle when their centres are at
most 0.3 m apart and each is the other's: pairs are made nearest first. All true obstacles may be
matched, also those that do not count; they make no detection false, and none of them missed.

A detection within 8 m that matches nothing is
- neither right nor wrong when it lies on a free-standing box (within 0.15 m, its size included),
  which is an obstacle too, or is a straight or cornered piece of a wall of the room;
- false otherwise: in free space, a second one on a thing, a round one on a wall.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from bench.scenes import Frame
from robot_system.core.perception.association import pairs_of
from robot_system.core.values import Kind, Pose
from robot_system.sim.geometry import distance_to_boxes, distance_to_segments
from robot_system.sim.world import World

MATCH = 0.3
REACH = 8.0
LEAST_RADIUS = 0.1
LEAST_BEAMS = 4
ON_SURFACE = 0.15
SIZES = ((0.1, 0.2), (0.2, 0.3), (0.3, 0.5))
DISTANCES = ((0.0, 2.0), (2.0, 4.0), (4.0, 6.0), (6.0, 8.0))


@dataclass(slots=True)
class Tally:
    """Counts, which add up over frames; `errors` are of the positions of what was found (m)."""

    found: int = 0
    missed: int = 0
    false: int = 0
    right: int = 0
    errors: list[float] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Return the share of the true obstacles that count that were found."""
        total = self.found + self.missed
        return self.found / total if total else float("nan")

    @property
    def precision(self) -> float:
        """Return the share of right ones in the detections that are right or wrong."""
        total = self.right + self.false
        return self.right / total if total else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """What a method says is there: in the odometry frame."""

    positions: np.ndarray
    radii: np.ndarray
    kinds: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """Of each true obstacle: the detection that it matches, or -1; and whether it counts."""

    partner: np.ndarray
    counts: np.ndarray
    distances: np.ndarray


def match(frame: Frame, found: Detections) -> Matched:
    """Pair the detections with the true obstacles of a frame."""
    truth = frame.truth
    apart = np.hypot(
        truth.positions[:, 0, None] - found.positions[:, 0],
        truth.positions[:, 1, None] - found.positions[:, 1],
    )
    rows, columns = pairs_of(np.where(apart <= MATCH, apart, np.inf))
    partner = np.full(len(truth.ids), -1)
    partner[rows] = columns
    distances = np.hypot(*(truth.positions - (frame.sensor.x, frame.sensor.y)).T)
    counts = (truth.radii >= LEAST_RADIUS) & (distances <= REACH) & (frame.beams >= LEAST_BEAMS)
    return Matched(partner, counts, distances)


def tally(
    frame: Frame,
    found: Detections,
    world: World,
    total: Tally,
    cell: Callable[[float, float], Tally],
) -> Matched:
    """Count a frame into `total`, and into the cells by radius and distance."""
    matched = match(frame, found)
    truth = frame.truth
    for index in np.flatnonzero(matched.counts):
        here = cell(float(truth.radii[index]), float(matched.distances[index]))
        partner = int(matched.partner[index])
        for one in (total, here):
            if partner < 0:
                one.missed += 1
                continue
            one.found += 1
            one.errors.append(
                float(np.hypot(*(truth.positions[index] - found.positions[partner])))
            )
    from_sensor = np.hypot(*(found.positions - (frame.sensor.x, frame.sensor.y)).T)
    is_near = from_sensor <= REACH
    is_right = np.zeros(len(found.radii), bool)
    is_counted = matched.counts & (matched.partner >= 0)
    is_right[matched.partner[is_counted]] = True
    is_matched = np.zeros(len(found.radii), bool)
    is_matched[matched.partner[matched.partner >= 0]] = True
    total.right += int(np.count_nonzero(is_right & is_near))
    for index in np.flatnonzero(is_near & ~is_matched):
        if is_false(frame, found, int(index), world):
            total.false += 1
            nearest = _nearest_truth(frame, found.positions[index])
            cell(nearest, float(from_sensor[index])).false += 1
    for index in np.flatnonzero(is_right & is_near):
        row = int(np.flatnonzero(matched.partner == index)[0])
        cell(float(truth.radii[row]), float(matched.distances[row])).right += 1
    return matched


def is_false(frame: Frame, found: Detections, index: int, world: World) -> bool:
    """Tell whether a detection that matches nothing is a false one."""
    x, y = _in_world(frame, found.positions[index])
    reach = ON_SURFACE + float(found.radii[index])
    at = np.array([x]), np.array([y])
    boxes = distance_to_boxes(*at, world.boxes)
    if boxes.size and boxes.min() <= reach:
        return False
    walls = distance_to_segments(*at, world.segments)
    return bool(found.kinds[index] == Kind.CIRCLE or walls.min() > reach)


def _in_world(frame: Frame, position: np.ndarray) -> tuple[float, float]:
    """Return a place of the odometry frame in that of the world."""
    believed: Pose = frame.sensor
    turn = frame.turn.theta - believed.theta
    forward = -0.065
    base_x = believed.x - forward * np.cos(believed.theta)
    base_y = believed.y - forward * np.sin(believed.theta)
    x, y = position[0] - base_x, position[1] - base_y
    cosine, sine = np.cos(turn), np.sin(turn)
    return (
        float(frame.turn.x + cosine * x - sine * y),
        float(frame.turn.y + sine * x + cosine * y),
    )


def _nearest_truth(frame: Frame, position: np.ndarray) -> float:
    """Return the radius of the true obstacle nearest to a false detection."""
    truth = frame.truth
    if not len(truth.radii):
        return LEAST_RADIUS
    return float(truth.radii[np.hypot(*(truth.positions - position).T).argmin()])
