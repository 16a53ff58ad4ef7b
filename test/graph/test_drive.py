"""Driving over DDS, and what the command says at the end."""

import json
import signal
import time
from pathlib import Path

import pytest

from robot_system.testing.system import TRIES

GOAL = ("11.5", "16.0")


def test_reaches_a_goal_without_contact_and_ends_with_0(start):
    system = start("--world", "generated:sparse:2", "--goal", *GOAL)
    system.until_ended(110.0)
    code, _, output = system.stop()
    assert code == 0, output
    assert "goal reached" in output
    assert system.contacts == 0


def test_a_duration_ends_with_0(start):
    system = start("--duration", "1")
    system.until_ended(60.0)
    code, _, output = system.stop()
    assert code == 0, output


def test_a_contact_ends_with_1_and_says_where(start, tmp_path):
    """Something that does not give way drives into the robot, which can only stand."""
    world = {
        "name": "hunted",
        "bounds": [0.0, 0.0, 10.0, 4.0],
        "start": [1.0, 2.0, 0.0],
        "goals": [[1.0, 2.0]],
        "segments": [[0, 0, 10, 0], [10, 0, 10, 4], [10, 4, 0, 4], [0, 4, 0, 0]],
        "moving": [{"radius": 0.4, "waypoints": [[8.0, 2.0], [0.6, 2.0]], "speed": 1.5}],
    }
    path = tmp_path / "hunted.json"
    path.write_text(json.dumps(world))
    system = start("--world", str(path))
    system.until_ended(60.0)
    code, _, output = system.stop()
    assert code == 1, output
    assert "touched something at (" in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_a_signal_stops_the_wheels_first_and_everything_within_two_seconds(start, number):
    litter = shared_memory()
    for _ in range(TRIES):
        system = start("--world", "generated:sparse:2")
        system.until_driving()
        began = time.monotonic()
        system.process.send_signal(number)
        # The base goes on being simulated until the wheels stand.
        system.until(
            lambda system=system: system.is_told_to_stand, 10.0, "the last command being 0"
        )
        stood = time.monotonic() - began
        code, _, output = system.stop(number)
        assert code == 0
        ended = time.monotonic() - began
        took = float(output.rsplit("stopped in ", 1)[1].split()[0])
        if is_quick := stood < 2.0 and ended < 2.5 and took < 2.0:
            break
    assert is_quick, (stood, ended, took)
    assert not shared_memory() - litter


def test_the_loss_of_the_command_itself_ends_the_robot_too(start):
    system = start("--world", "generated:sparse:2")
    system.until_driving()
    system.process.kill()
    system.process.wait()
    # close() of the fixture asserts that no process is left.
    system.close()


def shared_memory():
    """Return what the middleware left in shared memory."""
    return {path.name for path in Path("/dev/shm").glob("*fast*")}
