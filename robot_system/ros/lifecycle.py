"""Moves other nodes through their lifecycle, without ever waiting for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from lifecycle_msgs.srv import ChangeState
from rclpy.client import Client
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.node import Node
from rclpy.task import Future

from robot_system.core.values import TransitionRequest, TransitionResult

# How often it is looked whether a node can be asked by now, and for how long (s). A node that
# lives beats meanwhile, and is asked again.
LOOK_PERIOD, PATIENCE = 0.01, 1.0


class LifecycleCaller:
    """Sends requests when the node's service is there; a newer request replaces an older one.

    Everything runs in the node's executor. An answer that never comes is the caller's matter:
    the orchestrator sees by the heartbeat what became of a request.
    """

    def __init__(self, node: Node, answer: Callable[[TransitionResult], None]) -> None:
        self._node = node
        self._answer = answer
        self._clients: dict[str, Client[Any, Any, Any]] = {}
        self._waiting: dict[str, tuple[TransitionRequest, float]] = {}
        self._looks = node.create_timer(
            LOOK_PERIOD, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME), autostart=False
        )

    def request(self, request: TransitionRequest) -> None:
        """Ask for a transition as soon as the node can be asked."""
        self._waiting[request.node] = request, time.monotonic()
        self._look()
        if self._waiting and not self.is_looking:
            self._looks.reset()

    @property
    def is_looking(self) -> bool:
        """Tell whether a request waits for its node."""
        return not self._looks.is_canceled()

    def _look(self) -> None:
        """Send what can be sent now."""
        for name, (request, asked) in list(self._waiting.items()):
            if time.monotonic() - asked > PATIENCE:
                del self._waiting[name]
                continue
            client = self._client(name)
            if not client.service_is_ready():
                continue
            del self._waiting[name]
            message = ChangeState.Request()
            message.transition.id = int(request.transition)
            future = client.call_async(message)
            future.add_done_callback(partial(self._done, request))
        if not self._waiting:
            self._looks.cancel()

    def _client(self, name: str) -> Client[Any, Any, Any]:
        if name not in self._clients:
            self._clients[name] = self._node.create_client(ChangeState, f"{name}/change_state")
        return self._clients[name]

    def _done(self, request: TransitionRequest, future: Future[Any]) -> None:
        response = future.result()
        is_done = bool(response.success) if response is not None else None
        detail = "" if is_done else f"{request.transition.name.lower()} was refused"
        self._answer(
            TransitionResult(request.node, request.transition, request.attempt, is_done, detail)
        )
