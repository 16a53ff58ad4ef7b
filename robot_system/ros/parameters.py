"""A component's parameters as ROS parameters: declared, described, checked, and changed live."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.node import Node
from rclpy.parameter import Parameter

from robot_system.errors import ParameterError
from robot_system.parameters import OF_ROS, Field, Parameters, fields


def declare(node: Node, parameters_type: type[Parameters]) -> Parameters:
    """Declare every parameter with its description, and return the values that were given."""
    known = {field.name: field for field in fields(parameters_type)}
    for name, given in node._parameter_overrides.items():
        if name not in known and name not in OF_ROS and not name.startswith("qos_overrides"):
            raise ParameterError(name, given.value, f"is unknown to node {node.get_name()}")
    values = {}
    for name, field in known.items():
        given = node._parameter_overrides.get(name)
        value = field.read(field.default if given is None else _given(given))
        node.declare_parameter(
            name, _to_ros(field, value), _descriptor(field), ignore_override=True
        )
        if value == ():
            # Otherwise it would count as not set, and nothing at all could be asked for.
            node._parameters[name] = Parameter(name, _LISTS[field.type], [])
        values[name] = value
    return parameters_type(**values)


def _given(parameter: Parameter) -> Any:
    """Return the value of an override; ROS reads an empty list in a file as no value."""
    return () if parameter.type_ is Parameter.Type.NOT_SET else parameter.value


def follow_changes(
    node: Node, current: Callable[[], Parameters], changed: Callable[[Parameters], None]
) -> None:
    """Check changes of live parameters as a whole, then hand over the new object."""

    def check(requested: Sequence[Parameter]) -> SetParametersResult:
        try:
            current().replaced(_own(requested))
        except ParameterError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def apply(accepted: Sequence[Parameter]) -> None:
        changes = _own(accepted)
        if changes:
            changed(current().replaced(changes))

    node.add_on_set_parameters_callback(check)
    node.add_post_set_parameters_callback(apply)


def overrides(values: Mapping[str, Any]) -> list[Parameter]:
    """Return values as overrides for a new node."""
    return [
        Parameter(name, value=list(value) if isinstance(value, tuple) else value)
        if not (isinstance(value, tuple) and not value)
        else Parameter(name, Parameter.Type.STRING_ARRAY, [])
        for name, value in values.items()
    ]


def _own(parameters: Sequence[Parameter]) -> dict[str, Any]:
    return {item.name: item.value for item in parameters if item.name not in OF_ROS}


def _descriptor(field: Field) -> ParameterDescriptor:
    descriptor = ParameterDescriptor(
        description=f"{field.doc} ({field.unit})" if field.unit else field.doc,
        additional_constraints=f"one of {', '.join(field.choices)}" if field.choices else "",
        read_only=not field.is_live,
    )
    if field.low is not None and field.high is not None and not field.is_list:
        if field.type is float:
            floating = FloatingPointRange(from_value=field.low, to_value=field.high)
            descriptor.floating_point_range = [floating]
        elif field.type is int:
            whole = IntegerRange(from_value=int(field.low), to_value=int(field.high), step=1)
            descriptor.integer_range = [whole]
    return descriptor


_LISTS = {
    float: Parameter.Type.DOUBLE_ARRAY,
    int: Parameter.Type.INTEGER_ARRAY,
    str: Parameter.Type.STRING_ARRAY,
}


def _to_ros(field: Field, value: Any) -> Any:
    if not field.is_list:
        return value
    return list(value) if value else Parameter.Type(_LISTS[field.type])
