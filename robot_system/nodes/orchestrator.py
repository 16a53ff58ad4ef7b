"""The orchestrator node: brings the graph up and keeps it up, and gives the permission to move."""

from __future__ import annotations

from dataclasses import dataclass

from robot_system import contract, graph
from robot_system.component import Component
from robot_system.core.orchestration.orchestrator import (
    Notice,
    Orchestrator,
    OrchestratorSettings,
)
from robot_system.core.orchestration.plan import Plan, PlanError, PlannedNode
from robot_system.core.time import Instant
from robot_system.core.values import (
    Health,
    HealthReport,
    Heartbeat,
    TransitionResult,
)
from robot_system.errors import ParameterError
from robot_system.parameters import Parameters, parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class OrchestratorParameters(Parameters):
    """Which nodes there are, and how patient to be with them."""

    profile: str = parameter("sim", "which nodes run", choices=graph.PROFILES)
    without: tuple[str, ...] = parameter((), "nodes that are left out")
    rate: float = parameter(20.0, "steps per second", unit="Hz", low=2.0, high=100.0)
    silence: float = parameter(
        0.4, "a node without heartbeat for this long has failed", unit="s", low=0.1, high=10.0
    )
    transition_silence: float = parameter(
        10.0, "the same while the node is in a transition", unit="s", low=0.1, high=600.0
    )
    ask_again: float = parameter(
        0.3, "a node that beats unmoved for this long did not hear", unit="s", low=0.1, high=60.0
    )
    retry: float = parameter(
        0.2, "wait after a failed transition, doubled each time", unit="s", low=0.01, high=60.0
    )
    retry_max: float = parameter(5.0, "longest such wait", unit="s", low=0.01, high=600.0)


class OrchestratorNode(Component[OrchestratorParameters]):
    """Wires the orchestrator of the core to heartbeats, transitions and the system state."""

    name = "orchestrator"
    parameters_type = OrchestratorParameters
    reads = (contract.HEARTBEAT, contract.TRANSITION_RESULT)
    writes = (contract.SYSTEM_STATE, contract.EVENTS, contract.TRANSITION_REQUEST)

    @property
    def period(self) -> float:
        """Return the time between two steps."""
        return 1.0 / self.parameters.rate

    def configure(self) -> None:
        """Check that the nodes of the profile can be brought up at all."""
        specs = graph.nodes_of(self.parameters.profile, self.parameters.without)
        planned = [
            PlannedNode(
                spec.name,
                tuple(need for need in spec.needs if need not in self.parameters.without),
                spec.is_needed_to_move,
            )
            for spec in specs
            if spec.is_managed
        ]
        try:
            self._plan = Plan(planned)
        except PlanError as error:
            raise ParameterError("profile", self.parameters.profile, str(error)) from error

    def activate(self, now: Instant) -> None:
        """Begin with what the heartbeats will say: running nodes are taken as they are."""
        parameters = self.parameters
        settings = OrchestratorSettings(
            parameters.silence,
            parameters.transition_silence,
            parameters.ask_again,
            parameters.retry,
            parameters.retry_max,
        )
        self._orchestrator = Orchestrator(self._plan, settings, now)

    def deactivate(self, now: Instant) -> None:
        """Take the permission to move away."""
        self._orchestrator.shut_down()
        self._orchestrator.step(now)
        self.publish(contract.SYSTEM_STATE, self._orchestrator.state(now))

    def on_heartbeat(self, heartbeat: Heartbeat, now: Instant) -> None:
        """Take what a node says of itself."""
        self._tell(self._orchestrator.on_heartbeat(heartbeat, now), now)

    def on_transition_result(self, result: TransitionResult, now: Instant) -> None:
        """Take how a transition ended."""
        self._tell(self._orchestrator.on_result(result, now), now)

    def tick(self, now: Instant) -> None:
        """Compare, ask for what is missing, and publish the state of the whole."""
        step = self._orchestrator.step(now)
        self._tell(step.notices, now)
        for request in step.requests:
            self.publish(contract.TRANSITION_REQUEST, request)
        self.publish(contract.SYSTEM_STATE, self._orchestrator.state(now))

    def health(self, now: Instant) -> HealthReport:
        """Say how the orchestrator itself is; how the others are is in `system_state`."""
        return HealthReport(Health.HEALTHY)

    def _tell(self, notices: list[Notice], now: Instant) -> None:
        for notice in notices:
            self.event(contract.event_type(notice.event), now, notice.detail, notice.node)
