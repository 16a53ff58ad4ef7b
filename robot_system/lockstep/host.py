"""The lockstep host: the whole graph in one thread, on a simulated clock, in a total order.

Time moves from one due timer to the next. Whatever is published is delivered before time moves,
in the order of publication, so that a run is the same, bit by bit, as the next.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from robot_system.component import Component
from robot_system.contract import ALL, TRANSITION_REQUEST, TRANSITION_RESULT, Topic
from robot_system.core.time import SECOND, Instant, Time, from_seconds
from robot_system.core.values import Transition, TransitionRequest, TransitionResult
from robot_system.errors import ConfigurationError
from robot_system.heart import Identity
from robot_system.parameters import Parameters
from robot_system.runner import DIAGNOSTICS_PERIOD, HEARTBEAT_PERIOD, Runner

EPOCH: Time = 1_000 * SECOND
Listener = Callable[[Topic, Any, Instant], None]


def _still() -> float:
    return 0.0


@dataclass(frozen=True, slots=True)
class _Route:
    """Who gets the messages of one topic, in this order."""

    listeners: list[Listener] = field(default_factory=list)
    subscribers: list[Runner] = field(default_factory=list)
    observers: list[Runner] = field(default_factory=list)


_NOBODY = _Route()


class LockstepHost:
    """Runs components of a graph together; `orchestrator` among them brings up the others.

    Without an orchestrator every component is active from the start. Timers that are due at the
    same time fire in the order in which the components were given.
    """

    def __init__(
        self, components: Sequence[tuple[type[Component[Any]], Parameters]], start: Time = EPOCH
    ) -> None:
        self.now = Instant(start, start)
        self.runners: dict[str, Runner] = {}
        self._queue: deque[tuple[Topic, Any]] = deque()
        self._timers: list[tuple[Time, int, Time, Callable[[Instant], object]]] = []
        self._timer_count = 0
        self._routes: dict[Topic, _Route] = {}
        self.messages = 0
        for pid, (component_type, parameters) in enumerate(components, 1):
            self._add(component_type, parameters, Identity("lockstep", pid))
        self._start()

    def _add(
        self, component_type: type[Component[Any]], parameters: Parameters, identity: Identity
    ) -> None:
        runner = Runner(component_type, parameters, self.enqueue, identity, _still)
        if runner.name in self.runners:
            raise ConfigurationError(f"two components are named {runner.name!r}")
        self.runners[runner.name] = runner
        for topic in runner.component.reads:
            self._route(topic).subscribers.append(runner)
        for topic in runner.component.observes:
            self._route(topic).observers.append(runner)
        if runner.component.period > 0.0:
            self.every(runner.component.period, runner.tick)
        self.every(HEARTBEAT_PERIOD, runner.pulse)
        self.every(DIAGNOSTICS_PERIOD, runner.diagnose)

    def _start(self) -> None:
        brought_up = ["orchestrator"] if "orchestrator" in self.runners else list(self.runners)
        for name in brought_up:
            for transition in (Transition.CONFIGURE, Transition.ACTIVATE):
                problem = self.runners[name].request(transition, self.now)
                if problem:
                    raise ConfigurationError(f"{name} does not start: {problem}")
        self._drain()

    def every(self, period: float, call: Callable[[Instant], object]) -> None:
        """Call something periodically, from one period after now."""
        step = from_seconds(period)
        self._timer_count += 1
        heapq.heappush(self._timers, (self.now.steady + step, self._timer_count, step, call))

    def listen(self, listener: Listener, topics: Iterable[Topic] = ALL) -> None:
        """Show every message of some topics to a listener, in the order of delivery."""
        for topic in topics:
            self._route(topic).listeners.append(listener)

    def _route(self, topic: Topic) -> _Route:
        return self._routes.setdefault(topic, _Route())

    def publish(self, topic: Topic, value: Any) -> None:
        """Publish from outside of the graph, and deliver at once."""
        self.enqueue(topic, value)
        self._drain()

    def run(self, seconds: float, until: Callable[[], bool] | None = None) -> bool:
        """Advance by some simulated seconds, or until a condition holds; tell whether it does."""
        end = self.now.steady + from_seconds(seconds)
        timers, queue = self._timers, self._queue
        while timers[0][0] <= end:
            due, order, step, call = timers[0]
            heapq.heapreplace(timers, (due + step, order, step, call))
            if due != self.now.steady:
                self.now = Instant(due, due)
            call(self.now)
            if queue:
                self._drain()
            if until is not None and until():
                return True
        self.now = Instant(end, end)
        return False

    def enqueue(self, topic: Topic, value: Any) -> None:
        """Publish from within a listener: delivered after what was published before."""
        self._queue.append((topic, value))

    def _drain(self) -> None:
        queue, now, route_of = self._queue, self.now, self._routes.get
        while queue:
            topic, value = queue.popleft()
            self.messages += 1
            route = route_of(topic, _NOBODY)
            for listener in route.listeners:
                listener(topic, value, now)
            if topic is TRANSITION_REQUEST:
                self._transit(value)
                continue
            for runner in route.subscribers:
                runner.deliver(topic, value, now)
            if route.observers:
                stamp = getattr(value, "stamp", 0)
                for runner in route.observers:
                    runner.observe(topic, stamp, now)

    def _transit(self, request: TransitionRequest) -> None:
        runner = self.runners.get(request.node)
        if runner is None:
            return
        problem = runner.request(request.transition, self.now)
        result = TransitionResult(
            request.node, request.transition, request.attempt, not problem, problem
        )
        self.enqueue(TRANSITION_RESULT, result)
