"""Loads before a fork what each process of a node would load for itself: half of its start."""

from __future__ import annotations

import lifecycle_msgs.msg
import lifecycle_msgs.srv
import rcl_interfaces.msg
import rcl_interfaces.srv
import type_description_interfaces.srv
from rclpy.type_support import check_for_type_support

from robot_system import contract
from robot_system.ros.conversions import conversion_of
from robot_system.ros.services import type_of

# What rclpy itself makes for every managed node: parameters, logs, lifecycle.
_OF_EVERY_NODE = (
    rcl_interfaces.msg.Log,
    rcl_interfaces.msg.ParameterEvent,
    rcl_interfaces.srv.DescribeParameters,
    rcl_interfaces.srv.GetParameters,
    rcl_interfaces.srv.GetParameterTypes,
    rcl_interfaces.srv.ListParameters,
    rcl_interfaces.srv.SetParameters,
    rcl_interfaces.srv.SetParametersAtomically,
    lifecycle_msgs.msg.TransitionEvent,
    lifecycle_msgs.srv.ChangeState,
    lifecycle_msgs.srv.GetState,
    lifecycle_msgs.srv.GetAvailableStates,
    lifecycle_msgs.srv.GetAvailableTransitions,
    type_description_interfaces.srv.GetTypeDescription,
)


def load_type_support() -> None:
    """Load the code of every type that a node of the system uses."""
    types = [*_OF_EVERY_NODE, *(conversion_of(topic).message for topic in contract.TOPICS)]
    types += [type_of(service) for service in (*contract.SERVICES, *contract.MOTION_SERVICES)]
    for kind in types:
        check_for_type_support(kind)
