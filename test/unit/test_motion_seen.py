"""What the LiDAR never saw is not driven into: backing off and turning at the beginning."""

import math
from dataclasses import replace

import numpy as np
import pytest

from robot_system import contract
from robot_system.core.motion.footprint import Footprint
from robot_system.core.motion.seen import GRAIN
from robot_system.core.motion.surroundings import Surroundings, SurroundingsSettings
from robot_system.core.time import SECOND
from robot_system.core.values import Odometry, Pose, Scan, Twist
from robot_system.motion_parameters import MotionParameters
from robot_system.sim.world import World
from robot_system.sim.worlds import load_world
from robot_system.testing.arena import Arena, always_same

BEHIND = World(
    "a post behind", Pose(), ((5.0, 0.0),), (-20.0, -20.0, 20.0, 20.0),
    np.array([[-0.75, 0.0, 0.1]]),
)  # fmt: skip

EMPTY = World("empty", Pose(), ((5.0, 0.0),), (-50.0, -50.0, 50.0, 50.0))


def test_it_does_not_back_into_what_it_never_saw():
    arena = Arena(BEHIND, always_same(-1.0))
    arena.run(4.0)
    assert arena.contacts == 0
    assert [(cause.name, cause.limit) for cause in arena.causes] == [("unseen", 1.0)]
    assert arena.pose.x < -0.02


def test_it_does_where_that_is_configured():
    arena = Arena(BEHIND, always_same(-1.0), motion=MotionParameters(unseen_is_free=True))
    arena.run(4.0)
    assert arena.contacts == 1


def test_it_backs_off_along_the_way_that_it_came():
    arena = Arena(BEHIND, always_same(0.5))
    arena.run(2.5)
    ahead = arena.pose.x
    arena.act = always_same(-1.0)
    arena.run(3.0)
    assert arena.contacts == 0
    assert arena.pose.x < ahead - 0.6


def test_after_turning_once_it_knows_what_is_behind_and_stops_before_it():
    arena = Arena(BEHIND, always_same(0.0, 1.5))
    arena.run(2.0 * math.pi / 1.5 + 0.5)
    assert not any(cause.name == "unseen" for cause in arena.causes)
    arena.act = always_same(-1.0)
    arena.run(5.0)
    assert arena.contacts == 0
    assert arena.state.is_stopped


def test_what_was_out_of_reach_when_it_was_seen_is_not_backed_into():
    """A post stood where no scan shows it any more, once the base has turned its back to it."""
    post = replace(BEHIND, circles=np.array([[1.75, 0.0, 0.08]]))
    arena = Arena(post, always_same(0.0, 1.5))
    assert arena.run(3.0, lambda: abs(arena.pose.theta) > 3.1)
    arena.act = always_same(-1.0)
    arena.run(8.0)
    assert arena.contacts == 0


def settings(**changed):
    made = SurroundingsSettings(Pose(), Footprint(0.5, 0.4), 1.5, 1.5)
    return replace(made, **changed)


def scan(ranges, stamp, field_of_view=1.5 * math.pi):
    values = np.asarray(ranges, np.float32)
    increment = field_of_view / (len(values) - 1)
    return Scan(stamp, -field_of_view / 2, increment, 0.05, 30.0, values)


def look(surroundings, pose, ranges):
    stamp = surroundings.stamp + SECOND
    surroundings.add(scan(ranges, stamp), Odometry(stamp, pose, Twist()))


FREE = np.full(541, np.inf)


def unseen_points(surroundings, pose):
    points = surroundings.around(pose)
    return points[len(points) - surroundings.unseen_count :]


def test_at_the_beginning_the_wedge_behind_is_unseen_but_for_the_room_at_the_start():
    surroundings = Surroundings(settings())
    look(surroundings, Pose(), FREE)
    x, y = unseen_points(surroundings, Pose()).T
    assert len(x) > 10
    assert np.all(np.hypot(x, y) >= 0.45 - GRAIN)
    assert np.all(np.abs(np.arctan2(y, x)) > 0.75 * math.pi - 0.02)


def test_a_lidar_that_sees_all_around_leaves_nothing_unseen():
    surroundings = Surroundings(settings())
    stamp = 100 * SECOND
    increment = 2.0 * math.pi / 720
    values = np.full(720, np.inf, np.float32)
    full = Scan(stamp, -math.pi, increment, 0.05, 30.0, values)
    surroundings.add(full, Odometry(stamp, Pose(), Twist()))
    assert surroundings.unseen_count == 0


def test_beams_that_measure_nothing_show_nothing():
    surroundings = Surroundings(settings())
    look(surroundings, Pose(), np.full(541, np.nan))
    look(surroundings, Pose(0.0, 0.0, math.pi), FREE)
    x, _ = unseen_points(surroundings, Pose(0.0, 0.0, math.pi)).T
    assert len(x) > 10


def test_no_return_shows_nothing_where_glass_may_stand():
    surroundings = Surroundings(settings(no_return_is_free=False))
    look(surroundings, Pose(), FREE)
    ahead = surroundings.around(Pose())
    assert np.any((np.abs(ahead[:, 1]) < 0.1) & (ahead[:, 0] > 0.25) & (ahead[:, 0] < 0.3))
    assert surroundings.valid_share == 1.0


