"""S2: whatever a policy asks for, nothing that stands still is touched, in any world."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pytest

from robot_system import contract
from robot_system.component import Component
from robot_system.contract import Topic
from robot_system.core.motion import shield
from robot_system.core.time import Instant
from robot_system.core.values import ActionChunk, GroundTruth, Mode, Scan, SystemState
from robot_system.lockstep.host import LockstepHost
from robot_system.nodes.motion import MotionNode, MotionParameters
from robot_system.nodes.sim import SimNode, SimParameters
from robot_system.parameters import Parameters, parameter

SECONDS = 40.0
RATE = 20
FAST, SPIN = 3.0, 6.0
NAN, INF = math.nan, math.inf

Command = tuple[float, float]
Stream = Iterator[Command]


@dataclass
class Sight:
    """Where the closest thing is that the LiDAR sees (rad)."""

    bearing: float = 0.0


def ahead(rng: np.random.Generator, sight: Sight) -> Stream:
    while True:
        yield FAST, 0.0


def arbitrary(rng: np.random.Generator, sight: Sight) -> Stream:
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


STREAMS: dict[str, Callable[[np.random.Generator, Sight], Stream]] = {
    item.__name__: item
    for item in (ahead, arbitrary, oscillating, at_the_nearest, turning_and_reversing, not_finite)
}

WORLDS = ("rooms:10", "corridors:2", "sparse:1", "medium:3", "dense:4")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostileParameters(Parameters):
    stream: str = parameter("ahead", "which of the streams")
    seed: int = parameter(0, "seed of the stream")


class Hostile(Component[HostileParameters]):
    """A policy that says that all is well, and is not."""

    name: ClassVar[str] = "policy"
    parameters_type: ClassVar[type[Parameters]] = HostileParameters
    reads: ClassVar[tuple[Topic, ...]] = (contract.SCAN_RAW,)
    writes: ClassVar[tuple[Topic, ...]] = (contract.ACTION_CHUNK,)

    @property
    def period(self) -> float:
        return 1.0 / RATE

    def configure(self) -> None:
        self._sight = Sight()
        rng = np.random.default_rng(self.parameters.seed)
        self._stream = STREAMS[self.parameters.stream](rng, self._sight)
        self._sequence = 0

    def on_scan_raw(self, scan: Scan, now: Instant) -> None:
        ranges = np.where(np.isfinite(scan.ranges), scan.ranges, np.inf)
        self._sight.bearing = scan.angle_min + scan.angle_increment * int(ranges.argmin())

    def tick(self, now: Instant) -> None:
        self._sequence += 1
        commands = np.array([next(self._stream)])
        chunk = ActionChunk(
            now.stamp, self._sequence, "hostile", "0", now.stamp, 0.05, commands, 0.3, valid=True
        )
        self.publish(contract.ACTION_CHUNK, chunk)


class Permission(Component[Parameters]):
    """Lets the robot move, always."""

    name: ClassVar[str] = "permission"
    parameters_type: ClassVar[type[Parameters]] = Parameters
    writes: ClassVar[tuple[Topic, ...]] = (contract.SYSTEM_STATE,)

    @property
    def period(self) -> float:
        return 1.0 / RATE

    def tick(self, now: Instant) -> None:
        state = SystemState(now.stamp, Mode.RUNNING, is_motion_allowed=True, valid=True)
        self.publish(contract.SYSTEM_STATE, state)


@dataclass
class Drive:
    """What really happened: where it went, how far (m), and what it touched."""

    contacts: int = 0
    distance: float = 0.0
    seconds: float = 0.0
    path: list[GroundTruth] = field(default_factory=list)

    def look(self, topic: Topic, value: Any, now: Instant) -> None:
        if topic is not contract.TRUTH:
            return
        if self.path:
            before, after = self.path[-1].pose, value.pose
            self.distance += math.hypot(after.x - before.x, after.y - before.y)
            self.seconds = (value.stamp - self.path[0].stamp) * 1e-9
        self.path.append(value)
        self.contacts = value.contacts


def drive(stream: str, world: str, seed: int = 0) -> Drive:
    """Let the hostile policy drive until something is touched or the time is over."""
    result = Drive()
    host = LockstepHost(
        [
            (SimNode, SimParameters(world=f"generated:{world}", seed=seed)),
            (Hostile, HostileParameters(stream=stream, seed=seed)),
            (Permission, Parameters()),
            (MotionNode, MotionParameters()),
        ]
    )
    host.listen(result.look)
    host.run(SECONDS, lambda: result.contacts > 0)
    return result


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("stream", STREAMS)
def test_nothing_is_touched_whatever_the_policy_asks_for(stream: str, world: str) -> None:
    result = drive(stream, world)
    assert result.contacts == 0, (result.seconds, result.path[-1])
    assert result.seconds > SECONDS - 1.0
    assert result.distance > 1.0


@pytest.mark.parametrize("world", WORLDS)
def test_without_the_shield_something_is_touched(
    world: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shield, "free_share", lambda *_: 1.0)
    assert drive("ahead", world).contacts > 0
