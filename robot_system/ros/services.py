"""The services of a component: offered by its host, called by the command."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

from rclpy.node import Node

from robot_system.contract import Service
from robot_system.core.values import Answer, ModeCommand, NodeCommand
from robot_system.runner import Runner

_NOT_ACTIVE = Answer(False, "the orchestrator is not active")


def make_services(node: Node, runner: Runner) -> None:
    """Offer what the component of a node serves, under the node's name."""
    for service in runner.component.serves:
        react = partial(_answer, node, runner, service)
        node.create_service(type_of(service), f"{runner.name}/{service.name}", react)


def type_of(service: Service) -> Any:
    """Return the ROS type of a service."""
    package, kind, name = service.ros_type.split("/")
    return getattr(import_module(f"{package}.{kind}"), name)


def request_of(service: Service, value: NodeCommand | ModeCommand) -> Any:
    """Return a request as a message."""
    request = type_of(service).Request()
    if isinstance(value, ModeCommand):
        request.mode = value.mode
    else:
        request.node = value.node
    return request


def _answer(node: Any, runner: Runner, service: Service, request: Any, response: Any) -> Any:
    is_mode = hasattr(request, "mode")
    value = ModeCommand(request.mode) if is_mode else NodeCommand(request.node)
    answer = runner.serve(service.name, value, node.now()) or _NOT_ACTIVE
    response.is_done, response.message = answer.is_done, answer.message
    return response
