"""The parameters of a component, as ROS has them."""

import pytest
from rcl_interfaces.srv import DescribeParameters
from rclpy.parameter import Parameter

from robot_system import contract
from robot_system.errors import ParameterError
from robot_system.testing.probe import Probe, ProbeParameters


def test_parameters_are_described_with_unit_and_bounds(graph):
    graph.add(Probe)
    request = DescribeParameters.Request(names=["speed", "name_of"])
    speed, name_of = graph.call(
        DescribeParameters, "probe/describe_parameters", request
    ).descriptors
    assert speed.description == "speed (m/s)"
    assert (speed.floating_point_range[0].from_value, speed.floating_point_range[0].to_value) == (
        0.0,
        2.0,
    )
    assert not speed.read_only
    assert name_of.read_only
    assert name_of.additional_constraints == "one of a, b"


def test_live_parameters_change_between_two_ticks_and_others_do_not(graph, heard):
    host = graph.add(Probe)
    graph.bring_up("probe")
    assert graph.put("probe", Parameter("speed", value=0.5)).successful
    graph.spin_until(
        lambda: heard[contract.CMD_VEL] and heard[contract.CMD_VEL][-1].twist.linear == 0.5
    )
    assert not graph.put("probe", Parameter("speed", value=9.0)).successful
    assert not graph.put("probe", Parameter("name_of", value="b")).successful
    assert host.runner.component.parameters == ProbeParameters(speed=0.5)


def test_an_unknown_parameter_is_refused_by_name(graph):
    with pytest.raises(ParameterError, match="parameter sped = 1.0 is unknown to node probe"):
        graph.add(Probe, sped=1.0)


def test_a_parameter_out_of_bounds_is_refused_by_name(graph):
    with pytest.raises(ParameterError, match="parameter speed = 9.0 must be at most 2 m/s"):
        graph.add(Probe, speed=9.0)


def test_two_changes_before_a_tick_are_both_taken(graph):
    host = graph.add(Probe)
    first = Parameter("speed", value=0.5)
    assert host.set_parameters([first])[0].successful
    assert host.runner.parameters == ProbeParameters(speed=0.5)
    assert host.runner.component.parameters == ProbeParameters()
    assert host.set_parameters([Parameter("factor", value=0.25)])[0].successful
    assert host.runner.parameters == ProbeParameters(speed=0.5, factor=0.25)
