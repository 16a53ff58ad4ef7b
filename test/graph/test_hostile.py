"""S2: whatever a policy asks for, nothing that stands still is touched, in any world."""

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from robot_system import contract
from robot_system.component import Component
from robot_system.contract import Topic
from robot_system.core.motion import shield
from robot_system.core.time import Instant
from robot_system.core.values import GroundTruth, Mode, Scan, SystemState
from robot_system.lockstep.host import LockstepHost
from robot_system.motion_parameters import MotionParameters
from robot_system.nodes.motion import MotionNode
from robot_system.nodes.sim import SimNode, SimParameters
from robot_system.parameters import Parameters, parameter
from robot_system.testing.hostile import RATE, HostilePolicy

SECONDS = 40.0

STREAMS = (
    "ahead",
    "arbitrary",
    "oscillating",
    "at_the_nearest",
    "turning_and_reversing",
    "not_finite",
)
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
        self._policy = HostilePolicy(self.parameters.stream, self.parameters.seed)

    def on_scan_raw(self, scan: Scan, now: Instant) -> None:
        self._policy.sight.look(scan)

    def tick(self, now: Instant) -> None:
        chunk = self._policy.action(now.stamp)
        if chunk is not None:
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
