"""How right perception is: against the truth of the simulator, against DBSCAN, and on real scans.

What counts as found, right and false is defined in `bench/matching.py`, for all methods alike.
"""

from __future__ import annotations

import itertools
import math
import os
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bench import clusters, matching, recording
from bench.report import Limit, Report, Settings, describe_machine, percentile
from bench.scenes import START, Frame, scene
from robot_system.core.geometry import pose_at
from robot_system.core.perception.returns import ScanReader
from robot_system.core.perception.segmentation import SegmentationSettings, segment
from robot_system.core.time import Instant
from robot_system.core.values import Obstacles, Pose
from robot_system.nodes.lidar import LidarNode, LidarParameters

SCENES = 56
MOUNT = Pose(-0.065, 0.0, 0.0)
SEARCH_EVERY, COMPARE_EVERY = 48, 12
"""DBSCAN is slow: its parameters are sought, and it is compared, on one of so many scans."""
EPS = (0.08, 0.12, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5)
MIN_SAMPLES = (1, 2, 3, 4, 6)
AFTER_BIRTH = 1.0
WALKS = 0.05
LIMITS = {
    "recall": Limit(at_least=0.97),
    "precision": Limit(at_least=0.97),
    "velocity_error_mps": Limit(at_most=0.15),
    "scenes": Limit(at_least=50),
}


