"""Whether any policy makes the robot touch something, and what the shield costs a good one."""

from __future__ import annotations

import json
import math
import multiprocessing
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.report import Limit, Report, Settings, describe_machine
from bench.shield_episodes import (
    KINDS,
    Drive,
    Episode,
    Outcome,
    drive_normally,
    play,
)
from robot_system.errors import ConfigurationError
from robot_system.testing.hostile import STREAMS

EPISODES = 2_000
SECONDS = 10.0
# Worlds of each kind of source: of ten, so many are of the BARN data set where that is.
OF_TEN_BARN = 3
# To each so many episodes among what stands still, one among what moves too.
ONE_MOVING_OF = 10
MOVING = 6
NORMAL_DRIVES = 8
NORMAL_SECONDS = 30.0
LIMITS = {
    "episodes": Limit(at_least=EPISODES),
    "contacts": Limit(at_most=0.0),
    "normal_intervention_share": Limit(at_most=0.02),
    "normal_contacts": Limit(at_most=0.0),
}


def run(settings: Settings) -> Report:
    """Play all episodes on both cores, then drive with the default policy in open worlds."""
    machine = describe_machine()
    count = settings.episodes or EPISODES
    barn = _barn_folder()
    if barn is None:
        settings.say("without the BARN worlds: ROBOT_SYSTEM_DATA is not set")
    barn_worlds = _barn_worlds(barn) if barn else []
    standing = [_episode(number, barn, barn_worlds) for number in range(count)]
    moving = [_among_movers(number) for number in range(math.ceil(count / ONE_MOVING_OF))]
    cores = machine["cores_used"]
    with multiprocessing.get_context("fork").Pool(cores) as pool:
        outcomes = _played(pool.imap(play, standing, chunksize=len(STREAMS)), count, settings)
        among_movers = list(pool.imap(play, moving, chunksize=4))
        drives = [Drive(f"generated:sparse:{n}", NORMAL_SECONDS) for n in range(NORMAL_DRIVES)]
        normal = list(pool.imap(drive_normally, drives))
    figures = _of_hostile(outcomes) | _of_moving(among_movers) | _of_normal(normal)
    rows = [_row(name, outcomes, among_movers) for name in STREAMS]
    return Report("shield", machine, 1, figures, LIMITS, rows)


def _barn_folder() -> Path | None:
    given = os.environ.get("ROBOT_SYSTEM_DATA")
    if not given:
        return None
    if not (Path(given) / "barn" / "worlds.json").is_file():
        raise ConfigurationError(f"ROBOT_SYSTEM_DATA={given}: no barn/worlds.json in it")
    return Path(given)


def _barn_worlds(folder: Path) -> list[int]:
    data = json.loads((folder / "barn" / "worlds.json").read_text(encoding="utf-8"))
    return [int(world["id"]) for world in data["worlds"]]


def _episode(number: int, barn: Path | None, barn_worlds: list[int]) -> Episode:
    """Return an episode: all policies in a world, then all in the next one."""
    names = tuple(STREAMS)
    policy, turn = names[number % len(names)], number // len(names)
    if barn_worlds and turn % 10 < OF_TEN_BARN:
        world = f"barn:{barn_worlds[turn * 7 % len(barn_worlds)]}"
    else:
        world = f"generated:{KINDS[turn % len(KINDS)]}:{turn}"
    return Episode(number, policy, world, SECONDS, barn)


def _among_movers(number: int) -> Episode:
    policy = tuple(STREAMS)[number % len(STREAMS)]
    world = f"generated:{KINDS[number % len(KINDS)]}:{number // len(STREAMS)}"
    return Episode(number, policy, world, SECONDS, None, MOVING)


def _played(outcomes: Iterable[Outcome], count: int, settings: Settings) -> list[Outcome]:
    played = []
    for outcome in outcomes:
        played.append(outcome)
        if outcome.contacts:
            settings.say(f"contact: {outcome.episode} {outcome.detail}")
        if len(played) % max(count // 10, 1) == 0:
            contacts = sum(one.contacts for one in played)
            settings.say(f"{len(played)} of {count} episodes, {contacts} contacts")
    return played


def _of_hostile(outcomes: list[Outcome]) -> dict[str, float]:
    cycles = sum(one.cycles for one in outcomes)
    return {
        "episodes": len(outcomes),
        "contacts": sum(one.contacts for one in outcomes),
        "intervention_share": sum(one.interventions for one in outcomes) / cycles,
        "simulated_h": sum(one.seconds for one in outcomes) / 3600.0,
        "distance_m": sum(one.distance for one in outcomes),
        "worlds": len({one.episode.world for one in outcomes}),
        "policies": len({one.episode.policy for one in outcomes}),
        "cycles": cycles,
    }


def _of_moving(outcomes: list[Outcome]) -> dict[str, float]:
    return {
        "moving_episodes": len(outcomes),
        "moving_contacts": sum(one.contacts for one in outcomes),
        "moving_contacts_robot_moving": sum(one.contacts_moving for one in outcomes),
        "moving_contacts_robot_faster_than_10_cm_per_s": sum(
            one.contacts_fast for one in outcomes
        ),
    }


def _of_normal(outcomes: list[dict[str, float]]) -> dict[str, float]:
    def total(name: str) -> float:
        return sum(one[name] for one in outcomes)

    return {
        "normal_intervention_share": total("interventions") / total("cycles"),
        "normal_motion_kept": total("applied") / total("requested"),
        "normal_cycles": total("cycles"),
        "normal_goals": total("goals"),
        "normal_contacts": total("contacts"),
    }


def _row(name: str, standing: list[Outcome], moving: list[Outcome]) -> dict[str, Any]:
    own = [one for one in standing if one.episode.policy == name]
    among = [one for one in moving if one.episode.policy == name]
    return {
        "policy": name,
        "episodes": len(own),
        "contacts": sum(one.contacts for one in own),
        "intervention_share": sum(one.interventions for one in own)
        / max(sum(one.cycles for one in own), 1),
        "distance_m": sum(one.distance for one in own),
        "moving_contacts_robot_moving": sum(one.contacts_moving for one in among),
    }
