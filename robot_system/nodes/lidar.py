"""The node that finds obstacles and free space in the scan."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from robot_system import contract
from robot_system.component import Component
from robot_system.core.geometry import pose_at, to_outer
from robot_system.core.perception.association import Associator
from robot_system.core.perception.circles import CircleSettings, circles_of
from robot_system.core.perception.clearance import ClearanceMeter
from robot_system.core.perception.markers import markers_of
from robot_system.core.perception.returns import Returns, ScanReader, problem_of
from robot_system.core.perception.segmentation import SegmentationSettings, segment
from robot_system.core.silence import Silence
from robot_system.core.time import Instant, Time, from_seconds
from robot_system.core.values import (
    Clearance,
    Health,
    HealthReport,
    Obstacles,
    Odometry,
    Pose,
    Scan,
)
from robot_system.errors import ParameterError
from robot_system.parameters import Parameters, parameter

NO_ODOMETRY = "no fresh odometry"


@dataclass(frozen=True, slots=True, kw_only=True)
class LidarParameters(Parameters):
    """Where the LiDAR sits, and what counts as an obstacle."""

    mount_x: float = parameter(-0.065, "LiDAR ahead of the centre of the base", unit="m")
    mount_y: float = parameter(0.0, "LiDAR left of the centre of the base", unit="m")
    mount_yaw: float = parameter(0.0, "LiDAR turned on the base", unit="rad")
    odometry_max_age: float = parameter(
        0.15, "Odometry farther than this from the scan is not used", unit="s", low=0.01, high=1.0
    )
    valid_share_min: float = parameter(
        0.5, "Share of healthy beams below which a scan is not trusted", low=0.0, high=1.0
    )
    incidence: float = parameter(
        0.17, "Flattest angle under which a surface is still one", unit="rad", low=0.02, high=1.5
    )
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
        0.4, "Farthest that an obstacle keeps its id", unit="m", low=0.01, high=5.0
    )
    sectors: int = parameter(72, "Sectors of the clearance", low=4, high=3600)
    marker_rate: float = parameter(5.0, "Pictures for rviz", unit="Hz", low=0.1, high=50.0)
    marker_ring: float = parameter(
        3.0, "Largest radius of the clearance that is drawn", unit="m", low=0.1, high=100.0
    )

    def check(self) -> None:
        """Raise ParameterError when no radius is left."""
        if self.minimum_radius > self.maximum_radius:
            raise ParameterError("minimum_radius", self.minimum_radius, "is over maximum_radius")


class LidarNode(Component[LidarParameters]):
    """Publishes obstacles and clearance for each scan; what it can not vouch for is not valid."""

    name = "lidar"
    parameters_type = LidarParameters
    reads = (contract.SCAN, contract.ODOM)
    writes = (contract.OBSTACLES, contract.CLEARANCE, contract.OBSTACLE_MARKERS)

    _odometry: Odometry | None
    _silence: Silence
    _markers_due: Time

    def configure(self) -> None:
        """Build the steps from scan to obstacles."""
        wanted = self.parameters
        self._reader = ScanReader(Pose(wanted.mount_x, wanted.mount_y, wanted.mount_yaw))
        self._meter = ClearanceMeter(wanted.sectors)
        self._associator = Associator(wanted.association_gate)
        self._segmentation = SegmentationSettings(
            wanted.incidence, wanted.range_noise, wanted.missing_beams
        )
        self._circles = CircleSettings(
            wanted.minimum_points,
            wanted.round_points,
            wanted.round_tolerance,
            wanted.minimum_radius,
            wanted.maximum_radius,
        )
        self._odometry_max_age = from_seconds(wanted.odometry_max_age)
        self._marker_period = from_seconds(1.0 / wanted.marker_rate)
        self._forget()

    def activate(self, now: Instant) -> None:
        """Start with no odometry and new ids."""
        self._silence = Silence(contract.SCAN.name, contract.SCAN.max_age or math.inf, now)
        self._forget()

    def on_odom(self, odometry: Odometry, now: Instant) -> None:
        """Keep the newest odometry."""
        self._odometry = odometry

    def on_scan(self, scan: Scan, now: Instant) -> None:
        """Find and publish what is in the scan."""
        self._silence.hear(now)
        self._problem = problem_of(scan)
        if self._problem:
            self.publish(contract.OBSTACLES, Obstacles(scan.stamp))
            self.publish(contract.CLEARANCE, Clearance(scan.stamp))
            return
        returns = self._reader.read(scan)
        base = self._base_at(scan.stamp)
        is_trusted = returns.valid_share >= self.parameters.valid_share_min
        if not is_trusted:
            self._problem = f"only {returns.valid_share:.0%} of the beams are healthy"
        obstacles = self._obstacles(scan.stamp, returns, base if is_trusted else None)
        clearance = (
            self._meter.measure(scan.stamp, returns, self._reader.directions)
            if is_trusted
            else Clearance(scan.stamp, valid_share=returns.valid_share)
        )
        self.publish(contract.OBSTACLES, obstacles)
        self.publish(contract.CLEARANCE, clearance)
        self._seen = len(obstacles.ids)
        if base is not None and now.steady >= self._markers_due:
            self._markers_due = now.steady + self._marker_period
            ring = self.parameters.marker_ring
            self.publish(contract.OBSTACLE_MARKERS, markers_of(obstacles, clearance, base, ring))

    def health(self, now: Instant) -> HealthReport:
        """Report the silence of the LiDAR, or the problem of its last scan."""
        silent = self._silence.report(now)
        if silent is not None:
            return silent
        facts = (("obstacles", str(self._seen)),)
        if self._problem:
            cause = contract.ODOM if self._problem == NO_ODOMETRY else contract.SCAN
            return HealthReport(Health.DEGRADED, self._problem, facts, cause.name)
        return HealthReport(Health.HEALTHY, facts=facts)

    def _forget(self) -> None:
        self._odometry = None
        self._markers_due = 0
        self._problem = ""
        self._seen = 0
        self._associator.reset()

    def _base_at(self, stamp: Time) -> Pose | None:
        odometry = self._odometry
        if odometry is None or abs(stamp - odometry.stamp) > self._odometry_max_age:
            self._problem = NO_ODOMETRY
            return None
        return pose_at(odometry, stamp)

    def _obstacles(self, stamp: Time, returns: Returns, base: Pose | None) -> Obstacles:
        if base is None:
            return Obstacles(stamp)
        circles = circles_of(segment(returns, self._segmentation), self._circles)
        positions = np.column_stack(to_outer(base, circles.x, circles.y))
        return Obstacles(
            stamp=stamp,
            ids=self._associator.ids_of(positions),
            positions=positions,
            radii=circles.radii,
            velocities=np.zeros_like(positions),
            confidences=circles.confidences,
            valid=True,
        )
