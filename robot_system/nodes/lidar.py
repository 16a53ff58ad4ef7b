"""The node that finds obstacles and free space in the scan."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from robot_system import contract
from robot_system.component import Component
from robot_system.core.geometry import is_sound, pose_at
from robot_system.core.perception.collision import Outline
from robot_system.core.perception.detector import Detector, DetectorSettings
from robot_system.core.perception.markers import markers_of
from robot_system.core.perception.returns import problem_of
from robot_system.core.perception.segmentation import SegmentationSettings
from robot_system.core.perception.selfcheck import SelfCheckSettings
from robot_system.core.perception.shapes import ShapeSettings
from robot_system.core.perception.tracking import TrackSettings
from robot_system.core.sensing.verdict import Fault, Verdict
from robot_system.core.sensing.watch import Expectation, SensorWatch
from robot_system.core.silence import Silence
from robot_system.core.time import Instant, Time, from_seconds
from robot_system.core.values import (
    Clearance,
    Health,
    HealthReport,
    Obstacles,
    Odometry,
    Pose,
    Quality,
    Scan,
    Twist,
)
from robot_system.errors import ParameterError
from robot_system.parameters import Parameters, parameter

NO_ODOMETRY = "no fresh odometry"
LOOK = 0.1
"""Seconds between two looks for problems."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LidarParameters(Parameters):
    """Where the LiDAR sits, and what counts as an obstacle."""

    mount_x: float = parameter(-0.065, "LiDAR ahead of the centre of the base", unit="m")
    mount_y: float = parameter(0.0, "LiDAR left of the centre of the base", unit="m")
    mount_yaw: float = parameter(0.0, "LiDAR turned on the base", unit="rad")
    length: float = parameter(0.508, "Length of the base", unit="m", low=0.05, high=5.0)
    width: float = parameter(0.43, "Width of the base", unit="m", low=0.05, high=5.0)
    odometry_max_age: float = parameter(
        0.15, "Odometry farther than this from the scan is not used", unit="s", low=0.01, high=1.0
    )
    future_tolerance: float = parameter(
        0.05, "How far a stamp may lie in the future", unit="s", low=0.0, high=1.0
    )
    lowest_rate_share: float = parameter(
        0.7, "Share of the contract's rate below which the scans are slow", low=0.0, high=1.0
    )
    valid_share_min: float = parameter(
        0.5, "Share of healthy beams below which a scan is not trusted", low=0.0, high=1.0
    )
    window: float = parameter(
        0.03, "Beams that end so near to the least range are blocked", unit="m", low=0.0, high=1.0
    )
    blocked_angle: float = parameter(
        0.09, "Blocked beams side by side that are told of", unit="rad", low=0.01, high=7.0
    )
    dirty_share: float = parameter(
        0.1, "Share of blocked beams that is told of", low=0.001, high=1.0
    )
    noise_limit: float = parameter(
        0.15, "Noise of the ranges that is told of", unit="m", low=0.001, high=10.0
    )
    patience: float = parameter(
        1.0, "How long beams are blocked before that is told", unit="s", low=0.1, high=60.0
    )
    incidence: float = parameter(
        0.1, "Flattest angle under which points in line are a surface", unit="rad", low=0.02,
        high=1.5,
    )  # fmt: skip
    plain_incidence: float = parameter(
        0.5, "Flattest angle under which any neighbours are a surface", unit="rad", low=0.02,
        high=1.5,
    )  # fmt: skip
    range_noise: float = parameter(
        0.06, "Distance of neighbours that is always allowed", unit="m", low=0.0, high=1.0
    )
    missing_beams: int = parameter(
        3, "Most beams without a return inside a segment", low=0, high=100
    )
    minimum_points: int = parameter(3, "Fewest points of an obstacle", low=1, high=100)
    round_points: int = parameter(6, "Fewest points to fit a circle to", low=4, high=1000)
    round_tolerance: float = parameter(
        0.02, "Root mean square error of a round obstacle", unit="m", low=0.001, high=0.5
    )
    minimum_radius: float = parameter(
        0.05, "Smallest radius of an obstacle", unit="m", low=0.0, high=1.0
    )
    maximum_radius: float = parameter(
        0.6, "Largest radius; longer walls become several obstacles", unit="m", low=0.1, high=10.0
    )
    association_gate: float = parameter(
        0.5, "Farthest that an obstacle is from where it should be", unit="m", low=0.01, high=5.0
    )
    moving_speed: float = parameter(
        0.2, "Speed from which on an obstacle moves", unit="m/s", low=0.02, high=5.0
    )
    moving_time: float = parameter(
        0.2, "How long it does so before it is believed", unit="s", low=0.05, high=5.0
    )
    target_acceleration: float = parameter(
        0.6, "How much obstacles change their speed", unit="m/s2", low=0.01, high=20.0
    )
    coast_time: float = parameter(
        1.5, "How long a hidden obstacle is predicted", unit="s", low=0.0, high=20.0
    )
    sectors: int = parameter(72, "Sectors of the clearance", low=4, high=720)
    marker_rate: float = parameter(5.0, "Pictures for rviz", unit="Hz", low=0.1, high=10.0)
    marker_ring: float = parameter(
        3.0, "Largest radius of the clearance that is drawn", unit="m", low=0.1, high=100.0
    )

    def check(self) -> None:
        """Raise ParameterError where values do not fit each other."""
        if self.minimum_radius > self.maximum_radius:
            raise ParameterError("minimum_radius", self.minimum_radius, "is over maximum_radius")
        if self.incidence > self.plain_incidence:
            raise ParameterError("incidence", self.incidence, "is over plain_incidence")

    def settings(self) -> DetectorSettings:
        """Return them as the settings of the steps."""
        return DetectorSettings(
            mount=Pose(self.mount_x, self.mount_y, self.mount_yaw),
            outline=Outline(self.length, self.width),
            sectors=self.sectors,
            valid_share_min=self.valid_share_min,
            segmentation=SegmentationSettings(
                self.incidence, self.plain_incidence, self.range_noise, self.missing_beams
            ),
            shapes=ShapeSettings(
                self.minimum_points,
                self.round_points,
                self.round_tolerance,
                self.minimum_radius,
                self.maximum_radius,
            ),
            tracks=TrackSettings(
                gate=self.association_gate,
                acceleration=self.target_acceleration,
                moving_speed=self.moving_speed,
                moving_time=self.moving_time,
                coast_time=self.coast_time,
            ),
            checks=SelfCheckSettings(
                window=self.window,
                blocked_angle=self.blocked_angle,
                dirty_share=self.dirty_share,
                patience=self.patience,
                noise=self.noise_limit,
            ),
        )


