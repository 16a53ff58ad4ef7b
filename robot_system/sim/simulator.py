"""The simulated robot in its world: physics in fixed steps, and sensors at their rates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from robot_system import contract
from robot_system.contract import Topic
from robot_system.core.time import SECOND, Time, to_seconds
from robot_system.core.values import (
    FaultRequest,
    GroundTruth,
    Odometry,
    Pose,
    Transform,
    Transforms,
    Twist,
)
from robot_system.sim.contact import ContactGuard, Footprint
from robot_system.sim.faults import Faults
from robot_system.sim.geometry import along_arc
from robot_system.sim.noise import gaussians, stream
from robot_system.sim.odometry import WheelOdometry
from robot_system.sim.raycast import Scene
from robot_system.sim.robot import Base, BaseSettings, WheelsStuck
from robot_system.sim.sensors import BatteryPack, Climate, InertialUnit, Lidar, LidarSettings
from robot_system.sim.truth import truth_obstacles
from robot_system.sim.world import World

STEP: Time = 10_000_000
CATCH_UP: Time = 200_000_000
"""When the caller is later than this, the world stood still before it: it never races."""
_DURATION = to_seconds(STEP)
_CENTRE = Pose()

Output = tuple[Topic, Any]


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """What the simulated robot is like; `drift` scales the errors of the odometry."""

    base: BaseSettings = field(default_factory=BaseSettings)
    lidar: LidarSettings = field(default_factory=LidarSettings)
    drift: float = 1.0
    charge: float = 1.0


@dataclass(slots=True)
class _Sensor:
    """Something that is measured at a rate, from its own method."""

    measure: Callable[[list[Output]], None]
    period: Time
    due: Time = 0


class Simulator:
    """Advances a robot in a world to a time, and returns what its drivers publish on the way.

    Single-threaded and deterministic: same world, settings, seed and calls, same outputs. Stamps
    are times of measurement. The odometry frame begins equal to the world frame.
    """

    def __init__(self, world: World, settings: SimulatorSettings, seed: int) -> None:
        self.world = world
        self.settings = settings
        self.pose = world.start
        self.faults = Faults(stream(seed, 0))
        self.base = Base(settings.base, stream(seed, 1))
        self.odometry = WheelOdometry(world.start, settings.drift, stream(seed, 2))
        self.lidar = Lidar(settings.lidar, stream(seed, 3))
        self.imu = InertialUnit(stream(seed, 4))
        self.battery = BatteryPack(settings.charge, stream(seed, 5))
        self.climate = Climate(stream(seed, 6))
        self._speed_noise = gaussians(stream(seed, 7))
        footprint = Footprint(world, settings.base.length, settings.base.width)
        fastest = max((item.speed for item in world.moving), default=0.0)
        self.guard = ContactGuard(footprint, fastest)
        self._reach = footprint.reach
        self._scene = Scene(world.circles, world.edges)
        self._age: Time = 0
        self._time: Time | None = None
        self._acceleration = 0.0
        self._sensors = (
            _Sensor(self._measure_imu, SECOND // 100),
            _Sensor(self._measure_odometry, SECOND // 50),
            _Sensor(self._measure_scan, round(SECOND / settings.lidar.rate)),
            _Sensor(self._measure_truth, SECOND // 20),
            _Sensor(self._measure_truth_obstacles, SECOND // 5),
            _Sensor(self._measure_slow, SECOND // 2),
        )

    def command(self, twist: Twist, now: Time) -> None:
        """Give the base a command that reaches it now."""
        self.base.command(twist, now)

    def stop(self) -> None:
        """Put the base to rest, and let the world stand still until the next step."""
        self.base.stop()
        self._acceleration = 0.0
        self._time = None

    def fault(self, request: FaultRequest, now: Time) -> tuple[str, ...]:
        """Begin or heal a fault; return the targets that were healed."""
        healed = self.faults.request(request, now)
        self._follow_faults()
        return healed

    def rearrange(self, world: World) -> None:
        """Let other things stand around from now on; the robot stays where it is."""
        settings = self.settings.base
        footprint = Footprint(world, settings.length, settings.width)
        fastest = max((item.speed for item in world.moving), default=0.0)
        contacts = self.guard.contacts
        self.world = world
        self.guard = ContactGuard(footprint, fastest)
        self.guard.contacts = contacts
        self._scene = Scene(world.circles, world.edges)

    def expire_faults(self, now: Time) -> tuple[str, ...]:
        """Heal the faults that lasted their time; return their targets."""
        if not self.faults.is_any:
            return ()
        healed = self.faults.expire(now)
        self._follow_faults()
        return healed

    def step(self, now: Time) -> list[Output]:
        """Advance to now, and return what was measured on the way."""
        outputs: list[Output] = []
        time = self._time
        if time is None or not -CATCH_UP <= now - time <= CATCH_UP:
            time = now if time is None or now < time else now - CATCH_UP
            self.base.set_clock(now)
            self._begin_at(time)
            self._measure(time, outputs)
        while time + STEP <= now:
            time += STEP
            self._move(time)
            self._measure(time, outputs)
        self._time = time
        return outputs

    def moving_circles(self) -> list[tuple[float, float, float]]:
        """Return x, y and radius of each moving obstacle now."""
        seconds = to_seconds(self._age)
        return [(*item.at(seconds)[:2], item.radius) for item in self.world.moving]

    def _begin_at(self, time: Time) -> None:
        for sensor in self._sensors:
            sensor.due = time

    def _move(self, time: Time) -> None:
        self._age += STEP
        base = self.base
        before = base.linear
        base.step(time, _DURATION)
        linear, angular = base.slipping_linear, base.slipping_angular
        is_moving = linear != 0.0 or angular != 0.0
        if is_moving or self.world.moving:
            after = along_arc(self.pose, linear, angular, _DURATION) if is_moving else self.pose
            way = (abs(linear) + abs(angular) * self._reach) * _DURATION
            moving = self.moving_circles() if self.world.moving else ()
            pose, is_blocked = self.guard.moved(self.pose, after, way, _DURATION, moving)
            if is_blocked:
                base.block(is_turning=pose.theta != self.pose.theta)
            self.pose = pose
        self.odometry.step(base.linear, base.angular, _DURATION)
        self.battery.step(base.linear, base.angular, _DURATION)
        self._acceleration = (base.linear - before) / _DURATION

    def _measure(self, time: Time, outputs: list[Output]) -> None:
        self._time = time
        for sensor in self._sensors:
            if sensor.due <= time:
                sensor.due += sensor.period
                sensor.measure(outputs)

    def _put(self, outputs: list[Output], target: str, topic: Topic, value: Any) -> None:
        if self.faults.is_any:
            spoilt = self.faults.spoil(target, value, value.stamp)
            outputs.extend((topic, item) for item in spoilt)
        else:
            outputs.append((topic, value))

    def _measure_imu(self, outputs: list[Output]) -> None:
        base = self.base
        imu = self.imu.measure(
            self._stamp,
            self.pose.theta,
            base.slipping_linear,
            base.slipping_angular,
            self._acceleration,
        )
        self._put(outputs, "imu", contract.IMU_RAW, imu)

    def _measure_odometry(self, outputs: list[Output]) -> None:
        """Publish the odometry, and the transform that its driver makes of it."""
        noise = self._speed_noise
        twist = Twist(
            self.base.linear * (1.0 + 0.005 * next(noise)),
            self.base.angular * (1.0 + 0.005 * next(noise)),
        )
        first = len(outputs)
        odometry = Odometry(self._stamp, self.odometry.pose, twist)
        self._put(outputs, "odom", contract.ODOM, odometry)
        for _, spoilt in outputs[first:]:
            outputs.append((contract.TF, self._transforms(spoilt)))

    def _transforms(self, odometry: Odometry) -> Transforms:
        stamp = odometry.stamp
        return Transforms(
            (
                Transform(stamp, odometry.frame, odometry.child_frame, odometry.pose),
                self.lidar.transform(stamp),
                Transform(stamp, "base_link", "imu", _CENTRE),
            )
        )

    def _measure_scan(self, outputs: list[Output]) -> None:
        scene = self._scene
        if self.world.moving:
            scene = scene.with_circles(np.array(self.moving_circles()))
        scan = self.lidar.measure(self._stamp, self.pose, scene)
        self._put(outputs, "scan", contract.SCAN_RAW, scan)

    def _measure_truth(self, outputs: list[Output]) -> None:
        twist = Twist(self.base.slipping_linear, self.base.slipping_angular)
        guard = self.guard
        truth = GroundTruth(self._stamp, self.pose, twist, guard.contacts, guard.is_in_contact)
        outputs.append((contract.TRUTH, truth))

    def _measure_truth_obstacles(self, outputs: list[Output]) -> None:
        seconds = to_seconds(self._age)
        truth = truth_obstacles(self._stamp, self.world, seconds, self.pose, self.odometry.pose)
        outputs.append((contract.TRUTH_OBSTACLES, truth))

    def _measure_slow(self, outputs: list[Output]) -> None:
        stamp = self._stamp
        temperature, humidity, pressure = self.climate.measure(stamp, self._age)
        self._put(outputs, "battery", contract.BATTERY_RAW, self.battery.measure(stamp))
        self._put(outputs, "temperature", contract.TEMPERATURE_RAW, temperature)
        self._put(outputs, "humidity", contract.HUMIDITY_RAW, humidity)
        self._put(outputs, "pressure", contract.PRESSURE_RAW, pressure)

    @property
    def _stamp(self) -> Time:
        return self._time or 0

    def _follow_faults(self) -> None:
        value = self.faults.value("wheels", "stuck")
        is_stuck = value is not None
        self.base.stuck = WheelsStuck(
            left=is_stuck and (value or 0.0) <= 0.0, right=is_stuck and (value or 0.0) >= 0.0
        )
        self.base.is_ignoring_commands = self.faults.value("base", "ignore_commands") is not None
