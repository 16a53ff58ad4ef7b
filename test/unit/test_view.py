import re

import pytest

from robot_system.cli.snapshot import Snapshot
from robot_system.cli.view import change_lines, render
from robot_system.core.time import SECOND
from robot_system.core.values import (
    Clearance,
    Event,
    GroundTruth,
    Health,
    Heartbeat,
    Lifecycle,
    Mode,
    MotionState,
    NodeStatus,
    Odometry,
    Pose,
    Severity,
    StopCause,
    SystemState,
    Twist,
)


def plain(lines):
    return "\n".join(re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines)


@pytest.fixture
def snapshot():
    made = Snapshot("a world")
    lidar = NodeStatus(
        "lidar", Lifecycle.ACTIVE, Lifecycle.UNKNOWN, Health.UNHEALTHY, "heartbeat is silent"
    )
    motion = NodeStatus("motion", Lifecycle.ACTIVE, Lifecycle.ACTIVE, Health.HEALTHY, "", True, 42)
    made.system = SystemState(
        SECOND, Mode.SAFE_STOP, False, reason="lidar: heartbeat is silent", nodes=(lidar, motion)
    )
    made.heartbeats["motion"] = Heartbeat(
        SECOND, "motion", "host", 42, Lifecycle.ACTIVE, Health.HEALTHY, "", 1, 5, 0.0012, 0.0034
    )
    made.odometry = Odometry(SECOND, Pose(1.5, -2.5, 0.0), Twist(0.25, 0.5))
    made.goal, made.goal_distance = (4.0, 5.0), 7.9
    made.clearance = Clearance(SECOND, closest_distance=0.61, valid_share=0.99, valid=True)
    made.truth = GroundTruth(SECOND, Pose(), Twist(), contacts=2)
    cause = StopCause("scan_stale", "scan_raw", 0.81, 0.2, 0.6)
    made.motion = MotionState(SECOND, causes=(cause,), valid=True)
    made.note(Event(SECOND, "node_silent", Severity.ERROR, "lidar", "no heartbeat for 0.43 s"))
    return made


def test_shows_all_that_an_operator_asks(snapshot):
    text = plain(render(snapshot, 120))
    for wanted in (
        "safe stop",
        "may not move",
        "heartbeat is silent",
        "1.20",
        "x    1.50 m",
        "distance  7.90 m",
        "closest    0.61 m",
        "contacts  2",
        "scan_stale holds the robot (scan_raw) for 0.6 s 0.81 / 0.20",
        "node_silent lidar no heartbeat for 0.43 s",
    ):
        assert wanted in text


def test_no_line_is_wider_than_the_terminal(snapshot):
    for width in (20, 60, 100):
        lines = plain(render(snapshot, width)).splitlines()
        assert max(map(len, lines)) <= width


def test_nothing_is_shown_of_what_was_never_heard():
    assert "starting" in plain(render(Snapshot("a world"), 80))


def test_a_change_is_one_line_and_no_change_is_none(snapshot):
    seen = {}
    first = change_lines(seen, snapshot)
    assert "system: mode=safe_stop motion=False" in first
    assert "held by: scan_stale" in first
    assert change_lines(seen, snapshot) == []
    snapshot.motion = MotionState(SECOND, applied=Twist(1.0), is_stopped=False, valid=True)
    assert change_lines(seen, snapshot) == ["held by: nothing"]


def test_events_that_say_all_is_normal_do_not_fill_the_view(snapshot):
    snapshot.note(Event(SECOND, "node_state_changed", Severity.INFO, "motion"))
    assert [event.name for event in snapshot.events] == ["node_silent"]


def test_what_is_old_is_not_shown_as_if_it_were_so_now(snapshot):
    snapshot.uptime, snapshot.system_heard, snapshot.motion_heard = 10.0, 9.5, 7.0
    text = plain(render(snapshot, 120))
    assert "safe stop" in text
    assert "motion_state silent for 3.0 s" in text
    assert "scan_stale" not in text
    snapshot.system_heard = 8.0
    text = plain(render(snapshot, 120))
    assert "system_state silent for 2.0 s" in text
    assert "safe stop" not in text
    assert "may not move" not in text
