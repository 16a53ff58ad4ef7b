"""Single situations for the shield, each with what a careful engineer would measure in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from robot_system import contract
from robot_system.contract import Topic
from robot_system.core.time import SECOND
from robot_system.core.values import FaultRequest, FloatArray, Pose
from robot_system.motion_parameters import MotionParameters
from robot_system.sim.contact import Footprint
from robot_system.sim.world import World
from robot_system.testing.arena import Arena, always_same

FIELD = World("open field", Pose(), ((20.0, 0.0),), (-40.0, -40.0, 40.0, 40.0))
HALF_LENGTH, HALF_WIDTH = 0.254, 0.215
# The base counts as standing below this, and a command as going on above it (m/s).
STANDING, GOING = 0.02, 0.02
RUN_UP, HELD, PATIENCE = 2.0, 3.0, 3.0
# A scan, a cycle and the way to the wheels, at worst (s).
DELAY = 0.09


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured (s, m, shares); None where a scenario has no such thing.

    `allowed_time` is 0.3 s and the time that braking takes. `false_stops` is the share of cycles
    in which it stood though nothing was to hold it.
    """

    name: str
    allowed_time: float = 0.0
    time_to_stop: float | None = None
    distance_left: float | None = None
    held: float | None = None
    time_to_resume: float | None = None
    false_stops: float = 0.0
    contacts: int = 0
    causes: tuple[str, ...] = ()


class Trial:
    """One run of a scenario: drives up, lets something happen, and takes the times."""

    def __init__(
        self,
        name: str,
        speed: float,
        seed: int,
        world: World = FIELD,
        parameters: MotionParameters | None = None,
    ) -> None:
        self.name, self.speed = name, speed
        self.parameters = parameters or MotionParameters()
        self.arena = Arena(world, always_same(speed), motion=self.parameters, seed=seed)
        self.cycles = self.stops = 0

    def drive(self, seconds: float) -> None:
        """Drive where nothing is to hold it."""
        for _ in range(round(seconds * 100)):
            self.arena.step()
            self.cycles += 1
            self.stops += self.arena.state.is_stopped and self._has_started

    @property
    def _has_started(self) -> bool:
        return self.cycles > 50

    def finish(self, end: Callable[[], None] | None) -> Result:
        """Take the time until it stands, how long it holds, and how soon it goes on."""
        arena = self.arena
        began = arena.now.steady
        arena.run(PATIENCE, lambda: abs(arena.simulator.base.linear) < STANDING)
        time_to_stop = (arena.now.steady - began) / SECOND
        arena.run(0.1)
        causes = tuple(cause.name for cause in arena.causes)
        left = self.distance_left()
        held = 0
        for _ in range(round(HELD * 100)):
            arena.step()
            held += arena.state.is_stopped
        resumed = None
        if end is not None:
            end()
            began = arena.now.steady
            arena.run(PATIENCE, lambda: abs(arena.state.applied.linear) > GOING)
            resumed = (arena.now.steady - began) / SECOND
        return self.result(
            time_to_stop=time_to_stop,
            distance_left=left,
            held=held / round(HELD * 100),
            time_to_resume=resumed,
            causes=causes,
        )

    def result(self, **measured: Any) -> Result:
        """Return what was measured."""
        return Result(
            self.name,
            allowed_time=0.3 + self.speed / self.parameters.braking,
            false_stops=self.stops / max(self.cycles, 1),
            contacts=self.arena.contacts,
            **measured,
        )

    def distance_left(self) -> float | None:
        """Return the free distance around the base, None where there is nothing."""
        simulator = self.arena.simulator
        world, base = simulator.world, simulator.settings.base
        if not (len(world.circles) or len(world.edges)):
            return None
        return Footprint(world, base.length, base.width).separation(simulator.pose)

    def put(self, *segments: tuple[float, float, float, float]) -> None:
        """Let walls stand from now on, given from the place of the robot (m)."""
        x = self.arena.pose.x
        shifted: FloatArray = np.array(segments, float).reshape(-1, 4) + np.array([x, 0.0, x, 0.0])
        self.arena.simulator.rearrange(replace(FIELD, segments=shifted))

    def fault(self, kind: str, value: float = 0.0) -> None:
        """Break the LiDAR, or heal it."""
        now = self.arena.now.stamp
        self.arena.simulator.fault(FaultRequest(now, "scan", kind, value), now)

    def gap_to_brake(self) -> float:
        """Return the distance of a wall that it can just stop before."""
        return DELAY * self.speed + self.speed**2 / (2.0 * self.parameters.braking) + 0.02

    def wall_ahead(self, gap: float, opening: float = 0.0) -> None:
        """Put a wall across the way, with an opening in the middle."""
        ahead, half = HALF_LENGTH + gap, 0.5 * opening
        self.put((ahead, half, ahead, 4.0), (ahead, -4.0, ahead, -half))


