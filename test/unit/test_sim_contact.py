"""Contact of the footprint: exact in its sign, counted once, and nothing is driven through."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_system.core.values import FloatArray, Pose
from robot_system.sim.contact import ContactGuard, Footprint
from robot_system.sim.geometry import along_arc
from robot_system.sim.world import World

LENGTH, WIDTH = 0.508, 0.43
STEP = 0.01
coordinate = st.floats(-1.5, 1.5, width=32)
angle = st.floats(-math.pi, math.pi)


def world(circles: object = (), segments: object = ()) -> World:
    return World(
        "test",
        Pose(),
        (),
        (-10.0, -10.0, 10.0, 10.0),
        np.array(circles, float).reshape(-1, 3),
        np.array(segments, float).reshape(-1, 4),
    )


def free_distance(pose: Pose, points: FloatArray) -> float:
    """Measure the distance of the footprint to the closest of many points."""
    cosine, sine = math.cos(pose.theta), math.sin(pose.theta)
    x, y = points[:, 0] - pose.x, points[:, 1] - pose.y
    beyond_x = np.abs(cosine * x + sine * y) - LENGTH / 2
    beyond_y = np.abs(cosine * y - sine * x) - WIDTH / 2
    outside = np.hypot(np.maximum(beyond_x, 0.0), np.maximum(beyond_y, 0.0))
    return float((outside + np.minimum(np.maximum(beyond_x, beyond_y), 0.0)).min())


@settings(max_examples=200, deadline=None)
@given(x=coordinate, y=coordinate, to_x=coordinate, to_y=coordinate, theta=angle)
def test_separation_from_a_segment(
    x: float, y: float, to_x: float, to_y: float, theta: float
) -> None:
    pose = Pose(0.1, -0.2, theta)
    footprint = Footprint(world(segments=[(x, y, to_x, to_y)]), LENGTH, WIDTH)
    share = np.linspace(0.0, 1.0, 2001)[:, None]
    points = np.array([(x, y)]) * (1.0 - share) + np.array([(to_x, to_y)]) * share
    distance = free_distance(pose, points)
    separation = footprint.separation(pose)
    if distance > 0.01:
        assert 0.0 < separation <= distance + 1e-9
    if distance < -1e-9:
        assert separation <= 0.0


@settings(max_examples=200, deadline=None)
@given(x=coordinate, y=coordinate, radius=st.floats(0.05, 1.0), theta=angle)
def test_separation_from_a_circle(x: float, y: float, radius: float, theta: float) -> None:
    pose = Pose(0.1, -0.2, theta)
    expected = free_distance(pose, np.array([(x, y)])) - radius
    still = Footprint(world(circles=[(x, y, radius)]), LENGTH, WIDTH)
    assert math.isclose(still.separation(pose), expected, abs_tol=1e-9)
    moving = Footprint(world(), LENGTH, WIDTH)
    assert math.isclose(moving.separation(pose, [(x, y, radius)]), expected, abs_tol=1e-9)


def drive(
    guard: ContactGuard, pose: Pose, linear: float, angular: float, steps: int
) -> tuple[Pose, int]:
    blocked = 0
    reach = math.hypot(LENGTH, WIDTH) / 2
    for _ in range(steps):
        after = along_arc(pose, linear, angular, STEP)
        way = (abs(linear) + abs(angular) * reach) * STEP
        pose, is_blocked = guard.moved(pose, after, way, STEP)
        blocked += is_blocked
    return pose, blocked


def test_wall_stops_the_robot_and_counts_once() -> None:
    footprint = Footprint(world(segments=[(2.0, -1.0, 2.0, 1.0)]), LENGTH, WIDTH)
    guard = ContactGuard(footprint)
    pose, blocked = drive(guard, Pose(), 2.0, 0.0, 300)
    assert blocked > 100
    assert 2.0 - LENGTH / 2 - 0.021 < pose.x < 2.0 - LENGTH / 2
    assert guard.contacts == 1
    assert guard.is_in_contact


def test_leaving_ends_the_contact_and_coming_back_is_another() -> None:
    footprint = Footprint(world(circles=[(2.0, 0.0, 0.3)]), LENGTH, WIDTH)
    guard = ContactGuard(footprint)
    pose, _ = drive(guard, Pose(), 1.0, 0.0, 300)
    pose, blocked = drive(guard, pose, -1.0, 0.0, 50)
    assert blocked == 0
    assert not guard.is_in_contact
    drive(guard, pose, 1.0, 0.0, 100)
    assert guard.contacts == 2


def test_turning_away_frees_a_robot_that_pushes_a_wall() -> None:
    footprint = Footprint(world(segments=[(1.0, -5.0, 1.0, 5.0)]), LENGTH, WIDTH)
    guard = ContactGuard(footprint)
    pose, _ = drive(guard, Pose(0.0, 0.0, 0.9), 0.5, 0.0, 300)
    assert guard.is_in_contact
    turned, _ = drive(guard, pose, 0.5, 1.0, 70)
    assert turned.theta > 1.55
    assert turned.y > pose.y


def test_robot_at_a_wall_may_turn_as_far_as_there_is_room() -> None:
    footprint = Footprint(world(segments=[(1.0, -5.0, 1.0, 5.0)]), LENGTH, WIDTH)
    pose = Pose(0.98 - LENGTH / 2, 0.0, 0.0)
    turned, blocked = drive(ContactGuard(footprint), pose, 4.0, 2.0, 3)
    assert blocked == 3
    assert turned.theta > 0.03
    assert turned.x == pose.x


def test_moving_obstacle_that_comes_counts_although_the_robot_stands() -> None:
    guard = ContactGuard(Footprint(world(), LENGTH, WIDTH), fastest_moving=1.0)
    for step in range(200):
        guard.moved(Pose(), Pose(), 0.0, STEP, [(1.5 - step * STEP, 0.0, 0.3)])
    assert guard.contacts == 1


@settings(max_examples=60, deadline=None)
@given(
    speeds=st.lists(st.tuples(st.floats(-2.0, 2.0), st.floats(-4.0, 4.0)), min_size=1, max_size=8),
    theta=angle,
)
def test_footprint_never_overlaps_whatever_is_driven(
    speeds: list[tuple[float, float]], theta: float
) -> None:
    walls = [(-1, -1, 1, -1), (1, -1, 1, 1), (1, 1, -1, 1), (-1, 1, -1, -1)]
    footprint = Footprint(world([(0.7, 0.7, 0.1)], walls), LENGTH, WIDTH)
    guard = ContactGuard(footprint)
    pose = Pose(0.0, 0.0, theta)
    for linear, angular in speeds:
        pose, _ = drive(guard, pose, linear, angular, 40)
        assert footprint.separation(pose) > 0.0
        assert math.hypot(pose.x, pose.y) < 1.2
