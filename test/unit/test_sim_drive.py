"""The proven way through a generated world can really be driven, without a contact."""

from __future__ import annotations

import math

import pytest

from robot_system import contract
from robot_system.core.values import Pose, Twist
from robot_system.sim.generator import KINDS, PASSAGE, generate
from robot_system.sim.geometry import wrapped
from robot_system.sim.search import ClearanceGrid, find_path
from robot_system.sim.simulator import STEP, Simulator, SimulatorSettings
from robot_system.sim.world import Point

AHEAD = 0.3


def pursue(pose: Pose, path: list[Point]) -> Twist:
    """Turn towards the first point that is far enough, and go when it is ahead."""
    while len(path) > 1 and math.dist(path[0], (pose.x, pose.y)) < AHEAD:
        path.pop(0)
    aim = math.atan2(path[0][1] - pose.y, path[0][0] - pose.x)
    error = wrapped(aim - pose.theta)
    return Twist(0.8 * max(0.0, math.cos(error)) ** 4, 3.0 * error)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [1, 2])
def test_follower_of_the_way_arrives_without_contact(kind: str, seed: int) -> None:
    world = generate(seed, kind)
    grid = ClearanceGrid.of(world)
    path = find_path(grid, (world.start.x, world.start.y), world.goals[0], PASSAGE)
    assert path is not None
    way = list(path)
    simulator = Simulator(world, SimulatorSettings(), seed)
    believed = world.start
    for now in range(0, 90 * 1_000_000_000, STEP):
        for topic, value in simulator.step(now):
            if topic is contract.ODOM:
                believed = value.pose
                simulator.command(pursue(believed, way), now)
        if math.dist((believed.x, believed.y), world.goals[0]) < 0.3:
            break
    assert simulator.guard.contacts == 0
    assert math.dist((simulator.pose.x, simulator.pose.y), world.goals[0]) < 0.6
