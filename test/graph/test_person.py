"""What a person asks of a running system: `robot restart`, `mode`, `explain` and others."""

import os
import signal
import subprocess

import pytest

from robot_system.core.values import Lifecycle, Mode
from robot_system.testing.system import ROBOT, TRIES

HEALED = 15.0


@pytest.fixture(scope="module")
def system(start):
    made = start("--world", "generated:sparse:2")
    made.until_driving()
    return made


@pytest.fixture
def say(domain):
    """Run a command of a person; the system runs on meanwhile."""

    def run(*words):
        command = [str(ROBOT), *words, "--domain", str(domain)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        return done.returncode, (done.stdout + done.stderr).strip()

    return run


def test_a_restarted_node_is_a_new_process_and_driving_goes_on(system, say):
    for _ in range(TRIES):
        before = dict(system.heartbeats)
        assert say("restart", "lidar") == (0, "lidar is restarted")
        pid = before["lidar"].pid
        system.until(lambda pid=pid: system.pid("lidar") != pid, HEALED, "a new lidar")
        system.until_driving()
        touched = system.touched_since(before) & {"sensors", "motion"}
        if not touched:
            break
    assert not touched


def test_the_orchestrator_itself_is_restarted_by_its_owner(system, say):
    pid = system.pid("orchestrator")
    assert say("restart", "orchestrator") == (0, "orchestrator is restarted")
    system.until(lambda: system.pid("orchestrator") != pid, HEALED, "a new orchestrator")
    system.until_driving()


def test_modes(system, say):
    assert say("mode", "standby") == (0, "mode standby was asked for")
    system.until(lambda: system.state.mode is Mode.STANDBY, HEALED, "standby")
    is_inactive = Lifecycle.INACTIVE
    system.until(lambda: system.heartbeats["motion"].state is is_inactive, HEALED, "motion down")
    code, text = say("explain")
    assert code == 1
    assert "a person asked for standby" in text
    assert say("mode", "running")[0] == 0
    system.until_driving()
    assert say("mode", "fast") == (
        1,
        "mode 'fast' can not be asked for; modes are stopped, standby, running",
    )


def test_a_pressed_stop_outlives_motion_and_only_a_person_releases_it(system, say):
    def is_pressed():
        return "emergency_stop" in [cause.name for cause in system.causes]

    assert say("release") == (1, "nothing waits to be released")
    assert say("estop", "smoke", "in", "the", "hall")[0] == 0
    system.until(lambda: is_pressed() and not system.is_moving, HEALED, "the stop")
    pid = system.pid("motion")
    assert say("restart", "motion")[0] == 0
    system.until(lambda: system.pid("motion") != pid and system.is_running, HEALED, "motion anew")
    system.until(is_pressed, HEALED, "the stop being remembered")
    code, text = say("explain")
    assert code == 1
    assert "smoke in the hall" in text
    assert not system.is_moving
    assert say("release")[0] == 0
    system.until_driving()


def test_a_node_that_is_not_needed_can_be_left_out(system, say):
    assert say("disable", "alerts")[0] == 0
    is_down = Lifecycle.UNCONFIGURED
    system.until(lambda: system.heartbeats["alerts"].state is is_down, HEALED, "alerts down")
    system.until(lambda: system.is_running, HEALED, "going on without it")
    assert say("disable", "sensors")[0] == 1
    assert say("enable", "alerts")[0] == 0
    system.until(lambda: system.heartbeats["alerts"].state is Lifecycle.ACTIVE, HEALED, "back")


def test_what_a_person_wants_outlives_the_orchestrator(system, say):
    for _ in range(TRIES):
        assert say("stop", "motion")[0] == 0
        system.until(lambda: system.state.mode is Mode.SAFE_STOP, HEALED, "a safe stop")
        before = dict(system.heartbeats)
        pid = system.pid("orchestrator")
        os.kill(pid, signal.SIGKILL)
        system.until(
            lambda pid=pid: system.pid("orchestrator") != pid, HEALED, "a new orchestrator"
        )
        system.until(
            lambda: "stopped by a person" in system.state.reason, HEALED, "the wish being kept"
        )
        assert say("start", "motion")[0] == 0
        system.until_driving()
        touched = system.touched_since(before) & {"sim", "sensors", "lidar", "policy"}
        if not touched:
            break
    assert not touched


def test_explain_names_a_frozen_node_while_it_is_gone(system, say):
    """Motion is stopped by hand, so that it stays so."""
    assert say("stop", "policy")[0] == 0
    system.until(lambda: not system.is_running, HEALED, "a stop")
    code, text = say("explain")
    assert code == 1
    assert "because policy is" in text
    assert say("start", "policy")[0] == 0
    system.until_driving()


@pytest.mark.parametrize("command", ["restart", "stop", "enable", "clear"])
def test_an_unknown_node_is_refused_in_one_line(system, say, command):
    code, text = say(command, "lidra")
    assert code == 1
    assert text.startswith("no node is named 'lidra' here; nodes are sim,")
    assert "\n" not in text


def test_where_nothing_runs_that_is_said(robot):
    system = robot("restart", "lidar", ROS_DOMAIN_ID="231")
    assert system.returncode == 1
    assert system.stderr == "no orchestrator answers in domain 231\n"
