"""The whole simulator: rates, stamps, time, determinism and ground truth."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from typing import Any

import numpy as np
import pytest

from robot_system import contract
from robot_system.contract import Topic
from robot_system.core.values import FaultRequest, Obstacles, Pose, Scan, Twist
from robot_system.sim.generator import generate
from robot_system.sim.sensors import LidarSettings
from robot_system.sim.simulator import STEP, Simulator, SimulatorSettings
from robot_system.sim.truth import truth_obstacles
from robot_system.sim.world import MovingCircle, World

SECOND = 1_000_000_000
Output = tuple[Topic, Any]


def run(
    simulator: Simulator, begin: float, end: float, twist: Twist | None = None
) -> list[Output]:
    outputs: list[Output] = []
    for now in range(round(begin * SECOND), round(end * SECOND), STEP):
        if twist is not None:
            simulator.command(twist, now)
        outputs += simulator.step(now)
    return outputs


def of(outputs: list[Output], topic: Topic) -> list[Any]:
    return [value for row, value in outputs if row is topic]


def simulator(seed: int = 0, **settings: Any) -> Simulator:
    return Simulator(generate(3, "medium", moving=2), SimulatorSettings(**settings), seed)


@pytest.mark.parametrize("lidar_rate", [10.0, 20.0, 40.0])
def test_every_topic_comes_at_its_rate(lidar_rate: float) -> None:
    whole = simulator(lidar=LidarSettings(rate=lidar_rate))
    counts = Counter(topic.name for topic, _ in run(whole, 0.0, 4.0))
    expected = {
        row.name: round(4.0 * row.rate) for row in contract.TOPICS if row.producer == "sim"
    }
    expected["scan_raw"] = round(4.0 * lidar_rate)
    assert counts == pytest.approx(expected, abs=1)


def test_stamps_are_times_of_measurement_in_order() -> None:
    whole = simulator()
    for topic in (contract.SCAN_RAW, contract.IMU_RAW, contract.ODOM, contract.TF):
        stamps = [value.stamp for value in of(run(whole, 0.0, 1.0), topic)]
        assert stamps == sorted(set(stamps))
        whole = simulator()


def test_jitter_of_the_caller_changes_nothing() -> None:
    steady, jittery = simulator(), simulator()
    even = run(steady, 0.0, 0.5)
    uneven = jittery.step(0)
    for now in (7, 31, 33, 90, 200, 390, 494):
        uneven += jittery.step(now * 1_000_000)
    assert digest(even) == digest(uneven)


def test_late_caller_skips_time_instead_of_racing() -> None:
    whole = simulator()
    run(whole, 0.0, 0.1)
    late = whole.step(100 * SECOND)
    assert len(of(late, contract.IMU_RAW)) <= 21
    assert all(value.stamp > 99 * SECOND for _, value in late)


def test_clock_that_jumps_back_goes_on() -> None:
    whole = simulator()
    run(whole, 50.0, 50.1)
    outputs = run(whole, 10.0, 10.5)
    assert len(of(outputs, contract.SCAN_RAW)) == 10


def digest(outputs: list[Output]) -> str:
    sum_of_all = hashlib.sha256()
    for topic, value in outputs:
        sum_of_all.update(topic.name.encode())
        if isinstance(value, Scan):
            sum_of_all.update(value.ranges.tobytes())
        elif isinstance(value, Obstacles):
            sum_of_all.update(value.positions.tobytes() + value.velocities.tobytes())
        else:
            sum_of_all.update(repr(value).encode())
    return sum_of_all.hexdigest()


@pytest.mark.parametrize("shift", [-10.0, 10.0])
def test_the_base_obeys_at_once_after_the_clock_was_set(shift: float) -> None:
    whole = simulator()
    run(whole, 20.0, 20.5, Twist(0.5))
    assert whole.base.linear == pytest.approx(0.5)
    run(whole, 20.5 + shift, 20.8 + shift, Twist(0.0, 0.5))
    assert whole.base.linear == 0.0
    assert whole.base.angular == pytest.approx(0.5)


def test_same_seed_same_outputs_and_another_seed_others() -> None:
    first, again, other = (
        digest(run(simulator(seed), 0.0, 2.0, Twist(0.5, 0.4))) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_robot_drives_where_it_is_told() -> None:
    empty = World("empty", Pose(1.0, 2.0, 0.5), ((5.0, 5.0),), (-50.0, -50.0, 50.0, 50.0))
    whole = Simulator(empty, SimulatorSettings(), 0)
    outputs = run(whole, 0.0, 10.0, Twist(1.0, 0.0))
    truth = of(outputs, contract.TRUTH)[-1]
    odometry = of(outputs, contract.ODOM)[-1]
    way = math.dist((truth.pose.x, truth.pose.y), (1.0, 2.0))
    assert way == pytest.approx(9.8, abs=0.15)
    assert math.dist((truth.pose.x, truth.pose.y), (odometry.pose.x, odometry.pose.y)) < 0.1
    assert odometry.twist.linear == pytest.approx(1.0, abs=0.05)
    assert np.isinf(of(outputs, contract.SCAN_RAW)[-1].ranges).all()


def test_pose_survives_a_stop_and_the_wheels_do_not_turn() -> None:
    whole = simulator()
    run(whole, 0.0, 0.5, Twist(0.5, 0.0))
    pose = whole.pose
    whole.stop()
    run(whole, 60.0, 61.0)
    assert whole.pose == pose


def test_contact_is_counted_and_stops_the_robot() -> None:
    wall = World(
        "wall",
        Pose(),
        ((-3.0, 0.0),),
        (-5.0, -5.0, 5.0, 5.0),
        boxes=np.array([(2.0, 0.0, 0.5, 4.0, 0.0)]),
    )
    whole = Simulator(wall, SimulatorSettings(), 0)
    outputs = run(whole, 0.0, 5.0, Twist(1.0))
    truth = of(outputs, contract.TRUTH)[-1]
    assert (truth.contacts, truth.is_in_contact) == (1, True)
    assert truth.pose.x < 1.75 - 0.254
    away = run(whole, 5.0, 6.0, Twist(-1.0))
    assert not of(away, contract.TRUTH)[-1].is_in_contact


@pytest.mark.parametrize(("target", "kind"), [("wheels", "stuck"), ("base", "ignore_commands")])
def test_fault_of_the_base_holds_the_robot_until_it_is_healed(target: str, kind: str) -> None:
    whole = simulator()
    whole.fault(FaultRequest(0, target, kind, 0.0, 0.5), 0)
    run(whole, 0.0, 0.5, Twist(0.5))
    assert whole.pose == whole.world.start
    assert whole.expire_faults(SECOND // 2) == (target,)
    run(whole, 0.5, 1.0, Twist(0.5))
    assert whole.pose.x != whole.world.start.x
    assert whole.guard.contacts == 0


def test_silent_odometry_takes_its_transform_along() -> None:
    whole = simulator()
    whole.fault(FaultRequest(0, "odom", "silent"), 0)
    outputs = run(whole, 0.0, 1.0)
    assert not of(outputs, contract.ODOM)
    assert not of(outputs, contract.TF)
    assert of(outputs, contract.SCAN_RAW)


def test_transforms_lead_from_odom_to_the_sensors() -> None:
    whole = simulator()
    transforms = of(run(whole, 0.0, 0.1), contract.TF)[-1].transforms
    frames = [(item.frame, item.child_frame) for item in transforms]
    assert frames == [("odom", "base_link"), ("base_link", "laser"), ("base_link", "imu")]


def test_moving_obstacle_is_seen_where_its_time_says() -> None:
    walk = MovingCircle(0.3, ((3.0, 0.0), (9.0, 0.0)), 1.0)
    world = World("walk", Pose(), (), (-20.0, -20.0, 20.0, 20.0), moving=(walk,))
    whole = Simulator(world, SimulatorSettings(lidar=LidarSettings(beams=721)), 0)
    outputs = run(whole, 5.0, 7.05)
    assert of(outputs, contract.SCAN_RAW)[-1].ranges[360] == pytest.approx(4.765, abs=0.05)
    assert of(outputs, contract.TRUTH_OBSTACLES)[-1].positions[0, 0] == pytest.approx(5.0)


def test_true_obstacles_are_told_as_the_robot_believes_to_see_them() -> None:
    world = World(
        "test",
        Pose(),
        (),
        (-20.0, -20.0, 20.0, 20.0),
        circles=np.array([(3.0, 0.0, 0.4), (15.0, 0.0, 0.4)]),
        moving=(MovingCircle(0.3, ((0.0, 2.0), (4.0, 2.0)), 1.0),),
    )
    seen = truth_obstacles(5, world, 1.0, Pose(1.0, 0.0, 0.0), Pose(0.0, 0.0, math.pi / 2))
    assert seen.ids.tolist() == [0, 2]
    np.testing.assert_allclose(seen.positions, [(0.0, 2.0), (-2.0, 0.0)], atol=1e-12)
    np.testing.assert_allclose(seen.velocities, [(0.0, 0.0), (0.0, 1.0)], atol=1e-12)
    assert seen.radii.tolist() == [0.4, 0.3]
    assert seen.valid
