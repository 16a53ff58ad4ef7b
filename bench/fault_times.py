"""What the records around a fault come to: when it was detected, and when the robot was safe."""

from __future__ import annotations

import math
from itertools import pairwise, takewhile

from bench.fault_watch import Records, is_fault, is_held, is_standing
from robot_system import contract
from robot_system.core.values import Event, Mode, MotionState, Severity, SystemState, Twist
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
# A motion that commands 100 times a second is silent after this long; the base brakes by itself
# after 0.1 s, and its true motion is heard every 0.05 s (s).
SILENT = 0.15
# From the most speed to zero, at the braking of the robot, takes 0.33 s.
RAMP = 0.5
# What the slip of the wheels changes between two looks (m/s, rad/s).
NOISE = 0.05


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


def safe_after(records: Records, row: Fault, began: float, ended: float) -> float:
    """Return the seconds until the robot was safe for good, NaN when it never was.

    Safe means that the robot stands or is in a controlled stop, or drives on although `motion`,
    which checks the age of each input 100 times a second, has nothing against it. Where the
    wheels do not do what they are told, only standing is safe. So, of these the first:
    `motion` names a fault and its commands go down to zero from then; `motion` is silent and the
    base really brakes or stands; nothing holds the robot at any time until `ended`.
    """
    if row.name in ("wheels_stuck", "commands_ignored"):
        return _first(_standing(records), began)
    held = [heard for heard, motion in records.motions if heard >= began and is_fault(motion)]
    moments = [_braking(records, *pause) for pause in _pauses(records, began, ended)]
    moments = [one for one in moments if one is not None]
    if not held and not moments:
        return 0.0
    if held and _comes_to_rest(records, held[0]):
        moments.append(held[0])
    return min((one for one in moments if math.isfinite(one)), default=math.nan) - began


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


def _first(moments: list[float], began: float) -> float:
    return min((one for one in moments if one >= began), default=math.nan) - began


def _standing(records: Records) -> list[float]:
    return [heard for heard, truth in records.truths if is_standing(truth.twist)]


def _pauses(records: Records, began: float, ended: float) -> list[tuple[float, float]]:
    """Return the times without a command.

    Where the stamps go on without a gap, only the benchmark was kept from hearing them.
    """
    commands = [(heard, one.stamp * 1e-9) for heard, one in records.commands]
    before = [one for one in commands if one[0] <= began][-1:]
    heard = [*before, *(one for one in commands if one[0] > began)]
    pauses = [
        (early[0], late[0])
        for early, late in pairwise(heard)
        if early[0] < ended and late[0] - early[0] > SILENT and abs(late[1] - early[1]) > SILENT
    ]
    last = max(began, heard[-1][0]) if heard else began
    return [*pauses, (last, ended)] if ended - last > SILENT else pauses


def _braking(records: Records, since: float, until: float) -> float | None:
    """Return from when the base really slows down or stands while nobody commands it.

    NaN when it does not; None when nobody saw what it did once it had to.
    """
    truths = [(heard, truth.twist) for heard, truth in records.truths]
    before = [_size(twist) for heard, twist in truths if heard <= since]
    fastest = before[-1] if before else math.inf
    during = [(heard, twist) for heard, twist in truths if since < heard <= until + SILENT]
    for heard, twist in during:
        if is_standing(twist) or _size(twist) < fastest - NOISE:
            return heard
        fastest = max(fastest, _size(twist))
    was_seen = any(since + SILENT < heard <= until for heard, _ in during)
    return math.nan if was_seen else None


def _comes_to_rest(records: Records, since: float) -> bool:
    """Tell whether the commands only go down while the robot is held, and are zero in time.

    A decision and its command have the same stamp: the two topics may be heard in any order.
    """
    during = [motion for heard, motion in records.motions if since <= heard < since + RAMP]
    held = list(takewhile(is_held, during))
    told = {command.stamp: command.twist for _, command in records.commands}
    after = [told[motion.stamp] for motion in held if motion.stamp in told]
    falls = all(_size(late) <= _size(early) + 1e-6 for early, late in pairwise(after))
    was_short = len(held) < len(during)
    return falls and (was_short or not after or is_standing(after[-1]))


def _size(twist: Twist) -> float:
    return abs(twist.linear) + abs(twist.angular)
