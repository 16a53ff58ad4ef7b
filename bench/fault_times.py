"""When the system itself first named a fault, from what was heard around it."""

from __future__ import annotations

import math

from bench.fault_watch import Records, is_fault
from robot_system import contract
from robot_system.core.values import Event, Mode, MotionState, Severity, SystemState
from robot_system.faults.catalogue import NODES, Fault, Means, fault

_NOT_A_SIGN = frozenset(
    {
        contract.FAULT_INJECTED.name,
        contract.FAULT_CLEARED.name,
        contract.GOAL_SET.name,
        contract.GOAL_REACHED.name,
        contract.CONTACT.name,
        contract.ROBOT_RELEASED.name,
    }
)


def words_of(row: Fault, target: str) -> frozenset[str]:
    """Return what a sign must name to be one of this fault; nothing: any sign will do."""
    if row.means is Means.TOGETHER:
        return frozenset().union(*(words_of(fault(name), one) for name, one in row.parts))
    if target in NODES:
        return frozenset({target})
    return frozenset({target}) if row.means is Means.SIMULATION else frozenset()


def detected_after(
    records: Records, words: frozenset[str], began: float, ended: float
) -> tuple[float, str]:
    """Return the seconds until the system itself first named the fault, and what it said.

    That is: a stop cause of `motion`, or a `system_state` or an event about what the fault was
    done to. NaN when there was none before the fault ended.
    """
    signs = [(heard, _cause(motion)) for heard, motion in records.motions if is_fault(motion)]
    signs += [
        (heard, f"system_state: {state.reason}")
        for heard, state in records.states
        if _names(state, words)
    ]
    signs += [
        (heard, f"{event.name} {event.node} {event.detail}".rstrip())
        for heard, event in records.events
        if _is_sign(event, words)
    ]
    during = (sign for sign in signs if began <= sign[0] <= ended)
    heard, said = min(during, default=(math.nan, ""))
    return heard - began, said


def _cause(motion: MotionState) -> str:
    return ", ".join(f"{cause.name} ({cause.detail or cause.source})" for cause in motion.causes)


def _names(state: SystemState, words: frozenset[str]) -> bool:
    if not words:
        return state.mode is not Mode.RUNNING or bool(state.reason)
    return any(word in state.reason for word in words) or any(
        status.node in words and not status.is_ready for status in state.nodes
    )


def _is_sign(event: Event, words: frozenset[str]) -> bool:
    if event.name in _NOT_A_SIGN:
        return False
    if not words:
        return event.severity > Severity.INFO or event.name == contract.MODE_CHANGED.name
    return event.node in words or any(word in event.detail for word in words)
