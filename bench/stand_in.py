"""Plays base and sensors in place of `sim`: an endless corridor in which walls can appear.

It follows `cmd_vel` exactly, publishes everything at the rates of the contract, and sends its
scans at slightly irregular times, so that they meet every phase of the control period.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from robot_system import contract
from robot_system.contract import Topic
from robot_system.core.time import Instant, Time
from robot_system.core.values import (
    Battery,
    Goal,
    Imu,
    Odometry,
    Pose,
    Scalar,
    Scan,
    Transform,
    Transforms,
    Twist,
    VelocityCommand,
)

if TYPE_CHECKING:
    from robot_system.ros.listener import Listener

FIELD_OF_VIEW = 4.712389
HALF_WIDTH = 3.0
RANGE_MAX = 30.0
NOISE = 0.01
# Where the wall stands that appears: so close ahead of the LiDAR, and so wide (m).
WALL_AHEAD = 0.4
WALL_HALF_WIDTH = 0.4
GOAL_AHEAD = 8.0
GOAL_PERIOD = 2.0
SCAN_SPREAD = 0.005
# Commands of one speed in a row after which the robot counts as going steadily.
STEADY = 10
LEAST_SPEED = 0.4


class StandIn:
    """Runs by `step`, which publishes what is due; `surprise` puts a wall into the next scan."""

    def __init__(self, listener: Listener, beams: int, seed: int) -> None:
        self.surprises: list[Time] = []
        self._listener = listener
        self._draw = random.Random(seed)
        self._noise = np.random.default_rng(seed)
        self._pose = Pose()
        self._twist = Twist()
        self._moved_at: int | None = None
        self._steady = 0
        self._is_surprise_due = False
        increment = FIELD_OF_VIEW / beams
        angles = -0.5 * FIELD_OF_VIEW + increment * np.arange(beams)
        self._angles, self._increment = angles, increment
        with np.errstate(divide="ignore"):
            self._wall = np.where(np.cos(angles) > 0.0, WALL_AHEAD / np.cos(angles), np.inf)
        self._wall[np.abs(WALL_AHEAD * np.tan(angles)) > WALL_HALF_WIDTH] = np.inf
        self._jobs: list[tuple[Callable[[Instant], None], float, float]] = [
            (self._publish_scan, 0.05, SCAN_SPREAD),
            (self._publish_motion, 0.02, 0.0),
            (self._publish_imu, 0.01, 0.0),
            (self._publish_slow, 0.5, 0.0),
            (self._publish_goal, GOAL_PERIOD, 0.0),
        ]
        self._due = [0.0] * len(self._jobs)
        for topic in (
            contract.SCAN_RAW, contract.ODOM, contract.TF, contract.IMU_RAW,
            contract.BATTERY_RAW, contract.TEMPERATURE_RAW, contract.HUMIDITY_RAW,
            contract.PRESSURE_RAW, contract.GOAL,
        ):  # fmt: skip
            listener.advertise(topic)
        listener.listen(contract.CMD_VEL, self._on_command)

    @property
    def is_steady(self) -> bool:
        """Tell whether the robot has been going at one speed for a while."""
        return self._steady >= STEADY and self._twist.linear >= LEAST_SPEED

    def surprise(self) -> None:
        """Let a wall stand close ahead in the next scan, and in no other."""
        self._is_surprise_due = True

    def run(self, seconds: float) -> None:
        """Play for some time."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            self._publish_due(now)
            self._listener.spin(max(min(min(self._due), end) - time.monotonic(), 1e-4))

    def _publish_due(self, now: float) -> None:
        for index, (publish, period, spread) in enumerate(self._jobs):
            if self._due[index] > now:
                continue
            publish(self._listener.now())
            wait = period + (self._draw.uniform(-spread, spread) if spread else 0.0)
            self._due[index] = max(self._due[index], now - period) + wait

    def _on_command(self, command: VelocityCommand) -> None:
        is_same = abs(command.twist.linear - self._twist.linear) < 1e-6
        self._steady = self._steady + 1 if is_same else 0
        self._advance(self._listener.now())
        self._twist = command.twist

    def _advance(self, now: Instant) -> None:
        if self._moved_at is not None:
            elapsed = (now.steady - self._moved_at) * 1e-9
            theta = self._pose.theta + 0.5 * self._twist.angular * elapsed
            way = self._twist.linear * elapsed
            self._pose = Pose(
                self._pose.x + way * math.cos(theta),
                self._pose.y + way * math.sin(theta),
                self._pose.theta + self._twist.angular * elapsed,
            )
        self._moved_at = now.steady

    def _publish(self, topic: Topic, value: Any) -> None:
        self._listener.publish(topic, value)

    def _publish_scan(self, now: Instant) -> None:
        self._advance(now)
        directions = self._angles + self._pose.theta
        sines = np.sin(directions)
        aside = np.where(sines > 0.0, HALF_WIDTH - self._pose.y, HALF_WIDTH + self._pose.y)
        with np.errstate(divide="ignore"):
            ranges = aside / np.abs(sines)
        if self._is_surprise_due:
            ranges = np.minimum(ranges, self._wall)
        ranges = ranges + self._noise.normal(0.0, NOISE, len(ranges))
        ranges[ranges > RANGE_MAX] = np.inf
        stamp = self._listener.now().stamp
        if self._is_surprise_due:
            self.surprises.append(stamp)
            self._is_surprise_due = False
        scan = Scan(
            stamp=stamp,
            angle_min=float(self._angles[0]),
            angle_increment=self._increment,
            range_min=0.05,
            range_max=RANGE_MAX,
            ranges=ranges.astype(np.float32),
            scan_time=0.05,
        )
        self._publish(contract.SCAN_RAW, scan)

    def _publish_motion(self, now: Instant) -> None:
        self._advance(now)
        self._publish(contract.ODOM, Odometry(now.stamp, self._pose, self._twist))
        base = Transform(now.stamp, "odom", "base_link", self._pose)
        self._publish(contract.TF, Transforms((base,)))

    def _publish_imu(self, now: Instant) -> None:
        noise = self._draw.gauss
        rates = (noise(0.0, 0.01), noise(0.0, 0.01), self._twist.angular + noise(0.0, 0.01))
        forces = (noise(0.0, 0.05), noise(0.0, 0.05), 9.81 + noise(0.0, 0.05))
        self._publish(contract.IMU_RAW, Imu(now.stamp, self._pose.theta, rates, forces))

    def _publish_slow(self, now: Instant) -> None:
        noise = self._draw.gauss
        stamp = now.stamp
        self._publish(contract.BATTERY_RAW, Battery(stamp, 26.0 + noise(0.0, 0.05), -2.0, 0.9))
        for topic, value in (
            (contract.TEMPERATURE_RAW, 22.0 + noise(0.0, 0.05)),
            (contract.HUMIDITY_RAW, 0.45 + noise(0.0, 0.002)),
            (contract.PRESSURE_RAW, 101_325.0 + noise(0.0, 5.0)),
        ):
            self._publish(topic, Scalar(stamp, value))

    def _publish_goal(self, now: Instant) -> None:
        goal = Pose(self._pose.x + GOAL_AHEAD, 0.0)
        self._publish(contract.GOAL, Goal(now.stamp, goal))
