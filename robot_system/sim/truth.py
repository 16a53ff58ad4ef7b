"""What really is around the robot, in the frame that its own estimates are in."""

from __future__ import annotations

import math

import numpy as np

from robot_system.core.time import Time
from robot_system.core.values import Obstacles, Pose
from robot_system.sim.world import World

TRUTH_RANGE = 10.0
"""How far (m) from the robot obstacles are told."""


def truth_obstacles(
    stamp: Time, world: World, seconds: float, pose: Pose, odometry: Pose
) -> Obstacles:
    """Return the round obstacles near the robot, moved from the world to the odometry frame.

    The ids are the rows of the world's circles, then of its moving ones.
    """
    moving = np.array([(*item.at(seconds), item.radius) for item in world.moving]).reshape(-1, 5)
    still = np.zeros((len(world.circles), 5))
    still[:, (0, 1, 4)] = world.circles
    rows = np.concatenate([still, moving])
    x, y = rows[:, 0] - pose.x, rows[:, 1] - pose.y
    near = np.flatnonzero(np.hypot(x, y) - rows[:, 4] <= TRUTH_RANGE)
    turn = odometry.theta - pose.theta
    cosine, sine = math.cos(turn), math.sin(turn)
    rotation = np.array([[cosine, sine], [-sine, cosine]])
    positions = np.column_stack([x[near], y[near]]) @ rotation + (odometry.x, odometry.y)
    return Obstacles(
        stamp,
        near.astype(np.int64),
        positions,
        rows[near, 4],
        rows[near, 2:4] @ rotation,
        np.ones(len(near)),
        valid=True,
    )
