"""The services of a component: offered by its host, called by the command."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

from rclpy.node import Node

from robot_system.contract import Service
from robot_system.core.values import Answer, ModeCommand, NodeCommand, PersonCommand
from robot_system.runner import Runner

Wish = NodeCommand | ModeCommand | PersonCommand
"""What a person may ask: one type for each type of service."""

_FIELDS: dict[str, tuple[type[NodeCommand] | type[ModeCommand] | type[PersonCommand], str]] = {
    "robot_system/srv/NodeCommand": (NodeCommand, "node"),
    "robot_system/srv/SetMode": (ModeCommand, "mode"),
    "robot_system/srv/PersonCommand": (PersonCommand, "reason"),
}


def make_services(node: Node, runner: Runner) -> None:
    """Offer what the component of a node serves, under the node's name."""
    for service in runner.component.serves:
        react = partial(_answer, node, runner, service)
        node.create_service(type_of(service), f"{runner.name}/{service.name}", react)


def type_of(service: Service) -> Any:
    """Return the ROS type of a service."""
    package, kind, name = service.ros_type.split("/")
    return getattr(import_module(f"{package}.{kind}"), name)


def request_of(service: Service, value: Wish) -> Any:
    """Return a request as a message."""
    _, field = _FIELDS[service.ros_type]
    return type_of(service).Request(**{field: getattr(value, field)})


def _answer(node: Any, runner: Runner, service: Service, request: Any, response: Any) -> Any:
    made, field = _FIELDS[service.ros_type]
    value = made(getattr(request, field))
    answer = runner.serve(service.name, value, node.now())
    if answer is None:
        answer = Answer(False, f"the node {runner.name} is not active")
    response.is_done, response.message = answer.is_done, answer.message
    return response
