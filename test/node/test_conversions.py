"""Every topic of the contract: value to message, over the wire format, and back."""

import dataclasses
import math
from enum import Enum
from typing import get_args, get_origin, get_type_hints

import numpy as np
import pytest
from rclpy.serialization import deserialize_message, serialize_message

from robot_system import contract
from robot_system.core import values
from robot_system.ros.conversions import conversion_of
from robot_system.ros.host import _stamp_of

STAMP = 1_790_000_000_123_456_789
# Fields that the message keeps in single precision, or keeps as a part of something else.
SINGLE = 1e-6


def sample(type_, name=""):
    """Return a value whose fields differ from the defaults; FATAL is an ERROR in ROS."""
    if name in ("stamp", "since", "raised", "last_seen", "observation_stamp"):
        return STAMP
    if dataclasses.is_dataclass(type_):
        hints = get_type_hints(type_)
        fields = {
            item.name: sample(hints[item.name], item.name) for item in dataclasses.fields(type_)
        }
        return type_(**fields)
    if get_origin(type_) is tuple:
        arguments = get_args(type_)
        if arguments[-1] is Ellipsis:
            return (sample(arguments[0]), sample(arguments[0]))
        return tuple(sample(item) for item in arguments)
    if get_origin(type_) is np.ndarray:
        return array(name, type_)
    if isinstance(type_, type) and issubclass(type_, Enum):
        return list(type_)[-2]
    return {int: 7, float: 0.25, str: "text", bool: True}[type_]


def array(name, type_):
    if name in ("positions", "velocities", "commands"):
        return np.array([[0.5, -1.5], [2.5, 3.5]])
    if name in ("variances", "extents"):
        return np.array([[0.5, 1.5, 0.25], [2.5, 3.5, -0.25]])
    if name == "collisions":
        return np.array([[0.5, 1.5], [np.inf, np.inf]])
    if name == "ids":
        return np.array([3, 9])
    if name == "kinds":
        return np.array([2, 1], np.uint8)
    if name == "is_moving":
        return np.array([True, False])
    if name == "ranges":
        return np.array([1.0, np.inf, np.nan, 0.5], np.float32)
    return np.array([0.25, 0.75])


def assert_same(left, right, where):
    assert type(left) is type(right) or isinstance(left, int | float), where
    if dataclasses.is_dataclass(left):
        for item in dataclasses.fields(left):
            assert_same(
                getattr(left, item.name), getattr(right, item.name), f"{where}.{item.name}"
            )
    elif isinstance(left, np.ndarray):
        assert left.dtype == right.dtype, where
        np.testing.assert_array_equal(left, right, where)
    elif isinstance(left, tuple):
        assert len(left) == len(right), where
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            assert_same(one, other, f"{where}[{index}]")
    elif isinstance(left, float):
        assert math.isclose(left, right, abs_tol=SINGLE), where
    else:
        assert left == right, where
        # A member of an enumeration equals its number, but has a name.
        assert type(left) is type(right), where


# A marker array has one header; a transform list has one stamp in each transform.
@pytest.mark.parametrize("topic", contract.TOPICS, ids=lambda topic: topic.name)
def test_a_value_survives_the_wire(topic):
    value = sample(topic.value)
    if topic.value is values.Markers:
        # A line has points and no pose; other shapes have a pose and no points.
        value = dataclasses.replace(
            value,
            markers=tuple(
                dataclasses.replace(marker, pose=values.Pose(), shape=values.Shape.LINE)
                for marker in value.markers
            ),
        )
    if topic.value in (values.Readings, values.MotionState, values.ActionChunk):
        value = dataclasses.replace(value)
    conversion = conversion_of(topic)
    wire = serialize_message(conversion.to_msg(value))
    back = conversion.from_msg(deserialize_message(wire, conversion.message))
    assert_same(value, back, topic.name)


@pytest.mark.parametrize("topic", contract.TOPICS, ids=lambda topic: topic.name)
def test_the_stamp_is_read_from_the_wire_without_deserialising(topic):
    conversion = conversion_of(topic)
    if not conversion.has_stamp:
        pytest.skip("the message does not begin with a stamp")
    wire = serialize_message(conversion.to_msg(sample(topic.value)))
    assert _stamp_of(wire) == STAMP


@pytest.mark.parametrize("topic", contract.TOPICS, ids=lambda topic: topic.name)
def test_the_types_are_those_of_the_contract(topic):
    assert conversion_of(topic).ros_type == topic.ros_type


@pytest.mark.parametrize("topic", contract.TOPICS, ids=lambda topic: topic.name)
def test_an_empty_message_is_never_valid(topic):
    conversion = conversion_of(topic)
    value = conversion.from_msg(conversion.message())
    if hasattr(value, "valid"):
        assert value.valid is False


def test_an_action_whose_parts_differ_in_length_is_not_valid():
    conversion = conversion_of(contract.ACTION_CHUNK)
    message = conversion.message(valid=True, linear=[1.0, 2.0], angular=[0.0])
    chunk = conversion.from_msg(message)
    assert not chunk.valid
    assert "differ" in chunk.reason


def test_a_number_that_no_enumeration_knows_is_safe_and_not_valid():
    system = conversion_of(contract.SYSTEM_STATE)
    message = system.to_msg(values.SystemState(STAMP, values.Mode.RUNNING, True, valid=True))
    message.mode = 77
    state = system.from_msg(message)
    assert (state.mode, state.valid) == (values.Mode.STOPPED, False)

    heartbeat = conversion_of(contract.HEARTBEAT)
    beat = heartbeat.from_msg(heartbeat.message(state=77, health=77))
    assert (beat.state, beat.health) == (values.Lifecycle.UNKNOWN, values.Health.UNKNOWN)

    event = conversion_of(contract.EVENTS)
    assert event.from_msg(event.message(severity=77)).severity is values.Severity.ERROR

    reading = values.Reading("a", 1.0, "V", values.Quality.GOOD, "")
    readings = conversion_of(contract.READINGS)
    message = readings.to_msg(values.Readings(STAMP, (reading,), valid=True))
    message.readings[0].quality = 77
    found = readings.from_msg(message)
    assert (found.readings[0].quality, found.valid) == (values.Quality.BAD, False)
    assert found.readings[0].quality is values.Quality.BAD


def test_obstacles_of_which_little_is_said_can_be_sent():
    obstacles = conversion_of(contract.TRUTH_OBSTACLES)
    row = np.array([[1.0, 2.0]])
    known = values.Obstacles(STAMP, np.array([4]), row, np.array([0.5]), row, np.array([1.0]))
    back = obstacles.from_msg(obstacles.to_msg(known))
    assert back.ids.tolist() == [4]
    assert back.is_moving.tolist() == [False]
    assert back.collisions.tolist() == [[math.inf, math.inf]]


def test_a_marker_of_a_shape_that_is_not_known_is_left_out():
    markers = conversion_of(contract.OBSTACLE_MARKERS)
    message = markers.to_msg(sample(values.Markers))
    drawn = len(markers.from_msg(message).markers)
    message.markers[-1].type = 77
    assert len(markers.from_msg(message).markers) == drawn - 1