def test_what_is_covered_by_something_nearer_counts_as_unseen_again():
    surroundings = Surroundings(settings())
    wall = np.full(541, np.inf)
    wall[230:311] = 0.6
    look(surroundings, Pose(), wall)
    nearer = np.full(541, np.inf)
    nearer[230:311] = 0.4
    look(surroundings, Pose(), nearer)
    turned = Pose(0.0, 0.0, math.pi)
    look(surroundings, turned, FREE)
    x, y = unseen_points(surroundings, turned).T
    assert np.any((x < -0.5) & (np.abs(y) < 0.1))


@pytest.mark.parametrize("way", [(0.3, 0.0), (-0.4, 0.2), (5.0, -7.0)])
def test_the_window_follows_the_base_and_what_is_far_is_forgotten(way):
    surroundings = Surroundings(settings())
    look(surroundings, Pose(), FREE)
    for step in range(1, 41):
        share = step / 40
        heading = math.atan2(way[1], way[0])
        pose = Pose(way[0] * share, way[1] * share, heading)
        look(surroundings, pose, FREE)
    points = unseen_points(surroundings, pose)
    assert np.all(np.hypot(*points.T) <= 0.7 + 1e-9)
    if math.hypot(*way) > 2.0:
        # It came this way, and saw all of it before it was behind.
        assert len(points) == 0


def test_from_one_moment_to_the_next_far_away_nothing_is_known_there():
    surroundings = Surroundings(settings())
    look(surroundings, Pose(), FREE)
    look(surroundings, Pose(100.0, 100.0, 0.0), FREE)
    x, _ = unseen_points(surroundings, Pose(100.0, 100.0)).T
    assert len(x) > 10


def test_where_the_base_stands_nothing_is_unseen_and_stays_so_when_it_has_left():
    surroundings = Surroundings(settings(room_at_start=0.0))
    look(surroundings, Pose(), FREE)
    x, y = unseen_points(surroundings, Pose()).T
    assert len(x) > 10
    assert np.all((np.abs(x) > 0.25 - 1e-9) | (np.abs(y) > 0.2 - 1e-9))
    look(surroundings, Pose(0.6, 0.0, 0.0), FREE)
    x, y = unseen_points(surroundings, Pose(0.6, 0.0, 0.0)).T + np.array([[0.6], [0.0]])
    assert not np.any((np.abs(x) < 0.25 - 1.5 * GRAIN) & (np.abs(y) < 0.2 - 1.5 * GRAIN))
    assert len(x) >= 1, "the edge tells of what is beside it too, and is not known for good"


def test_the_stamp_of_another_time_does_not_make_it_forget_where_it_came():
    arena = Arena(EMPTY, always_same(0.8))
    arena.run(3.0)
    before = arena.motion._inputs.surroundings.unseen_count
    spoilt = []

    def spoil(topic, value):
        if topic is contract.SCAN_RAW and not spoilt:
            spoilt.append(value)
            return replace(value, stamp=value.stamp + 10 * SECOND)
        return value

    arena.spoil = spoil
    arena.run(0.5)
    assert arena.motion._inputs.surroundings.unseen_count == before
    assert arena.state.applied.linear > 0.7


def test_a_scan_that_no_odometry_places_goes_stale_like_one_that_never_came():
    arena = Arena(EMPTY, always_same(0.8))
    arena.run(2.0)
    arena.spoil = lambda topic, value: None if topic is contract.ODOM else value
    arena.run(0.5)
    assert {cause.name for cause in arena.causes} == {"odom_stale", "scan_stale"}
    arena.spoil = None
    arena.run(1.0)
    assert arena.causes == ()


@pytest.mark.parametrize("seed", [8, 15, 38, 39, 46])
def test_after_a_time_of_noise_it_can_still_turn(seed):
    """Points that were never there must not leave it shut in."""
    draw = np.random.default_rng(seed)
    arena = Arena(load_world(f"generated:sparse:{seed}", None, True), drive := Driver(), seed=seed)
    arena.run(1.0)
    for part in range(12):
        drive.twist = (draw.uniform(-0.2, 0.8), draw.uniform(-1.0, 1.0))
        if part == 11:
            arena.spoil = lambda topic, value: noisy(value, draw) if is_scan(topic) else value
        arena.run(0.5)
    arena.run(0.5)
    arena.spoil = None
    drive.twist = (0.0, 0.0)
    arena.run(0.7)
    drive.twist = (0.0, -1.5 if seed % 2 else 1.5)
    before = arena.pose.theta
    arena.run(3.0)
    assert abs(arena.pose.theta - before) > 0.5
    assert arena.contacts == 0


class Driver:
    """A policy that asks for what it was told last."""

    twist = (0.5, 0.0)

    def __init__(self):
        self._sequence = 0

    def __call__(self, now):
        self._sequence += 1
        return replace(always_same(*self.twist)(now), sequence=self._sequence)


def is_scan(topic):
    return topic is contract.SCAN_RAW


def noisy(value, draw):
    ranges = value.ranges + draw.normal(0.0, 0.3, len(value.ranges))
    return replace(value, ranges=ranges.astype(np.float32))


def test_without_a_memory_nothing_is_remembered():
    surroundings = Surroundings(settings(memory=0.0, mount=Pose(), unseen_is_free=True))
    wall = np.full(541, np.inf)
    wall[230:311] = 0.2
    look(surroundings, Pose(), wall)
    look(surroundings, Pose(0.0, 0.0, math.pi), FREE)
    assert len(surroundings.points) == 0
