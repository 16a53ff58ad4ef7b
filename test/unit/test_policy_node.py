"""The policy node: when it publishes, what it vouches for, and what it says."""

import math

import numpy as np
import pytest

from robot_system import contract
from robot_system.core.policy.arcs import arc_table
from robot_system.core.time import SECOND, Instant
from robot_system.core.values import Goal, Health, Obstacles, Odometry, Pose, Scan, Twist
from robot_system.errors import ParameterError
from robot_system.nodes.policy import PolicyNode
from robot_system.policy_parameters import PolicyParameters

START = 100 * SECOND


def at(seconds):
    moment = START + round(seconds * SECOND)
    return Instant(moment, moment)


def scan_at(seconds, distance=8.0, beams=180):
    ranges = np.full(beams, distance, np.float32)
    return Scan(at(seconds).stamp, -math.pi, 2.0 * math.pi / beams, 0.1, 30.0, ranges)


@pytest.fixture(scope="module")
def configured():
    node = PolicyNode(PolicyParameters(), publish=lambda topic, value: None)
    node.configure()
    return node


@pytest.fixture
def policy(configured):
    out = []
    configured.publish = lambda topic, value: out.append((topic, value))
    configured.activate(at(0.0))
    return configured, out


def observe(node, seconds, is_valid=True, pose=Pose(), scan=None):  # noqa: B008
    now = at(seconds)
    node.on_odom(Odometry(now.stamp, pose, Twist()), now)
    scan = scan or scan_at(seconds)
    node.on_scan(scan, now)
    node.on_obstacles(Obstacles(scan.stamp, valid=is_valid), now)


def chunks(out):
    return [value for topic, value in out if topic is contract.ACTION_CHUNK]


def test_without_a_goal_it_stands_and_says_so(policy):
    node, out = policy
    observe(node, 0.0)
    chunk = chunks(out)[-1]
    assert chunk.valid
    assert chunk.reason == "no goal"
    assert not chunk.commands.any()


def test_with_a_goal_it_drives_once_it_has_thought(policy):
    node, out = policy
    node.on_goal(Goal(at(0.0).stamp, Pose(3.0, 0.0)), at(0.0))
    observe(node, 0.0)
    assert not chunks(out)[-1].commands.any()
    observe(node, 0.1)
    chunk = chunks(out)[-1]
    assert chunk.valid
    assert chunk.commands[0, 0] > 0.0
    assert (chunk.policy_id, len(chunk.policy_hash)) == ("dynamic_window", 12)
    assert chunk.observation_stamp == at(0.1).stamp
    plans = [value for topic, value in out if topic is contract.PLAN]
    assert plans[-1].points[-1] == (3.0, 0.0)


def test_each_pair_of_scan_and_obstacles_gives_one_chunk(policy):
    node, out = policy
    for step in range(5):
        observe(node, 0.05 * step)
    assert [chunk.sequence for chunk in chunks(out)] == [1, 2, 3, 4, 5]
    node.on_scan(scan_at(0.3), at(0.3))
    node.on_obstacles(Obstacles(at(0.25).stamp, valid=True), at(0.3))
    assert len(chunks(out)) == 5


def test_the_same_goal_said_again_is_nothing_new(policy):
    node, out = policy
    goal = Goal(at(0.0).stamp, Pose(3.0, 0.0))
    node.on_goal(goal, at(0.0))
    node.on_goal(goal, at(1.0))
    assert [event.name for topic, event in out if topic is contract.EVENTS] == ["goal_set"]


def test_at_the_goal_it_stands_and_tells_once(policy):
    node, out = policy
    node.on_goal(Goal(at(0.0).stamp, Pose(3.0, 0.0)), at(0.0))
    for step in range(3):
        observe(node, 0.1 * step, pose=Pose(3.05, 0.0))
    assert chunks(out)[-1].reason == "goal reached"
    assert not chunks(out)[-1].commands.any()
    events = [value.name for topic, value in out if topic is contract.EVENTS]
    assert events == ["goal_set", "goal_reached"]


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (lambda node: observe(node, 0.0, is_valid=False), "obstacles"),
        (lambda node: observe(node, 0.0, scan=scan_at(0.0, beams=0 + 1)), "beams"),
        (lambda node: observe(node, 0.0, scan=scan_at(-0.5)), "stale"),
        (lambda node: observe(node, 0.0, scan=scan_at(0.5)), "stale"),
    ],
)
def test_bad_input_gives_a_chunk_that_is_not_valid_and_says_why(policy, break_it, reason):
    node, out = policy
    node.on_goal(Goal(at(0.0).stamp, Pose(3.0, 0.0)), at(0.0))
    break_it(node)
    chunk = chunks(out)[-1]
    assert not chunk.valid
    assert reason in chunk.reason
    assert not chunk.commands.any()
    assert node.health(at(0.0)).health is Health.DEGRADED


