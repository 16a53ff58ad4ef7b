"""Brings the nodes up, keeps them up and takes them down: an idempotent loop over a table.

Each step compares what each node is with what it should be, and asks for at most one transition
of each. Nodes that do not need each other move at the same time. What a node is comes only from
its own heartbeat, so a lost answer or a restart of the orchestrator changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from robot_system.core.orchestration.ears import Ears
from robot_system.core.orchestration.modes import Wishes, derived_mode, health_of, waits_for, why
from robot_system.core.orchestration.plan import Plan
from robot_system.core.orchestration.policy import Action, Policies, RecoveryPolicy
from robot_system.core.orchestration.record import NodeRecord
from robot_system.core.orchestration.recovery import Attempt, Recovery
from robot_system.core.orchestration.step import Notice, Step
from robot_system.core.time import Instant
from robot_system.core.values import (
    Lifecycle,
    Mode,
    NodeStatus,
    ProcessRequest,
    SystemState,
    Transition,
    TransitionRequest,
)

# A new orchestrator takes nothing for missing that it could not have heard yet (s).
FIRST_LOOK = 2.0


_NEXT: dict[tuple[Lifecycle, Lifecycle], Transition] = {
    (Lifecycle.UNCONFIGURED, Lifecycle.INACTIVE): Transition.CONFIGURE,
    (Lifecycle.UNCONFIGURED, Lifecycle.ACTIVE): Transition.CONFIGURE,
    (Lifecycle.INACTIVE, Lifecycle.ACTIVE): Transition.ACTIVATE,
    (Lifecycle.INACTIVE, Lifecycle.UNCONFIGURED): Transition.CLEANUP,
    (Lifecycle.ACTIVE, Lifecycle.INACTIVE): Transition.DEACTIVATE,
    (Lifecycle.ACTIVE, Lifecycle.UNCONFIGURED): Transition.DEACTIVATE,
}


class Orchestrator:
    """Knows every node by its heartbeats, and steers all of them by transitions.

    `producers` names the node that writes each topic; `known` are the attempts of an orchestrator
    before this one, and `wishes` what a person wanted of it.
    """

    def __init__(
        self,
        plan: Plan,
        policies: Policies,
        producers: Mapping[str, str],
        now: Instant,
        known: Iterable[Attempt] = (),
        wishes: Wishes | None = None,
    ) -> None:
        self._plan = plan
        self._producers = producers
        self.wishes = wishes or Wishes()
        known = tuple(known)
        self._records = {
            name: self._remembered(name, policies[name], now, known) for name in plan.order
        }
        self._is_shutting_down = False
        self.ears = Ears(self._records, now)
        self._started = now
        self._mode = Mode.STOPPED
        self._since = now.stamp
        self._awaits_person: Instant | None = None

    def _remembered(
        self, name: str, policy: RecoveryPolicy, now: Instant, known: Iterable[Attempt]
    ) -> NodeRecord:
        recovery = Recovery(name, policy, now, (one for one in known if one.node == name))
        return NodeRecord(
            name,
            policy,
            recovery,
            is_stopped=name in self.wishes.stopped,
            is_disabled=name in self.wishes.disabled,
            last_recovery=recovery.last_duration,
        )

    def shut_down(self) -> None:
        """Take every node down, those first that others do not need."""
        self._is_shutting_down = True

    # What a person wants.

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all nodes."""
        return tuple(self._records)

    def set_stopped(self, name: str, is_stopped: bool) -> None:
        """Take a node down and leave it there, or let it come up again."""
        self._records[name].is_stopped = is_stopped
        (self.wishes.stopped.add if is_stopped else self.wishes.stopped.discard)(name)

    def set_disabled(self, name: str, is_disabled: bool) -> None:
        """Go on without a node, or with it again."""
        self._records[name].is_disabled = is_disabled
        (self.wishes.disabled.add if is_disabled else self.wishes.disabled.discard)(name)

    def record(self, name: str) -> NodeRecord | None:
        """Return what is known of a node."""
        return self._records.get(name)

    def dependants(self, name: str) -> tuple[str, ...]:
        """Return the nodes that need a node and are not disabled themselves."""
        names = self._plan.all_dependants(name)
        return tuple(other for other in names if not self._records[other].is_disabled)

    def restart(self, name: str, now: Instant) -> Step:
        """End the process of a node, so that its owner starts it anew."""
        step = Step()
        record = self._records[name]
        self._clear(record, step, now)
        step.attempts.append(record.recovery.ask(Action.RESTART, now))
        self._end_process(record, step, is_gentle=True)
        return step

    def clear(self, names: Iterable[str], now: Instant) -> Step:
        """Begin anew with nodes that wait for a person."""
        step = Step()
        for name in names:
            self._clear(self._records[name], step, now)
        return step

    @property
    def is_calm(self) -> bool:
        """Tell whether nothing goes on but that a person is awaited."""
        return any(record.is_resting for record in self._records.values())

    def given_up(self) -> tuple[str, ...]:
        """Return the nodes that wait for a person."""
        return tuple(name for name, record in self._records.items() if record.recovery.given_up)

    # The loop.

    def step(self, now: Instant) -> Step:
        """Compare what is with what should be; ask for what is missing."""
        step = Step()
        self.ears.listen(step, now)
        self._let_rest(now)
        for record in self._records.values():
            record.note_absence(now)
        for record in self._records.values():
            self._recover(record, step, now)
        for name in self._plan.order:
            request = self._ask(self._records[name], now)
            if request is not None:
                step.requests.append(request)
        self._update_mode(step, now)
        return step

    def state(self, now: Instant) -> SystemState:
        """Return the state of the whole, with the permission to move."""
        return SystemState(
            stamp=now.stamp,
            mode=self._mode,
            is_motion_allowed=self._mode in (Mode.RUNNING, Mode.DEGRADED),
            health=health_of(self._mode),
            reason=self._reason(),
            since=self._since,
            nodes=tuple(self._status(record, now) for record in self._records.values()),
            target=self.wishes.target,
            valid=True,
        )

    def desired(self, name: str) -> Lifecycle:
        """Return the state that a node should be in now."""
        record = self._records[name]
        is_down = record.is_stopped or record.is_disabled or self.wishes.target is Mode.STOPPED
        if self._is_shutting_down or is_down:
            is_needed = any(
                self._records[other].actual is Lifecycle.ACTIVE
                for other in self._plan.dependants[name]
            )
            return Lifecycle.ACTIVE if is_needed else Lifecycle.UNCONFIGURED
        if record.via is not None:
            return record.via
        if record.is_resting:
            return Lifecycle.INACTIVE
        if self.wishes.target is Mode.STANDBY and not self._plan.works_in_standby(name):
            return Lifecycle.INACTIVE
        is_up = record.actual is Lifecycle.ACTIVE
        for need in self._plan.needs(name):
            other = self._records[need]
            if not other.is_there and (other.is_missed or not is_up):
                return Lifecycle.INACTIVE
        return Lifecycle.ACTIVE

    def _let_rest(self, now: Instant) -> None:
        """Let nodes be inactive that have nothing to do until a person comes."""
        if self._mode is not Mode.SAFE_STOP or not self.given_up():
            self._awaits_person = None
        elif self._awaits_person is None:
            self._awaits_person = now
        waited = 0.0 if self._awaits_person is None else now.since(self._awaits_person)
        for record in self._records.values():
            record.is_resting = 0.0 < record.policy.rest_after <= waited

    def _recover(self, record: NodeRecord, step: Step, now: Instant) -> None:
        if self._is_shutting_down or self.wishes.target is Mode.STOPPED:
            return
        fault = record.fault(self._producers, now)
        if fault is None and record.recovery.is_idle:
            return
        is_active = record.actual is Lifecycle.ACTIVE
        is_settled = (
            fault is None
            and record.via is None
            and not record.is_still(record.recovery.fault)
            and record.actual is self.desired(record.name)
            and (record.is_well or not is_active)
        )
        told, action = record.recovery.step(fault, record.reason, is_settled, now)
        step.attempts += told
        if action is not None:
            self._act(record, action, step)

    def _act(self, record: NodeRecord, action: Action, step: Step) -> None:
        """Begin an action; the loop does the rest."""
        if action is Action.CLEAR:
            record.via = Lifecycle.INACTIVE
        elif action in (Action.RESET, Action.RETRY):
            record.problem = ""
            record.via = Lifecycle.UNCONFIGURED if action is Action.RESET else None
        elif action is Action.RESTART:
            self._end_process(record, step)
        elif action is Action.RESTART_DEPENDANTS:
            for name in (*reversed(self.dependants(record.name)), record.name):
                self._end_process(self._records[name], step)

    def _end_process(self, record: NodeRecord, step: Step, is_gentle: bool = False) -> None:
        host, pid = record.process
        if pid:
            step.processes.append(
                ProcessRequest(record.name, host, pid, is_to_end=True, is_gentle=is_gentle)
            )

    def _clear(self, record: NodeRecord, step: Step, now: Instant) -> None:
        cleared = record.recovery.clear(now)
        record.problem = ""
        if cleared is not None:
            step.attempts.append(cleared)

    def _ask(self, record: NodeRecord, now: Instant) -> TransitionRequest | None:
        if record.pending is not None:
            if not record.is_request_lost:
                return None
            record.pending = None
        if record.is_silent:
            return None
        transition = _NEXT.get((record.actual, self.desired(record.name)))
        if transition is None or self._is_too_early(record, transition, now):
            return None
        is_up = transition in (Transition.CONFIGURE, Transition.ACTIVATE)
        if is_up and (record.problem or record.recovery.given_up):
            return None
        record.pending, record.asked = transition, now
        record.attempt += 1
        return TransitionRequest(record.name, transition, record.attempt)

    def _is_too_early(self, record: NodeRecord, transition: Transition, now: Instant) -> bool:
        """Tell whether a running node is only not needed because others were not heard yet."""
        if transition is not Transition.DEACTIVATE or self._is_shutting_down:
            return False
        is_new = now.since(self._started) <= FIRST_LOOK
        needs = self._plan.needs(record.name)
        return is_new and any(self._records[need].heartbeat is None for need in needs)

    def _update_mode(self, step: Step, now: Instant) -> None:
        mode = derived_mode(self._records, self._plan, self.wishes, self._is_shutting_down)
        if mode is self._mode:
            return
        detail = f"{self._mode.name.lower()} to {mode.name.lower()}: {self._reason()}"
        if not self._reason():
            came = [notice.node for notice in step.notices if notice.event == "node_ready"]
            detail += f"{', '.join(came)} ready" if came else "nothing is missing"
        self._mode, self._since = mode, now.stamp
        step.notices.append(Notice("mode_changed", "", detail))

    def _status(self, record: NodeRecord, now: Instant) -> NodeStatus:
        fault = record.fault(self._producers, now)
        awaited = waits_for(record, self._records, self._plan) if not record.is_ready else ""
        return record.status(self.desired(record.name), fault, awaited)

    def _reason(self) -> str:
        return why(self._records, self._plan, self.wishes, self._is_shutting_down)
