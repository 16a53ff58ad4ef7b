"""Scenes to measure perception in: a walled room, round things that stand and walk, a robot.

Each is made from its number alone. Round things never touch each other or anything else, so that
two of them are never one; the robot drives an arc that nothing crosses.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from robot_system import contract
from robot_system.core.values import Obstacles, Odometry, Pose, Scan, Twist
from robot_system.sim.geometry import along_arc
from robot_system.sim.sensors import LidarSettings
from robot_system.sim.simulator import STEP, Simulator, SimulatorSettings
from robot_system.sim.truth import truth_obstacles
from robot_system.sim.world import MovingCircle, World

SECONDS = 12.0
MOST = 40
ROOM = 0.15
"""Free space (m) between round things, and to what is straight."""
START = 1_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One moment of a scene: what the robot gets, and what is really there.

    `beams` counts the exact beams on each true obstacle, in the order of `truth`; `on` has for
    each beam the row of the true obstacle that it meets, -1 where that is none.
    """

    scan: Scan
    odometry: Odometry
    truth: Obstacles
    beams: np.ndarray
    sensor: Pose
    turn: Pose


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A world with the motion of the robot in it."""

    number: int
    world: World
    twist: Twist

    def play(self, beams: int = 720, seconds: float = SECONDS) -> Iterator[Frame | Odometry]:
        """Yield each odometry, and a frame for each scan, in the order of time."""
        settings = SimulatorSettings(lidar=LidarSettings(beams=beams))
        simulator = Simulator(self.world, settings, self.number)
        now, newest = START, None
        while now < START + seconds * 1e9:
            simulator.command(self.twist, now)
            for topic, value in simulator.step(now):
                if topic is contract.ODOM:
                    newest = value
                    yield value
                elif topic is contract.SCAN_RAW and newest is not None:
                    yield self._frame(simulator, value, newest, (now - START) * 1e-9)
            now += STEP

    def _frame(
        self, simulator: Simulator, scan: Scan, odometry: Odometry, seconds: float
    ) -> Frame:
        pose, believed = simulator.pose, simulator.odometry.pose
        truth = truth_obstacles(scan.stamp, self.world, seconds, pose, believed)
        forward = simulator.settings.lidar.forward
        sensor = Pose(
            believed.x + forward * math.cos(believed.theta),
            believed.y + forward * math.sin(believed.theta),
            believed.theta,
        )
        return Frame(scan, odometry, truth, beams_on(truth, scan, sensor), sensor, pose)


def beams_on(truth: Obstacles, scan: Scan, sensor: Pose) -> np.ndarray:
    """Return how many beams end on each true obstacle, by the measured ranges.

    A beam ends on the circle that it meets first, when the range is that of the circle, give
    or take 5 cm.
    """
    angles = scan.angles + sensor.theta
    x = truth.positions[:, 0, None] - sensor.x
    y = truth.positions[:, 1, None] - sensor.y
    along = x * np.cos(angles) + y * np.sin(angles)
    across = y * np.cos(angles) - x * np.sin(angles)
    inside = truth.radii[:, None] ** 2 - across**2
    with np.errstate(invalid="ignore"):
        distances = np.where((inside >= 0.0) & (along > 0.0), along - np.sqrt(inside), np.inf)
        is_met = np.abs(scan.ranges - distances) < 0.05
    return np.asarray(is_met.sum(axis=1))


def scene(number: int) -> Scene:
    """Return the scene of this number."""
    rng = np.random.default_rng([number, 77])
    width, height = rng.uniform(12.0, 18.0, 2)
    outline = [
        (0.0, 0.0, width, 0.0), (width, 0.0, width, height),
        (width, height, 0.0, height), (0.0, height, 0.0, 0.0),
    ]  # fmt: skip
    start = Pose(
        float(rng.uniform(0.3, 0.7) * width), float(rng.uniform(0.3, 0.7) * height),
        float(rng.uniform(-math.pi, math.pi)),
    )  # fmt: skip
    twist = _motion(number, rng)
    way = [along_arc(start, twist.linear, twist.angular, 0.2 * step) for step in range(61)]
    boxes = _boxes(rng, width, height, way)
    empty = World(f"scene:{number}", start, (), (0.0, 0.0, width, height), boxes=boxes,
                  segments=np.array(outline))  # fmt: skip
    # 0 to 40: every number of things comes, and every share of moving ones.
    count = number * 7 % (MOST + 1)
    walking = round(count * float(rng.uniform(0.0, 0.6)))
    walkers = _walkers(rng, empty, way, walking)
    circles = _standing(rng, empty, way, walkers, count - len(walkers))
    world = World(empty.name, start, (), empty.bounds, circles, empty.segments, boxes, walkers)
    return Scene(number, world, twist)


def _motion(number: int, rng: np.random.Generator) -> Twist:
    """A third of the robots stands, a third turns in place, the others drive an arc."""
    if number % 3 == 0:
        return Twist()
    angular = float(rng.uniform(0.1, 0.6) * rng.choice([-1.0, 1.0]))
    return Twist(0.0 if number % 3 == 1 else float(rng.uniform(0.1, 0.35)), angular)


def _boxes(rng: np.random.Generator, width: float, height: float, way: list[Pose]) -> np.ndarray:
    rows = []
    for _ in range(int(rng.integers(0, 7))):
        box = (
            float(rng.uniform(0.5, width - 0.5)), float(rng.uniform(0.5, height - 0.5)),
            float(rng.uniform(0.3, 2.5)), float(rng.uniform(0.1, 0.7)),
            float(rng.uniform(-math.pi, math.pi)),
        )  # fmt: skip
        if all(math.hypot(box[0] - p.x, box[1] - p.y) > 0.5 * box[2] + 1.2 for p in way):
            rows.append(box)
    return np.array(rows).reshape(-1, 5)


def _walkers(
    rng: np.random.Generator, empty: World, way: list[Pose], count: int
) -> tuple[MovingCircle, ...]:
    times = np.arange(0.0, SECONDS + 0.1, 0.1)
    robot = np.array([(p.x, p.y) for p in way])[np.minimum(times / 0.2, len(way) - 1).astype(int)]
    walkers: list[MovingCircle] = []
    tracks: list[np.ndarray] = []
    for _ in range(60 * count):
        if len(walkers) == count:
            break
        low, high = np.array([0.6, 0.6]), np.array(empty.bounds[2:]) - 0.6
        ends = rng.uniform(low, high, (2, 2))
        if math.dist(ends[0], ends[1]) < 4.0:
            continue
        radius = float(rng.uniform(0.12, 0.35))
        one = MovingCircle(
            radius,
            ((float(ends[0, 0]), float(ends[0, 1])), (float(ends[1, 0]), float(ends[1, 1]))),
            float(rng.uniform(0.3, 1.3)),
            float(rng.uniform(0.0, 4.0)),
        )
        track = np.array([one.at(float(t))[:2] for t in times])
        if empty.clearances(track[:, 0], track[:, 1]).min() < radius + ROOM:
            continue
        if np.hypot(*(track - robot).T).min() < radius + 0.8:
            continue
        if all(
            np.hypot(*(track - other).T).min() > radius + walker.radius + ROOM
            for other, walker in zip(tracks, walkers, strict=True)
        ):
            walkers.append(one)
            tracks.append(track)
    return tuple(walkers)


def _standing(
    rng: np.random.Generator,
    empty: World,
    way: list[Pose],
    walkers: tuple[MovingCircle, ...],
    count: int,
) -> np.ndarray:
    times = np.arange(0.0, SECONDS + 0.1, 0.1)
    kept_free = [(p.x, p.y, 0.6) for p in way]
    kept_free += [(*one.at(float(t))[:2], one.radius) for one in walkers for t in times]
    rows: list[tuple[float, float, float]] = []
    for _ in range(100 * count):
        if len(rows) == count:
            break
        x, y = rng.uniform((0.3, 0.3), np.array(empty.bounds[2:]) - 0.3)
        radius = float(rng.uniform(0.06, 0.45))
        if empty.clearance(x, y) < radius + ROOM:
            continue
        taken = np.array(kept_free + rows)
        if (np.hypot(taken[:, 0] - x, taken[:, 1] - y) > taken[:, 2] + radius + ROOM).all():
            rows.append((float(x), float(y), radius))
    return np.array(rows).reshape(-1, 3)
