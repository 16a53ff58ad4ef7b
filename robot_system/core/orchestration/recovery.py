"""The recovery of one node: what is tried next, how often that was, and when a person is asked."""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from robot_system.core.orchestration.policy import OF_WORK, Action, Fault, RecoveryPolicy
from robot_system.core.time import SECOND, Instant, Time, from_seconds


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing that was tried: when, why, what, what came of it ("" so far), how long it took."""

    stamp: Time
    node: str
    fault: Fault
    reason: str
    action: Action | None
    """None: everything is spent, and a person is asked."""
    outcome: str = ""
    duration: float = 0.0


READY, NOT_READY, EXITED, CLEARED = "ready", "not ready in time", "process ended", "cleared"
LET_BE = "let be"
ASKED = "a person wants it"


class Recovery:
    """Goes up the ladder of a fault, one action at a time, until the node is ready again.

    `known` is what orchestrators before this one tried: it goes on from there.
    """

    def __init__(
        self, node: str, policy: RecoveryPolicy, now: Instant, known: Iterable[Attempt] = ()
    ) -> None:
        self._node = node
        self._policy = policy
        self._draw = np.random.default_rng(zlib.crc32(node.encode()))
        self._rung = 0
        self._fault: Fault | None = None
        self._running: Attempt | None = None
        self._began: Time = 0
        self._deadline: Time = 0
        self._not_before: Time = 0
        self._acted: deque[Time] = deque()
        self._reached: dict[Fault, tuple[int, Time]] = {}
        self.given_up = ""
        self.last_duration = 0.0
        self.let_be = ""
        for attempt in known:
            self._remember(attempt, now)

    @property
    def attempts(self) -> int:
        """Return how many actions were taken for what is wrong now."""
        return self._rung + (self._running is not None)

    @property
    def action(self) -> Action | None:
        """Return what is being tried now."""
        return self._running.action if self._running is not None else None

    @property
    def fault(self) -> Fault | None:
        """Return what is wrong, until it is over."""
        return self._fault

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing is wrong, and nothing was done for what was wrong last."""
        return self._running is None and self._fault is None and self._rung == 0

    def step(
        self, fault: Fault | None, reason: str, is_ready: bool, now: Instant
    ) -> tuple[list[Attempt], Action | None]:
        """Return what ended and what was begun, and the action to take now."""
        told: list[Attempt] = []
        if self._running is not None:
            ended = self._ended(fault, is_ready, now)
            if ended is None:
                return told, None
            told.append(ended)
        if is_ready:
            self._rung, self._fault, self.let_be = 0, None, ""
        if fault is not None:
            self._take(fault, now)
        if fault is None or self.given_up or now.steady < self._not_before:
            return told, None
        ladder = self._policy.ladder(fault)
        if not ladder or self.let_be:
            return told, None
        action = ladder[self._rung] if self._rung < len(ladder) else None
        if action is None or action is Action.DEGRADE or self._is_budget_spent(now):
            end = self._let_be if ladder[-1] is Action.DEGRADE else self._give_up
            told.append(end(fault, reason, now))
            return told, None
        self._begin(Attempt(now.stamp, self._node, fault, reason, action), now)
        assert self._running is not None
        told.append(self._running)
        return told, action

    def ask(self, action: Action, now: Instant) -> Attempt:
        """Begin an action because a person wants it: it counts for no budget."""
        self._begin(Attempt(now.stamp, self._node, Fault.UNHEALTHY, ASKED, action), now)
        assert self._running is not None
        return self._running

    def clear(self, now: Instant) -> Attempt | None:
        """Begin anew after a person looked; return what is to be told, None when nothing was."""
        was_given_up = self.given_up
        self.given_up, self._rung, self._running, self._not_before = "", 0, None, 0
        self.let_be = ""
        self._acted.clear()
        self._reached.clear()
        if not was_given_up:
            return None
        return Attempt(now.stamp, self._node, Fault.UNHEALTHY, was_given_up, None, CLEARED)

    def _take(self, fault: Fault, now: Instant) -> None:
        """Begin with the first rung, or with the next one if it was only over for a while.

        How a node works looks well for a while after each action, whether that helped or not.
        """
        if fault is not self._fault:
            rung, last = self._reached.get(fault, (0, now.steady))
            is_relapse = now.steady - last <= from_seconds(self._policy.relapse)
            self._rung, self._fault, self.let_be = rung if is_relapse else 0, fault, ""
        self._note_rung(fault, self._rung, now)

    def _note_rung(self, fault: Fault, rung: int, now: Instant) -> None:
        if fault in OF_WORK:
            self._reached[fault] = rung, now.steady

    def _begin(self, attempt: Attempt, now: Instant) -> None:
        is_waiting = attempt.action is Action.WAIT
        self._running, self._began = attempt, now.steady
        self._deadline = now.steady + self._patience(attempt)
        if not is_waiting and attempt.reason != ASKED:
            self._acted.append(attempt.stamp)

    def _patience(self, attempt: Attempt) -> Time:
        is_waiting = attempt.action is Action.WAIT
        return from_seconds(self._policy.wait_patience if is_waiting else self._policy.patience)

    def _ended(self, fault: Fault | None, is_ready: bool, now: Instant) -> Attempt | None:
        """Return the running attempt when it is over."""
        running = self._running
        assert running is not None
        is_new = fault is Fault.EXITED and running.action in (
            Action.RETRY,
            Action.CLEAR,
            Action.RESET,
        )
        is_refused = fault is Fault.FAILED and running.action in (Action.RETRY, Action.RESET)
        if is_ready:
            outcome = READY
        elif is_new:
            outcome = EXITED
        elif is_refused or now.steady >= self._deadline:
            outcome = NOT_READY
        else:
            return None
        ended = replace(running, outcome=outcome, duration=(now.steady - self._began) * 1e-9)
        self._end(ended, now)
        self._not_before = 0
        if outcome != READY:
            wait = self._policy.wait_after(self._rung, self._draw.uniform(-1.0, 1.0))
            self._not_before = now.steady + from_seconds(wait)
        return ended

    def _end(self, attempt: Attempt, now: Instant) -> None:
        """Go on with the next rung when it did not help, from the lowest when that is new."""
        self._running = None
        self._note_rung(attempt.fault, self._rung + 1, now)
        self._rung = self._rung + 1 if attempt.outcome == NOT_READY else 0
        if attempt.outcome == READY:
            self._fault, self.last_duration = None, attempt.duration

    def _is_budget_spent(self, now: Instant) -> bool:
        oldest = now.stamp - from_seconds(self._policy.window)
        while self._acted and not oldest <= self._acted[0] <= now.stamp + SECOND:
            self._acted.popleft()
        return len(self._acted) >= self._policy.budget

    def _give_up(self, fault: Fault, reason: str, now: Instant) -> Attempt:
        self.given_up = f"{reason or fault.value}; nothing that was tried helped"
        return Attempt(now.stamp, self._node, fault, self.given_up, None)

    def _let_be(self, fault: Fault, reason: str, now: Instant) -> Attempt:
        self.let_be = f"{reason or fault.value}; nothing that was tried helped, it is let be"
        return Attempt(now.stamp, self._node, fault, self.let_be, Action.DEGRADE, LET_BE)

    def _remember(self, attempt: Attempt, now: Instant) -> None:
        """Take what an orchestrator before this one did, in order, as of the time of then."""
        began = now.steady - max(0, now.stamp - attempt.stamp)
        ended = Instant(attempt.stamp, began + from_seconds(attempt.duration))
        if attempt.action is None:
            self.given_up = "" if attempt.outcome == CLEARED else attempt.reason
            self._running = None
            if not self.given_up:
                self._rung = 0
                self._acted.clear()
        elif attempt.outcome == LET_BE:
            self._take(attempt.fault, ended)
            self.let_be = attempt.reason
        elif attempt.outcome:
            self._end(attempt, ended)
        else:
            self._take(attempt.fault, ended)
            self._begin(attempt, ended)
            # If it is the last, it has all of its time again.
            self._deadline = now.steady + self._patience(attempt)
