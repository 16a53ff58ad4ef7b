"""`robot fault` on the real system: it breaks a simulation, heals it, and leaves a robot alone."""

import os
import signal

import pytest

from robot_system import graph
from robot_system.core.values import Lifecycle
from robot_system.faults.catalogue import fault
from robot_system.faults.injector import Injector
from robot_system.testing.system import TRIES

HEALED = 15.0
AWAITED = 30.0


def test_a_fault_begins_and_all_are_cleared(start, robot):
    system = start("--world", "generated:sparse:2")
    system.until_driving()
    made = robot("fault", "run", "sensor_silent", "--node", "scan")
    assert made.returncode == 0, made.stderr
    system.until(lambda: not system.is_running, HEALED, "the silence being noticed")
    assert robot("fault", "clear").returncode == 0
    system.until_driving()
    assert system.contacts == 0


def test_a_node_that_hangs_goes_on_when_it_is_cleared(start, robot):
    system = start("--world", "generated:sparse:2")
    system.until_driving()
    before = system.heartbeats["alerts"]
    made = robot("fault", "run", "hang", "--node", "alerts", "--for", "0.2")
    assert made.returncode == 0, made.stderr
    system.until(
        lambda: system.heartbeats["alerts"].stamp > before.stamp, HEALED, "alerts beating again"
    )
    system.until_driving()


def test_what_can_not_be_kept_up_waits_quietly_for_a_person_and_goes_on_when_cleared(start, robot):
    system = start("--world", "generated:sparse:2")
    system.until_driving()
    robot("fault", "run", "crash_loop", "--node", "lidar", "--for", "6")
    at_rest = Lifecycle.INACTIVE
    system.until(lambda: "waits for a person" in system.state.reason, AWAITED, "giving up")
    system.until(lambda: system.heartbeats["motion"].state is at_rest, HEALED, "motion at rest")
    assert "motion" not in system.state.reason
    cleared = robot("clear")
    assert cleared.returncode == 0, cleared.stderr
    system.until_driving()
    assert system.contacts == 0


@pytest.mark.parametrize("arguments", [("run", "crash", "--node", "lidar"), ("clear",)])
def test_a_robot_takes_no_faults(start, robot, arguments):
    system = start("--profile", "robot")
    nodes = {spec.name for spec in graph.nodes_of("robot")}
    system.until(lambda: set(system.heartbeats) == nodes, HEALED, "every node being heard")
    for _ in range(TRIES):
        before = {name: beat.pid for name, beat in system.heartbeats.items()}
        made = robot("fault", *arguments)
        assert made.returncode == 1
        assert made.stderr.count("\n") == 1
        assert "takes no faults" in made.stderr
        assert system.process.poll() is None
        began = system.listener.now().stamp
        system.until(
            lambda began=began: all(beat.stamp > began for beat in system.heartbeats.values()),
            HEALED,
            "the nodes going on",
        )
        after = {name: beat.pid for name, beat in system.heartbeats.items()}
        if after == before:
            break
    assert after == before


def test_nothing_to_break(robot, domain):
    made = robot("fault", "run", "crash", "--domain", str(domain + 100))
    assert made.returncode == 1
    assert "nothing runs" in made.stderr


def test_who_is_started_again_while_the_scan_is_turned_goes_on_when_that_ends(start, domain):
    system = start("--world", "generated:sparse:2")
    system.until_driving()
    system.until(lambda: system.knows_scan_form, HEALED, "a second of scans")
    injector = Injector(system.listener, domain)
    injector.begin(fault("sensor_angles"), "scan")
    for name in ("sensors", "motion"):
        pid = system.pid(name)
        os.kill(pid, signal.SIGKILL)
        system.until(lambda name=name, pid=pid: system.pid(name) != pid, HEALED, f"a new {name}")
    system.until(
        lambda: "scan_invalid" in [cause.name for cause in system.causes],
        HEALED,
        "the new motion refusing the scan",
    )
    injector.end()
    system.until_driving()
    assert system.contacts == 0
