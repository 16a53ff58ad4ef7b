"""From scan to obstacles and clearance: the steps of perception, one after the other."""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass, field

import numpy as np

from robot_system.core.geometry import to_outer
from robot_system.core.perception import shapes as shape
from robot_system.core.perception import tracking as row
from robot_system.core.perception.clearance import ClearanceMeter
from robot_system.core.perception.collision import (
    HORIZON,
    Outline,
    time_on_path,
    times_to_collision,
)
from robot_system.core.perception.quality import QualityMeter
from robot_system.core.perception.returns import Returns, ScanReader
from robot_system.core.perception.segmentation import SegmentationSettings, Segments, segment
from robot_system.core.perception.selfcheck import SelfCheck, SelfCheckSettings
from robot_system.core.perception.shapes import ShapeSettings, shapes_of
from robot_system.core.perception.speckle import SpeckleFilter
from robot_system.core.perception.tracking import Tracker, TrackSettings
from robot_system.core.perception.view import View
from robot_system.core.time import Time
from robot_system.core.values import Clearance, FloatArray, Obstacles, Pose, Scan, Twist


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """Where the LiDAR sits, how large the base is, and the settings of the steps."""

    mount: Pose = field(default_factory=Pose)
    outline: Outline = field(default_factory=lambda: Outline(0.508, 0.43))
    sectors: int = 72
    valid_share_min: float = 0.5
    segmentation: SegmentationSettings = field(default_factory=SegmentationSettings)
    shapes: ShapeSettings = field(default_factory=ShapeSettings)
    tracks: TrackSettings = field(default_factory=TrackSettings)
    checks: SelfCheckSettings = field(default_factory=SelfCheckSettings)


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What one scan showed. Neither is valid where the scan can not be trusted."""

    obstacles: Obstacles
    clearance: Clearance
    valid_share: float


class Detector:
    """Makes obstacles and clearance of each scan in which `problem_of` found no problem."""

    def __init__(self, settings: DetectorSettings) -> None:
        self._settings = settings
        outline, mount = settings.outline, settings.mount
        self._origin = np.array([[mount.x], [mount.y]])
        self._reader = ScanReader(settings.mount, (outline.length, outline.width))
        self._meter = ClearanceMeter(settings.sectors, outline)
        self._speckle = SpeckleFilter()
        self._tracker = Tracker(settings.tracks)
        self._quality = QualityMeter()
        self.checks = SelfCheck(settings.checks)

    def reset(self) -> None:
        """Forget all tracks and all that was noticed."""
        self._speckle.reset()
        self._tracker.reset()
        self._quality.reset()
        self.checks.reset()

    def step(self, scan: Scan, base: Pose | None, twist: Twist) -> Sight:
        """Return what a scan shows to a base at this pose that moves like this.

        Without a pose there is no place for obstacles, and they are not valid.
        """
        stamp = scan.stamp
        returns = self._reader.read(scan, twist)
        share = returns.valid_share
        self.checks.step(scan, returns, twist)
        if share < self._settings.valid_share_min or self.checks.frozen:
            return Sight(Obstacles(stamp), Clearance(stamp, valid_share=share), share)
        self._quality.step(stamp, returns)
        self.checks.judge_noise(self._quality.noise)
        segments = segment(returns, self._settings.segmentation)
        kept = self._speckle.step(scan.ranges, returns, segments)
        path_time = time_on_path(kept.x, kept.y, self._settings.outline, twist)
        if base is None:
            obstacles = Obstacles(stamp)
        else:
            shapes = self.shapes(segments)
            obstacles = self._track(scan, returns, shapes, base, twist, path_time)
            if np.count_nonzero(obstacles.is_moving):
                path_time = min(path_time, float(np.minimum.reduce(obstacles.collisions[:, 0])))
        clearance = self._meter.measure(
            stamp, kept, self._reader.directions, twist, path_time,
            self._quality.noise, self._quality.rate,
        )  # fmt: skip
        return Sight(obstacles, clearance, share)

    def shapes(self, segments: Segments) -> FloatArray:
        """Return the table of shapes of the segments of one scan, in the base frame."""
        return shapes_of(segments, self._settings.shapes, self._origin)

    def _track(
        self,
        scan: Scan,
        returns: Returns,
        shapes: FloatArray,
        base: Pose,
        twist: Twist,
        path_time: float,
    ) -> Obstacles:
        """Return the obstacles, with the times until they are touched."""
        shapes[shape.X], shapes[shape.Y] = to_outer(base, shapes[shape.X], shapes[shape.Y])
        shapes[shape.HEADING] += base.theta
        view = View(scan, returns, base, self._settings.mount)
        table = self._tracker.step(scan.stamp, shapes, view.hides)
        collisions = np.empty((table.shape[1], 2))
        collisions.fill(math.inf)
        # What stands is met where its points are: without one in time nothing is looked for.
        if path_time < HORIZON or np.count_nonzero(table[row.MOVING]):
            collisions[:, 0] = self._times(table, base, twist)
            if twist.linear != 0.0:
                np.multiply(collisions[:, 0], abs(twist.linear), out=collisions[:, 1])
            else:
                collisions[np.isfinite(collisions[:, 0]), 1] = 0.0
        return obstacles_of(scan.stamp, table, collisions)

    def _times(self, table: FloatArray, base: Pose, twist: Twist) -> FloatArray:
        turn = cmath.exp(-1j * base.theta)
        places = 1j * table[row.Y]
        places += table[row.X]
        places -= complex(base.x, base.y)
        places *= turn
        velocities = 1j * table[row.VY]
        velocities += table[row.VX]
        velocities *= table[row.MOVING] * turn
        return times_to_collision(
            places, velocities, table[row.RADIUS], self._settings.outline, twist
        )


def obstacles_of(stamp: Time, table: FloatArray, collisions: FloatArray) -> Obstacles:
    """Return the tracks as obstacles."""
    # The tracker goes on writing into its own table.
    table = table.copy()
    is_moving = table[row.MOVING] > 0.0
    velocities = table[row.VX : row.PP]
    velocities *= is_moving
    # A row that was not seen for a while is less sure to be there.
    confidences = table[row.CONFIDENCE] / (1.0 + 4.0 * table[row.UNSEEN])
    return Obstacles(
        stamp=stamp,
        ids=table[row.ID].astype(np.int64),
        positions=table[row.X : row.VX].T,
        radii=table[row.RADIUS],
        velocities=velocities.T,
        confidences=confidences,
        valid=True,
        kinds=table[row.KIND].astype(np.uint8),
        is_moving=is_moving,
        ages=table[row.AGE],
        unseen=table[row.UNSEEN],
        variances=table[row.PP : row.RADIUS].T,
        extents=table[row.LENGTH : row.HEADING + 1].T,
        collisions=collisions,
    )
