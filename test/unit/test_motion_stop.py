"""The emergency stop of motion: latched until a person releases it."""

import json

import pytest

from robot_system import contract
from robot_system.core.time import SECOND, Instant
from robot_system.core.values import (
    EmergencyStop,
    Health,
    Lifecycle,
    PersonCommand,
    Pose,
    Transition,
)
from robot_system.heart import Identity
from robot_system.latches import UNREADABLE, Latched, LatchFile, latch_file
from robot_system.motion_parameters import MotionParameters
from robot_system.nodes.motion import MotionNode
from robot_system.runner import Runner
from robot_system.sim.world import World
from robot_system.testing.arena import Arena, always_same

EMPTY = World("empty", Pose(), ((5.0, 0.0),), (-50.0, -50.0, 50.0, 50.0))
PRESS, RELEASE = contract.PRESS_STOP.name, contract.RELEASE.name


def driving(path=""):
    arena = Arena(EMPTY, always_same(0.8), motion=MotionParameters(latch_file=str(path)))
    arena.run(1.0)
    return arena


def names(arena):
    return [cause.name for cause in arena.causes]


def press(arena, reason="", offset=0):
    stop = EmergencyStop(arena.now.stamp + offset, "panel", reason)
    arena.motion.on_emergency_stop(stop, arena.now)


def test_a_press_on_the_topic_stops_and_stays():
    arena = driving()
    press(arena, "red button")
    arena.run(0.6)
    assert arena.state.is_stopped
    arena.run(20.0)
    assert names(arena) == ["emergency_stop"]
    cause = arena.causes[0]
    assert cause.detail == "panel: red button; waits for `robot release`"
    assert cause.age > 19.0
    assert ("stop_pressed", "panel: red button") in arena.events
    assert arena.state.rules.emergency_stop > 1_900


def test_a_release_by_service_lets_it_go_on():
    arena = driving()
    answer = arena.motion.serve(PRESS, PersonCommand("smoke"), arena.now)
    assert answer.is_done
    arena.run(1.0)
    assert names(arena) == ["emergency_stop"]
    answer = arena.motion.serve(RELEASE, PersonCommand(), arena.now)
    assert (answer.is_done, answer.message) == (True, "released: smoke")
    arena.run(2.0)
    assert names(arena) == []
    assert [name for name, _ in arena.events if name.startswith("stop_")] == [
        "stop_pressed",
        "stop_released",
    ]


def test_there_is_nothing_to_release_when_nothing_is_pressed():
    arena = driving()
    assert not arena.motion.serve(RELEASE, PersonCommand(), arena.now).is_done


def test_an_old_press_that_comes_again_does_not_count_and_a_new_one_does():
    arena = driving()
    press(arena)
    arena.run(0.2)
    arena.motion.serve(RELEASE, PersonCommand(), arena.now)
    press(arena, offset=-SECOND)
    arena.run(1.0)
    assert names(arena) == []
    press(arena)
    arena.run(0.1)
    assert names(arena) == ["emergency_stop"]


def test_pressed_again_the_first_reason_stays_and_one_event_is_enough():
    arena = driving()
    press(arena, "one")
    press(arena, "two")
    arena.run(0.1)
    assert "one" in arena.causes[0].detail
    assert [name for name, _ in arena.events].count("stop_pressed") == 1


def test_another_motion_process_remembers_the_stop_and_the_release(tmp_path):
    path = tmp_path / "deep" / "latches.json"
    arena = driving(path)
    press(arena, "red button")
    second = driving(path)
    assert names(second) == ["emergency_stop"]
    second.motion.serve(RELEASE, PersonCommand(), second.now)
    third = driving(path)
    assert names(third) == []
    third.motion.on_emergency_stop(EmergencyStop(second.now.stamp - 1, "panel"), third.now)
    third.run(0.1)
    assert names(third) == []


def test_a_base_that_was_given_up_stays_given_up_in_another_process(tmp_path):
    path = tmp_path / "latches.json"
    arena = driving(path)
    arena.simulator.base.is_ignoring_commands = True
    arena.run(8.0)
    assert names(arena) == ["base_given_up"]
    assert arena.motion.health(arena.now).health is Health.DEGRADED
    assert "base_given_up" in [name for name, _ in arena.events]
    second = driving(path)
    assert names(second) == ["base_given_up"]
    assert second.motion.serve(RELEASE, PersonCommand(), second.now).is_done
    second.run(2.0)
    assert names(second) == []
    assert second.motion.health(second.now).health is Health.HEALTHY


def test_deactivating_and_activating_does_not_release():
    arena = driving()
    press(arena)
    arena.motion.deactivate(arena.now)
    arena.motion.activate(arena.now)
    arena.run(1.0)
    assert names(arena) == ["emergency_stop"]


def test_it_can_be_pressed_while_the_node_is_not_active():
    runner = Runner(
        MotionNode, MotionParameters(), lambda topic, value: None, Identity("h", 1), lambda: 0.0
    )
    now = Instant(100 * SECOND, 100 * SECOND)
    assert runner.serve(PRESS, PersonCommand(), now) is None
    runner.request(Transition.CONFIGURE, now)
    assert runner.state is Lifecycle.INACTIVE
    assert runner.serve(PRESS, PersonCommand("inspection"), now).is_done
    runner.request(Transition.ACTIVATE, now)
    runner.tick(Instant(101 * SECOND, 101 * SECOND))
    assert runner.component._state.causes[0].name == "emergency_stop"


def test_a_press_while_inactive_counts_at_the_activation_once():
    runner = Runner(
        MotionNode, MotionParameters(), lambda topic, value: None, Identity("h", 1), lambda: 0.0
    )
    now, later = Instant(100 * SECOND, 100 * SECOND), Instant(101 * SECOND, 101 * SECOND)
    runner.request(Transition.CONFIGURE, now)
    runner.deliver(contract.EMERGENCY_STOP, EmergencyStop(now.stamp, "panel"), now)
    runner.request(Transition.ACTIVATE, now)
    assert runner.serve(RELEASE, PersonCommand(), later).is_done
    runner.request(Transition.DEACTIVATE, later)
    runner.request(Transition.ACTIVATE, later)
    runner.tick(later)
    assert "emergency_stop" not in [cause.name for cause in runner.component._state.causes]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"stop": ""}', '{"stop":"","base":"","released":"x"}']
)
def test_a_file_that_can_not_be_read_counts_as_pressed(tmp_path, text):
    path = tmp_path / "latches.json"
    path.write_text(text)
    assert LatchFile(str(path)).read() == Latched(stop=UNREADABLE)


def test_a_disk_that_takes_nothing_does_not_keep_it_from_stopping(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    arena = driving()
    arena.motion._latches = LatchFile(str(blocked / "latches.json"))
    press(arena)
    arena.run(0.1)
    assert names(arena) == ["emergency_stop"]


def test_the_file_is_one_object_per_domain(tmp_path, monkeypatch):
    monkeypatch.setenv("ROBOT_SYSTEM_STATE", str(tmp_path))
    path = latch_file(7)
    LatchFile(str(path)).write(Latched("a", "b", 3))
    assert json.loads(path.read_text()) == {"stop": "a", "base": "b", "released": 3}
    assert path != latch_file(8)
    assert LatchFile(str(path)).read() == Latched("a", "b", 3)
