"""The default policy in a small closed loop of its own: ideal base, ideal scans."""

import math

import numpy as np
import pytest

from robot_system.core.geometry import advance
from robot_system.core.policy.base import Deliberating, Observation, Policy
from robot_system.core.policy.dynamic_window import DynamicWindow, DynamicWindowSettings
from robot_system.core.time import from_seconds
from robot_system.core.values import Goal, Obstacles, Odometry, Pose, Scan, Twist

STEP = 0.05
LENGTH, WIDTH = 0.508, 0.43


def points_of(*segments):
    """Points along segments (x1, y1, x2, y2)."""
    parts = []
    for x1, y1, x2, y2 in segments:
        share = np.linspace(0.0, 1.0, max(2, int(math.hypot(x2 - x1, y2 - y1) / 0.04)))[:, None]
        parts.append(np.array([[x1, y1]]) + share * np.array([[x2 - x1, y2 - y1]]))
    return np.concatenate(parts)


def scan_of(points, pose, stamp, field_of_view=1.5 * math.pi, beams=360):
    """The ranges to the closest point in each beam."""
    sensor = advance(pose, 1.0, 0.0, -0.065)
    across, along = (points - (sensor.x, sensor.y)).T
    angle = (np.arctan2(along, across) - sensor.theta + math.pi) % (2.0 * math.pi) - math.pi
    beam = np.round((angle + field_of_view / 2) / field_of_view * (beams - 1)).astype(int)
    ranges = np.full(beams, np.inf)
    inside = (beam >= 0) & (beam < beams)
    np.minimum.at(ranges, beam[inside], np.hypot(across, along)[inside])
    increment = field_of_view / (beams - 1)
    return Scan(stamp, -field_of_view / 2, increment, 0.05, 30.0, ranges.astype(np.float32))


def gap(points, pose):
    """The distance of the footprint to the closest point, negative on contact."""
    across, along = (points - (pose.x, pose.y)).T
    cosine, sine = math.cos(pose.theta), math.sin(pose.theta)
    x = np.abs(cosine * across + sine * along) - LENGTH / 2
    y = np.abs(cosine * along - sine * across) - WIDTH / 2
    outside = np.hypot(np.maximum(x, 0.0), np.maximum(y, 0.0))
    return float(np.where(outside > 0.0, outside, np.maximum(x, y)).min())


def drive(points, start, goal, seconds, policy=None):
    """Return (reason at the end, smallest gap, seconds) of a run that ends at the goal."""
    policy = policy or DynamicWindow(DynamicWindowSettings())
    pose, twist = start, Twist()
    smallest, reason = math.inf, ""
    for step in range(int(seconds / STEP)):
        stamp = from_seconds(100.0 + step * STEP)
        observation = Observation(
            scan_of(points, pose, stamp),
            Obstacles(stamp, valid=True),
            Odometry(stamp, pose, twist),
            Goal(stamp, Pose(*goal)),
        )
        decision = policy.infer(observation)
        reason = decision.reason
        if reason == "goal reached":
            break
        if step % 2 == 0:
            policy.deliberate(observation)
        linear, angular = decision.commands[0].tolist()
        twist = Twist(
            min(max(linear, twist.linear - 0.15), twist.linear + 0.1),
            min(max(angular, twist.angular - 0.3), twist.angular + 0.3),
        )
        pose = advance(pose, twist.linear, twist.angular, STEP)
        smallest = min(smallest, gap(points, pose))
    return reason, smallest, step * STEP, pose


def box(low_x, low_y, high_x, high_y):
    return (
        (low_x, low_y, high_x, low_y),
        (high_x, low_y, high_x, high_y),
        (high_x, high_y, low_x, high_y),
        (low_x, high_y, low_x, low_y),
    )


ROOM = box(-3.0, -3.0, 7.0, 3.0)


