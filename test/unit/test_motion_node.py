"""When the motion node decides: at its own pace, and at once for what can not wait."""

import numpy as np
import pytest

from robot_system import contract
from robot_system.core.time import SECOND, Instant
from robot_system.core.values import ActionChunk
from robot_system.nodes.motion import MotionNode, MotionParameters


def at(milliseconds):
    time = 1_000 * SECOND + milliseconds * 1_000_000
    return Instant(time, time)


def chunk(sequence, milliseconds):
    stamp, rows = at(milliseconds).stamp, np.zeros((5, 2))
    return ActionChunk(stamp, sequence, "p", "h", stamp, 0.1, rows, 0.3, "", True)


@pytest.fixture
def motion():
    decisions = []

    def publish(topic, value):
        if topic is contract.MOTION_STATE:
            decisions.append((value.sequence, value.is_periodic))

    node = MotionNode(MotionParameters(), publish)
    node.configure()
    node.activate(at(0))
    return node, decisions


def test_a_newer_action_is_followed_at_once(motion):
    node, decisions = motion
    node.tick(at(10))
    node.on_action_chunk(chunk(1, 12), at(12))
    assert decisions == [(0, True), (1, False)]


def test_an_old_action_is_no_reason_to_decide(motion):
    node, decisions = motion
    node.on_action_chunk(chunk(2, 1), at(1))
    node.tick(at(10))
    node.on_action_chunk(chunk(1, 0), at(12))
    assert decisions == [(2, False), (2, True)]


def test_a_flood_of_actions_gets_one_decision_from_tick_to_tick(motion):
    node, decisions = motion
    for sequence in range(1, 50):
        node.on_action_chunk(chunk(sequence, 1), at(1))
    node.tick(at(10))
    for sequence in range(50, 100):
        node.on_action_chunk(chunk(sequence, 11), at(11))
    assert decisions == [(1, False), (49, True), (50, False)]
