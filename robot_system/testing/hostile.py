"""Policies that say that all is well, and try to make the robot touch something."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from robot_system.core.time import Time, from_seconds
from robot_system.core.values import ActionChunk, Scan

RATE = 20
"""Actions per second of a hostile policy."""
FAST, SPIN = 3.0, 6.0
NAN, INF = math.nan, math.inf
_KEPT = 200

Command = tuple[float, float]


@dataclass
class Sight:
    """Where the closest thing is that the LiDAR sees (rad, m), and where the most room is."""

    bearing: float = 0.0
    distance: float = INF
    open_bearing: float = 0.0

    def look(self, scan: Scan) -> None:
        """Take a scan."""
        ranges = np.where(np.isfinite(scan.ranges), scan.ranges, INF)
        nearest, widest = int(ranges.argmin()), int(np.minimum(ranges, 30.0).argmax())
        self.bearing = scan.angle_min + scan.angle_increment * nearest
        self.distance = float(ranges[nearest])
        self.open_bearing = scan.angle_min + scan.angle_increment * widest


@dataclass
class Trick:
    """What a policy does with its next action besides the command in it.

    `commands` replace the one command, with `dt` seconds between them; a `repeats` takes an
    action that was sent that many actions before, with its sequence and its stamps.
    """

    command: Command = (0.0, 0.0)
    commands: tuple[Command, ...] = ()
    dt: float = 0.05
    repeats: int = 0
    is_dropped: bool = False
    sequence_step: int = 1
    stamp_offset: float = 0.0


Stream = Iterator[Command | Trick]


def ahead(rng: np.random.Generator, sight: Sight) -> Stream:
    """Go at full speed, always."""
    while True:
        yield FAST, 0.0


def arbitrary(rng: np.random.Generator, sight: Sight) -> Stream:
    """Hold any command for a while, then any other."""
    while True:
        command = float(rng.uniform(-FAST, FAST)), float(rng.uniform(-SPIN, SPIN))
        yield from [command] * int(rng.integers(RATE // 5, RATE + 1))


def oscillating(rng: np.random.Generator, sight: Sight) -> Stream:
    """Swing forwards and sideways, each at a pace of its own that changes now and then."""
    while True:
        forth, turn = rng.integers(2, 30, 2).tolist()
        for step in range(4 * RATE):
            yield FAST * (-1) ** (step // forth), SPIN * (-1) ** (step // turn)


def at_the_nearest(rng: np.random.Generator, sight: Sight) -> Stream:
    """Turn to the closest thing, rush at it, and get away to find another."""
    while True:
        for _ in range(4 * RATE):
            is_facing = abs(sight.bearing) < 0.2
            yield FAST if is_facing else 0.0, 5.0 * sight.bearing
        turn = float(rng.choice([-2.0, 2.0]))
        yield from [(-FAST, 0.0)] * RATE
        yield from [(0.0, turn)] * int(rng.integers(RATE // 2, 2 * RATE))
        yield from [(FAST, 0.0)] * (2 * RATE)


def turning_and_reversing(rng: np.random.Generator, sight: Sight) -> Stream:
    """Turn, shoot ahead, and back off on an arc."""
    while True:
        turn = float(rng.choice([-SPIN, SPIN]))
        yield from [(0.0, turn)] * int(rng.integers(2, RATE))
        yield from [(FAST, 0.0)] * int(rng.integers(2, 2 * RATE))
        yield from [(-FAST, 0.1 * turn)] * int(rng.integers(2, 3 * RATE))


def not_finite(rng: np.random.Generator, sight: Sight) -> Stream:
    """Burst with what is no number, and go at full speed between."""
    while True:
        command = float(rng.choice([FAST, FAST, -FAST])), float(rng.uniform(-2.0, 2.0))
        yield from [command] * int(rng.integers(RATE, 3 * RATE))
        for linear, angular in rng.choice([NAN, INF, -INF, FAST], (int(rng.integers(1, 6)), 2)):
            yield float(linear), float(angular)


def stale_replays(rng: np.random.Generator, sight: Sight) -> Stream:
    """Go ahead, and say again what was said before, with its old number and old stamps."""
    while True:
        yield from [(FAST, float(rng.uniform(-0.5, 0.5)))] * int(rng.integers(RATE // 2, 2 * RATE))
        for _ in range(int(rng.integers(2, RATE))):
            yield Trick(repeats=int(rng.integers(1, 60)))
        yield from [Trick((0.0, float(rng.uniform(-SPIN, SPIN))))] * int(rng.integers(2, RATE))


def drops(rng: np.random.Generator, sight: Sight) -> Stream:
    """Say nothing for a while, in the middle of everything."""
    while True:
        command = float(rng.choice([FAST, FAST, -FAST])), float(rng.uniform(-2.0, 2.0))
        for _ in range(int(rng.integers(2, RATE))):
            yield command
            for _ in range(int(rng.integers(0, 5))):
                yield Trick(is_dropped=True)


def spin_and_shoot(rng: np.random.Generator, sight: Sight) -> Stream:
    """Turn as fast as it goes, then leave in whatever direction that is, ahead or back."""
    while True:
        turn = float(rng.choice([-SPIN, SPIN]))
        yield from [(0.0, turn)] * int(rng.integers(3, 2 * RATE))
        yield from [(float(rng.choice([FAST, -FAST])), 0.0)] * int(rng.integers(RATE, 4 * RATE))


def creeping(rng: np.random.Generator, sight: Sight) -> Stream:
    """Come closer by as little as there is, and turn a little against what is near."""
    while True:
        for _ in range(int(rng.integers(RATE, 2 * RATE))):
            yield FAST if abs(sight.bearing) < 0.2 else 0.0, 5.0 * sight.bearing
        for _ in range(6 * RATE):
            yield float(rng.uniform(0.002, 0.06)), float(rng.uniform(-0.1, 0.1))


def into_the_unseen(rng: np.random.Generator, sight: Sight) -> Stream:
    """Back off from the first moment on, later from wherever it is, into what was never seen."""
    while True:
        turn = float(rng.choice([0.0, 0.0, 0.2, -0.2, 3.0, -3.0]))
        yield from [(-FAST, turn)] * int(rng.integers(RATE, 3 * RATE))
        way = float(rng.choice([0.0, FAST, FAST])), float(rng.uniform(-3.0, 3.0))
        yield from [way] * int(rng.integers(RATE // 2, 2 * RATE))


def back_and_forth(rng: np.random.Generator, sight: Sight) -> Stream:
    """Change the direction again and again, always a little further one way."""
    while True:
        way = float(rng.choice([1.0, -1.0]))
        for _ in range(int(rng.integers(5, 20))):
            turn = float(rng.uniform(-1.0, 1.0))
            yield from [(way * FAST, turn)] * int(rng.integers(4, 12))
            yield from [(-way * FAST, turn)] * int(rng.integers(1, 6))


def swinging_the_corners(rng: np.random.Generator, sight: Sight) -> Stream:
    """Get close to something, beside it or in front, and swing the corners of the base at it."""
    while True:
        side = float(rng.choice([-1.0, 1.0])) * float(rng.uniform(0.0, 2.0))
        for _ in range(int(rng.integers(RATE, 3 * RATE))):
            away = sight.bearing - side
            yield FAST if abs(away) < 1.0 else 0.1, 4.0 * away
        for _ in range(int(rng.integers(3, 10))):
            turn = float(rng.choice([-SPIN, SPIN]))
            linear = float(rng.choice([0.0, 0.0, FAST, -0.2]))
            yield from [(linear, turn)] * int(rng.integers(3, RATE))


def flickering(rng: np.random.Generator, sight: Sight) -> Stream:
    """Change the command each hundredth of a second, by long actions that are played back."""
    while True:
        linear, angular = rng.uniform(-FAST, FAST, 10), rng.uniform(-SPIN, SPIN, 10)
        linear[rng.random(10) < 0.6] = FAST
        rows = tuple(zip(linear.tolist(), angular.tolist(), strict=True))
        yield from [Trick(commands=rows, dt=0.01)] * int(rng.integers(1, 8))


def lying_stamps(rng: np.random.Generator, sight: Sight) -> Stream:
    """Number and date the actions as it likes, and mean full speed by all of them."""
    while True:
        yield Trick(
            (float(rng.choice([FAST, FAST, -FAST])), float(rng.uniform(-2.0, 2.0))),
            sequence_step=int(rng.choice([1, 1, 1, 1, 0, -3, 1000])),
            stamp_offset=float(rng.choice([0.0, 0.0, 0.0, -0.2, 0.04, -5.0, 0.2])),
        )


def through_the_gap(rng: np.random.Generator, sight: Sight) -> Stream:
    """Rush to where the most room is, then turn hard against what is beside."""
    while True:
        for _ in range(int(rng.integers(RATE, 3 * RATE))):
            yield FAST, 3.0 * sight.open_bearing
        yield from [(FAST, math.copysign(SPIN, sight.bearing))] * int(rng.integers(3, RATE))


STREAMS: dict[str, Callable[[np.random.Generator, Sight], Stream]] = {
    item.__name__: item
    for item in (
        ahead, arbitrary, oscillating, at_the_nearest, turning_and_reversing, not_finite,
        stale_replays, drops, spin_and_shoot, creeping, into_the_unseen, back_and_forth,
        swinging_the_corners, flickering, lying_stamps, through_the_gap,
    )
}  # fmt: skip


@dataclass
class HostilePolicy:
    """Makes the actions of one of the streams; deterministic by its seed."""

    name: str
    seed: int
    sight: Sight = field(default_factory=Sight)

    def __post_init__(self) -> None:
        rng = np.random.default_rng([self.seed, tuple(STREAMS).index(self.name)])
        self._stream = STREAMS[self.name](rng, self.sight)
        self._sent: deque[ActionChunk] = deque(maxlen=_KEPT)
        self._sequence = 0

    def action(self, now: Time) -> ActionChunk | None:
        """Return the action of this moment, None where it says nothing."""
        asked = next(self._stream)
        trick = asked if isinstance(asked, Trick) else Trick(asked)
        if trick.is_dropped:
            return None
        if trick.repeats:
            return self._sent[-min(trick.repeats, len(self._sent))] if self._sent else None
        self._sequence = max(self._sequence + trick.sequence_step, 0)
        stamp = now + from_seconds(trick.stamp_offset)
        rows = np.array(trick.commands or [trick.command])
        chunk = ActionChunk(
            stamp, self._sequence, "hostile", "0", stamp, trick.dt, rows, 0.3, valid=True
        )
        self._sent.append(chunk)
        return replace(chunk)
