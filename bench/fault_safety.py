"""How long a robot drove on without what it needs, from what was heard around a fault."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

from bench.fault_watch import Records, faults_of, is_held, is_standing
from robot_system.core.values import StopCause, Twist
from robot_system.faults.catalogue import Fault, Means

# What is older than this, heard from outside, keeps no robot driving (s).
FRESH_ENOUGH = 0.2
# A motion that commands 100 times a second is silent after this long; the base brakes by itself
# after 0.1 s, and its true motion is heard every 0.05 s (s).
SILENT = 0.15
# From the most speed to zero, at the braking of the robot, takes 0.33 s.
RAMP = 0.5
# What the slip of the wheels changes between two looks (m/s, rad/s).
NOISE = 0.05
# A base that follows its commands a little late is not further from them (m/s and rad/s).
OBEYS = 0.4
# Where the wheels do not do what they are told, only a base that comes to rest is safe.
DISOBEDIENT = frozenset({"wheels_stuck", "commands_ignored"})


def unsafe_seconds(records: Records, row: Fault, began: float, ended: float) -> float:
    """Return for how long at most the robot drove on after something that it needs had ended.

    Each time that it is stopped counts: when `motion` names a fault and its commands go down to
    zero from then, or when `motion` is silent and the base really brakes. NaN when it went on
    for good, 0 when it never lacked anything.
    """
    if row.name in DISOBEDIENT:
        return _until_rest(records, began, ended)
    pauses = _pauses(records, began, ended)
    lacking = [
        *_until_held(records, row, pauses, began, ended),
        *_until_braked(records, pauses, began),
        *_unsupplied(records, began, ended),
    ]
    return math.nan if any(map(math.isnan, lacking)) else max(lacking, default=0.0)


Pauses = Sequence[tuple[float, float]]


def _until_held(
    records: Records, row: Fault, pauses: Pauses, began: float, ended: float
) -> Iterator[float]:
    """Return how long something was lacking each time that `motion` stopped a driving robot."""
    since: float | None = began
    for heard, motion in records.motions:
        if not began <= heard <= ended:
            continue
        if not is_held(motion):
            since = heard if since is None else since
        elif since is not None and (causes := faults_of(motion)):
            since = max([since, *(min(end, heard) for silent, end in pauses if silent < heard)])
            lacking = min(_lacking_since(cause, row, heard, since, records) for cause in causes)
            yield heard - lacking if _comes_to_rest(records, heard) else math.nan
            since = None


def _lacking_since(
    cause: StopCause, row: Fault, heard: float, since: float, records: Records
) -> float:
    """Return from when the robot lacked what a cause is about, at the earliest `since`.

    What is stale says how old it is. Who may not drive any more had all that it needs until the
    last permission, whose base does not obey as long as it did, unless the fault is in what is
    measured of it. Of all else it is only known that it was well before `since`.
    """
    if cause.name.endswith("_stale"):
        return max(since, heard - cause.value)
    if cause.name == "permission_denied":
        return max([since, *(one for one, _ in records.permissions if one <= heard)])
    if cause.name == "base_disobeys" and row.means is not Means.SIMULATION:
        return max([since, *(one for one in _obeyed(records) if one <= heard)])
    return since


def _obeyed(records: Records) -> Iterator[float]:
    """Return the moments at which the base did about what it was told last."""
    commands = iter(records.commands)
    told, later = None, next(commands, None)
    for heard, truth in records.truths:
        while later is not None and later[0] <= heard:
            told, later = later[1].twist, next(commands, None)
        if told is not None and _size(_between(told, truth.twist)) < OBEYS:
            yield heard


def _until_braked(records: Records, pauses: Pauses, began: float) -> Iterator[float]:
    """Return how long it took each time until a base without commands braked by itself."""
    for silent, end in pauses:
        braking = _braking(records, silent, end)
        if braking is not None:
            yield braking - max(began, silent)


def _unsupplied(records: Records, began: float, ended: float) -> Iterator[float]:
    """Return how old what `motion` needs was while it drove on, where that is too old.

    Both the stamps and the times at which it was heard must say so: the clock of stamps may be
    at fault, and so may the ears of the benchmark.
    """
    driving = [
        (heard, motion.stamp)
        for heard, motion in records.motions
        if began <= heard <= ended and not is_held(motion)
    ]
    for supply in (records.permissions, records.actions, records.odometry):
        position = -1
        for heard, stamp in driving:
            while position + 1 < len(supply) and supply[position + 1][0] <= heard:
                position += 1
            if position < 0:
                continue
            newest = max((one for _, one in supply if one <= stamp), default=0)
            age = min(heard - max(began, supply[position][0]), (stamp - newest) * 1e-9)
            if age > FRESH_ENOUGH:
                yield age


def _until_rest(records: Records, began: float, ended: float) -> float:
    """Return how long it took until the base slowed down, NaN when it did not come to rest."""
    slowing = _braking(records, began, ended)
    if slowing is None:
        return math.nan
    stands = any(
        slowing <= heard <= slowing + RAMP and is_standing(truth.twist)
        for heard, truth in records.truths
    )
    return slowing - began if stands else math.nan


def _pauses(records: Records, began: float, ended: float) -> Pauses:
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


def _between(one: Twist, other: Twist) -> Twist:
    return Twist(one.linear - other.linear, one.angular - other.angular)


def _size(twist: Twist) -> float:
    return abs(twist.linear) + abs(twist.angular)
