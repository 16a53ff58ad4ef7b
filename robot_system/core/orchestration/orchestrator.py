"""Brings the nodes up, keeps them up and takes them down: an idempotent loop over a table.

Each step compares what each node is with what it should be, and asks for at most one transition
of each. Nodes that do not need each other move at the same time. What a node is comes only from
its own heartbeat, so a lost answer or a restart of the orchestrator changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from robot_system.core.orchestration.plan import Plan
from robot_system.core.orchestration.record import NodeRecord
from robot_system.core.time import Instant, from_seconds
from robot_system.core.values import (
    Health,
    Heartbeat,
    Lifecycle,
    Mode,
    NodeStatus,
    SystemState,
    Transition,
    TransitionRequest,
    TransitionResult,
)


@dataclass(frozen=True, slots=True)
class OrchestratorSettings:
    """Times (s): silence that is a failure, the same in a transition, asking again, back-off."""

    silence: float
    transition_silence: float
    ask_again: float
    retry: float
    retry_max: float


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened to a node (or to the whole, without a node): a named event."""

    event: str
    node: str
    detail: str


@dataclass(slots=True)
class Step:
    """What one step wants done and told."""

    requests: list[TransitionRequest] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)


_NEXT: dict[tuple[Lifecycle, Lifecycle], Transition] = {
    (Lifecycle.UNCONFIGURED, Lifecycle.INACTIVE): Transition.CONFIGURE,
    (Lifecycle.UNCONFIGURED, Lifecycle.ACTIVE): Transition.CONFIGURE,
    (Lifecycle.INACTIVE, Lifecycle.ACTIVE): Transition.ACTIVATE,
    (Lifecycle.INACTIVE, Lifecycle.UNCONFIGURED): Transition.CLEANUP,
    (Lifecycle.ACTIVE, Lifecycle.INACTIVE): Transition.DEACTIVATE,
    (Lifecycle.ACTIVE, Lifecycle.UNCONFIGURED): Transition.DEACTIVATE,
}


