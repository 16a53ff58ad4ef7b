"""The lidar node: what it publishes for each scan, and when it vouches for it."""

import math

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
    pictures = [value for topic, value in out if topic is contract.OBSTACLE_MARKERS]
    assert 9 <= len(pictures) <= 11
    namespaces = [marker.namespace for marker in pictures[0].markers]
    assert namespaces == ["obstacles", "closest", "clearance"]


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
    node.on_odom(Odometry(at(0.0).stamp, Pose(), Twist()), at(1.0))
    node.on_scan(scan_at(0.0), at(1.0))
    assert node.health(at(1.1)).health is Health.HEALTHY
    assert node.health(at(1.3)).health is Health.DEGRADED
    report = node.health(at(1.5))
    assert (report.health, report.reason) == (Health.UNHEALTHY, "topic scan is silent")
