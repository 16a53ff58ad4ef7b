"""Moving obstacles by their tracks: predicted, slowed for, and never waited for."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_system.core.motion.footprint import Footprint
from robot_system.core.motion.limits import MotionLimits
from robot_system.core.motion.tracks import MovingObstacles
from robot_system.core.time import SECOND, Instant
from robot_system.core.values import Obstacles, Pose, Twist
from robot_system.sim.world import MovingCircle, World
from robot_system.testing.arena import Arena, always_same
from robot_system.testing.rig import Rig

FOOTPRINT = Footprint(0.5, 0.4)
LIMITS = MotionLimits(1.0, 0.3, 2.0, 1.5, 3.0, 4.0, 6.0)
NOW = Instant(100 * SECOND, 100 * SECOND)


def tracks(*rows, stamp=NOW.stamp, valid=True):
    """Each row is x, y, vx, vy, radius."""
    table = np.array(rows, float).reshape(-1, 5)
    ids = np.arange(len(table))
    confidences = np.ones(len(table))
    return Obstacles(
        stamp, ids, table[:, :2], table[:, 4], table[:, 2:4], confidences, valid=valid
    )


def share(obstacles, twist=Twist(1.0), base=Pose(), now=NOW):  # noqa: B008
    moving = MovingObstacles(0.3)
    moving.take(obstacles, NOW)
    return moving.free_share(twist, base, FOOTPRINT, 0.03, LIMITS, 0.2, now)


def test_what_comes_towards_the_way_slows_down():
    crossing = tracks((0.75, 0.6, 0.0, -1.0, 0.2))
    assert share(crossing) < 1.0
    assert share(crossing, Twist(0.2)) == 1.0


def test_what_goes_away_or_passes_by_holds_nothing():
    assert share(tracks((0.75, 0.6, 0.0, 1.0, 0.2))) == 1.0
    assert share(tracks((0.75, 2.0, 0.0, -1.0, 0.2))) == 1.0


def test_getting_out_of_the_way_is_free():
    behind = tracks((-0.6, 0.0, 0.8, 0.0, 0.2))
    assert share(behind, Twist(1.0)) == 1.0
    assert share(behind, Twist(-0.3)) < 1.0


def test_the_whole_way_to_a_stop_is_looked_at_and_no_more():
    # 0.2 s of reaction and a third of a second of braking from 1 m/s bring the front of the base
    # from 0.25 to 0.62 m. What walks in from the side is beside it then.
    def walker(arrives):
        return tracks((0.58, 0.2 + 0.1 + 1.5 * arrives, 0.0, -1.5, 0.1))

    whole = 0.2 + 1.0 / LIMITS.braking
    assert share(walker(whole - 0.01)) < 1.0
    assert share(walker(whole + 0.1)) == 1.0


def test_the_tracks_are_in_the_odometry_frame():
    crossing = tracks((5.0 + 0.6, 7.75, -1.0, 0.0, 0.2))
    assert share(crossing, base=Pose(5.0, 7.0, math.pi / 2)) < 1.0
    assert share(crossing, base=Pose(5.0, 7.0, -math.pi / 2)) == 1.0


def test_the_age_of_the_tracks_counts():
    late = Instant(NOW.stamp + SECOND // 4, NOW.steady + SECOND // 4)
    coming = tracks((0.75, 1.1, 0.0, -1.0, 0.2))
    assert share(coming) == 1.0
    assert share(coming, now=late) < 1.0


def test_what_comes_from_afar_and_fast_is_met_by_where_it_is_now():
    late = Instant(NOW.stamp + SECOND // 4, NOW.steady + SECOND // 4)
    arrives = 0.5
    running = tracks((0.58, 0.2 + 0.1 + 4.5 * (0.25 + arrives), 0.0, -4.5, 0.1))
    assert share(running, now=late) < 1.0


@pytest.mark.parametrize(
    "made",
    [
        tracks(),
        tracks((0.5, 0.0, 0.0, 0.0, 0.2)),
        tracks((0.75, 0.6, 0.0, -1.0, 0.2), valid=False),
        tracks((0.75, 0.6, 0.0, -1.0, 0.2), stamp=NOW.stamp - SECOND),
        tracks((0.75, 0.6, 0.0, -1.0, 0.2), stamp=NOW.stamp + SECOND),
        tracks((0.75, 0.6, 0.0, math.nan, 0.2)),
        tracks((0.75, 0.6, 0.0, -50.0, 0.2)),
        tracks((0.75, 0.6, 0.0, -1.0, -0.2)),
        Obstacles(NOW.stamp, np.arange(3), velocities=np.ones((1, 2)), valid=True),
        Obstacles(NOW.stamp, np.arange(1), np.zeros((1, 2)), np.zeros(3), np.ones((1, 2)),
            valid=True),
    ],
    ids=["none", "standing", "not valid", "old", "future", "nan", "too fast", "no size",
        "shapes", "radii"],
)  # fmt: skip
def test_tracks_that_say_nothing_hold_nothing(made):
    assert share(made) == 1.0


def test_tracks_that_stay_away_hold_nothing_after_a_while():
    crossing = tracks((0.75, 0.6, 0.0, -1.0, 0.2))
    assert share(crossing, now=Instant(NOW.stamp, NOW.steady + SECOND)) == 1.0


def test_the_shield_names_it_and_goes_on_when_the_tracks_are_gone():
    rig = Rig()
    rig.run(1.5)
    for _ in range(20):
        rows = (rig.pose.x + 0.6, 0.5, 0.0, -0.9, 0.2)
        rig.inputs.take_obstacles(tracks(rows, stamp=rig.time), rig.now)
        rig.run(0.01)
    assert rig.causes == ["moving_obstacle"]
    assert rig.state.causes[0].source == "obstacles"
    assert rig.state.rules.obstacles >= 20
    assert rig.state.applied.linear < 0.6
    rig.run(1.5)
    assert rig.causes == []
    assert rig.state.applied == Twist(1.0)


number = st.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(number, number, number, number, number), max_size=5),
    st.floats(-1.0, 1.0),
    st.floats(-2.0, 2.0),
)
def test_whatever_the_tracks_are_a_share_comes_out(rows, linear, angular):
    assert share(tracks(*rows), Twist(linear, angular)) in (0.0, 0.25, 0.5, 0.75, 1.0)


def crossing_world():
    """Return a walker that crosses the way of the robot, and would be run into by it."""
    walker = MovingCircle(0.25, ((2.0, -3.0), (2.0, 3.0)), 1.2, phase=0.0)
    return World("crossing", Pose(), ((9.0, 0.0),), (-5.0, -9.0, 20.0, 9.0), moving=(walker,))


def meet(has_tracks):
    arena = Arena(crossing_world(), always_same(0.8))
    for _ in range(400):
        if has_tracks and arena.now.stamp % (SECOND // 20) == 0:
            circles = arena.simulator.moving_circles()
            x, y, radius = circles[0]
            velocity = arena.simulator.world.moving[0].at(arena.simulator._age * 1e-9)[2:]
            made = tracks((x, y, *velocity, radius), stamp=arena.now.stamp)
            arena.motion.on_obstacles(made, arena.now)
        arena.step()
    return arena.tally.contacts_moving


def test_with_tracks_a_walker_that_crosses_is_not_run_into():
    assert meet(has_tracks=True) == 0
