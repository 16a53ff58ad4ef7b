"""Runs one component through its lifecycle: all that its two hosts have in common."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from robot_system import contract
from robot_system.component import Component
from robot_system.config import load_policies
from robot_system.contract import Qos, Topic
from robot_system.core.orchestration.policy import RecoveryPolicy
from robot_system.core.time import Instant, Time
from robot_system.core.values import (
    Answer,
    Diagnostic,
    Diagnostics,
    Health,
    HealthReport,
    Lifecycle,
    Severity,
    Transition,
)
from robot_system.errors import RobotError
from robot_system.heart import Heart, Identity
from robot_system.outputs import Outputs
from robot_system.parameters import Parameters

HEARTBEAT_PERIOD = 0.05
# A new node may beat before others have found it: so often, for so long, it is not waited for (s).
EAGER_PERIOD = 0.01
EAGER_FOR = 0.1
# These may load things, and nobody beats meanwhile: how long is too long, others know (s).
LONG, LONGEST = (Transition.CONFIGURE, Transition.ACTIVATE), 3600.0
# A node that is not active and has not been asked for a while beats less often (s).
CALM_PERIOD = 0.2
CALM_AFTER = 1.0
DIAGNOSTICS_PERIOD = 1.0
_LOG = logging.getLogger(__name__)

ALLOWED: dict[tuple[Lifecycle, Transition], Lifecycle] = {
    (Lifecycle.UNCONFIGURED, Transition.CONFIGURE): Lifecycle.INACTIVE,
    (Lifecycle.INACTIVE, Transition.CLEANUP): Lifecycle.UNCONFIGURED,
    (Lifecycle.INACTIVE, Transition.ACTIVATE): Lifecycle.ACTIVE,
    (Lifecycle.ACTIVE, Transition.DEACTIVATE): Lifecycle.INACTIVE,
    (Lifecycle.UNCONFIGURED, Transition.SHUTDOWN): Lifecycle.FINALIZED,
    (Lifecycle.INACTIVE, Transition.SHUTDOWN): Lifecycle.FINALIZED,
    (Lifecycle.ACTIVE, Transition.SHUTDOWN): Lifecycle.FINALIZED,
}

_SEVERITY = {
    Health.UNKNOWN: Severity.WARNING,
    Health.HEALTHY: Severity.INFO,
    Health.DEGRADED: Severity.WARNING,
    Health.UNHEALTHY: Severity.ERROR,
}


class Runner:
    """One component, its state, its heartbeat and its diagnostics.

    Everything is called from one thread. `stopwatch` returns seconds and only measures ticks; the
    lockstep host gives one that stands still, since nothing may depend on the machine there.
    """

    def __init__(
        self,
        component_type: type[Component[Any]],
        parameters: Parameters,
        publish: Callable[[Topic, Any], None],
        identity: Identity,
        stopwatch: Callable[[], float],
    ) -> None:
        self.component = component_type(parameters, self._publish_active)
        self.state = Lifecycle.UNCONFIGURED
        self.is_active = False
        self.activations = 0
        self._publish = publish
        self._may_publish = False
        self._stopwatch = stopwatch
        self._heart = Heart(self.name, identity)
        self._kept: dict[Topic, tuple[Any, Instant]] = {}
        self._handlers: dict[Topic, Callable[[Any, Instant], None]] = {
            topic: getattr(self.component, topic.handler) for topic in self.component.reads
        }
        self._policy = RecoveryPolicy()
        self._outputs = Outputs()
        self._now = Instant(0, 0)
        self._pending_parameters: Parameters | None = None
        self._last_report: tuple[Health, str] = (Health.UNKNOWN, "")
        self._moved: Instant | None = None

    @property
    def name(self) -> str:
        """Return the name of the node."""
        return self.component.name

    @property
    def parameters(self) -> Parameters:
        """Return the newest parameters, those that wait for the next tick before all others."""
        if self._pending_parameters is not None:
            return self._pending_parameters
        current: Parameters = self.component.parameters
        return current

    def request(self, transition: Transition, now: Instant) -> str:
        """Move the component; return why that failed, or an empty string.

        This is where an exception in a transition ends: it is logged, an unexpected one with its
        traceback, and told in an event, and the node stays out of the way.
        """
        target = ALLOWED.get((self.state, transition))
        if target is None:
            return f"{transition.name.lower()} is not possible while {self.state.name.lower()}"
        before = self.state
        self._now = self._moved = now
        self._may_publish = True
        if transition in LONG:
            self.beat(now, LONGEST)
        try:
            self._move(transition, now)
        except Exception as error:
            problem = f"{transition.name.lower()}: {_words(error)}"
            is_expected = isinstance(error, RobotError)
            text = "transition_failed node=%s problem=%s"
            _LOG.error(text, self.name, problem, exc_info=not is_expected)
            self.component.event(contract.TRANSITION_FAILED, now, problem)
            self.state = Lifecycle.UNCONFIGURED
            return problem
        else:
            self.state = target
            detail = f"{before.name.lower()} to {target.name.lower()}"
            self.component.event(contract.NODE_STATE_CHANGED, now, detail)
            return ""
        finally:
            self._may_publish = self.is_active = self.state is Lifecycle.ACTIVE
            if self.is_active:
                self._deliver_kept()
            self.beat(now)

    def _move(self, transition: Transition, now: Instant) -> None:
        component = self.component
        if transition is Transition.CONFIGURE:
            policies = load_policies(component.parameters.recovery)
            self._policy = policies.get(self.name, RecoveryPolicy())
            component.configure()
        elif transition is Transition.ACTIVATE:
            self._take_parameters()
            self._outputs.begin(component.writes, self._policy, now)
            component.activate(now)
            self.activations += 1
            self._heart.begin()
        elif transition is Transition.CLEANUP:
            component.cleanup()
        else:
            if self.is_active:
                component.deactivate(now)
            if transition is Transition.SHUTDOWN and self.state is not Lifecycle.UNCONFIGURED:
                component.cleanup()

    def deliver(self, topic: Topic, value: Any, now: Instant) -> None:
        """Hand a message to an active component; keep a state for the next activation too."""
        if topic.qos is Qos.STATE:
            self._kept[topic] = (value, now)
        if self.is_active:
            self._now = now
            started = self._stopwatch()
            self._handlers[topic](value, now)
            self._heart.work.handled(self._stopwatch() - started)
            self._tell_news(now)

    def serve(self, service: str, request: Any, now: Instant) -> Answer | None:
        """Let a component answer a request; None while it can not."""
        may_answer = self.is_active or (
            self.component.serves_inactive and self.state is Lifecycle.INACTIVE
        )
        if not may_answer:
            return None
        self._now = now
        return self.component.serve(service, request, now)

    def observe(self, topic: Topic, stamp: Time, now: Instant) -> None:
        """Tell the component that something was published."""
        if self.is_active:
            self.component.on_observed(topic, stamp, now)

    def tick(self, now: Instant) -> None:
        """Let the component do its periodic work."""
        if not self.is_active:
            return
        self._now = now
        if self._pending_parameters is not None:
            self._take_parameters()
        started = self._stopwatch()
        self.component.tick(now)
        self._heart.work.add(now.steady, self._stopwatch() - started)
        self._tell_news(now)

    def change_parameters(self, parameters: Parameters) -> None:
        """Replace the parameters at the next boundary between two ticks."""
        self._pending_parameters = parameters

    def pulse(self, now: Instant) -> float:
        """Beat; return the seconds until the next time, longer while nothing is expected of it."""
        if self._moved is None:
            self._moved = now
        is_new = self.state is Lifecycle.UNCONFIGURED and not self.activations
        if is_new and now.since(self._moved) < EAGER_FOR:
            self.beat(now)
            return EAGER_PERIOD
        is_calm = self.component.is_calm if self.is_active else now.since(self._moved) > CALM_AFTER
        delay = CALM_PERIOD - HEARTBEAT_PERIOD if is_calm else 0.0
        self.beat(now, delay)
        return HEARTBEAT_PERIOD + delay

    def beat(self, now: Instant, delay: float = 0.0) -> None:
        """Publish the heartbeat, and the diagnostics when the health changed."""
        report = self._report(now)
        heartbeat = self._heart.beat(self.state, self.activations, report, now, delay)
        self._publish(contract.HEARTBEAT, heartbeat)
        if (report.health, report.reason) != self._last_report:
            if report.health is not self._last_report[0] and self.is_active:
                self.component.event(contract.NODE_HEALTH_CHANGED, now, _describe(report))
            self._last_report = (report.health, report.reason)
            self.diagnose(now)

    def _tell_news(self, now: Instant) -> None:
        """Beat at once when it is another health that an output has begun."""
        has_begun = self._outputs.take_news()
        if has_begun and self._report(now).health is not self._last_report[0]:
            self.beat(now)

    def diagnose(self, now: Instant) -> None:
        """Publish the node's health for the ROS tools."""
        report = self._report(now)
        diagnostic = Diagnostic(
            name=f"{self.name}: health",
            node=self.name,
            severity=_SEVERITY[report.health] if self.is_active else Severity.INFO,
            message=report.reason or report.health.name.lower(),
            facts=(("state", self.state.name.lower()), *report.facts),
        )
        self._publish(contract.DIAGNOSTICS, Diagnostics(now.stamp, (diagnostic,)))

    def _report(self, now: Instant) -> HealthReport:
        if not self.is_active:
            return HealthReport(Health.UNKNOWN, self.state.name.lower())
        own = self.component.health(now)
        if own.health is Health.UNHEALTHY or own.blames:
            return own
        return self._outputs.worse_than(own, now)

    def _deliver_kept(self) -> None:
        for topic, (value, received) in self._kept.items():
            self._handlers[topic](value, received)

    def _take_parameters(self) -> None:
        if self._pending_parameters is not None:
            self.component.change_parameters(self._pending_parameters)
            self._pending_parameters = None

    def _publish_active(self, topic: Topic, value: Any) -> None:
        if not self._may_publish:
            return
        self._outputs.note(topic, value, self._now)
        self._publish(topic, value)


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, RobotError) else f"{type(error).__name__}: {error}"


def _describe(report: HealthReport) -> str:
    return report.health.name.lower() + (f": {report.reason}" if report.reason else "")
