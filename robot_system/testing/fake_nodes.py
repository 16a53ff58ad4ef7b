"""Nodes that the core of the orchestrator can steer, and that can be broken in every way."""

from __future__ import annotations

from robot_system.core.orchestration.commands import Commands
from robot_system.core.orchestration.modes import Wishes
from robot_system.core.orchestration.orchestrator import Orchestrator
from robot_system.core.orchestration.plan import Plan, PlannedNode
from robot_system.core.orchestration.policy import Policies, read_policies
from robot_system.core.orchestration.recovery import Attempt
from robot_system.core.orchestration.step import Step
from robot_system.core.time import SECOND, Instant, Time, from_seconds
from robot_system.core.values import (
    Answer,
    Health,
    Heartbeat,
    Lifecycle,
    ModeCommand,
    NodeCommand,
    NodeStatus,
    ProcessNote,
    SystemState,
    Transition,
    TransitionRequest,
    TransitionResult,
)

PRODUCERS = {"scan": "sensors", "obstacles": "lidar", "scan_raw": "driver"}
PLAN = Plan(
    [
        PlannedNode("sensors"),
        PlannedNode("lidar", ("sensors",)),
        PlannedNode("motion", works_in_standby=False),
        PlannedNode("telemetry", is_needed_to_move=False),
    ]
)
POLICIES = read_policies(
    {"defaults": {"jitter": 0.0}},
    {name: PLAN.is_needed_to_move(name) for name in PLAN.order},
)
REACHED = {
    Transition.CONFIGURE: Lifecycle.INACTIVE,
    Transition.ACTIVATE: Lifecycle.ACTIVE,
    Transition.DEACTIVATE: Lifecycle.INACTIVE,
    Transition.CLEANUP: Lifecycle.UNCONFIGURED,
}


class FakeNodes:
    """Nodes that do what they are asked, beat at 20 Hz, and can be broken."""

    def __init__(self, policies: Policies = POLICIES) -> None:
        self.begun: Time = 1_000 * SECOND
        self.time = self.begun
        self.states = dict.fromkeys(PLAN.order, Lifecycle.UNCONFIGURED)
        self.pids = {name: index for index, name in enumerate(PLAN.order, 100)}
        self.started = dict.fromkeys(PLAN.order, self.time)
        self.silent: set[str] = set()
        self.deaf: set[str] = set()
        self.delays = dict.fromkeys(PLAN.order, 0.0)
        self.health = dict.fromkeys(PLAN.order, Health.HEALTHY)
        self.work = dict.fromkeys(PLAN.order, 0.001)
        self.blames = dict.fromkeys(PLAN.order, "")
        self.refusing: set[str] = set()
        self.immortal: set[str] = set()
        self.ended: list[str] = []
        self.suspected: list[str] = []
        self.attempts: list[Attempt] = []
        self.requests: list[tuple[str, Transition]] = []
        self.events: list[tuple[str, str]] = []
        self.changes: list[str] = []
        self.policies = policies
        self.wishes = Wishes()
        self.replace_orchestrator()

    def replace_orchestrator(self) -> None:
        """Let a new orchestrator begin, which has heard nothing but knows the logbook."""
        self.orchestrator = Orchestrator(
            PLAN, self.policies, PRODUCERS, self.now, self.attempts, self.wishes
        )

    @property
    def now(self) -> Instant:
        """Return the time of both clocks."""
        return Instant(self.time, self.time)

    def beat(self, name: str) -> None:
        """Let a node beat."""
        state = self.states[name]
        health = self.health[name] if state is Lifecycle.ACTIVE else Health.UNKNOWN
        blames = self.blames[name] if state is Lifecycle.ACTIVE else ""
        heartbeat = Heartbeat(
            self.time, name, "host", self.pids[name], state, health, "",
            blames=blames, delay=self.delays[name], tick_max=self.work[name],
        )  # fmt: skip
        self.do(self.orchestrator.ears.on_heartbeat(heartbeat, self.now))

    def do(self, step: Step) -> None:
        """Do what the orchestrator wants."""
        self.events += [(notice.event, notice.node) for notice in step.notices]
        self.changes += [one.detail for one in step.notices if one.event == "mode_changed"]
        self.attempts += step.attempts
        for process in step.processes:
            if process.is_to_end:
                self.end(process.node, process.pid)
            elif process.is_suspect:
                self.suspected.append(process.node)
            elif not process.pid:
                age = (self.time - self.started[process.node]) * 1e-9
                found = ProcessNote(process.node, self.pids[process.node], age=age)
                self.do(self.orchestrator.ears.on_process(found, self.now))
        for request in step.requests:
            self.transit(request)

    def end(self, name: str, pid: int) -> None:
        """End a process; its owner starts it at once, as long as the node is not immortal."""
        self.ended.append(name)
        if name in self.immortal:
            return
        self.do(self.orchestrator.ears.on_process(ProcessNote(name, pid, is_gone=True), self.now))
        self.do(self.orchestrator.step(self.now))
        self.pids[name] += 1000
        self.started[name] = self.time
        self.states[name] = Lifecycle.UNCONFIGURED
        self.silent.discard(name)

    def transit(self, request: TransitionRequest) -> None:
        """Move a node, unless it is deaf or refuses."""
        name = request.node
        self.requests.append((name, request.transition))
        if name in self.deaf or name in self.silent:
            return
        is_done = name not in self.refusing
        if is_done:
            self.states[name] = REACHED[request.transition]
        result = TransitionResult(name, request.transition, request.attempt, is_done, "no")
        self.do(self.orchestrator.ears.on_result(result, self.now))

    def ask(self, service: str, node: str) -> Answer:
        """Ask for something about a node, as a person would."""
        step, answer = Commands(self.orchestrator).carry_out(service, NodeCommand(node), self.now)
        self.do(step)
        return answer

    def ask_mode(self, mode: str) -> Answer:
        """Ask for a mode, as a person would."""
        return Commands(self.orchestrator).carry_out("set_mode", ModeCommand(mode), self.now)[1]

    def actions(self, name: str) -> list[tuple[str, str]]:
        """Return what was tried with a node, and what came of it."""
        return [
            (attempt.action.name.lower(), attempt.outcome)
            for attempt in self.attempts
            if attempt.node == name and attempt.action is not None and attempt.outcome
        ]

    def run(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds * 20)):
            self.time += from_seconds(0.05)
            for name in self.states:
                if name not in self.silent:
                    self.beat(name)
            self.do(self.orchestrator.step(self.now))

    def say(self, name: str, pid: int = 0, **facts: bool) -> None:
        """Tell the orchestrator how the process of a node is."""
        note = ProcessNote(name, pid or self.pids[name], **facts)
        self.do(self.orchestrator.ears.on_process(note, self.now))

    @property
    def state(self) -> SystemState:
        """Return what the orchestrator publishes."""
        return self.orchestrator.state(self.now)

    def status(self, name: str) -> NodeStatus:
        """Return what the orchestrator publishes of one node."""
        return next(status for status in self.state.nodes if status.node == name)
