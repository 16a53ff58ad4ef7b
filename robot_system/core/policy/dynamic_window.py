"""The classical local planner: a memory of obstacles, a way over it, and the best arc along it."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

from robot_system.core.geometry import advance, pose_at, seen_from, to_inner, to_outer
from robot_system.core.perception.returns import Returns, ScanReader
from robot_system.core.policy.base import Decision, Observation, Points, standstill
from robot_system.core.policy.guide import Guide, GuideSettings
from robot_system.core.policy.memory import ObstacleMemory
from robot_system.core.policy.steering import Mode, Steer, Steering, SteeringSettings
from robot_system.core.time import Time, to_seconds
from robot_system.core.values import FloatArray, Odometry, Pose, Scan

VERSION = "1"
STILL = 0.02
WAY_CELLS = 30
# Beyond this no return matters for the next arc (m).
NEAR = 4.0


@dataclass(frozen=True, slots=True)
class DynamicWindowSettings:
    """Everything that changes what the planner decides (SI units)."""

    speed: float = 1.0
    reverse_speed: float = 0.25
    acceleration: float = 1.5
    turn_rate: float = 1.5
    length: float = 0.508
    width: float = 0.43
    margins: tuple[float, ...] = (0.055, 0.09, 0.15, 0.25)
    margin_speeds: tuple[float, ...] = (0.25, 0.5, 0.85)
    goal_tolerance: float = 0.25
    latency: float = 0.1
    resolution: float = 0.1
    window: float = 48.0
    mount_x: float = -0.065
    mount_y: float = 0.0
    mount_yaw: float = 0.0
    steps: int = 6
    dt: float = 0.1
    patience: float = 6.0
    unreachable_after: float = 5.0
    map_range: float = 10.0
    blind_radius: float = 1.2


class DynamicWindow:
    """Reaches goals in static, unknown places; implements `Policy` and `Deliberating`.

    `infer` takes well under a millisecond: it looks arcs up in a table. Mapping and planning
    happen in `deliberate`; without it the robot stands.
    """

    name = "dynamic_window"

    _returns: Returns

    def __init__(self, settings: DynamicWindowSettings) -> None:
        self._settings = settings
        self._mount = Pose(settings.mount_x, settings.mount_y, settings.mount_yaw)
        cells = round(settings.window / settings.resolution)
        self._memory = ObstacleMemory(cells, settings.resolution)
        body = 0.5 * settings.width + settings.margins[0]
        self._guide = Guide(self._memory, GuideSettings(body, settings.goal_tolerance))
        self._reader = ScanReader(self._mount)
        self._steering = Steering(
            SteeringSettings(
                settings.speed,
                settings.reverse_speed,
                settings.acceleration,
                settings.turn_rate,
                settings.margins,
                settings.margin_speeds,
            ),
            settings.length,
            settings.width,
        )
        self.reset()

    @property
    def fingerprint(self) -> str:
        """Return name, version and settings."""
        return f"{self.name} {VERSION} {dataclasses.asdict(self._settings)!r}"

    @property
    def plan(self) -> Points:
        """Return the way to the goal, in the odometry frame."""
        return tuple((x, y) for x, y in self._guide.way.tolist())

    def reset(self) -> None:
        """Forget everything."""
        self._memory.reset()
        self._guide.reset()
        self._steering.reset()
        self._remembered = (np.zeros(0), np.zeros(0))
        self._scan: Scan | None = None
        self._goal: tuple[float, float] | None = None
        self._is_reached = False
        self._best_left = math.inf
        self._progressed: Time = 0

    def deliberate(self, observation: Observation) -> None:
        """Remember what the scan shows, and keep the way to the goal up to date."""
        scan, settings = observation.scan, self._settings
        pose = pose_at(observation.odometry, scan.stamp)
        returns = self._returns_of(scan)
        self._memory.follow(pose.x, pose.y)
        self._clear(pose, returns, scan)
        near = (returns.ranges < settings.map_range).nonzero()[0]
        self._memory.mark(*to_outer(pose, *returns.points.take(near, axis=1)))
        self._remembered = self._memory.points_near(pose.x, pose.y, settings.blind_radius)
        goal = (observation.goal.pose.x, observation.goal.pose.y)
        self._follow_goal(goal, scan.stamp)
        if not self._is_reached:
            self._guide.update(pose, goal, scan.stamp)
            self._watch_progress(pose, scan.stamp)

    def infer(self, observation: Observation) -> Decision:
        """Return the commands of the best arc."""
        settings = self._settings
        odometry = observation.odometry
        goal = (observation.goal.pose.x, observation.goal.pose.y)
        self._follow_goal(goal, observation.scan.stamp)
        away = math.hypot(goal[0] - odometry.pose.x, goal[1] - odometry.pose.y)
        if self._has_arrived(away, odometry):
            return standstill(settings.steps, "goal reached")
        failed = self._guide.failed_since
        if failed is not None:
            waited = to_seconds(observation.scan.stamp - failed)
            reason = "goal unreachable" if waited > settings.unreachable_after else "no way found"
            return standstill(settings.steps, reason)
        if len(self._guide.way) == 0:
            return standstill(settings.steps, "planning")
        base = self._base_soon(odometry)
        x, y = self._points(observation.scan, odometry, base)
        way = self._way_ahead(base)
        steer = self._steering.choose(x, y, way, away)
        return Decision(self._commands(steer, odometry), steer.mode.value)

    def _follow_goal(self, goal: tuple[float, float], stamp: Time) -> None:
        if goal != self._goal:
            self._goal = goal
            self._is_reached = False
            self._best_left, self._progressed = math.inf, stamp
            self._guide.reset()
            self._steering.reset()

    def _has_arrived(self, away: float, odometry: Odometry) -> bool:
        tolerance = self._settings.goal_tolerance
        is_slow = abs(odometry.twist.linear) < STILL
        if self._is_reached:
            self._is_reached = away <= 2.0 * tolerance
        else:
            self._is_reached = away <= 0.6 * tolerance or (away <= tolerance and is_slow)
        return self._is_reached

    def _base_soon(self, odometry: Odometry) -> Pose:
        """Return where the base will be when it begins to follow what is decided now."""
        twist = odometry.twist
        return advance(odometry.pose, twist.linear, twist.angular, self._settings.latency)

    def _points(self, scan: Scan, odometry: Odometry, base: Pose) -> tuple[FloatArray, FloatArray]:
        """Return what is near, in the frame of the base: the scan, and behind it the memory."""
        returns = self._returns_of(scan)
        scanned_from = pose_at(odometry, scan.stamp)
        near = (returns.ranges < NEAR).nonzero()[0]
        moved = seen_from(base, scanned_from)
        x, y = to_outer(moved, *returns.points.take(near, axis=1))
        if not len(self._remembered[0]):
            return x, y
        blind = to_inner(base, *self._out_of_view(scan, scanned_from))
        return np.concatenate((x, blind[0])), np.concatenate((y, blind[1]))

    def _returns_of(self, scan: Scan) -> Returns:
        """Read a scan, once for deciding and thinking ahead."""
        if scan is not self._scan:
            self._scan, self._returns = scan, self._reader.read(scan)
        return self._returns

    def _out_of_view(self, scan: Scan, pose: Pose) -> tuple[FloatArray, FloatArray]:
        x, y = self._remembered
        mount = self._mount
        local_x, local_y = to_inner(pose, x, y)
        bearing = np.arctan2(local_y - mount.y, local_x - mount.x) - mount.theta
        first = scan.angle_min
        last = first + scan.angle_increment * (len(scan.ranges) - 1)
        low, high = min(first, last), max(first, last)
        is_blind = (bearing - low) % (2.0 * math.pi) > high - low
        return x[is_blind], y[is_blind]

    def _way_ahead(self, base: Pose) -> FloatArray:
        way = self._guide.way
        across, along = way[:, 0] - base.x, way[:, 1] - base.y
        nearest = int((across * across + along * along).argmin())
        chosen = slice(nearest, nearest + WAY_CELLS, 2)
        return np.column_stack(to_inner(base, way[chosen, 0], way[chosen, 1]))

    def _commands(self, steer: Steer, odometry: Odometry) -> FloatArray:
        """Return commands that speed up as the base can, and stop before the way ends."""
        settings = self._settings
        if steer.mode is Mode.TURN:
            turning = np.zeros((settings.steps, 2))
            turning[:, 1] = steer.turn_rate
            return turning
        commands = []
        sign = math.copysign(1.0, steer.speed)
        speed = max(sign * odometry.twist.linear, 0.0)
        room = steer.free
        for _ in range(settings.steps):
            speed = min(speed + settings.acceleration * settings.dt, abs(steer.speed))
            speed = min(speed, math.sqrt(2.0 * settings.acceleration * max(room, 0.0)))
            room -= speed * settings.dt
            commands.append((sign * speed, sign * speed * steer.curvature))
        return np.array(commands)

    def _clear(self, pose: Pose, returns: Returns, scan: Scan) -> None:
        cosines, sines = self._reader.directions
        turn_cosine, turn_sine = math.cos(pose.theta), math.sin(pose.theta)
        ranges = np.where(np.isnan(scan.ranges), 0.0, scan.ranges)
        mount = self._mount
        self._memory.clear(
            pose.x + turn_cosine * mount.x - turn_sine * mount.y,
            pose.y + turn_sine * mount.x + turn_cosine * mount.y,
            turn_cosine * cosines - turn_sine * sines,
            turn_sine * cosines + turn_cosine * sines,
            ranges,
        )

    def _watch_progress(self, pose: Pose, stamp: Time) -> None:
        """Give up on a place that could not be passed for too long."""
        way = self._guide.way
        if len(way) < 2:
            self._progressed = stamp
            return
        left = len(way) * self._settings.resolution
        if left < self._best_left - 0.2 or left > self._best_left + 1.0:
            self._best_left, self._progressed = left, stamp
        elif to_seconds(stamp - self._progressed) > self._settings.patience:
            nearest = int(((way - (pose.x, pose.y)) ** 2).sum(axis=1).argmin())
            x, y = way[min(nearest + 6, len(way) - 1)].tolist()
            self._guide.block(x, y, stamp)
            self._best_left, self._progressed = math.inf, stamp
