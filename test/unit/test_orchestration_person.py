"""What a person asks for."""

import pytest

from robot_system.core.values import Health, Lifecycle, Mode


def test_a_node_that_waits_for_a_person_does_not_let_the_robot_move_when_it_looks_well(nodes):
    """S6: nothing starts moving by itself after a fault that asked for a person."""
    nodes.run(1.0)
    nodes.health["sensors"] = Health.UNHEALTHY
    nodes.run(30.0)
    nodes.health["sensors"] = Health.HEALTHY
    nodes.run(2.0)
    assert nodes.state.mode is Mode.SAFE_STOP
    assert nodes.ask("clear_fault", "sensors").is_done
    nodes.run(0.5)
    assert nodes.state.mode is Mode.RUNNING


def test_a_person_restarts_one_node_and_only_it_and_its_dependants_move(nodes):
    nodes.run(1.0)
    nodes.requests.clear()
    assert nodes.ask("restart_node", "lidar").message == "lidar is restarted"
    nodes.run(1.0)
    assert nodes.ended == ["lidar"]
    assert {name for name, _ in nodes.requests} == {"lidar"}
    assert nodes.state.mode is Mode.RUNNING


def test_a_person_stops_and_starts_a_node(nodes):
    nodes.run(1.0)
    assert nodes.ask("stop_node", "lidar").is_done
    nodes.run(0.5)
    assert nodes.states["lidar"] is Lifecycle.UNCONFIGURED
    assert nodes.state.mode is Mode.SAFE_STOP
    assert nodes.ask("start_node", "lidar").is_done
    nodes.run(0.5)
    assert nodes.state.mode is Mode.RUNNING
    assert nodes.ask("start_node", "lidar").message == "lidar is not stopped"


def test_a_person_disables_what_is_not_needed_and_nothing_else(nodes):
    nodes.run(1.0)
    assert nodes.ask("disable_node", "telemetry").is_done
    nodes.run(0.5)
    assert nodes.states["telemetry"] is Lifecycle.UNCONFIGURED
    assert nodes.state.mode is Mode.RUNNING
    refused = nodes.ask("disable_node", "sensors")
    assert refused.message == "sensors is needed by lidar: disable them first"
    assert nodes.ask("disable_node", "motion").is_done
    nodes.run(0.5)
    assert nodes.state.mode is Mode.SAFE_STOP
    for name in ("telemetry", "motion"):
        assert nodes.ask("enable_node", name).is_done
    nodes.run(0.5)
    assert nodes.state.mode is Mode.RUNNING


def test_modes_that_a_person_may_ask_for(nodes):
    nodes.run(1.0)
    assert nodes.ask_mode("standby").is_done
    nodes.run(0.5)
    assert nodes.state.mode is Mode.STANDBY
    assert not nodes.state.is_motion_allowed
    assert nodes.states["motion"] is Lifecycle.INACTIVE
    assert nodes.states["lidar"] is Lifecycle.ACTIVE
    assert nodes.ask_mode("stopped").is_done
    nodes.run(0.5)
    assert nodes.state.mode is Mode.STOPPED
    assert set(nodes.states.values()) == {Lifecycle.UNCONFIGURED}
    assert nodes.ask_mode("running").is_done
    nodes.run(1.0)
    assert nodes.state.mode is Mode.RUNNING
    assert "can not be asked for" in nodes.ask_mode("degraded").message


@pytest.mark.parametrize(
    "service", ["start_node", "stop_node", "restart_node", "enable_node", "clear_fault"]
)
def test_what_a_person_can_not_have_is_said(nodes, service):
    answer = nodes.ask(service, "lidra")
    assert not answer.is_done
    assert answer.message.startswith("no node is named 'lidra' here; nodes are sensors,")
