"""S3: what is missing, late, frozen or impossible stops the robot, and is named."""

import math
from dataclasses import replace

import numpy as np
import pytest

from robot_system.core.motion.inputs import Inputs
from robot_system.core.motion.surroundings import Surroundings
from robot_system.core.time import SECOND, Instant, from_seconds
from robot_system.core.values import ActionChunk, Odometry, Pose, Scan, Twist
from robot_system.motion_parameters import input_limits, surroundings_settings
from robot_system.testing.rig import PARAMETERS, Rig


@pytest.mark.parametrize(
    ("lost", "cause"),
    [
        ("permit", "permission_stale"),
        ("act", "action_stale"),
        ("see", "scan_stale"),
        ("move", "odom_stale"),
    ],
)
def test_lost_input_ends_in_a_stop_that_names_it(lost, cause):
    rig = Rig()
    rig.run(1.5)
    rig.run(0.3, **{lost: False})
    assert cause in rig.causes
    rig.run(0.35, **{lost: False})
    assert rig.state.applied == Twist()
    assert rig.state.is_stopped
    assert cause in rig.causes


def test_denied_permission_stops():
    rig = Rig()
    rig.run(1.0)
    rig.permit(is_allowed=False)
    rig.run(0.5, permit=False)
    assert rig.state.applied == Twist()


def test_a_permission_that_nobody_filled_does_not_count():
    rig = Rig()
    rig.run(0.5)
    rig.permit(valid=False)
    rig.step()
    assert "permission_denied" in rig.causes


@pytest.mark.parametrize(
    "commands",
    [
        np.array([[math.nan, 0.0]]),
        np.array([[math.inf, 0.0]]),
        np.zeros((0, 2)),
        np.zeros((3, 3)),
        np.zeros(4),
    ],
)
def test_impossible_actions_are_refused(commands):
    rig = Rig()
    rig.run(0.5)
    rig.time += 1
    rig.act(commands=commands)
    rig.step()
    assert "action_invalid" in rig.causes


def test_stamps_from_the_future_are_refused():
    rig = Rig()
    rig.run(0.5)
    rig.time += SECOND
    rig.permit()
    rig.time -= SECOND
    rig.step()
    assert "permission_from_future" in rig.causes


def test_identical_scans_are_a_frozen_sensor():
    rig = Rig(distance=5.0)
    rig.run(0.5)
    for _ in range(5):
        rig.time += 1
        rig.scan(np.full(181, 5.0))
    rig.step()
    assert "scan_frozen" in rig.causes


def test_a_blinded_sensor_stops():
    rig = Rig()
    rig.run(0.5)
    rig.time += 1
    rig.scan(np.full(181, np.nan))
    rig.step()
    assert "scan_blind" in rig.causes


WALL = 2.0
HALF = PARAMETERS.length / 2


def approach(rig, seconds=5.0, **spoil):
    """Drive at a wall while an input is spoilt, and return the gap that is left."""
    rig.run(0.4)
    for _ in range(round(seconds * 100)):
        rig.time += from_seconds(0.01)
        rig.move()
        rig.permit()
        rig.act()
        if "scan" in spoil:
            spoil["scan"](rig)
        else:
            rig.see()
        if "odometry" in spoil:
            spoil["odometry"](rig)
        rig.step()
    return WALL - rig.pose.x - HALF


