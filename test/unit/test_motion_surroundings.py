import math

import numpy as np
import pytest

from robot_system.core.motion.beams import MOST_BEAMS
from robot_system.core.motion.footprint import Footprint
from robot_system.core.motion.surroundings import Surroundings, SurroundingsSettings
from robot_system.core.time import SECOND
from robot_system.core.values import Odometry, Pose, Scan, Twist

STAMP = 100 * SECOND


def around(mount=Pose(), memory=1.5):  # noqa: B008
    settings = SurroundingsSettings(mount, Footprint(0.5, 0.4), memory, 3.0, unseen_is_free=True)
    return Surroundings(settings)


def odometry(x=0.0, theta=0.0, twist=Twist(), stamp=STAMP):  # noqa: B008
    return Odometry(stamp, Pose(x, 0.0, theta), twist)


def scan(ranges, field_of_view=math.pi, stamp=STAMP):
    values = np.asarray(ranges, np.float32)
    increment = field_of_view / max(len(values) - 1, 1)
    return Scan(stamp, -field_of_view / 2, increment, 0.05, 30.0, values)


def one_return(distance, beams=181, at=90):
    ranges = np.full(beams, np.inf)
    ranges[at] = distance
    return ranges


def test_a_return_is_where_the_beam_points_from_the_mounted_sensor():
    surroundings = around(Pose(0.1, 0.0, math.pi / 2))
    surroundings.add(scan(one_return(1.0)), odometry())
    assert surroundings.around(Pose()) == pytest.approx(np.array([(0.1, 1.0)]), abs=1e-6)


def test_points_stay_where_they_are_while_the_base_moves():
    surroundings = around()
    surroundings.add(scan(one_return(1.0)), odometry())
    assert surroundings.around(Pose(0.4, 0.0)) == pytest.approx(np.array([(0.6, 0.0)]), abs=1e-6)


def test_the_motion_between_odometry_and_scan_counts():
    surroundings = around()
    late = STAMP + SECOND // 10
    surroundings.add(scan(one_return(1.0), stamp=late), odometry(twist=Twist(1.0)))
    assert surroundings.points == pytest.approx(np.array([(1.1, 0.0)]), abs=1e-6)


def test_what_leaves_the_view_is_remembered_and_what_is_in_view_is_replaced():
    surroundings = around()
    surroundings.add(scan(one_return(0.6)), odometry())
    turned = odometry(theta=math.pi)
    surroundings.add(scan(np.full(181, np.inf)), turned)
    assert len(surroundings.points) == 1
    surroundings.add(scan(np.full(181, np.inf)), odometry())
    assert len(surroundings.points) == 0


def test_what_is_far_behind_is_forgotten():
    surroundings = around(memory=1.0)
    surroundings.add(scan(one_return(0.8)), odometry())
    surroundings.add(scan(np.full(181, np.inf)), odometry(x=2.5))
    assert len(surroundings.points) == 0


def test_broken_beams_are_no_points_and_lower_the_valid_share():
    surroundings = around()
    ranges = one_return(1.0)
    ranges[[10, 20, 30]] = math.nan, -1.0, 0.0
    ranges[40] = 99.0
    surroundings.add(scan(ranges), odometry())
    assert len(surroundings.points) == 1
    assert surroundings.valid_share == pytest.approx(178 / 181)


def test_closer_than_can_be_measured_is_as_close_as_can_be():
    surroundings = around()
    surroundings.add(scan(one_return(-math.inf)), odometry())
    assert surroundings.points == pytest.approx(np.array([(0.05, 0.0)]), abs=1e-6)


def test_a_wide_gap_of_broken_beams_stands_right_outside_of_the_base():
    surroundings = around()
    ranges = np.full(181, np.inf)
    ranges[80:101] = math.nan
    surroundings.add(scan(ranges), odometry())
    x, y = surroundings.around(Pose()).T
    assert len(x) == 21
    assert np.all(x > 0.25)
    assert np.all(np.hypot(x, y) < 0.35)


def test_what_a_gap_hid_is_not_remembered_when_the_beams_are_back():
    surroundings = around()
    ranges = np.full(181, np.inf)
    ranges[80:101] = math.nan
    surroundings.add(scan(ranges), odometry())
    surroundings.add(scan(np.full(181, np.inf)), odometry(theta=math.pi))
    assert len(surroundings.points) == 0


def test_a_broken_beam_does_not_make_forget_what_stands_in_it():
    surroundings = around()
    surroundings.add(scan(one_return(0.6)), odometry())
    surroundings.add(scan(one_return(math.nan)), odometry())
    assert len(surroundings.points) == 1


def test_an_empty_scan_measures_nothing():
    surroundings = around()
    surroundings.add(scan([]), odometry())
    assert surroundings.valid_share == 0.0
    assert len(surroundings.points) == 0


@pytest.mark.parametrize("beams", [720, 721, 1081, 3600])
def test_of_many_beams_the_closest_of_each_group_is_kept(beams):
    ranges = np.full(beams, 2.0)
    ranges[beams // 3] = 0.7
    surroundings = around()
    surroundings.add(scan(ranges), odometry())
    distances = np.hypot(*surroundings.points.T)
    assert len(distances) <= MOST_BEAMS
    assert distances.min() == pytest.approx(0.7)


def test_room_is_never_more_than_the_true_distance():
    surroundings = around()
    surroundings.add(scan(one_return(2.0)), odometry())
    assert surroundings.room(Pose()) == pytest.approx(2.0)
    for base in (Pose(0.5, 0.0), Pose(-0.5, 0.3), Pose(1.0, -1.0)):
        distance = float(np.hypot(*surroundings.around(base)[0]))
        assert surroundings.room(base) <= distance + 1e-9


def test_of_very_many_remembered_points_those_close_together_are_one():
    surroundings = around()
    half_circle = np.full(3601, 1.0)
    surroundings.add(scan(half_circle), odometry())
    behind = odometry(theta=math.pi, stamp=STAMP + SECOND)
    surroundings.add(scan(np.full(3601, np.inf), stamp=STAMP + SECOND), behind)
    # A half circle of 1 m has 157 places of 2 cm, and each point may be near two of them.
    assert 100 < len(surroundings.points) < 320
    distances = np.hypot(*surroundings.points.T)
    assert distances == pytest.approx(np.full(len(distances), 1.0), abs=1e-6)
    angles = np.sort(np.arctan2(surroundings.points[:, 1], surroundings.points[:, 0]))
    assert np.diff(angles).max() < 0.05


def test_what_is_remembered_where_the_base_stands_now_was_noise():
    surroundings = around()
    surroundings.add(scan(one_return(0.4)), odometry())
    there = odometry(x=0.45, stamp=STAMP + SECOND)
    surroundings.add(scan(np.full(181, np.inf), stamp=STAMP + SECOND), there)
    assert len(surroundings.points) == 0
