"""A component: the whole behaviour of one node, with no middleware in it.

A host (of ROS, or of the lockstep simulation) makes what the component declares, calls it from
one thread only, and carries what it publishes. While a component is not active nothing of it
runs but the transitions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

from robot_system import contract
from robot_system.contract import EventType, Service, Topic
from robot_system.core.time import Instant, Time
from robot_system.core.values import (
    Answer,
    Event,
    Health,
    HealthReport,
)
from robot_system.parameters import Parameters

P = TypeVar("P", bound=Parameters)
Publish = Callable[[Topic, Any], None]


class Component(Generic[P]):
    """Base of every node's behaviour.

    A subclass names its node, its parameters and the topics it reads and writes, and has one
    `on_<topic>(value, now)` for each topic it reads. For the topics in `observes` only
    `on_observed(topic, stamp, now)` is called, with no value: that is cheap, for rates and ages.
    What it serves it answers while active; with `serves_inactive` while configured, too.
    An exception from any method but `configure` is a bug: it ends the process.
    """

    name: ClassVar[str]
    parameters_type: ClassVar[type[Parameters]]
    reads: ClassVar[tuple[Topic, ...]] = ()
    writes: ClassVar[tuple[Topic, ...]] = ()
    observes: ClassVar[tuple[Topic, ...]] = ()
    serves: ClassVar[tuple[Service, ...]] = ()
    serves_inactive: ClassVar[bool] = False

    def __init__(self, parameters: P, publish: Publish) -> None:
        self.parameters = parameters
        self.publish = publish

    @property
    def period(self) -> float:
        """Return the seconds between two ticks; 0 means no ticks."""
        return 0.0

    @property
    def is_calm(self) -> bool:
        """Tell whether nobody waits for anything of it now: then it beats less often."""
        return False

    @classmethod
    def prepare(cls, parameters: P) -> None:
        """Load or compute ahead of time what takes long and is kept for the whole process.

        It is called in a process that may become any node, so it may touch no hardware and
        start no thread.
        """

    def configure(self) -> None:
        """Build what is needed; raise RobotError when the parameters cannot be followed."""

    def activate(self, now: Instant) -> None:
        """Start from a clean state: nothing that arrived before counts."""

    def deactivate(self, now: Instant) -> None:
        """Publish the safe output: after this call nothing is published."""

    def cleanup(self) -> None:
        """Let go of what `configure` built."""

    def tick(self, now: Instant) -> None:
        """Sample what arrived, decide and publish."""

    def on_observed(self, topic: Topic, stamp: Time, now: Instant) -> None:
        """Note that something was published on a topic in `observes`."""

    def serve(self, service: str, request: Any, now: Instant) -> Answer:
        """Answer a request to one of the services in `serves`; what is not served is refused."""
        return Answer(False, f"{self.name} does not serve {service}")

    def change_parameters(self, parameters: P) -> None:
        """Take parameters of which only live ones changed, between two ticks."""
        self.parameters = parameters

    def health(self, now: Instant) -> HealthReport:
        """Say how well the work goes; called a few times per second while active."""
        return HealthReport(Health.HEALTHY)

    def event(self, kind: EventType, now: Instant, detail: str = "", node: str = "") -> None:
        """Publish an event; every component may."""
        self.publish(
            contract.EVENTS,
            Event(now.stamp, kind.name, kind.severity, node or self.name, detail),
        )
