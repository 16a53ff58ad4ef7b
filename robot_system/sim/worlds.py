"""Finds the world that a user names: a file, a generated one, or one of the BARN benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from robot_system.core.values import Pose
from robot_system.errors import WorldError
from robot_system.sim.contact import Footprint
from robot_system.sim.generator import KINDS, generate
from robot_system.sim.robot import BaseSettings
from robot_system.sim.world import Point, World
from robot_system.sim.world_file import extent, from_json, read_json

_DIGITS = 18


def load_world(spec: str, data_folder: Path | None = None, moving: int = 0) -> World:
    """Return the world named by a file, `generated:[KIND:]SEED` or `barn:N`, checked.

    `moving` obstacles are put into a generated world; `data_folder` holds the BARN worlds.
    """
    source, _, rest = spec.partition(":")
    if source == "generated":
        return _checked_generated(spec, rest, moving)
    if source == "barn":
        world = _barn(spec, rest, data_folder)
    else:
        path = Path(spec)
        world = from_json(read_json(path), str(path))
    check_world(world, spec)
    return world


@lru_cache(maxsize=4)
def _checked_generated(spec: str, rest: str, moving: int) -> World:
    """Return a generated world, made and checked once in this process."""
    world = _generated(spec, rest, moving)
    check_world(world, spec)
    return world


def check_world(world: World, source: str) -> None:
    """Raise WorldError when the robot can not stand at the start, or not reach a goal."""
    base = BaseSettings()
    footprint = Footprint(world, base.length, base.width)
    moving = [(*item.at(0.0)[:2], item.radius) for item in world.moving]
    is_touching = footprint.separation(world.start, moving) <= 0.0
    if is_touching or world.clearance(world.start.x, world.start.y) <= 0.0:
        raise WorldError(
            f"world {source}: start ({world.start.x:g}, {world.start.y:g}) is in an obstacle"
        )
    if not world.goals:
        raise WorldError(f"world {source}: goals must have at least one point")
    for index, goal in enumerate(world.goals):
        check_goal(world, goal, source, f"goals[{index}]")


def check_goal(world: World, goal: Point, source: str, name: str = "goal") -> None:
    """Raise WorldError when the robot would touch something wherever it turns at this point.

    `name` is what the goal is called in the world that `source` names; a goal without a name is
    not of the world, and `source` is all that it is called.
    """
    where = f"world {source}: {name}" if name else f"{source}:"
    if world.clearance(*goal) < 0.5 * BaseSettings().width:
        raise WorldError(
            f"{where} ({goal[0]:g}, {goal[1]:g}) is in an obstacle,"
            " or closer to one than half the robot's width"
        )
    left, bottom, right, top = world.bounds
    if not (left <= goal[0] <= right and bottom <= goal[1] <= top):
        raise WorldError(f"{where} ({goal[0]:g}, {goal[1]:g}) is outside of the bounds")


def _generated(spec: str, rest: str, moving: int) -> World:
    kind, _, seed = rest.rpartition(":")
    if kind and kind not in KINDS:
        raise WorldError(f"world {spec}: kind {kind!r} is unknown; kinds are {', '.join(KINDS)}")
    if not _is_number(seed):
        raise WorldError(f"world {spec}: seed {seed!r} must be a number, as in generated:7")
    return generate(int(seed), kind, moving)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS


def _barn(spec: str, number: str, data_folder: Path | None) -> World:
    if not _is_number(number):
        raise WorldError(f"world {spec}: {number!r} must be the number of a world, as in barn:7")
    if data_folder is None:
        raise WorldError(
            f"world {spec}: needs the folder with the BARN data; set ROBOT_SYSTEM_DATA to it"
        )
    path = data_folder / "barn" / "worlds.json"
    data = read_json(path)
    try:
        entries = {entry["id"]: entry for entry in data["worlds"]}
        if int(number) not in entries:
            raise WorldError(
                f"world {spec}: {path} has no world {number}; ids are {min(entries)} to"
                f" {max(entries)}, with gaps"
            )
        return _barn_world(spec, data, entries[int(number)])
    except (KeyError, TypeError, ValueError) as error:
        raise WorldError(f"world {path}: not the BARN worlds: {error!r}") from None


def _barn_world(name: str, header: Mapping[str, Any], entry: Mapping[str, Any]) -> World:
    centres = np.array(entry["cylinders"], dtype=float).reshape(-1, 2)
    radii = np.full((len(centres), 1), float(header["cylinder_radius_m"]))
    start = Pose(*(float(number) for number in header["start"]))
    goal = (float(header["goal"][0]), float(header["goal"][1]))
    circles = np.hstack([centres, radii])
    world = World(name, start, (goal,), (0.0, 0.0, 0.0, 0.0), circles)
    return replace(world, bounds=extent(world))
