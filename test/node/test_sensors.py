"""The sensors node over ROS: its calibrations and filters change while it runs."""

import pytest
from rcl_interfaces.srv import DescribeParameters, GetParameters
from rclpy.parameter import Parameter

from robot_system import contract
from robot_system.core.values import Scalar
from robot_system.nodes.sensors import SensorsNode


@pytest.fixture
def host(graph):
    """An active sensors node."""
    made = graph.add(SensorsNode, temperature_filters=("average size=2",), humidity_filters=())
    made.start_by_itself()
    return made


def reading(host, graph, *values):
    """Give the node temperatures without a pause, and return what it makes of them."""
    readings = []
    graph.listener.listen(contract.READINGS, readings.append)
    for value in values:
        now = host.now()
        host.runner.deliver(contract.TEMPERATURE_RAW, Scalar(now.stamp, value), now)
    graph.spin_until(lambda: bool(readings))
    return next(one.value for one in readings[-1].readings if one.name == "temperature")


def test_calibrations_and_filters_change_while_it_runs(graph, host):
    assert reading(host, graph, 20.0, 22.0) == 21.0
    assert graph.put("sensors", Parameter("temperature_offset", value=1.5)).successful
    assert graph.put(
        "sensors", Parameter("temperature_filters", value=["median size=5"])
    ).successful
    graph.spin_until(lambda: host.runner.component.parameters.temperature_offset == 1.5)
    assert reading(host, graph, 24.0, 25.0) == 26.0


@pytest.mark.parametrize("name", ["temperature_filters", "humidity_filters"])
def test_filters_can_be_taken_away_and_given(graph, host, name):
    empty = Parameter(name, Parameter.Type.STRING_ARRAY, [])
    for parameter in (empty, Parameter(name, value=["none"]), Parameter(name, value=["median"])):
        result = graph.put("sensors", parameter)
        assert result.successful, result.reason
        assert getattr(host.runner.parameters, name) == tuple(parameter.value)


def test_a_wrong_filter_is_refused_with_what_is_allowed(graph, host):
    result = graph.put("sensors", Parameter("temperature_filters", value=["median size=0"]))
    assert not result.successful
    assert "size must be a whole number from 1 to 101" in result.reason
    assert host.runner.parameters.temperature_filters == ("average size=2",)
    request = GetParameters.Request(names=["temperature_filters"])
    (value,) = graph.call(GetParameters, "sensors/get_parameters", request).values
    assert value.string_array_value == ["average size=2"]


def test_limits_are_not_live_and_filters_are(graph, host):
    names = ["temperature_low", "temperature_jump", "temperature_scale", "temperature_filters"]
    request = DescribeParameters.Request(names=names)
    found = graph.call(DescribeParameters, "sensors/describe_parameters", request).descriptors
    assert [one.read_only for one in found] == [True, True, False, False]
