"""A real recording through the lidar node: what it follows, and what it explains of the points.

The recording has no odometry: the robot is taken to stand, and what stands seems to move when
the robot does. So nothing is said here of velocities.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from robot_system import contract
from robot_system.core.perception.returns import ScanReader
from robot_system.core.time import Instant
from robot_system.core.values import Clearance, Obstacles, Odometry, Pose, Scan, Twist
from robot_system.nodes.lidar import LidarNode, LidarParameters

FILE = Path("scans", "hokuyo_two_lasers.mcap")
TOPICS = ("/front_scan", "/rear_scan")
NEAR = 0.1
"""A point is explained when an obstacle, with so much around it (m), holds it."""
FOLLOWED = 0.5
"""A track that was followed so long (s) counts."""


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One scan with what came out of it."""

    topic: str
    scan: Scan
    x: np.ndarray
    y: np.ndarray
    obstacles: Obstacles
    clearance: Clearance
    explained: float


def moments_of(path: Path, topic: str) -> Iterator[Moment]:
    """Yield each scan of a topic with what the lidar node makes of it."""
    from robot_system.ros.recordings import values_of

    out: list[object] = []
    parameters = LidarParameters().replaced(
        # The LiDAR is looked at alone, without the robot that it is on; it scans at 10 Hz.
        {"mount_x": 0.0, "length": 0.05, "width": 0.05, "lowest_rate_share": 0.4}
    )
    node = LidarNode(parameters, publish=lambda _, value: out.append(value))
    reader = ScanReader(Pose())
    node.configure()
    is_active = False
    for scan in values_of(path, topic, contract.SCAN):
        now = Instant(scan.stamp, scan.stamp)
        if not is_active:
            node.activate(now)
            is_active = True
        out.clear()
        node.on_odom(Odometry(scan.stamp, Pose(), Twist()), now)
        node.on_scan(scan, now)
        obstacles = next(value for value in out if isinstance(value, Obstacles))
        clearance = next(value for value in out if isinstance(value, Clearance))
        returns = reader.read(scan)
        share = explained_share(returns.x, returns.y, obstacles)
        yield Moment(topic, scan, returns.x, returns.y, obstacles, clearance, share)


def explained_share(x: np.ndarray, y: np.ndarray, obstacles: Obstacles) -> float:
    """Return the share of points that an obstacle holds."""
    if not len(x):
        return 1.0
    if not len(obstacles.ids):
        return 0.0
    apart = np.hypot(
        x[:, None] - obstacles.positions[:, 0], y[:, None] - obstacles.positions[:, 1]
    )
    return float(np.mean((apart <= obstacles.radii + NEAR).any(axis=1)))


def figures(data: Path, picture: Path | None = None) -> dict[str, float]:
    """Return the figures of the recording; draw ten moments of it where a file is named."""
    explained, lengths, valid, seconds, scans = [], 0, 0, 0.0, 0
    chosen = []
    for topic in TOPICS:
        ages: dict[int, float] = {}
        moments = list(moments_of(data / FILE, topic))
        for moment in moments:
            explained.append(moment.explained)
            valid += moment.obstacles.valid
            ages.update(
                zip(moment.obstacles.ids.tolist(), moment.obstacles.ages.tolist(), strict=True)
            )
        seconds += (moments[-1].scan.stamp - moments[0].scan.stamp) * 1e-9
        scans += len(moments)
        lengths += sum(age >= FOLLOWED for age in ages.values())
        chosen += moments[len(moments) // 10 :: len(moments) // 5][:5]
    if picture is not None:
        from bench.picture import draw

        draw(chosen, picture)
    return {
        "recording_scans": scans,
        "recording_valid_share": valid / scans,
        "recording_tracks_per_minute": 60.0 * lengths / seconds,
        "recording_explained_share": float(np.mean(explained)),
        "recording_explained_share_worst": float(np.min(explained)),
    }
