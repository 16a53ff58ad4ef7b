"""How the accuracy of perception is counted, and in which scenes."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from robot_system.cli import bench as command
from robot_system.core.perception.returns import ScanReader
from robot_system.core.perception.segmentation import SegmentationSettings, segment
from robot_system.core.values import Kind, Obstacles, Odometry, Pose, Scan
from robot_system.sim.world import World

PACKAGE = command.load_benchmarks(Path(__file__).parents[2])

from bench import clusters, matching, recording, scenes  # noqa: E402

WALLS = np.array([[0.0, -5.0, 0.0, 5.0]])
BOXES = np.array([[9.0, 3.0, 1.0, 1.0, 0.0]])
WORLD = World("w", Pose(5.0, 0.0, 0.0), (), (0, -5, 10, 5), segments=WALLS, boxes=BOXES)


def frame(*things, beams=10):
    """A frame of a robot at (5, 0): things are (x, y, radius)."""
    rows = np.array(things, float).reshape(-1, 3)
    truth = Obstacles(
        1, np.arange(len(rows)), rows[:, :2], rows[:, 2], np.zeros((len(rows), 2)),
        np.ones(len(rows)), valid=True,
    )  # fmt: skip
    scan = Scan(1, 0.0, 0.1, 0.1, 30.0, np.zeros(3, np.float32))
    odometry = Odometry(1, Pose(5.0, 0.0, 0.0), None)
    pose = Pose(5.0, 0.0, 0.0)
    sensor = Pose(5.0 - 0.065, 0.0, 0.0)
    return scenes.Frame(scan, odometry, truth, np.full(len(rows), beams), sensor, pose)


def counted(seen, *found):
    """The tally of detections (x, y, radius, kind)."""
    rows = np.array([item[:3] for item in found], float).reshape(-1, 3)
    kinds = np.array([item[3] for item in found])
    total = matching.Tally()
    detections = matching.Detections(rows[:, :2], rows[:, 2], kinds)
    matching.tally(seen, detections, WORLD, total, lambda *_: matching.Tally())
    return total.found, total.missed, total.right, total.false


THING = (7.0, 0.0, 0.2)


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ([(7.1, 0.1, 0.2, Kind.CIRCLE)], (1, 0, 1, 0)),
        ([(7.1, 0.1, 0.2, Kind.SEGMENT)], (1, 0, 1, 0)),
        ([], (0, 1, 0, 0)),
        ([(7.35, 0.0, 0.2, Kind.CIRCLE)], (0, 1, 0, 1)),
        ([(7.0, 0.0, 0.2, Kind.CIRCLE), (7.1, 0.0, 0.1, Kind.CIRCLE)], (1, 0, 1, 1)),
        ([(0.1, 1.0, 0.2, Kind.CIRCLE)], (0, 1, 0, 1)),
        ([(0.1, 1.0, 0.6, Kind.SEGMENT)], (0, 1, 0, 0)),
        ([(3.0, 1.0, 0.6, Kind.SEGMENT)], (0, 1, 0, 1)),
        ([(8.5, 3.0, 0.3, Kind.CIRCLE)], (0, 1, 0, 0)),
        ([(14.0, 0.0, 0.3, Kind.CIRCLE)], (0, 1, 0, 0)),
    ],
)  # fmt: skip
def test_what_is_found_right_and_false(found, wanted):
    assert counted(frame(THING), *found) == wanted


@pytest.mark.parametrize("thing", [(7.0, 0.0, 0.09), (13.1, 0.0, 0.3)])
def test_what_is_too_small_or_too_far_makes_nobody_wrong(thing):
    assert counted(frame(thing), (*thing, Kind.CIRCLE)) == (0, 0, 0, 0)
    assert counted(frame(thing)) == (0, 0, 0, 0)


def test_what_too_few_beams_meet_is_not_missed():
    assert counted(frame(THING, beams=3)) == (0, 0, 0, 0)
    assert counted(frame(THING, beams=4)) == (0, 1, 0, 0)


def test_scenes_repeat_and_hold_from_none_to_forty_things_that_never_touch():
    counts = []
    for number in range(0, 56, 5):
        one = scenes.scene(number)
        same = scenes.scene(number)
        assert one.world.circles.tobytes() == same.world.circles.tobytes()
        assert one.world.moving == same.world.moving
        counts.append(len(one.world.circles) + len(one.world.moving))
        for time in np.arange(0.0, scenes.SECONDS, 0.5):
            moving = [(*item.at(time)[:2], item.radius) for item in one.world.moving]
            rows = np.array([*map(tuple, one.world.circles), *moving]).reshape(-1, 3)
            apart = np.hypot(*(rows[:, None, :2] - rows[:, :2]).transpose(2, 0, 1))
            np.fill_diagonal(apart, np.inf)
            assert (apart > rows[:, 2] + rows[:, 2][:, None]).all()
    assert min(counts) == 0
    assert max(counts) >= 30


def frames_of(number, count, beams=720):
    played = scenes.scene(number).play(beams)
    return list(islice((item for item in played if isinstance(item, scenes.Frame)), count))


def test_the_beams_on_a_thing_are_those_that_measure_it():
    for one in frames_of(3, 3):
        distances = np.hypot(*(one.truth.positions - (one.sensor.x, one.sensor.y)).T)
        widths = 2.0 * np.arcsin(one.truth.radii / distances) / one.scan.angle_increment
        assert (one.beams <= widths + 1.0).all()
        assert one.beams.max() > 4


def test_clusters_are_described_as_our_own_segments_are():
    for one in frames_of(26, 3):
        returns = ScanReader(Pose(-0.065, 0.0, 0.0)).read(one.scan)
        own = segment(returns, SegmentationSettings())
        same = clusters.segments_of(returns, own.of_points())
        assert same.starts.tolist() == own.starts.tolist()
        assert same.is_cut.tolist() == own.is_cut.tolist()
        ours = clusters.detections_of(own, Pose(), Pose(-0.065, 0.0, 0.0))
        theirs = clusters.detections_of(same, Pose(), Pose(-0.065, 0.0, 0.0))
        assert np.allclose(ours.positions, theirs.positions)


def test_a_point_is_explained_by_an_obstacle_that_holds_it():
    things = Obstacles(1, np.array([1]), np.array([[2.0, 0.0]]), np.array([0.3]))
    x, y = np.array([2.0, 2.39, 2.41, 0.0]), np.zeros(4)
    assert recording.explained_share(x, y, things) == 0.5
    assert recording.explained_share(x, y, Obstacles(1)) == 0.0
