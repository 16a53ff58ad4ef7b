"""What the orchestrator knows of one node."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from robot_system.core.orchestration.policy import OF_WORK, Fault, RecoveryPolicy
from robot_system.core.orchestration.recovery import Recovery
from robot_system.core.orchestration.status import status_of
from robot_system.core.time import Instant, Time
from robot_system.core.values import Health, Heartbeat, Lifecycle, NodeStatus, Transition

# How a node works does not count while the machine has no time for it, and for so long after (s).
RECOVERED = 1.0
# A long piece of work counts for so long, unless there is another one (s).
WORK_COUNTS = 1.5
# A node that beats unmoved for this long after a request did not hear it (s).
ASK_AGAIN = 0.3


@dataclass(slots=True)
class NodeRecord:
    """The newest heartbeat of a node, what was asked of it, and its recovery.

    `unheard_pid` is a process that runs the node, from `unheard_began` on, and was not heard yet;
    it was found when something was `received` of it.
    `via` is a state that it has to pass through before it may be active; `stopped` and `disabled`
    are what a person wants; it is `resting` while it could do nothing useful, `overdue` when it
    should have been heard by now, and `busy` while its work takes too long.
    """

    name: str
    policy: RecoveryPolicy
    recovery: Recovery
    heartbeat: Heartbeat | None = None
    received: Instant | None = None
    unheard_pid: int = 0
    unheard_began: Time = 0
    pending: Transition | None = None
    asked: Instant | None = None
    attempt: int = 0
    problem: str = ""
    via: Lifecycle | None = None
    is_silent: bool = False
    is_hanging: bool = False
    is_starved: bool = False
    was_starved: Instant | None = None
    is_busy: bool = False
    worked: Instant | None = None
    is_halted: bool = False
    is_awake: bool = False
    suspected: Instant | None = None
    has_exited: bool = False
    is_stopped: bool = False
    is_disabled: bool = False
    is_resting: bool = False
    is_missed: bool = False
    is_overdue: bool = False
    gone_since: Instant | None = None
    is_poor: bool = False
    was_ready: bool = False
    lost: Instant | None = None
    last_recovery: float = 0.0
    _wrong: tuple[Fault, Time] | None = field(default=None)
    _told: NodeStatus | None = field(default=None)

    @property
    def actual(self) -> Lifecycle:
        """Return the state that the node itself reported, UNKNOWN while it is silent."""
        if self.heartbeat is None or self.is_silent:
            return Lifecycle.UNKNOWN
        return self.heartbeat.state

    @property
    def process(self) -> tuple[str, int]:
        """Return the host and the number of the process that runs it, 0 while none is known."""
        beat = self.heartbeat
        return ("", self.unheard_pid) if beat is None else (beat.host, beat.pid)

    @property
    def patience(self) -> float:
        """Return how long it may be silent before it hangs (s)."""
        policy = self.policy
        if self.is_halted:
            return policy.halted
        patience = policy.hang
        if self.heartbeat is None and self.is_awake:
            return policy.unheard
        if self.is_starved:
            patience = max(patience, policy.starved_hang)
        return max(patience, policy.awake_hang) if self.is_awake else patience

    @property
    def is_request_lost(self) -> bool:
        """Tell whether it still beats in its old state: then it never saw the request."""
        if self.asked is None or self.received is None:
            return False
        return self.received.since(self.asked) > ASK_AGAIN

    @property
    def is_there(self) -> bool:
        """Tell whether others may rely on it: a beat that is late is no reason to move them."""
        beat = self.heartbeat
        is_lost = self.has_exited or self.is_hanging
        return beat is not None and beat.state is Lifecycle.ACTIVE and not is_lost

    @property
    def health(self) -> Health:
        """Return the node's own view, UNHEALTHY while it is silent after it was heard."""
        if self.heartbeat is None:
            return Health.UNKNOWN
        if self.is_silent or self.recovery.given_up or self.problem:
            return Health.UNHEALTHY
        if self.recovery.let_be and self.heartbeat.health is Health.HEALTHY:
            return Health.DEGRADED
        return self.heartbeat.health

    @property
    def is_well(self) -> bool:
        """Tell whether the node is active and does its work."""
        beat = self.heartbeat
        if beat is None or self.is_silent or beat.state is not Lifecycle.ACTIVE:
            return False
        if self.problem or self.recovery.given_up:
            return False
        return beat.health is Health.HEALTHY or beat.health is Health.DEGRADED

    @property
    def is_at_work(self) -> bool:
        """Tell whether it does its work, and is meant to."""
        return self.via is None and not self.is_stopped and self.is_well

    @property
    def is_ready(self) -> bool:
        """Tell whether it does its work as it should: its outputs keep their rate and age."""
        return self.is_at_work and not self.is_poor and not self.recovery.let_be

    @property
    def is_in_trouble(self) -> bool:
        """Tell whether something is wrong with it, or was just now; not that it only starts."""
        beat = self.heartbeat
        is_unwell = beat is not None and beat.health is Health.UNHEALTHY
        is_held = self.is_stopped or self.is_disabled or bool(self.recovery.given_up)
        is_lost = self.is_silent or self.is_overdue
        is_healing = not (self.recovery.is_idle or self.recovery.let_be)
        return is_held or is_lost or is_unwell or bool(self.problem) or is_healing

    @property
    def blames(self) -> str:
        """Return the topic that the node's trouble comes from, if it names one."""
        return "" if self.heartbeat is None or self.is_silent else self.heartbeat.blames

    @property
    def since(self) -> Time:
        """Return since when it is not healthy, or silent; 0 when that is not so or not known."""
        beat = self.heartbeat
        if beat is None:
            return 0
        return beat.stamp if self.is_silent else beat.since

    @property
    def reason(self) -> str:
        """Return why the node is not healthy or not there."""
        if self.recovery.given_up:
            return f"{self.recovery.given_up}: waits for a person"
        if self.is_disabled:
            return "disabled"
        if self.is_stopped:
            return "stopped by a person"
        if self.heartbeat is None:
            who = f"process {self.unheard_pid} " if self.unheard_pid else ""
            return f"{who}was never heard" if self.is_hanging else f"{who}not heard yet"
        if self.is_resting and not self.is_silent:
            return "rests until a person has helped"
        if self.has_exited:
            return f"process {self.heartbeat.pid} is gone"
        if self.is_silent and self.is_starved:
            return "heartbeat is silent, the machine is overloaded"
        if self.is_silent and self.is_halted:
            return "heartbeat is silent, the process was stopped by a signal"
        if self.is_silent and self.is_awake:
            return "heartbeat is silent, though the process works: its messages are lost"
        if self.is_silent:
            return "heartbeat is silent"
        return self.recovery.let_be or self.problem or self.heartbeat.reason

    def note_work(self, beat: Heartbeat, now: Instant) -> None:
        """Note how long its work takes; a beat without any says nothing of that for a while."""
        is_old = self.worked is None or now.since(self.worked) > WORK_COUNTS
        if beat.tick_max > 0.0 or is_old or beat.state is not Lifecycle.ACTIVE:
            self.is_busy, self.worked = beat.tick_max > self.policy.busy, now

    def note_absence(self, now: Instant) -> None:
        """Note for how long it was not there: those that need it wait for a while as they are."""
        if self.is_there:
            self.gone_since, self.is_missed, self.is_overdue = None, False, False
            return
        self.gone_since = self.gone_since or now
        gone = now.since(self.gone_since)
        is_awaited = not (self.is_stopped or self.is_disabled or self.recovery.given_up)
        self.is_missed = not is_awaited or gone > self.policy.missed_after
        self.is_overdue = self.heartbeat is None and gone > self.policy.wait_patience

    def silence(self, now: Instant) -> float:
        """Return the seconds since the last heartbeat, without those that it announced.

        A node that loads something in a transition can not beat meanwhile, and says so before.
        """
        if self.received is None:
            return math.inf
        announced = self.heartbeat.delay if self.heartbeat is not None else 0.0
        return now.since(self.received) - min(announced, self.policy.transition_silence)

    def fault(self, producers: Mapping[str, str], now: Instant) -> Fault | None:
        """Return what is wrong with the node, once it lasts longer than it may."""
        if self.is_starved:
            self.was_starved = now
        found = self._fault(producers)
        if found in OF_WORK and self._has_no_time(now):
            found = None
        if found is None:
            self._wrong, self.is_poor = None, False
            return None
        if self._wrong is None or self._wrong[0] is not found:
            self._wrong = (found, now.steady)
        lasts = (now.steady - self._wrong[1]) * 1e-9
        self.is_poor = found is Fault.POOR and lasts >= self.policy.poor_grace
        return found if lasts >= self.policy.lasts(found) else None

    def is_still(self, fault: Fault | None) -> bool:
        """Tell whether it has a fault, however long that lasts."""
        return self._wrong is not None and self._wrong[0] is fault

    def _has_no_time(self, now: Instant) -> bool:
        return self.was_starved is not None and now.since(self.was_starved) < RECOVERED

    def _fault(self, producers: Mapping[str, str]) -> Fault | None:
        beat = self.heartbeat
        was_lost = self.is_overdue and self.recovery.fault is Fault.EXITED
        if self.has_exited or was_lost:
            return Fault.EXITED
        if beat is None or self.is_silent:
            return Fault.SILENT if self.is_hanging else None
        if self.problem:
            return Fault.FAILED
        if beat.state is Lifecycle.FINALIZED:
            return Fault.ENDED
        if beat.state is not Lifecycle.ACTIVE:
            return None
        is_own = producers.get(beat.blames) == self.name
        if beat.health is Health.UNHEALTHY:
            if not beat.blames:
                return Fault.UNHEALTHY
            return Fault.OUTPUT if is_own else Fault.INPUT
        if self.is_busy:
            return Fault.OVERLOADED
        return Fault.POOR if is_own and beat.health is Health.DEGRADED else None

    def status(self, desired: Lifecycle, fault: Fault | None, awaited: str) -> NodeStatus:
        """Return what is published of the node; `awaited` is the other one that it waits for.

        Mostly all is well, and the newest heartbeat says what the one before said: then the
        status is the one before too.
        """
        beat = self.heartbeat
        is_plain = (
            beat is not None
            and fault is None
            and self.is_ready
            and self.recovery.is_idle
            and not (self.is_disabled or self.is_resting)
        )
        if beat is None or not is_plain:
            self._told = None
            return status_of(self, desired, fault, awaited)
        told = self._told
        if (
            told is None
            or told.health is not beat.health
            or told.reason != beat.reason
            or told.blames != beat.blames
            or told.since != beat.since
            or told.pid != beat.pid
            or told.desired is not desired
            or told.last_recovery != self.last_recovery
        ):
            self._told = told = status_of(self, desired, fault, awaited)
        return told
