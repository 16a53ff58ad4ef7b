"""The lidar node: what it publishes for each scan, and when it vouches for it."""

import math
import random

import numpy as np
import pytest

from robot_system import contract
from robot_system.core.time import SECOND, Instant
from robot_system.core.values import Health, Odometry, Pose, Scan, Twist
from robot_system.nodes.lidar import LidarNode, LidarParameters

START = 100 * SECOND


def at(seconds):
    moment = START + round(seconds * SECOND)
    return Instant(moment, moment)


def scan_at(seconds, ranges=None):
    values = np.full(360, 20.0, np.float32) if ranges is None else ranges
    return Scan(at(seconds).stamp, -math.pi, 2.0 * math.pi / 360, 0.1, 30.0, values)


def post_ahead():
    ranges = np.full(360, np.inf, np.float32)
    ranges[177:184] = 2.0
    return ranges


@pytest.fixture
def lidar():
    out = []
    node = LidarNode(LidarParameters(), publish=lambda topic, value: out.append((topic, value)))
    node.configure()
    node.activate(at(0.0))
    return node, out


def newest(out, topic):
    return [value for published, value in out if published is topic][-1]


def test_obstacles_are_in_the_odometry_frame(lidar):
    node, out = lidar
    node.on_odom(Odometry(at(0.0).stamp, Pose(1.0, 2.0, math.pi / 2), Twist()), at(0.0))
    node.on_scan(scan_at(0.0, post_ahead()), at(0.01))
    obstacles = newest(out, contract.OBSTACLES)
    assert obstacles.valid
    assert obstacles.stamp == at(0.0).stamp
    assert len(obstacles.ids) == 1
    assert obstacles.positions[0] == pytest.approx([1.0, 3.93], abs=0.15)
    assert newest(out, contract.CLEARANCE).closest_distance == pytest.approx(1.935, abs=1e-3)


def test_motion_between_odometry_and_scan_is_accounted_for(lidar):
    node, out = lidar
    node.on_odom(Odometry(at(0.0).stamp, Pose(), Twist(1.0, 0.0)), at(0.0))
    node.on_scan(scan_at(0.1, post_ahead()), at(0.11))
    assert newest(out, contract.OBSTACLES).positions[0, 0] == pytest.approx(2.03, abs=0.15)


def test_without_fresh_odometry_obstacles_are_not_valid_but_clearance_is(lidar):
    node, out = lidar
    node.on_scan(scan_at(0.0), at(0.0))
    assert not newest(out, contract.OBSTACLES).valid
    assert newest(out, contract.CLEARANCE).valid
    node.on_odom(Odometry(at(0.0).stamp, Pose(), Twist()), at(0.0))
    node.on_scan(scan_at(0.2), at(0.2))
    assert not newest(out, contract.OBSTACLES).valid
    assert node.health(at(0.2)).health is Health.DEGRADED
    assert "odometry" in node.health(at(0.2)).reason


@pytest.mark.parametrize("number", [math.nan, math.inf, -1e300, 1e7])
def test_an_impossible_odometry_places_nothing_and_harms_nothing(lidar, number):
    node, out = lidar
    for step in range(6):
        moment = at(0.05 * step)
        node.on_odom(Odometry(moment.stamp, Pose(), Twist()), moment)
        node.on_scan(scan_at(0.05 * step, post_ahead()), moment)
    for step in range(6, 9):
        moment = at(0.05 * step)
        node.on_odom(Odometry(moment.stamp, Pose(number, 0.0, number), Twist(number)), moment)
        node.on_scan(scan_at(0.05 * step), moment)
        assert not newest(out, contract.OBSTACLES).valid
        assert "odometry" in node.health(moment).reason
    node.on_odom(Odometry(at(0.45).stamp, Pose(), Twist()), at(0.45))
    node.on_scan(scan_at(0.45, post_ahead()), at(0.45))
    assert newest(out, contract.OBSTACLES).valid


def test_a_scan_of_mostly_broken_beams_is_not_trusted(lidar):
    node, out = lidar
    node.on_odom(Odometry(at(0.0).stamp, Pose(), Twist()), at(0.0))
    ranges = post_ahead()
    ranges[:178] = np.nan
    ranges[190:] = np.nan
    node.on_scan(scan_at(0.0, ranges), at(0.0))
    assert not newest(out, contract.OBSTACLES).valid
    assert not newest(out, contract.CLEARANCE).valid