@dataclass(slots=True)
class Score:
    """What is counted over all scenes."""

    total: matching.Tally = field(default_factory=matching.Tally)
    cells: dict[tuple[str, str], matching.Tally] = field(
        default_factory=lambda: defaultdict(matching.Tally)
    )
    speed_errors: list[float] = field(default_factory=list)
    later_speed_errors: list[float] = field(default_factory=list)
    stillness_errors: int = 0
    still: int = 0
    switches: int = 0
    followed: float = 0.0
    frames: int = 0

    def cell(self, radius: float, distance: float) -> matching.Tally:
        """Return the tally of one size and distance."""
        return self.cells[_name(matching.SIZES, radius), _name(matching.DISTANCES, distance)]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A frame that other methods are tried on."""

    frame: Frame
    world: Any
    base: Pose


def run(settings: Settings) -> Report:
    """Play all scenes through the lidar node, then other methods on a part of the scans."""
    machine = describe_machine()
    count = settings.runs or SCENES
    score, samples = Score(), []
    for number in range(count):
        samples += _play(number, score)
        if number % 8 == 7:
            settings.say(f"scene {number + 1} of {count}: recall {score.total.recall:.4f}")
    eps, min_samples, searched = _search(samples[:: SEARCH_EVERY // COMPARE_EVERY], settings)
    dbscan, ours = matching.Tally(), matching.Tally()
    for sample in samples:
        _count(sample, dbscan, eps, min_samples)
        _count(sample, ours, None, 0)
    figures = _figures(score, count)
    figures |= {
        "dbscan_recall": dbscan.recall,
        "dbscan_precision": dbscan.precision,
        "dbscan_position_error_m": float(np.mean(dbscan.errors)) if dbscan.errors else math.nan,
        "dbscan_eps": eps,
        "dbscan_min_samples": min_samples,
        "untracked_recall": ours.recall,
        "untracked_precision": ours.precision,
        "compared_scans": len(samples),
    }
    rows = _rows(score) + searched
    data = os.environ.get("ROBOT_SYSTEM_DATA")
    if data:
        figures |= recording.figures(Path(data), settings.picture)
    else:
        settings.say("ROBOT_SYSTEM_DATA is not set: no real recording")
    return Report("perception", machine, count, figures, LIMITS, rows)


def _play(number: int, score: Score) -> list[Sample]:
    """Count one scene; return the frames that others are tried on."""
    one = scene(number)
    out: list[Obstacles] = []
    node = LidarNode(
        LidarParameters(),
        publish=lambda _, value: out.append(value) if isinstance(value, Obstacles) else None,
    )
    node.configure()
    node.activate(Instant(START, START))
    ids: dict[int, int] = {}
    samples = []
    for item in one.play():
        if not isinstance(item, Frame):
            node.on_odom(item, Instant(item.stamp, item.stamp))
            continue
        node.on_scan(item.scan, Instant(item.scan.stamp, item.scan.stamp))
        obstacles = out.pop()
        found = matching.Detections(obstacles.positions, obstacles.radii, obstacles.kinds)
        matched = matching.tally(item, found, one.world, score.total, score.cell)
        _follow(item, obstacles, matched, ids, score)
        if score.frames % COMPARE_EVERY == 0:
            base = pose_at(item.odometry, item.scan.stamp)
            samples.append(Sample(item, one.world, base))
        score.frames += 1
    return samples


def _follow(
    frame: Frame,
    obstacles: Obstacles,
    matched: matching.Matched,
    ids: dict[int, int],
    score: Score,
) -> None:
    """Count what happens to ids, and how wrong velocities are."""
    for row in np.flatnonzero((matched.partner >= 0) & matched.counts):
        partner, true_id = int(matched.partner[row]), int(frame.truth.ids[row])
        identity = int(obstacles.ids[partner])
        score.followed += frame.scan.scan_time
        score.switches += ids.get(true_id, identity) != identity
        ids[true_id] = identity
        velocity = frame.truth.velocities[row]
        error = float(np.hypot(*(obstacles.velocities[partner] - velocity)))
        age = float(obstacles.ages[partner])
        if np.hypot(*velocity) < WALKS:
            score.still += 1
            score.stillness_errors += bool(obstacles.is_moving[partner])
        elif age >= AFTER_BIRTH:
            score.later_speed_errors.append(error)
            if age < AFTER_BIRTH + frame.scan.scan_time - 1e-6:
                score.speed_errors.append(error)


def _search(samples: list[Sample], settings: Settings) -> tuple[float, int, list[dict[str, Any]]]:
    """Return the parameters of DBSCAN with the best F1, and what each of them gave."""
    rows: list[dict[str, Any]] = []
    for eps, least in itertools.product(EPS, MIN_SAMPLES):
        total = matching.Tally()
        for sample in samples:
            _count(sample, total, eps, least)
        recall, precision = total.recall, total.precision
        f1 = 2.0 * recall * precision / (recall + precision) if recall + precision else 0.0
        rows.append(
            {
                "table": "dbscan search",
                "size_m": f"eps {eps:g}",
                "distance_m": f"min_samples {least}",
                "recall": recall,
                "precision": precision,
                "position_error_m": f1,
                "count": total.found + total.missed,
            }
        )
    best = max(rows, key=lambda row: float(row["position_error_m"]))
    for row in rows:
        row["f1"] = row["position_error_m"]
        row["position_error_m"] = math.nan
    settings.say(f"DBSCAN is best with {best['size_m']}, {best['distance_m']}")
    eps, least = float(best["size_m"].split()[1]), int(best["distance_m"].split()[1])
    return eps, least, rows


def _count(sample: Sample, total: matching.Tally, eps: float | None, least: int) -> None:
    """Count what DBSCAN, or our segmentation where eps is none, finds in one scan."""
    returns = ScanReader(MOUNT, (0.508, 0.43)).read(sample.frame.scan)
    if eps is None:
        segments = segment(returns, SegmentationSettings())
    else:
        segments = clusters.segments_of(returns, clusters.labels_of(returns, eps, least))
    found = clusters.detections_of(segments, sample.base, MOUNT)
    matching.tally(sample.frame, found, sample.world, total, lambda *_: matching.Tally())


def _figures(score: Score, count: int) -> dict[str, float]:
    total = score.total
    return {
        "recall": total.recall,
        "precision": total.precision,
        "position_error_m": float(np.mean(total.errors)),
        "position_error_p95_m": percentile(total.errors, 0.95),
        "velocity_error_mps": float(np.mean(score.speed_errors or [math.nan])),
        "velocity_error_p95_mps": percentile(score.speed_errors, 0.95),
        "velocity_error_later_mps": float(np.mean(score.later_speed_errors or [math.nan])),
        "id_switches_per_minute": 60.0 * score.switches / score.followed,
        "still_called_moving_share": score.stillness_errors / max(score.still, 1),
        "velocities_measured": len(score.speed_errors),
        "true_obstacles": total.found + total.missed,
        "false_detections": total.false,
        "scenes": count,
        "scans": score.frames,
    }


def _rows(score: Score) -> list[dict[str, Any]]:
    return [
        {
            "table": "size and distance",
            "size_m": size,
            "distance_m": distance,
            "recall": cell.recall,
            "precision": cell.precision,
            "position_error_m": float(np.mean(cell.errors)) if cell.errors else math.nan,
            "count": cell.found + cell.missed,
            "f1": math.nan,
        }
        for (size, distance), cell in sorted(score.cells.items())
        if cell.found + cell.missed
    ]


def _name(bounds: tuple[tuple[float, float], ...], value: float) -> str:
    """Return the interval that a value is in, or the nearest one."""
    for low, high in bounds:
        if value < high:
            return f"{low:g} to {high:g}"
    return f"{bounds[-1][0]:g} to {bounds[-1][1]:g}"