@pytest.mark.parametrize("field", ["x", "theta", "linear", "angular"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_impossible_odometry_stops_and_is_named(field, value):
    def spoil(rig):
        pose = Pose(**{"x": rig.pose.x, **({field: value} if field in ("x", "theta") else {})})
        twist = Twist(**({field: value} if field in ("linear", "angular") else {}))
        rig.inputs.take_odometry(Odometry(rig.time, pose, twist), rig.now)

    rig = Rig(WALL)
    assert approach(rig, odometry=spoil) > 0.5
    assert "odom_invalid" in rig.causes


def test_after_a_jump_of_the_odometry_old_points_do_not_count_and_a_scan_is_waited_for():
    rig = Rig(WALL)
    rig.run(0.5)
    rig.time += from_seconds(0.01)
    rig.inputs.take_odometry(Odometry(rig.time, Pose(50.0, 0.0), Twist()), rig.now)
    rig.step()
    assert "no_scan" in rig.causes


def test_a_slow_base_jumps_where_a_fast_one_would_only_have_driven():
    limits = replace(input_limits(PARAMETERS), speed=0.4)
    inputs = Inputs(limits, Surroundings(surroundings_settings(PARAMETERS)))

    def move(seconds, x):
        now = Instant(seconds * SECOND, seconds * SECOND)
        inputs.take_odometry(Odometry(now.stamp, Pose(x, 0.0), Twist()), now)
        is_known = inputs.base(now) is not None
        ranges = np.full(200, 5.0, np.float32)
        inputs.take_scan(Scan(now.stamp, -1.0, 0.01, 0.05, 30.0, ranges), now)
        return is_known

    move(1, 0.0)
    assert move(2, 1.05)
    assert not move(3, 2.2), "1.15 m in a second are more than 0.3 and twice 0.4"


@pytest.mark.parametrize("start", [Pose(40.0, 0.0), Pose(0.0, -40.0, 1.0)])
def test_far_from_where_it_began_a_drive_is_no_jump(start):
    rig = Rig()
    rig.pose = start
    rig.run(1.5)
    rig.run(0.05, see=False)
    assert rig.causes == []
    assert rig.state.applied.linear == 1.0


IMPOSSIBLE = {
    "angle that is no number": {"angle_min": math.nan},
    "increment that is no number": {"increment": math.nan},
    "no increment": {"increment": 0.0},
    "turned round": {"angle_min": math.pi / 2},
    "more than a turn": {"increment": 1.0},
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_impossible_scans_stop_and_are_named(case):
    rig = Rig(WALL)
    assert approach(rig, scan=lambda r: r.scan(np.full(181, 8.0), **IMPOSSIBLE[case])) > 0.5
    assert "scan_invalid" in rig.causes


@pytest.mark.parametrize("beams", [0, 1, 45])
def test_scans_of_another_length_stop_and_are_named(beams):
    rig = Rig(WALL)
    assert approach(rig, scan=lambda r: r.scan(np.full(beams, np.inf))) > 0.5
    assert "scan_invalid" in rig.causes


@pytest.mark.parametrize("broken", [math.nan, -1.0, 0.0, -math.inf])
def test_broken_beams_ahead_are_not_free_space(broken):
    def spoil(rig):
        ranges = np.full(181, np.inf)
        ranges[60:121] = broken
        rig.scan(ranges)

    rig = Rig(WALL)
    assert approach(rig, scan=spoil) > 0.5
    assert rig.state.is_stopped
    assert rig.causes


def test_an_old_scan_does_not_replace_a_newer_one():
    rig = Rig(WALL)
    rig.run(0.5)
    before = rig.inputs.surroundings.stamp
    rig.time -= from_seconds(0.2)
    rig.scan(np.full(181, np.inf))
    assert rig.inputs.surroundings.stamp == before


def test_an_action_that_rests_on_an_old_observation_is_not_followed():
    rig = Rig()
    rig.run(0.5)
    old = rig.time - 60 * SECOND
    chunk = ActionChunk(
        rig.time, 10_000, "p", "h", old, 0.1, np.array([[1.0, 0.0]]), 0.3, valid=True
    )
    rig.inputs.take_action(chunk, rig.now)
    rig.step()
    assert "observation_stale" in rig.causes


def test_a_scan_without_a_place_is_not_taken():
    rig = Rig(WALL)
    rig.see()
    rig.step()
    assert {"no_scan", "no_odom"} <= set(rig.causes)


def test_a_scan_is_nothing_to_act_on_before_it_is_known_where_the_base_is():
    rig = Rig()
    scan = Scan(rig.time, -1.5, 0.1, 0.02, 30.0, np.full(31, 5.0, np.float32))
    assert not rig.inputs.take_scan(scan, rig.now)
    rig.move()
    assert rig.inputs.take_scan(scan, rig.now)
