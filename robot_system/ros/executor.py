"""An executor that keeps its wait set, for nodes whose entities hardly ever change.

The one of rclpy gathers all entities, builds a wait set and a timer for every single callback,
wraps the callback in a task, and wakes itself up twice for each. Here the entities are gathered
when one was made or destroyed, and a callback is simply called.
"""

from __future__ import annotations

import inspect
import time
from collections import deque
from functools import partial
from typing import Any

from rclpy.context import Context
from rclpy.exceptions import InvalidHandle
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.subscription import Subscription

from robot_system.ros.waiting import Waiting, Work

# How often the events of the middleware (incompatible QoS and the like) are looked at (s): there
# is one or more for each publisher and subscription, they only lead to warnings, and waiting for
# them costs as much as for all else together.
EVENTS_PERIOD = 0.2


class LeanExecutor(SingleThreadedExecutor):
    """Runs callbacks in the thread that calls `spin_once`, one callback per call.

    Nodes call `wake` when an entity was made or destroyed: everything is then gathered anew
    before the next wait. A callback that is a coroutine goes on as a task, as in rclpy, but does
    not keep the others of its group from running meanwhile. An exception leaves `spin_once`.
    """

    _tasks: list[Any]

    def __init__(self, *, context: Context | None = None) -> None:
        self._waiting: Waiting | None = None
        self._is_stale = True
        self._ready: deque[Work] = deque()
        self._are_tasks_due = True
        self._events_due = 0.0
        super().__init__(context=context)

    def wake(self) -> None:
        """Gather the entities anew before the next wait."""
        self._is_stale = True
        super().wake()

    def add_node(self, node: Node) -> bool:
        """Take care of a node."""
        self._is_stale = True
        return bool(super().add_node(node))

    def remove_node(self, node: Node) -> None:
        """Take no more care of a node."""
        self._is_stale = True
        super().remove_node(node)

    def shutdown(self, timeout_sec: float | None = None) -> bool:
        """End; nothing is run after this."""
        self._ready.clear()
        self._release()
        return bool(super().shutdown(timeout_sec))

    def spin_once(self, timeout_sec: float | None = None) -> None:
        """Run one callback, after waiting for one for at most this long."""
        if self._is_shutdown:
            return
        if not self._ready and self._are_tasks_due:
            self._are_tasks_due = False
            self._collect_tasks()
        if not self._ready:
            self._wait(timeout_sec)
            self._are_tasks_due = True
        if self._ready:
            self._ready.popleft()()

    def spin_once_until_future_complete(self, future: Any, timeout_sec: Any = None) -> None:
        """Run one callback, unless the future is done before."""
        future.add_done_callback(lambda _: self._guard and self._guard.trigger())
        if not future.done():
            self.spin_once(getattr(timeout_sec, "timeout", timeout_sec))

    def _collect_tasks(self) -> None:
        """Queue everything that was put off: reactions to answers, and coroutines."""
        if not self._tasks:
            return
        with self._tasks_lock:
            self._tasks = [
                entry for entry in self._tasks if not (entry[0].done() or entry[0].cancelled())
            ]
            tasks = [entry[0] for entry in self._tasks]
        self._ready.extend(partial(_run_task, task) for task in tasks)

    def _wait(self, timeout: float | None) -> None:
        if self._is_stale or self._waiting is None:
            self._gather()
        waiting = self._waiting
        assert waiting is not None
        waitables = waiting.waitables
        now = time.monotonic()
        if now >= self._events_due:
            self._events_due = now + EVENTS_PERIOD
            waitables = [*waitables, *waiting.events]
        is_endless = timeout is None or timeout < 0.0
        # An event that is not waited on now is seen after this long at the latest.
        longest = EVENTS_PERIOD if is_endless else min(timeout or 0.0, EVENTS_PERIOD)
        waiting.wait(longest, waitables)
        if self._is_shutdown:
            return
        if not self._context.ok():
            raise ExternalShutdownException
        for waitable, node in waitables:
            if waiting.is_ready(waitable):
                task = self._make_handler(waitable, node, self._take_waitable)
                self._ready.append(partial(_run_task, task))
        self._ready.extend(waiting.ready())

    def _gather(self) -> None:
        # First of all: what is made or destroyed from now on counts for the next time.
        self._is_stale = False
        self._release()
        waiting = Waiting(self._context)
        for node in self.get_nodes():
            waiting.add("timer", node.timers, self._run_timer)
            waiting.add("subscription", node.subscriptions, self._run_subscription)
            waiting.add("client", node.clients, self._run_client)
            waiting.add("service", node.services, self._run_service)
            waiting.add("guard_condition", node.guards, self._run_guard)
            waiting.add_waitables(node)
        waiting.add("guard_condition", (self._guard, self._sigint_gc), None)
        waiting.build()
        self._waiting = waiting
        self._events_due = 0.0

    def _release(self) -> None:
        if self._waiting is not None:
            self._waiting.release()
            self._waiting = None

    def _go_on(self, outcome: Any) -> None:
        """Let the rest of a callback that is a coroutine run as a task."""
        if inspect.iscoroutine(outcome):
            self.create_task(outcome)

    def _run_timer(self, timer: Any) -> None:
        try:
            with timer.handle:
                # One that was cancelled since it became ready is not ready any more.
                if not timer.handle.is_timer_ready():
                    return
                timer.handle.call_timer()
        except InvalidHandle:
            return
        self._go_on(timer.callback())

    def _run_subscription(self, subscription: Any) -> None:
        """Hand over the next message, or the next few where that is asked for."""
        is_plain = subscription._callback_type is Subscription.CallbackType.MessageOnly
        for _ in range(getattr(subscription, "at_once", 1)):
            try:
                with subscription.handle:
                    taken = subscription.handle.take_message(
                        subscription.msg_type, subscription.raw
                    )
            except InvalidHandle:
                return
            if taken is None:
                return
            arguments = taken[:1] if is_plain else taken
            self._go_on(subscription.callback(*arguments))

    def _run_client(self, client: Any) -> None:
        try:
            with client.handle:
                header, response = client.handle.take_response(client.srv_type.Response)
        except InvalidHandle:
            return
        if header is None:
            return
        try:
            future = client.get_pending_request(header.request_id.sequence_number)
        except KeyError:
            # It was given up meanwhile.
            return
        future._set_executor(self)
        future.set_result(response)

    def _run_service(self, service: Any) -> None:
        try:
            with service.handle:
                request, header = service.handle.service_take_request(service.srv_type.Request)
        except InvalidHandle:
            return
        if header is None:
            return
        response = service.callback(request, service.srv_type.Response())
        if inspect.iscoroutine(response):
            self.create_task(_answer_later(service, response, header))
        else:
            service.send_response(response, header)

    def _run_guard(self, guard: Any) -> None:
        if guard.callback is not None:
            self._go_on(guard.callback())


async def _answer_later(service: Any, response: Any, header: Any) -> None:
    service.send_response(await response, header)


def _run_task(task: Any) -> None:
    """Begin a task or go on with it; raise what it raised."""
    task()
    if task.done():
        task.result()
