"""The orchestrator node: brings the graph up and keeps it up, and gives the permission to move."""

from __future__ import annotations

from dataclasses import dataclass, replace

from robot_system import contract, graph
from robot_system.component import Component
from robot_system.config import load_policies
from robot_system.core.orchestration.commands import Commands
from robot_system.core.orchestration.orchestrator import Orchestrator
from robot_system.core.orchestration.recovery import LET_BE, READY, Attempt
from robot_system.core.orchestration.step import Step
from robot_system.core.time import Instant
from robot_system.core.values import (
    Answer,
    Health,
    HealthReport,
    Heartbeat,
    Lifecycle,
    ModeCommand,
    NodeCommand,
    ProcessNote,
    SystemState,
    TransitionResult,
)
from robot_system.logbook import Logbook
from robot_system.parameters import Parameters, parameter

# From one step to the next while nothing goes on (s).
CALM_PERIOD = 0.1
# Nothing new is told after this long; not quite the period, which is that of two steps (s).
TOLD_PERIOD = 0.9 / contract.SYSTEM_STATE.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class OrchestratorParameters(Parameters):
    """Which nodes there are; how patient to be with them is in the recovery policy."""

    profile: str = parameter("sim", "which nodes run", choices=graph.PROFILES)
    without: tuple[str, ...] = parameter((), "nodes that are left out")
    rate: float = parameter(20.0, "steps per second", unit="Hz", low=10.0, high=100.0)
    logbook: str = parameter("", "file that keeps attempts across restarts; none when empty")


class OrchestratorNode(Component[OrchestratorParameters]):
    """Wires the orchestrator of the core to heartbeats, processes, transitions and people."""

    name = "orchestrator"
    parameters_type = OrchestratorParameters
    reads = (contract.HEARTBEAT, contract.TRANSITION_RESULT, contract.PROCESS_NOTE)
    writes = (
        contract.SYSTEM_STATE,
        contract.EVENTS,
        contract.TRANSITION_REQUEST,
        contract.PROCESS_REQUEST,
    )
    serves = contract.SERVICES

    @property
    def period(self) -> float:
        """Return the time between two steps."""
        return 1.0 / self.parameters.rate

    @property
    def is_calm(self) -> bool:
        """Tell whether nothing goes on but that a person is awaited."""
        return self._orchestrator.is_calm

    def configure(self) -> None:
        """Check that the nodes of the profile can be brought up at all, and read the policy."""
        parameters = self.parameters
        self._plan = graph.plan_of(parameters.profile, parameters.without)
        self._policies = load_policies(parameters.recovery)
        self._logbook = Logbook(parameters.logbook)

    def activate(self, now: Instant) -> None:
        """Go on where the one before was: running nodes are taken as they are."""
        attempts, wishes = self._logbook.read()
        producers = {topic.name: topic.producer for topic in contract.TOPICS}
        self._orchestrator = Orchestrator(
            self._plan, self._policies, producers, now, attempts, wishes
        )
        self._commands = Commands(self._orchestrator)
        self._said: dict[str, tuple[int, Lifecycle, Health]] = {}
        self._published: SystemState | None = None
        self._told = now
        self._acted = now

    def deactivate(self, now: Instant) -> None:
        """Take the permission to move away; the nodes are left to who ends them, or comes next."""
        self._orchestrator.shut_down()
        self._do(Step(notices=self._orchestrator.step(now).notices), now)
        self.publish(contract.SYSTEM_STATE, self._orchestrator.state(now))

    def on_heartbeat(self, heartbeat: Heartbeat, now: Instant) -> None:
        """Take what a node says of itself; what is new in it is acted on at once."""
        before = self._said.get(heartbeat.node)
        said = (heartbeat.pid, heartbeat.state, heartbeat.health)
        self._said[heartbeat.node] = said
        self._do(self._orchestrator.ears.on_heartbeat(heartbeat, now), now)
        if said != before:
            self._act(now)

    def on_transition_result(self, result: TransitionResult, now: Instant) -> None:
        """Take how a transition ended."""
        self._do(self._orchestrator.ears.on_result(result, now), now)

    def on_process_note(self, note: ProcessNote, now: Instant) -> None:
        """Take how a process is; act at once on its end."""
        self._do(self._orchestrator.ears.on_process(note, now), now)
        if note.is_gone:
            self._act(now)

    def serve(self, service: str, request: NodeCommand | ModeCommand, now: Instant) -> Answer:
        """Do what a person wants, and say what was done."""
        step, answer = self._commands.carry_out(service, request, now)
        if answer.is_done:
            self._logbook.note_wishes(self._orchestrator.wishes)
            self.event(contract.PERSON_ASKED, now, answer.message)
        self._do(step, now)
        return answer

    def tick(self, now: Instant) -> None:
        """Look after everything; less often while nothing goes on but that a person is awaited."""
        if not self.is_calm or now.since(self._acted) >= CALM_PERIOD:
            self._act(now)

    def _act(self, now: Instant) -> None:
        """Compare, ask for what is missing, and publish the state: what is new in it at once."""
        self._acted = now
        self._do(self._orchestrator.step(now), now)
        state, last = self._orchestrator.state(now), self._published
        is_new = last is None or replace(state, stamp=last.stamp) != last
        if is_new or now.since(self._told) >= TOLD_PERIOD:
            self._published, self._told = state, now
            self.publish(contract.SYSTEM_STATE, state)

    def health(self, now: Instant) -> HealthReport:
        """Say how the orchestrator itself is; how the others are is in `system_state`."""
        return HealthReport(Health.HEALTHY)

    def _do(self, step: Step, now: Instant) -> None:
        for notice in step.notices:
            self.event(contract.event_type(notice.event), now, notice.detail, notice.node)
        for attempt in step.attempts:
            self._logbook.note_attempt(attempt)
            self._tell(attempt, now)
        for process in step.processes:
            self.publish(contract.PROCESS_REQUEST, process)
        for request in step.requests:
            self.publish(contract.TRANSITION_REQUEST, request)

    def _tell(self, attempt: Attempt, now: Instant) -> None:
        if attempt.action is None:
            kind = contract.NODE_CLEARED if attempt.outcome else contract.NODE_GIVEN_UP
            self.event(kind, now, attempt.reason, attempt.node)
            return
        if attempt.outcome == LET_BE:
            self.event(
                contract.NODE_LET_BE, now, attempt.reason or attempt.fault.value, attempt.node
            )
            return
        what = f"{attempt.action.name.lower()} after {attempt.fault.name.lower()}"
        if not attempt.outcome:
            kind, detail = contract.RECOVERY_STARTED, f"{what}: {attempt.reason}"
        else:
            is_ready = attempt.outcome == READY
            kind = contract.RECOVERY_DONE if is_ready else contract.RECOVERY_FAILED
            detail = f"{what}: {attempt.outcome} after {attempt.duration:.2f} s"
        self.event(kind, now, detail, attempt.node)