def appears_ahead(speed: float, seed: int) -> Result:
    """A wall stands there all at once, as close as it can just be stopped before."""
    trial = Trial("appears_ahead", speed, seed)
    trial.drive(RUN_UP)
    trial.wall_ahead(trial.gap_to_brake())
    return trial.finish(trial.put)


def appears_beside(speed: float, seed: int) -> Result:
    """A wall stands beside it all at once: straight on is free, and nothing holds it."""
    trial = Trial("appears_beside", speed, seed)
    trial.drive(RUN_UP)
    side = HALF_WIDTH + 0.1
    trial.put((-1.0, side, 8.0, side))
    trial.drive(2.0)
    return trial.result(distance_left=trial.distance_left())


def turns_to_the_side(speed: float, seed: int) -> Result:
    """Beside a wall it is asked to turn into it."""
    trial = Trial("turns_to_the_side", speed, seed)
    trial.drive(RUN_UP)
    side = HALF_WIDTH + 0.045
    trial.put((-1.0, side, 8.0, side))
    trial.drive(0.2)
    trial.arena.act = always_same(speed, 1.5)
    return trial.finish(None)


def recedes(speed: float, seed: int) -> Result:
    """What it stands before goes away, a step at each moment."""
    trial = Trial("recedes", speed, seed)
    trial.drive(RUN_UP)
    trial.wall_ahead(trial.gap_to_brake())

    def go_away() -> None:
        for step in range(1, 4):
            trial.wall_ahead(0.06 + 0.25 * step)
            trial.arena.run(0.05)

    return trial.finish(go_away)


def passable_gap(speed: float, seed: int) -> Result:
    """A gap that is 16 cm wider than the base is driven through."""
    trial = Trial("passable_gap", min(speed, 0.4), seed)
    trial.drive(RUN_UP)
    trial.wall_ahead(1.0, 2.0 * HALF_WIDTH + 0.16)
    began = trial.arena.pose.x
    trial.drive(2.0 / trial.speed)
    if trial.arena.pose.x > began + 1.0 + 2.0 * HALF_LENGTH:
        return trial.result()
    return replace(trial.result(), false_stops=1.0)


def impassable_gap(speed: float, seed: int) -> Result:
    """A gap that is 3 cm narrower than the base is stopped before."""
    trial = Trial("impassable_gap", speed, seed)
    trial.drive(RUN_UP)
    trial.wall_ahead(trial.gap_to_brake(), 2.0 * HALF_WIDTH - 0.03)
    return trial.finish(trial.put)


def glass(speed: float, seed: int) -> Result:
    """No beam ahead comes back, where no return does not mean free space."""
    parameters = MotionParameters(no_return_is_free=False)
    room = replace(
        FIELD,
        segments=np.array(
            [(-9.0, -9.0, 9.0, -9.0), (9.0, -9.0, 9.0, 9.0), (9.0, 9.0, -9.0, 9.0),
             (-9.0, 9.0, -9.0, -9.0)]
        ),
    )  # fmt: skip
    trial = Trial("glass", speed, seed, room, parameters)
    trial.drive(RUN_UP)
    trial.arena.spoil = _without_returns_ahead

    def end() -> None:
        trial.arena.spoil = None

    return trial.finish(end)


def sensor_freezes(speed: float, seed: int) -> Result:
    """The LiDAR shows the same again and again, with fresh stamps, on the way to a wall."""
    trial = Trial("sensor_freezes", speed, seed)
    trial.put((6.0, -4.0, 6.0, 4.0))
    trial.drive(RUN_UP)
    trial.fault("frozen")
    return trial.finish(lambda: trial.fault(""))


def permission_is_lost(speed: float, seed: int) -> Result:
    """Nobody gives the permission to move any more."""
    trial = Trial("permission_is_lost", speed, seed)
    trial.drive(RUN_UP)
    trial.arena.has_permission = False

    def end() -> None:
        trial.arena.has_permission = True

    return trial.finish(end)


def permission_is_denied(speed: float, seed: int) -> Result:
    """The permission to move is taken away."""
    trial = Trial("permission_is_denied", speed, seed)
    trial.drive(RUN_UP)
    trial.arena.is_allowed = False

    def end() -> None:
        trial.arena.is_allowed = True

    return trial.finish(end)


def _without_returns_ahead(topic: Topic, value: Any) -> Any:
    if topic is not contract.SCAN_RAW:
        return value
    ranges = value.ranges.copy()
    third = len(ranges) // 3
    ranges[third:-third] = np.inf
    return replace(value, ranges=ranges)


SCENARIOS: dict[str, Callable[[float, int], Result]] = {
    scenario.__name__: scenario
    for scenario in (
        appears_ahead, appears_beside, turns_to_the_side, recedes, passable_gap, impassable_gap,
        glass, sensor_freezes, permission_is_lost, permission_is_denied,
    )
}  # fmt: skip
