"""The chain of causes in plain words."""

import pytest

from robot_system.core.orchestration.explain import explain
from robot_system.core.time import SECOND
from robot_system.core.values import (
    Health,
    Lifecycle,
    Mode,
    MotionState,
    NodeStatus,
    StopCause,
    SystemState,
)

PRODUCERS = {"scan_raw": "sim", "scan": "sensors", "obstacles": "lidar", "odom": "driver"}
DENIED = StopCause("permission_denied", "system_state", 0.0, 0.0, 1.24, "sensors: scan is silent")


def node(name, health=Health.HEALTHY, reason="", blames="", actual=Lifecycle.ACTIVE, **more):
    is_ready = actual is Lifecycle.ACTIVE and health is not Health.UNHEALTHY
    return NodeStatus(
        name, Lifecycle.ACTIVE, actual, health, reason, is_ready, blames=blames, **more
    )


def system(*nodes, mode=Mode.SAFE_STOP, target=Mode.RUNNING):
    return SystemState(10 * SECOND, mode, nodes=nodes, since=7 * SECOND, target=target)


def motion(*causes, is_stopped=True):
    return MotionState(10 * SECOND, causes=causes, is_stopped=is_stopped, valid=True)


def test_nothing_holds_it():
    state = system(node("sim"), mode=Mode.RUNNING)
    assert explain(state, motion(is_stopped=False), PRODUCERS) == [
        "the robot may move: nothing holds it"
    ]


def test_from_permission_down_to_the_silent_sensor():
    state = system(
        node("sim"),
        node("sensors", Health.UNHEALTHY, "scan is silent for 0.8 s", "scan_raw"),
        node("lidar", Health.UNHEALTHY, "topic scan is silent", "scan", since=9_200_000_000),
        node("motion"),
    )
    assert explain(state, motion(DENIED), PRODUCERS) == [
        "the robot is held: permission_denied (system_state): sensors: scan is silent, for 1.2 s",
        "  because the system is in safe_stop for 3.0 s",
        "    because sensors is unhealthy: scan is silent for 0.8 s",
        "      because sim, which puts out scan_raw, finds nothing wrong",
        "    because lidar is unhealthy: topic scan is silent, for 0.8 s",
    ]


def test_what_is_being_tried_is_said():
    lost = node("lidar", Health.UNHEALTHY, "heartbeat is silent", actual=Lifecycle.UNKNOWN)
    trying = node(
        "lidar",
        Health.UNHEALTHY,
        "heartbeat is silent",
        actual=Lifecycle.UNKNOWN,
        action="restart",
        attempts=2,
    )
    plain = explain(system(lost), motion(DENIED), PRODUCERS)[-1]
    assert plain == "    because lidar is unhealthy: heartbeat is silent"
    tried = explain(system(trying), motion(DENIED), PRODUCERS)[-1]
    assert tried == plain + " (being tried: restart, attempt 2)"


def test_a_topic_from_outside_points_to_its_driver():
    stale = StopCause("odom_stale", "odom", 0.31, 0.2, 0.0)
    assert explain(system(node("sim")), motion(stale), PRODUCERS) == [
        "the robot is held: odom_stale (odom): 0.31, the limit is 0.20",
        "  because odom comes from outside of the system: look at its driver",
    ]


def test_a_person_who_wanted_it_is_named():
    state = system(node("motion"), mode=Mode.STANDBY, target=Mode.STANDBY)
    lines = explain(state, motion(DENIED), PRODUCERS)
    assert lines[1] == ("  because the system is in standby for 3.0 s; a person asked for standby")


def test_without_motion_or_orchestrator_that_is_what_is_said():
    state = system(node("motion", Health.UNHEALTHY, "process 7 is gone", actual=Lifecycle.UNKNOWN))
    lines = explain(state, None, PRODUCERS)
    assert lines[:2] == [
        "the robot is not commanded: nothing is heard of motion",
        "  because motion is unhealthy: process 7 is gone",
    ]
    gone = StopCause("permission_stale", "system_state", 0.4, 0.25, 0.15)
    assert explain(None, motion(gone), PRODUCERS)[1] == (
        "  because nothing is heard of the orchestrator"
    )


def test_a_slower_robot_and_a_degraded_system_are_told():
    near = StopCause("obstacle", "scan_raw", 0.4, 1.0, 0.5, "no room to stop")
    state = system(
        node("telemetry", Health.UNHEALTHY, "process 9 is gone", actual=Lifecycle.UNKNOWN),
        node("sim"),
        mode=Mode.DEGRADED,
    )
    assert explain(state, motion(near, is_stopped=False), PRODUCERS) == [
        "the robot is slowed down: obstacle (scan_raw): no room to stop, for 0.5 s",
        "  because sim, which puts out scan_raw, finds nothing wrong",
        "the system is degraded",
        "  because telemetry is unhealthy: process 9 is gone",
    ]


@pytest.mark.parametrize(
    ("name", "source"), [("emergency_stop", "emergency_stop"), ("base_given_up", "odom")]
)
def test_behind_what_waits_for_a_person_there_is_nothing_else(name, source):
    waiting = StopCause(name, source, 0.0, 0.0, 3.0, "smoke; waits for `robot release`")
    lines = explain(None, MotionState(1, causes=(waiting,), valid=True), {"odom": "sim"})
    assert lines == [f"the robot is held: {name} ({source}): {waiting.detail}, for 3.0 s"]