class LidarNode(Component[LidarParameters]):
    """Publishes obstacles and clearance for each scan; what it can not vouch for is not valid.

    What is wrong with the scans is its health, and an event when it begins and when it ends.
    """

    name = "lidar"
    parameters_type = LidarParameters
    reads = (contract.SCAN, contract.ODOM)
    writes = (
        contract.OBSTACLES,
        contract.CLEARANCE,
        contract.OBSTACLE_MARKERS,
        contract.EVENTS,
    )

    _odometry: Odometry | None
    _silence: Silence
    _watch: SensorWatch
    _markers_due: Time
    _shown: tuple[Obstacles, Clearance, Pose] | None

    @property
    def period(self) -> float:
        """Return the seconds between two looks for problems that came or went."""
        return LOOK

    def configure(self) -> None:
        """Build the steps from scan to obstacles."""
        wanted = self.parameters
        self._detector = Detector(wanted.settings())
        self._odometry_max_age = from_seconds(wanted.odometry_max_age)
        self._marker_period = from_seconds(1.0 / wanted.marker_rate)

    def activate(self, now: Instant) -> None:
        """Start with no odometry and new ids."""
        max_age = contract.SCAN.max_age or math.inf
        self._silence = Silence(contract.SCAN.name, max_age, now)
        wanted = self.parameters
        expectation = Expectation(
            contract.SCAN.rate, max_age, wanted.lowest_rate_share, wanted.future_tolerance
        )
        self._watch = SensorWatch(contract.SCAN.name, expectation)
        self._watch.reset(now)
        self._odometry = None
        self._markers_due = 0
        self._shown = None
        self._problem = ""
        self._told: tuple[str, ...] = ()
        self._seen = 0
        self._moving = 0
        self._detector.reset()

    def on_odom(self, odometry: Odometry, now: Instant) -> None:
        """Keep the newest odometry, unless nothing can be placed by it."""
        self._odometry = odometry if is_sound(odometry) else None

    def on_scan(self, scan: Scan, now: Instant) -> None:
        """Find and publish what is in the scan."""
        self._silence.hear(now)
        verdict = self._watch.stamp(scan.stamp, now)
        self._watch.judge(verdict, now)
        self._problem = verdict.reason if verdict.quality is Quality.BAD else problem_of(scan)
        if self._problem:
            self.publish(contract.OBSTACLES, Obstacles(scan.stamp))
            self.publish(contract.CLEARANCE, Clearance(scan.stamp))
            return
        base, twist = self._base_at(scan.stamp)
        sight = self._detector.step(scan, base, twist)
        obstacles, clearance = sight.obstacles, sight.clearance
        if sight.valid_share < self.parameters.valid_share_min:
            self._problem = f"only {sight.valid_share:.0%} of the beams are healthy"
        self.publish(contract.OBSTACLES, obstacles)
        self.publish(contract.CLEARANCE, clearance)
        self._seen = len(obstacles.ids)
        self._moving = int(np.count_nonzero(obstacles.is_moving))
        if base is not None:
            self._shown = (obstacles, clearance, base)

    def tick(self, now: Instant) -> None:
        """Draw the newest scan if that is due; tell of problems that came, and of their end."""
        if self._shown is not None and now.steady >= self._markers_due:
            # From the time that was due: a tick that is a little early must not cost a whole one.
            self._markers_due += self._marker_period
            if self._markers_due <= now.steady:
                self._markers_due = now.steady + self._marker_period
            picture = markers_of(*self._shown, self.parameters.marker_ring)
            self._shown = None
            self.publish(contract.OBSTACLE_MARKERS, picture)
        problems = self._problems(now)
        for problem in problems:
            if problem not in self._told:
                self.event(contract.SENSOR_FAULTY, now, f"{contract.SCAN.name}: {problem}")
        if self._told and not problems:
            self.event(contract.SENSOR_HEALED, now, f"{contract.SCAN.name}: good again")
        self._told = problems

    def health(self, now: Instant) -> HealthReport:
        """Report the silence of the LiDAR, or what is wrong with its scans."""
        silent = self._silence.report(now)
        if silent is not None:
            return silent
        facts = (("obstacles", str(self._seen)), ("moving", str(self._moving)))
        problems = self._problems(now)
        if problems:
            return HealthReport(Health.DEGRADED, "; ".join(problems), facts, contract.SCAN.name)
        if self._problem:
            return HealthReport(Health.DEGRADED, self._problem, facts, contract.ODOM.name)
        return HealthReport(Health.HEALTHY, facts=facts)

    def _problems(self, now: Instant) -> tuple[str, ...]:
        """Return what is wrong with the scans now; that one comes with no odometry is not."""
        silent = self._silence.report(now)
        if silent is not None:
            # Before the first scan nobody is to blame yet.
            return (silent.reason,) if self._watch.has_arrived else ()
        problems = self._detector.checks.problems
        if self._problem and self._problem != NO_ODOMETRY:
            problems = (self._problem, *problems)
        elif (standing := self._watch.look(now)).quality is not Quality.GOOD:
            problems = (f"topic {contract.SCAN.name} is {_words(standing)}", *problems)
        return problems

    def _base_at(self, stamp: Time) -> tuple[Pose | None, Twist]:
        odometry = self._odometry
        if odometry is None or abs(stamp - odometry.stamp) > self._odometry_max_age:
            self._problem = NO_ODOMETRY
            return None, Twist()
        return pose_at(odometry, stamp), odometry.twist


def _words(standing: Verdict) -> str:
    # A rate is told with its number, which is new at each look: only its kind is a problem.
    return standing.fault.value if standing.fault is Fault.SLOW else standing.reason
