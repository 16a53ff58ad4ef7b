"""Single episodes of `robot bench shield`, each in whatever process takes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from robot_system import contract
from robot_system.contract import Topic
from robot_system.core.time import SECOND, Instant
from robot_system.core.values import Pose
from robot_system.lockstep.system import LockstepSystem
from robot_system.sim.generator import KINDS as GENERATED
from robot_system.sim.world import World
from robot_system.sim.worlds import load_world
from robot_system.testing.arena import EPOCH, Arena
from robot_system.testing.hostile import HostilePolicy

KINDS = tuple(GENERATED)
# The robot is put where this much is free around its centre (m).
ROOM = 0.5
ATTEMPTS = 2_000


@dataclass(frozen=True, slots=True)
class Episode:
    """One policy in one world, from one place: all follows from the number."""

    number: int
    policy: str
    world: str
    seconds: float
    data: Path | None = None
    moving: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an episode."""

    episode: Episode
    contacts: int
    contacts_moving: int
    contacts_fast: int
    cycles: int
    interventions: int
    distance: float
    seconds: float
    detail: str


@dataclass(frozen=True, slots=True)
class Drive:
    """One drive with the default policy, the whole graph in lockstep."""

    world: str
    seconds: float


def play(episode: Episode) -> Outcome:
    """Play an episode until something that stands still is touched, or to its end."""
    world = load_world(episode.world, episode.data, episode.moving)
    # Where things move about, the start of the world is one that they keep away from.
    if not episode.moving:
        world = _somewhere(world, episode.number)
    policy = HostilePolicy(episode.policy, episode.number)
    arena = Arena(
        world,
        policy.action,
        policy.sight.look,
        seed=episode.number,
        has_eyes=episode.moving > 0,
    )
    arena.run(episode.seconds, lambda: arena.contacts > 0 and not episode.moving)
    tally, pose = arena.tally, arena.pose
    seconds = (arena.now.stamp - EPOCH) / SECOND
    causes = ", ".join(cause.name for cause in arena.causes)
    return Outcome(
        episode,
        arena.contacts,
        tally.contacts_moving,
        tally.contacts_fast,
        tally.cycles,
        tally.interventions,
        tally.distance,
        seconds,
        f"after {seconds:.2f} s at {pose.x:.2f} {pose.y:.2f} {pose.theta:.2f},"
        f" applied {arena.state.applied}, causes: {causes or 'none'}",
    )


def _somewhere(world: World, number: int) -> World:
    """Put the robot anywhere in the world, heading anywhere; each fourth time where it starts."""
    if number // 16 % 4 == 0:
        return world
    rng = np.random.default_rng([number, 99])
    left, bottom, right, top = world.bounds
    x, y = rng.uniform(left, right, ATTEMPTS), rng.uniform(bottom, top, ATTEMPTS)
    free = np.flatnonzero(world.clearances(x, y) > ROOM)
    if not len(free):
        return world
    chosen = int(free[0])
    heading = float(rng.uniform(-np.pi, np.pi))
    return replace(world, start=Pose(float(x[chosen]), float(y[chosen]), heading))


def drive_normally(drive: Drive) -> dict[str, float]:
    """Drive from goal to goal, and count where the shield changed what the policy asked for."""
    system = LockstepSystem(drive.world, is_endless=True)
    found = dict.fromkeys(("cycles", "interventions", "applied", "requested"), 0.0)
    last = 0

    def look(topic: Topic, value: Any, now: Instant) -> None:
        nonlocal last
        if topic is not contract.MOTION_STATE or not value.is_periodic:
            return
        found["cycles"] += 1
        found["interventions"] += value.interventions > last
        last = value.interventions
        asked = abs(value.requested.linear)
        found["requested"] += asked
        found["applied"] += min(abs(value.applied.linear), asked)

    system.host.listen(look)
    outcome = system.run(drive.seconds)
    return {**found, "goals": outcome.goals.reached, "contacts": outcome.contacts}