def test_an_unusable_scan_is_answered_as_not_valid(lidar):
    node, out = lidar
    node.on_odom(Odometry(at(0.0).stamp, Pose(), Twist()), at(0.0))
    node.on_scan(scan_at(0.0, np.zeros(0, np.float32)), at(0.0))
    assert not newest(out, contract.OBSTACLES).valid
    assert not newest(out, contract.CLEARANCE).valid
    assert node.health(at(0.0)).health is Health.DEGRADED
    node.on_scan(scan_at(0.05), at(0.05))
    assert newest(out, contract.OBSTACLES).valid
    assert node.health(at(0.05)).health is Health.HEALTHY


def test_markers_come_at_their_own_rate(lidar):
    node, out = lidar
    for step in range(40):
        moment = at(0.05 * step)
        node.on_odom(Odometry(moment.stamp, Pose(), Twist()), moment)
        node.on_scan(scan_at(0.05 * step, post_ahead()), moment)
        if step % 2:
            node.tick(moment)
    pictures = [value for topic, value in out if topic is contract.OBSTACLE_MARKERS]
    assert 9 <= len(pictures) <= 11
    namespaces = [marker.namespace for marker in pictures[0].markers]
    assert namespaces == ["obstacles", "closest", "clearance"]


def test_ticks_that_are_late_now_and_then_leave_the_markers_their_rate(lidar):
    node, out = lidar
    draw = random.Random(1)
    for step in range(100):
        moment = at(0.1 * step + draw.uniform(0.0, 0.005))
        node.on_odom(Odometry(moment.stamp, Pose(), Twist()), moment)
        node.on_scan(scan_at(0.1 * step, post_ahead()), moment)
        node.tick(moment)
    pictures = [value for topic, value in out if topic is contract.OBSTACLE_MARKERS]
    assert 48 <= len(pictures) <= 52


def test_activation_forgets_the_odometry_and_the_ids(lidar):
    node, out = lidar
    node.on_odom(Odometry(at(0.0).stamp, Pose(), Twist()), at(0.0))
    node.on_scan(scan_at(0.0, post_ahead()), at(0.0))
    node.activate(at(0.1))
    node.on_scan(scan_at(0.1, post_ahead()), at(0.1))
    assert not newest(out, contract.OBSTACLES).valid
    node.on_odom(Odometry(at(0.15).stamp, Pose(), Twist()), at(0.15))
    node.on_scan(scan_at(0.15, post_ahead()), at(0.15))
    assert newest(out, contract.OBSTACLES).ids.tolist() == [1]


def test_a_scan_that_stays_away_is_named(lidar):
    node, _ = lidar
    assert node.health(at(0.5)).health is Health.DEGRADED
    node.on_odom(Odometry(at(1.0).stamp, Pose(), Twist()), at(1.0))
    node.on_scan(scan_at(1.0), at(1.0))
    assert node.health(at(1.1)).health is Health.HEALTHY
    assert node.health(at(1.3)).health is Health.DEGRADED
    report = node.health(at(1.5))
    assert (report.health, report.reason) == (Health.UNHEALTHY, "topic scan is silent")


# What the node says of the sensor


def events_of(out):
    return [(v.name, v.detail) for topic, v in out if topic is contract.EVENTS]


def noisy(step, beams=360, sigma=0.01):
    rng = np.random.default_rng(step)
    return (5.0 + sigma * rng.standard_normal(beams)).astype(np.float32)


def drive(node, begin, end, ranges=noisy, period=0.05, twist=None, delay=0.0):
    """Let scans come in from one time to another; tick as a host would."""
    for step in range(round(begin / period), round(end / period)):
        moment = at(step * period)
        seen = at(step * period + delay)
        node.on_odom(Odometry(moment.stamp, Pose(), twist or Twist()), seen)
        node.on_scan(scan_at(step * period, ranges(step)), seen)
        if step % 2:
            node.tick(seen)


