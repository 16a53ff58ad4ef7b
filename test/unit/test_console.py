"""What the console makes of a node that was given up."""

import socket
from types import SimpleNamespace

import pytest

from robot_system.cli.console import Console
from robot_system.cli.up import Launch, _checked, _parser
from robot_system.core.values import Odometry, Pose, Twist


@pytest.fixture
def console():
    ours, theirs = socket.socketpair()

    def make(is_running=True, **changes):
        facts = {"goals": (), "is_endless": True, "duration": None, "is_headless": True}
        launch = Launch(specs=(), parameters={}, domain=0, title="", **{**facts, **changes})
        made = Console(launch, ours)
        made._listener = SimpleNamespace(
            now=lambda: SimpleNamespace(stamp=0), publish=lambda topic, value: None
        )
        made._running_since = 1.0 if is_running else None
        return made

    yield make
    ours.close()
    theirs.close()


def give_up(console, node):
    console._on_notice({"what": "process_given_up", "node": node, "detail": "6 deaths"})
    return console._exit_code


@pytest.mark.parametrize("bounds", [{"duration": 5.0}, {"is_endless": False}])
def test_a_bounded_run_ends_when_a_node_that_it_needs_is_given_up(console, bounds):
    made = console(**bounds)
    assert give_up(made, "lidar") == 1
    assert made._failure == "lidar was given up: 6 deaths"


def test_it_goes_on_without_a_node_that_is_not_needed_to_move(console, capsys):
    assert give_up(console(duration=5.0), "telemetry") is None
    assert "telemetry was given up" in capsys.readouterr().out


def test_an_endless_run_goes_on_and_says_so(console, capsys):
    assert give_up(console(), "lidar") is None
    assert "lidar was given up and stays down: 6 deaths" in capsys.readouterr().out


def test_what_never_started_ends_every_run(console):
    made = console(is_running=False)
    assert give_up(made, "telemetry") == 1
    assert "does not start" in made._failure


def test_a_goal_is_said_again_until_it_is_reached(console, monkeypatch):
    made = console(goals=((3.0, 0.0), (6.0, 0.0)))
    said = []
    made._listener.publish = lambda topic, value: said.append(value.pose.x)
    for now in (0.0, 0.5, 1.1, 2.0, 2.2):
        monkeypatch.setattr("time.monotonic", lambda now=now: now)
        made._set_goal()
    assert said == [3.0, 3.0, 3.0]
    made._goals.update(Odometry(0, Pose(3.0, 0.0), Twist()))
    made._set_goal()
    assert said == [3.0, 3.0, 3.0, 6.0]


@pytest.mark.parametrize(
    ("options", "is_bounded"),
    [([], False), (["--duration", "5"], True), (["--goal", "1", "1"], True)],
)
def test_only_a_goal_or_a_duration_bounds_a_run(options, is_bounded):
    launch = _checked(_parser().parse_args(["--profile", "robot", *options]), 0)
    assert launch.is_bounded is is_bounded
