"""A plain node that keeps the newest values of the running system for the command."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import rclpy
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from robot_system.contract import Service, Topic
from robot_system.core.time import Instant
from robot_system.core.values import Answer
from robot_system.ros.conversions import conversion_of
from robot_system.ros.executor import LeanExecutor
from robot_system.ros.qos import profile_of
from robot_system.ros.services import Wish, request_of, type_of


class Listener:
    """Has a context of its own, unless it joins the executor of others.

    Everything happens in the thread that spins.
    """

    def __init__(self, name: str, executor: LeanExecutor | None = None) -> None:
        self._executor = executor or _new_executor(name)
        self._context = self._executor.context
        self.node = Node(name, context=self._context, start_parameter_services=False)
        self._executor.add_node(self.node)
        self._publishers: dict[Topic, Any] = {}

    def now(self) -> Instant:
        """Read both clocks."""
        return Instant(self.node.get_clock().now().nanoseconds, time.monotonic_ns())

    def listen(self, topic: Topic, react: Callable[[Any], None], patience: int = 0) -> None:
        """Call something with every value of a topic.

        `patience` is how many may wait before one is lost; by itself, as many as the topic says.
        """
        conversion = conversion_of(topic)

        def on_message(message: Any) -> None:
            react(conversion.from_msg(message))

        profile = profile_of(topic.qos, patience)
        self.node.create_subscription(conversion.message, topic.name, on_message, profile)

    def advertise(self, topic: Topic) -> None:
        """Make the publisher of a topic, so that it is known by the time it is used."""
        message = conversion_of(topic).message
        self._publishers[topic] = self.node.create_publisher(
            message, topic.name, profile_of(topic.qos)
        )

    def publish(self, topic: Topic, value: Any) -> None:
        """Publish on a topic that was advertised."""
        self._publishers[topic].publish(conversion_of(topic).to_msg(value))

    def ask(self, service: Service, value: Wish, seconds: float) -> Answer | None:
        """Call a service of a node; None when nobody answers in time."""
        name = f"{service.node}/{service.name}"
        client = self.node.create_client(type_of(service), name)
        end = time.monotonic() + seconds
        if not self.spin_until(client.service_is_ready, seconds):
            return None
        future = client.call_async(request_of(service, value))
        if not self.spin_until(future.done, max(end - time.monotonic(), 0.5)):
            return None
        response: Any = future.result()
        return Answer(response.is_done, response.message)

    def spin(self, seconds: float) -> None:
        """React to what arrives for some time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0.0:
            self._executor.spin_once(left)

    def spin_until(self, is_done: Callable[[], bool], seconds: float) -> bool:
        """React until a condition holds; tell whether it does."""
        end = time.monotonic() + seconds
        while not is_done():
            left = end - time.monotonic()
            if left <= 0.0:
                return False
            self._executor.spin_once(min(left, 0.1))
        return True

    def close(self) -> None:
        """Leave the graph."""
        self._executor.shutdown(0.0)
        self.node.destroy_node()
        rclpy.shutdown(context=self._context)


def _new_executor(name: str) -> LeanExecutor:
    context = rclpy.Context()
    rclpy.init(args=[name], context=context, signal_handler_options=SignalHandlerOptions.NO)
    return LeanExecutor(context=context)


def keep(target: object, field: str) -> Callable[[Any], None]:
    """Return a reaction that stores the value in a field."""
    return partial(setattr, target, field)
