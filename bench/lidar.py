"""How long one scan takes: hygiene, segmentation, tracking and metrics, beside DBSCAN alone.

Timed is the handler of the lidar node for a scan, with obstacles and clearance but no middleware,
on the CPU time of its thread; DBSCAN only clusters the points that our hygiene gives it.
"""

from __future__ import annotations

import gc
import time

import numpy as np

from bench import clusters
from bench.report import Limit, Report, Settings, describe_machine, percentile
from bench.scenes import START, Frame, scene
from robot_system.core.perception.returns import ScanReader
from robot_system.core.time import Instant
from robot_system.core.values import Odometry, Pose
from robot_system.nodes.lidar import LidarNode, LidarParameters

BEAMS = (360, 1081, 3600)
RUNS = 5
SCENE = 26
"""A room with 18 round things, of which some walk, and a robot that drives."""
SECONDS = 10.0
DBSCAN_EVERY = 20
EPS, MIN_SAMPLES = 0.16, 4
"""DBSCAN as it is most accurate, see `bench perception`."""
LIMITS = {"p99_ms_1081": Limit(at_most=1.0), "p99_ms_3600": Limit(at_most=2.0)}


def run(settings: Settings) -> Report:
    """Time the same drive at each number of beams."""
    machine = describe_machine()
    count = settings.runs or RUNS
    figures: dict[str, float] = {}
    rows = []
    for beams in BEAMS:
        items = list(scene(SCENE).play(beams, SECONDS))
        _once(items)
        times = [taken for _ in range(count) for taken in _once(items)]
        dbscan = _dbscan(items)
        ours, theirs = percentile(times, 0.5), percentile(dbscan, 0.5)
        figures |= {
            f"p50_ms_{beams}": ours,
            f"p99_ms_{beams}": percentile(times, 0.99),
            f"dbscan_p50_ms_{beams}": theirs,
            f"speedup_{beams}": theirs / ours,
        }
        rows.append(
            {"beams": beams, "scans": len(times), "max_ms": max(times), "p10_ms":
             percentile(times, 0.1), "dbscan_scans": len(dbscan)}
        )  # fmt: skip
        settings.say(f"{beams} beams: {ours:.2f} ms, DBSCAN {theirs:.1f} ms")
    return Report("lidar", machine, count, figures, LIMITS, rows)


def _once(items: list[Frame | Odometry]) -> list[float]:
    """Return the milliseconds of each scan of a drive."""
    node = LidarNode(LidarParameters(), publish=lambda topic, value: None)
    node.configure()
    node.activate(Instant(START, START))
    times = []
    gc.collect()
    gc.freeze()
    for item in items:
        if not isinstance(item, Frame):
            node.on_odom(item, Instant(item.stamp, item.stamp))
            continue
        now = Instant(item.scan.stamp, item.scan.stamp)
        began = time.thread_time_ns()
        node.on_scan(item.scan, now)
        times.append((time.thread_time_ns() - began) * 1e-6)
    gc.unfreeze()
    return times


def _dbscan(items: list[Frame | Odometry]) -> list[float]:
    """Return the milliseconds that DBSCAN takes for some of the scans."""
    reader = ScanReader(Pose(-0.065, 0.0, 0.0), (0.508, 0.43))
    frames = [item for item in items if isinstance(item, Frame)][::DBSCAN_EVERY]
    times = []
    for frame in frames:
        returns = reader.read(frame.scan)
        began = time.thread_time_ns()
        labels = clusters.labels_of(returns, EPS, MIN_SAMPLES)
        times.append((time.thread_time_ns() - began) * 1e-6)
        if not np.any(labels >= 0):
            raise RuntimeError("DBSCAN found no cluster at all")
    return times
