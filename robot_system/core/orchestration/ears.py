"""What the orchestrator hears of the nodes, and what it makes of hearing nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from robot_system.core.orchestration.record import NodeRecord
from robot_system.core.orchestration.step import Notice, Step
from robot_system.core.time import Instant, from_seconds
from robot_system.core.values import (
    Heartbeat,
    Lifecycle,
    ProcessNote,
    ProcessRequest,
    Transition,
    TransitionResult,
)

# Called later than this after the time before, the orchestrator itself was held up (s).
HELD_UP = 0.2
# After this share of the silence of one that hangs it is asked how its process is, and who asks
# waits for this long (s) before it blames anybody.
SUSPICIOUS = 0.4
LOOKED = 0.15
# The same for one that a new orchestrator never heard: it may be at rest, and wake up rarely.
LOOKED_UNHEARD = 0.3
# So often it is asked which process runs a node that was never heard (s).
LOOK_PERIOD = 1.0


class Ears:
    """Keeps the records of the nodes up to date; it doubts itself before it blames a node."""

    def __init__(self, records: Mapping[str, NodeRecord], now: Instant) -> None:
        self._records = records
        self._listened = now
        self._looked: Instant | None = None

    def on_heartbeat(self, heartbeat: Heartbeat, now: Instant) -> Step:
        """Take what a node says of itself."""
        step = Step()
        record = self._records.get(heartbeat.node)
        if record is None:
            return step
        before, heard, was_silent = record.heartbeat, record.received, record.is_silent
        is_new_process = before is not None and before.pid != heartbeat.pid
        if not is_new_process and record.has_exited:
            # It was on its way when the process ended.
            return step
        record.heartbeat, record.received, record.unheard_pid = heartbeat, now, 0
        record.is_silent = record.is_hanging = record.has_exited = record.is_awake = False
        record.suspected = None
        record.note_work(heartbeat, now)
        if before is None or is_new_process:
            watch = ProcessRequest(heartbeat.node, heartbeat.host, heartbeat.pid)
            step.processes.append(watch)
        if is_new_process or was_silent:
            detail = f"process {heartbeat.pid}, {heartbeat.state.name.lower()}"
            step.notices.append(Notice("node_returned", record.name, detail))
        if is_new_process:
            record.pending, record.problem, record.via = None, "", None
            record.is_starved = record.is_halted = False
            record.lost = record.lost or heard
        if record.pending is not None and is_past(record.pending, heartbeat.state):
            record.pending, record.problem = None, ""
        return step

    def on_process(self, note: ProcessNote, now: Instant) -> Step:
        """Take how a process is; of one that is gone nothing that it said counts any more."""
        step = Step()
        record = self._records.get(note.node)
        beat = record.heartbeat if record is not None else None
        if record is not None and beat is None:
            _take_unheard(record, note, now)
        if record is None or beat is None or beat.pid != note.pid or record.has_exited:
            return step
        _take_state(record, note)
        if not note.is_gone:
            return step
        if not record.is_silent:
            step.notices.append(Notice("node_silent", record.name, f"process {note.pid} ended"))
        record.is_silent = record.has_exited = True
        record.pending = None
        return step

    def on_result(self, result: TransitionResult, now: Instant) -> Step:
        """Take the answer to a request; no answer (None) is settled by the next heartbeat."""
        step = Step()
        record = self._records.get(result.node)
        if record is None or record.pending is None or result.attempt != record.attempt:
            return step
        if result.is_done is False:
            record.problem, record.pending = result.detail, None
            step.notices.append(Notice("transition_failed", record.name, result.detail))
        return step

    def listen(self, step: Step, now: Instant) -> None:
        """Note who has fallen silent, who hangs, and who is ready."""
        self._forgive(now)
        self._look_for_unheard(step, now)
        for record in self._records.values():
            _suspect(record, step, now)
            _note_silence(record, step, now)
            _note_readiness(record, step, now)
        self._mistrust_itself(now)

    def _forgive(self, now: Instant) -> None:
        """Blame nobody for beats that waited while the orchestrator itself was held up."""
        if now.since(self._listened) > HELD_UP:
            for record in self._records.values():
                if record.received is not None and not record.is_silent:
                    record.received = now
        self._listened = now

    def _look_for_unheard(self, step: Step, now: Instant) -> None:
        """Ask who runs what was never heard: it may hang since before it could be heard."""
        if self._looked is not None and now.since(self._looked) < LOOK_PERIOD:
            return
        self._looked = now
        for record in self._records.values():
            if record.heartbeat is None and not record.unheard_pid:
                step.processes.append(ProcessRequest(record.name))

    def _mistrust_itself(self, now: Instant) -> None:
        """Let no node hang when all are silent at once: then it is rather this one that is deaf.

        Each has its time anew once one is heard again. Processes that ended are known without
        ears.
        """
        records = self._records.values()
        if not any(item.is_silent or item.unheard_pid for item in records):
            return
        known = [item for item in records if item.heartbeat or item.unheard_pid]
        alive = [item for item in known if not item.has_exited]
        if len(alive) > 1 and all(item.is_silent or item.unheard_pid for item in alive):
            for record in alive:
                record.is_hanging, record.received = False, now


def _take_unheard(record: NodeRecord, note: ProcessNote, now: Instant) -> None:
    if note.is_gone:
        record.unheard_pid, record.received = 0, None
    elif record.unheard_pid != note.pid:
        record.unheard_pid, record.received = note.pid, now
        record.unheard_began = now.steady - from_seconds(note.age)
        record.suspected, record.is_awake = None, False
    # Nobody looks at it all the time: what worked once is not taken for one that hangs.
    _take_state(record, replace(note, is_awake=note.is_awake or record.is_awake))


def _take_state(record: NodeRecord, note: ProcessNote) -> None:
    record.is_starved, record.is_halted = note.is_starved, note.is_halted
    record.is_awake = note.is_awake


def _suspect(record: NodeRecord, step: Step, now: Instant) -> None:
    """Ask how the process of a silent node is, before it is blamed."""
    host, pid = record.process
    if not pid or record.has_exited or record.silence(now) <= SUSPICIOUS * record.policy.hang:
        return
    is_due = record.heartbeat is not None and now.since(record.suspected or now) >= LOOK_PERIOD
    if record.suspected is None or is_due:
        record.suspected, record.is_awake = now, False
        step.processes.append(ProcessRequest(record.name, host, pid, is_suspect=True))


def _note_silence(record: NodeRecord, step: Step, now: Instant) -> None:
    policy, silence = record.policy, record.silence(now)
    least = LOOKED if record.heartbeat is not None else LOOKED_UNHEARD
    was_looked_at = (
        record.is_hanging
        or record.is_halted
        or (record.suspected is not None and now.since(record.suspected) >= least)
    )
    if record.heartbeat is None:
        # A process that has just begun may load things before it beats.
        is_up = (now.steady - record.unheard_began) * 1e-9 > policy.unheard or record.is_halted
        is_missed = bool(record.unheard_pid) and is_up and was_looked_at
        record.is_hanging = is_missed and silence > record.patience
        return
    most = min(policy.silence, policy.halted) if record.is_halted else policy.silence
    if not record.is_silent and silence > most:
        record.is_silent = True
        detail = f"no heartbeat for {silence:.2f} s"
        step.notices.append(Notice("node_silent", record.name, detail))
    record.is_hanging = record.is_silent and silence > record.patience and was_looked_at


def _note_readiness(record: NodeRecord, step: Step, now: Instant) -> None:
    if record.actual in (record.via, Lifecycle.UNCONFIGURED):
        record.via = None
    is_ready = record.is_ready
    if is_ready and not record.was_ready:
        if record.lost is not None:
            record.last_recovery = now.since(record.lost)
            record.lost = None
        step.notices.append(Notice("node_ready", record.name, ""))
    elif record.was_ready and not is_ready and record.lost is None:
        record.lost = record.received if record.is_silent else now
    record.was_ready = is_ready


def is_past(transition: Transition, state: Lifecycle) -> bool:
    """Tell whether a node in a state shows that a transition was carried out."""
    return {
        Transition.CONFIGURE: state in (Lifecycle.INACTIVE, Lifecycle.ACTIVE),
        Transition.ACTIVATE: state is Lifecycle.ACTIVE,
        Transition.DEACTIVATE: state in (Lifecycle.INACTIVE, Lifecycle.UNCONFIGURED),
        Transition.CLEANUP: state is Lifecycle.UNCONFIGURED,
        Transition.SHUTDOWN: state is Lifecycle.FINALIZED,
    }[transition]