def test_obstacles_that_come_too_late_for_their_scan_are_what_holds_the_robot(policy):
    node, out = policy
    node.on_goal(Goal(at(0.0).stamp, Pose(3.0, 0.0)), at(0.0))
    for step in range(5):
        node.on_scan(scan_at(0.05 * step), at(0.05 * step))
    node.on_obstacles(Obstacles(at(0.0).stamp, valid=True), at(0.2))
    chunk = chunks(out)[-1]
    assert not chunk.valid
    assert chunk.reason == "obstacles come too late for their scans"
    assert not chunk.commands.any()
    assert node.health(at(0.2)).blames == "obstacles"


def test_after_a_clock_that_was_set_back_obstacles_may_come_before_their_scan_again(policy):
    node, out = policy
    for step in range(5):
        observe(node, 10.0 + 0.05 * step)
    node.on_scan(scan_at(0.0), at(0.0))
    node.on_obstacles(Obstacles(at(0.05).stamp, valid=True), at(0.05))
    count = len(chunks(out))
    node.on_scan(scan_at(0.05), at(0.05))
    assert len(chunks(out)) == count + 1
    assert chunks(out)[-1].observation_stamp == at(0.05).stamp


def test_without_odometry_nothing_is_valid(policy):
    node, out = policy
    node.on_scan(scan_at(0.0), at(0.0))
    node.on_obstacles(Obstacles(at(0.0).stamp, valid=True), at(0.0))
    assert not chunks(out)[-1].valid


def test_activation_forgets_goal_and_sequence(policy):
    node, out = policy
    node.on_goal(Goal(at(0.0).stamp, Pose(3.0, 0.0)), at(0.0))
    observe(node, 0.0)
    node.activate(at(1.0))
    observe(node, 1.0)
    assert chunks(out)[-1].sequence == 1
    assert chunks(out)[-1].reason == "no goal"


@pytest.mark.parametrize(
    "changes", [{"margins": (0.1, 0.2)}, {"margins": (0.3, 0.2, 0.1, 0.0)}, {"margin_speeds": ()}]
)
def test_margins_must_fit(changes):
    with pytest.raises(ParameterError):
        PolicyParameters(**changes)


def test_obstacles_are_matched_though_newer_scans_are_here_already(policy):
    node, out = policy
    node.on_odom(Odometry(at(0.1).stamp, Pose(), Twist()), at(0.1))
    for seconds in (0.0, 0.05, 0.1):
        node.on_scan(scan_at(seconds), at(0.1))
    node.on_obstacles(Obstacles(at(0.0).stamp, valid=True), at(0.1))
    assert [chunk.observation_stamp for chunk in chunks(out)] == [at(0.0).stamp]


def test_obstacles_that_come_before_their_scan_wait_for_it(policy):
    node, out = policy
    node.on_odom(Odometry(at(0.0).stamp, Pose(), Twist()), at(0.0))
    node.on_obstacles(Obstacles(at(0.0).stamp, valid=True), at(0.0))
    assert chunks(out) == []
    node.on_scan(scan_at(0.0), at(0.0))
    assert len(chunks(out)) == 1


@pytest.mark.parametrize(
    "goal",
    [
        Goal(at(0.0).stamp, Pose(math.nan, 0.0)),
        Goal(at(0.0).stamp, Pose(0.0, math.inf)),
        Goal(at(0.0).stamp, Pose(1.0, 1.0), "map"),
    ],
)
def test_a_goal_that_can_not_be_driven_to_leaves_the_one_before(policy, goal):
    node, out = policy
    node.on_goal(Goal(at(0.0).stamp, Pose(3.0, 0.0), ""), at(0.0))
    node.on_goal(goal, at(0.0))
    assert [value.name for topic, value in out if topic is contract.EVENTS] == [
        "goal_set",
        "goal_refused",
    ]
    observe(node, 0.0)
    observe(node, 0.1)
    assert chunks(out)[-1].commands[0, 0] > 0.0


def test_odometry_that_is_not_finite_gives_no_valid_chunk(policy):
    node, out = policy
    node.on_goal(Goal(at(0.0).stamp, Pose(3.0, 0.0)), at(0.0))
    observe(node, 0.0, pose=Pose(math.nan, 0.0))
    assert not chunks(out)[-1].valid
    assert chunks(out)[-1].reason == "odometry is impossible"


def test_the_input_that_is_silent_is_named(policy):
    node, _ = policy
    assert node.health(at(0.5)).health is Health.DEGRADED
    observe(node, 1.0)
    node.on_scan(scan_at(1.5), at(1.5))
    report = node.health(at(1.5))
    assert (report.health, report.reason) == (Health.UNHEALTHY, "topic obstacles is silent")


def test_what_was_prepared_is_not_computed_again() -> None:
    arc_table.cache_clear()
    parameters = PolicyParameters()
    PolicyNode.prepare(parameters)
    assert arc_table.cache_info().misses == 1
    PolicyNode(parameters, lambda topic, value: None).configure()
    assert arc_table.cache_info().misses == 1