@pytest.mark.parametrize(
    ("name", "segments", "start", "goal", "seconds"),
    [
        ("open", (), Pose(), (5.0, 1.0), 12.0),
        ("goal behind", (), Pose(), (-2.0, 0.0), 12.0),
        ("wall", ((2.0, -3.0, 2.0, 1.5),), Pose(), (5.0, -1.0), 30.0),
        (
            "dead end",
            ((3.0, -1.0, 3.0, 1.0), (0.5, -1.0, 3.0, -1.0), (0.5, 1.0, 3.0, 1.0)),
            Pose(),
            (5.0, 0.0),
            60.0,
        ),
        ("gap", ((2.0, -3.0, 2.0, -0.4), (2.0, 0.4, 2.0, 3.0)), Pose(), (4.0, 0.0), 25.0),
    ],
)
def test_the_goal_is_reached_without_contact(name, segments, start, goal, seconds):
    points = points_of(*ROOM, *segments)
    reason, smallest, _, pose = drive(points, start, goal, seconds)
    assert reason == "goal reached", (name, reason, pose)
    assert math.hypot(pose.x - goal[0], pose.y - goal[1]) <= 0.25
    assert smallest > 0.0


def test_it_backs_out_of_a_corridor_too_narrow_to_turn_in():
    sides = ((-1.0, -0.34, 3.0, -0.34), (-1.0, 0.34, 3.0, 0.34), (3.0, -0.34, 3.0, 0.34))
    points = points_of(*ROOM, *sides)
    policy = DynamicWindow(DynamicWindowSettings())
    reason, smallest, _, pose = drive(points, Pose(-2.0, 0.0), (2.3, 0.0), 60.0, policy)
    assert reason == "goal reached"
    reason, smallest_back, _, pose = drive(points, pose, (-2.0, 1.0), 60.0, policy)
    assert reason == "goal reached", pose
    assert min(smallest, smallest_back) > 0.0


def test_a_goal_that_is_shut_in_is_called_unreachable_and_the_robot_stands():
    points = points_of(*ROOM, *box(3.0, -1.0, 5.0, 1.0), (2.0, -3.0, 2.0, 3.0))
    reason, smallest, _, _ = drive(points, Pose(), (4.0, 0.0), 15.0)
    assert reason == "goal unreachable"
    assert smallest > 0.0


def test_commands_stay_within_the_limits():
    settings = DynamicWindowSettings(speed=0.6, turn_rate=0.9, reverse_speed=0.2)
    policy = DynamicWindow(settings)
    points = points_of(*ROOM, (2.0, -3.0, 2.0, 1.5))
    seen = []
    infer = policy.infer

    class Watched:
        deliberate = policy.deliberate

        def infer(self, observation):
            decision = infer(observation)
            seen.append(decision.commands)
            return decision

    drive(points, Pose(0.0, 0.0, 2.0), (5.0, -1.0), 20.0, Watched())
    commands = np.concatenate(seen)
    assert np.isfinite(commands).all()
    assert commands[:, 0].max() <= 0.6 + 1e-9
    assert commands[:, 0].min() >= -0.2 - 1e-9
    assert np.abs(commands[:, 1]).max() <= 0.9 + 1e-9


def test_a_run_is_the_same_after_a_reset():
    points = points_of(*ROOM, (2.0, -3.0, 2.0, 1.5))
    policy = DynamicWindow(DynamicWindowSettings())
    first = drive(points, Pose(), (5.0, -1.0), 6.0, policy)
    policy.reset()
    second = drive(points, Pose(), (5.0, -1.0), 6.0, policy)
    assert first == second


def test_it_is_a_policy_whose_fingerprint_tells_settings_apart():
    one, other = (
        DynamicWindow(DynamicWindowSettings()),
        DynamicWindow(DynamicWindowSettings(speed=0.5)),
    )
    assert isinstance(one, Policy)
    assert isinstance(one, Deliberating)
    assert one.fingerprint == DynamicWindow(DynamicWindowSettings()).fingerprint
    assert one.fingerprint != other.fingerprint