def test_a_healthy_lidar_is_told_nothing_of(lidar):
    node, out = lidar
    drive(node, 0.0, 3.0)
    assert node.health(at(3.0)).health is Health.HEALTHY
    assert events_of(out) == []


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        ({"ranges": lambda step: noisy(0)}, "frozen"),
        ({"ranges": lambda step: with_hole(step, slice(100, 120), np.nan)}, "window is blocked"),
        ({"ranges": lambda step: with_hole(step, slice(100, 120), 0.11)}, "window is blocked"),
        ({"ranges": lambda step: with_hole(step, slice(0, 360, 5), np.nan)}, "window is dirty"),
        ({"ranges": lambda step: noisy(step, sigma=0.2)}, "is noisy"),
        ({"period": 0.1}, "is slow"),
        ({"delay": 0.3}, "old"),
        ({"delay": -0.1}, "future"),
        ({"ranges": lambda step: np.full(360, 0.2, np.float32)}, "beams end on the robot"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_sensor_is_health_and_event_and_heals(lidar, spoilt, words):
    node, out = lidar
    drive(node, 0.0, 3.0, **spoilt)
    last = at(3.0 - spoilt.get("period", 0.05) + spoilt.get("delay", 0.0))
    report = node.health(last)
    assert report.health is Health.DEGRADED
    assert words in report.reason
    assert report.blames == "scan"
    told = events_of(out)
    assert any(name == "sensor_faulty" and words in detail for name, detail in told)
    assert len(told) <= 3
    drive(node, 3.0, 7.0)
    assert node.health(at(6.95)).health is Health.HEALTHY
    assert events_of(out)[-1] == ("sensor_healed", "scan: good again")


def test_noise_is_told_of_only_when_it_lasts(lidar):
    node, out = lidar
    drive(node, 0.0, 3.0, ranges=lambda step: noisy(step, sigma=0.1))
    drive(node, 3.0, 3.3, ranges=lambda step: noisy(step, sigma=0.2))
    drive(node, 3.3, 5.0)
    assert events_of(out) == []


def with_hole(step, place, value):
    ranges = noisy(step)
    ranges[place] = value
    return ranges


def test_a_frozen_scan_is_no_ground_for_obstacles(lidar):
    node, out = lidar
    drive(node, 0.0, 0.5, ranges=lambda step: noisy(0))
    assert not newest(out, contract.OBSTACLES).valid
    assert not newest(out, contract.CLEARANCE).valid


def test_repeated_ranges_count_sooner_while_driving(lidar):
    def half_frozen(step):
        ranges = noisy(step)
        ranges[:250] = noisy(0)[:250]
        return ranges

    node, _ = lidar
    drive(node, 0.0, 1.0, ranges=half_frozen)
    assert node.health(at(0.95)).health is Health.HEALTHY
    drive(node, 1.0, 2.0, ranges=half_frozen, twist=Twist(0.3, 0.0))
    assert "frozen" in node.health(at(1.95)).reason


def room_seen_at(heading, is_mirrored):
    """Ranges in a room with corners, from its middle."""
    angles = -math.pi + np.arange(360) * 2.0 * math.pi / 360 + heading
    if is_mirrored:
        angles = 2.0 * heading - angles
    with np.errstate(divide="ignore"):
        walls = np.minimum(3.0 / np.abs(np.cos(angles)), 4.0 / np.abs(np.sin(angles - 0.3)))
    return walls.astype(np.float32)


@pytest.mark.parametrize("is_mirrored", [False, True])
def test_a_lidar_upside_down_is_noticed_when_the_robot_turns(lidar, is_mirrored):
    node, _ = lidar
    rate = 0.8
    drive(
        node, 0.0, 3.0, twist=Twist(0.0, rate),
        ranges=lambda step: room_seen_at(rate * 0.05 * step, is_mirrored),
    )  # fmt: skip
    assert ("wrong way round" in node.health(at(2.95)).reason) == is_mirrored


def test_silence_is_an_event_too(lidar):
    node, out = lidar
    drive(node, 0.0, 0.5)
    node.tick(at(1.5))
    node.tick(at(1.6))
    assert events_of(out) == [("sensor_faulty", "scan: topic scan is silent")]


def test_a_moving_obstacle_is_told_with_its_velocity_and_the_time_left(lidar):
    node, out = lidar

    def walker(step):
        ranges = np.full(360, np.inf, np.float32)
        ranges[177:184] = 5.0 - 1.0 * 0.05 * step
        return ranges

    drive(node, 0.0, 2.0, ranges=walker)
    obstacles = newest(out, contract.OBSTACLES)
    assert obstacles.is_moving.tolist() == [True]
    assert obstacles.velocities[0] == pytest.approx([-1.0, 0.0], abs=0.15)
    # 3.05 m ahead of the sensor, less the sensor's place, the base and the radius.
    left = obstacles.positions[0, 0] - obstacles.radii[0] - 0.254
    assert obstacles.collisions[0, 0] == pytest.approx(left / 1.0, abs=0.4)
    clearance = newest(out, contract.CLEARANCE)
    assert clearance.path_time == pytest.approx(obstacles.collisions[0, 0])
    markers = newest(out, contract.OBSTACLE_MARKERS).markers
    assert "velocities" in [marker.namespace for marker in markers]
