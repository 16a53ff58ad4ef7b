"""A wait set that is kept: all entities that an executor waits on, and the work of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial
from typing import Any

from rclpy.context import Context
from rclpy.event_handler import EventHandler
from rclpy.exceptions import InvalidHandle
from rclpy.impl.implementation_singleton import rclpy_implementation as _rclpy
from rclpy.node import Node
from rclpy.waitable import NumberOfEntities, Waitable

Work = Callable[[], None]
Run = Callable[[Any], None]


class Waiting:
    """All that can be waited on, held so that nothing of it is destroyed meanwhile."""

    def __init__(self, context: Context) -> None:
        self.events: list[tuple[Waitable, Node]] = []
        self.waitables: list[tuple[Waitable, Node]] = []
        self._context = context
        self._held = ExitStack()
        self._held.enter_context(context.handle)
        self._work: dict[str, dict[int, Work | None]] = {
            kind: {} for kind in ("timer", "subscription", "client", "service", "guard_condition")
        }
        self._handles: dict[str, list[Any]] = {kind: [] for kind in self._work}
        self._wait_set: Any = None

    def add(self, kind: str, entities: Iterable[Any], run: Run | None) -> None:
        """Wait on entities of a kind; those that are being destroyed are left out."""
        for entity in entities:
            try:
                self._held.enter_context(entity.handle)
            except InvalidHandle:
                continue
            self._handles[kind].append(entity.handle)
            work = None if run is None else partial(run, entity)
            self._work[kind][entity.handle.pointer] = work

    def add_waitables(self, node: Node) -> None:
        """Wait on what is made of several entities, and on events of the middleware."""
        for waitable in node.waitables:
            try:
                self._held.enter_context(waitable)
            except InvalidHandle:
                continue
            is_event = isinstance(waitable, EventHandler)
            (self.events if is_event else self.waitables).append((waitable, node))

    def build(self) -> None:
        """Make the wait set, once everything was added."""
        count = NumberOfEntities(
            *(
                len(self._handles[kind])
                for kind in ("subscription", "guard_condition", "timer", "client", "service")
            )
        )
        for waitable, _ in (*self.events, *self.waitables):
            count += waitable.get_num_entities()
        self._wait_set = _rclpy.WaitSet(
            count.num_subscriptions,
            count.num_guard_conditions,
            count.num_timers,
            count.num_clients,
            count.num_services,
            count.num_events,
            self._context.handle,
        )
        put = self._wait_set
        self._put = (
            (put.add_timer, self._handles["timer"]),
            (put.add_subscription, self._handles["subscription"]),
            (put.add_client, self._handles["client"]),
            (put.add_service, self._handles["service"]),
            (put.add_guard_condition, self._handles["guard_condition"]),
        )
        self._kinds = tuple((kind, work) for kind, work in self._work.items() if work)

    def wait(self, seconds: float, waitables: list[tuple[Waitable, Node]]) -> None:
        """Wait for anything to become ready."""
        wait_set = self._wait_set
        # What was not ready the last time has been taken out of the set.
        wait_set.clear_entities()
        for put, handles in self._put:
            for handle in handles:
                put(handle)
        for waitable, _ in waitables:
            waitable.add_to_wait_set(wait_set)
        wait_set.wait(round(seconds * 1e9))

    def ready(self) -> list[Work]:
        """Return the work for what became ready: timers first, as in rclpy."""
        ready = self._wait_set.get_ready_entities
        return [
            work
            for kind, table in self._kinds
            for pointer in ready(kind)
            if (work := table.get(pointer)) is not None
        ]

    def is_ready(self, waitable: Waitable) -> bool:
        """Tell whether a waitable that was waited on is ready."""
        return bool(waitable.is_ready(self._wait_set))

    def release(self) -> None:
        """Let go of everything; what was destroyed meanwhile goes now."""
        self._held.close()