class Orchestrator:
    """Knows every node by its heartbeats, and steers all of them by transitions."""

    def __init__(self, plan: Plan, settings: OrchestratorSettings, now: Instant) -> None:
        self._plan = plan
        self._settings = settings
        self._records = {name: NodeRecord(name) for name in plan.order}
        self._is_shutting_down = False
        self._started = now
        self._mode = Mode.STOPPED
        self._since = now.stamp
        self._was_running = False

    def shut_down(self) -> None:
        """Take every node down, those first that others do not need."""
        self._is_shutting_down = True

    def on_heartbeat(self, heartbeat: Heartbeat, now: Instant) -> list[Notice]:
        """Take what a node says of itself."""
        record = self._records.get(heartbeat.node)
        if record is None:
            return []
        before, heard, was_silent = record.heartbeat, record.received, record.is_silent
        record.heartbeat, record.received, record.is_silent = heartbeat, now, False
        notices = []
        is_new_process = before is not None and before.pid != heartbeat.pid
        if is_new_process or was_silent:
            detail = f"process {heartbeat.pid}, {heartbeat.state.name.lower()}"
            notices.append(Notice("node_returned", record.name, detail))
        if is_new_process:
            record.pending, record.not_before, record.lost = None, 0, record.lost or heard
        if record.pending is not None and _is_past(record.pending, heartbeat.state):
            record.pending, record.failures, record.problem = None, 0, ""
        return notices

    def on_result(self, result: TransitionResult, now: Instant) -> list[Notice]:
        """Take the answer to a request; no answer (None) is settled by the next heartbeat."""
        record = self._records.get(result.node)
        if record is None or record.pending is None or result.attempt != record.attempt:
            return []
        if result.is_done is not False:
            return []
        return [self._failed(record, result.detail, now)]

    def step(self, now: Instant) -> Step:
        """Compare what is with what should be; ask for what is missing."""
        step = Step()
        for record in self._records.values():
            step.notices += self._watch(record, now)
        for name in self._plan.order:
            request = self._ask(self._records[name], now)
            if request is not None:
                step.requests.append(request)
        step.notices += self._update_mode(now)
        return step

    def state(self, now: Instant) -> SystemState:
        """Return the state of the whole, with the permission to move."""
        nodes = tuple(self._status(record) for record in self._records.values())
        reason = self._reason()
        health = {Mode.RUNNING: Health.HEALTHY, Mode.DEGRADED: Health.DEGRADED}.get(
            self._mode, Health.UNHEALTHY if self._mode is Mode.SAFE_STOP else Health.UNKNOWN
        )
        return SystemState(
            stamp=now.stamp,
            mode=self._mode,
            is_motion_allowed=self._mode in (Mode.RUNNING, Mode.DEGRADED),
            health=health,
            reason=reason,
            since=self._since,
            nodes=nodes,
            valid=True,
        )

    def desired(self, name: str) -> Lifecycle:
        """Return the state that a node should be in now."""
        if self._is_shutting_down:
            is_needed = any(
                self._records[other].actual is Lifecycle.ACTIVE
                for other in self._plan.dependants[name]
            )
            return Lifecycle.ACTIVE if is_needed else Lifecycle.UNCONFIGURED
        has_needs = all(
            self._records[needed].actual is Lifecycle.ACTIVE for needed in self._plan.needs(name)
        )
        return Lifecycle.ACTIVE if has_needs else Lifecycle.INACTIVE

    def _watch(self, record: NodeRecord, now: Instant) -> list[Notice]:
        notices = []
        if record.heartbeat is not None and not record.is_silent:
            silence = record.silence(now)
            # A node that loads something in a transition can not beat meanwhile.
            is_moving = record.pending in (Transition.CONFIGURE, Transition.ACTIVATE)
            settings = self._settings
            if silence > (settings.transition_silence if is_moving else settings.silence):
                record.is_silent = True
                detail = f"no heartbeat for {silence:.2f} s"
                notices.append(Notice("node_silent", record.name, detail))
        if record.is_ready and not record.was_ready:
            if record.lost is not None:
                record.last_recovery = now.since(record.lost)
                record.lost = None
            notices.append(Notice("node_ready", record.name, ""))
        elif record.was_ready and not record.is_ready and record.lost is None:
            record.lost = record.received if record.is_silent else now
        record.was_ready = record.is_ready
        return notices

    def _ask(self, record: NodeRecord, now: Instant) -> TransitionRequest | None:
        if record.pending is not None:
            if not self._is_request_lost(record):
                return None
            record.pending = None
        if record.is_silent or now.steady < record.not_before:
            return None
        transition = _NEXT.get((record.actual, self.desired(record.name)))
        if transition is None or self._is_too_early(record, transition, now):
            return None
        record.pending, record.asked = transition, now
        record.attempt += 1
        return TransitionRequest(record.name, transition, record.attempt)

    def _is_too_early(self, record: NodeRecord, transition: Transition, now: Instant) -> bool:
        """Tell whether a running node is only not needed because others were not heard yet."""
        if transition is not Transition.DEACTIVATE or self._is_shutting_down:
            return False
        is_new = now.since(self._started) <= self._settings.silence
        needs = self._plan.needs(record.name)
        return is_new and any(self._records[need].heartbeat is None for need in needs)

    def _is_request_lost(self, record: NodeRecord) -> bool:
        """Tell whether the node still beats in its old state: then it never saw the request."""
        if record.asked is None or record.received is None:
            return False
        return record.received.since(record.asked) > self._settings.ask_again

    def _failed(self, record: NodeRecord, detail: str, now: Instant) -> Notice:
        settings = self._settings
        wait = min(settings.retry * 2.0**record.failures, settings.retry_max)
        record.failures += 1
        record.problem = detail
        record.pending = None
        record.not_before = now.steady + from_seconds(wait)
        return Notice("transition_failed", record.name, f"{detail}; again in {wait:.1f} s")

    def _update_mode(self, now: Instant) -> list[Notice]:
        mode = self._derived_mode()
        if mode is self._mode:
            return []
        detail = f"{self._mode.name.lower()} to {mode.name.lower()}"
        self._mode, self._since = mode, now.stamp
        self._was_running |= mode in (Mode.RUNNING, Mode.DEGRADED)
        reason = self._reason()
        return [Notice("mode_changed", "", f"{detail}: {reason}" if reason else detail)]

    def _derived_mode(self) -> Mode:
        records = self._records.values()
        if self._is_shutting_down:
            is_up = any(record.actual is Lifecycle.ACTIVE for record in records)
            return Mode.SHUTDOWN if is_up else Mode.STOPPED
        if all(record.is_ready for record in records):
            return Mode.RUNNING
        if self._may_move():
            return Mode.DEGRADED
        if self._was_running:
            return Mode.SAFE_STOP
        is_heard = any(record.heartbeat is not None for record in records)
        return Mode.STARTING if is_heard else Mode.STOPPED

    def _may_move(self) -> bool:
        return all(
            record.is_ready
            for record in self._records.values()
            if self._plan.is_needed_to_move(record.name)
        )

    def _reason(self) -> str:
        if self._is_shutting_down:
            return "shutting down"
        return "; ".join(
            f"{record.name}: {record.reason or record.actual.name.lower()}"
            for record in self._records.values()
            if not record.is_ready
        )

    def _status(self, record: NodeRecord) -> NodeStatus:
        return NodeStatus(
            node=record.name,
            desired=self.desired(record.name),
            actual=record.actual,
            health=record.health,
            reason=record.reason,
            is_ready=record.is_ready,
            pid=record.heartbeat.pid if record.heartbeat else 0,
            attempts=record.failures,
            last_recovery=record.last_recovery,
        )


def _is_past(transition: Transition, state: Lifecycle) -> bool:
    """Tell whether a node in a state shows that a transition was carried out."""
    return {
        Transition.CONFIGURE: state in (Lifecycle.INACTIVE, Lifecycle.ACTIVE),
        Transition.ACTIVATE: state is Lifecycle.ACTIVE,
        Transition.DEACTIVATE: state in (Lifecycle.INACTIVE, Lifecycle.UNCONFIGURED),
        Transition.CLEANUP: state is Lifecycle.UNCONFIGURED,
        Transition.SHUTDOWN: state is Lifecycle.FINALIZED,
    }[transition]
