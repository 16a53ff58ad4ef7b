"""Worlds as JSON: reading with an error that names the place, and writing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from robot_system.core.values import FloatArray, Pose
from robot_system.errors import WorldError
from robot_system.sim.world import MovingCircle, World

_KEYS = ("name", "bounds", "start", "goals", "circles", "segments", "boxes", "moving")
_MARGIN = 1.0
_LARGEST = 1e4
"""Numbers beyond this (m) are a mistake in the file."""


def read_json(path: Path) -> Any:
    """Return what a JSON file holds."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WorldError(f"world {path}: no such file") from None
    except OSError as error:
        raise WorldError(f"world {path}: can not be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise WorldError(f"world {path}: not JSON: {error}") from None


def from_json(data: Any, source: str) -> World:
    """Return the world in this JSON value; `source` is named in errors."""
    if not isinstance(data, Mapping):
        raise WorldError(f"world {source}: must be an object with the keys {', '.join(_KEYS)}")
    for key in data:
        if key not in _KEYS:
            raise WorldError(f"world {source}: {key!r} is unknown; keys are {', '.join(_KEYS)}")
    reader = _Reader(source)
    start = reader.numbers(reader.required(data, "start"), 3, "start")
    goals = reader.rows(reader.required(data, "goals"), 2, "goals")
    circles = reader.rows(data.get("circles", []), 3, "circles", positive=(2,))
    segments = reader.rows(data.get("segments", []), 4, "segments")
    boxes = reader.rows(data.get("boxes", []), 5, "boxes", positive=(2, 3))
    moving = tuple(
        reader.moving(item, f"moving[{index}]")
        for index, item in enumerate(reader.items(data.get("moving", []), "moving"))
    )
    name = data.get("name", Path(source).stem)
    if not isinstance(name, str):
        raise reader.error("name", "must be text")
    world = World(
        name,
        Pose(*start),
        tuple((float(x), float(y)) for x, y in goals),
        (0.0, 0.0, 0.0, 0.0),
        circles,
        segments,
        boxes,
        moving,
    )
    return reader.bounded(world, data.get("bounds"))


def to_json(world: World) -> dict[str, Any]:
    """Return a JSON value from which `from_json` makes the same world."""
    return {
        "name": world.name,
        "bounds": list(world.bounds),
        "start": [world.start.x, world.start.y, world.start.theta],
        "goals": [list(goal) for goal in world.goals],
        "circles": world.circles.tolist(),
        "segments": world.segments.tolist(),
        "boxes": world.boxes.tolist(),
        "moving": [
            {
                "radius": item.radius,
                "waypoints": [list(point) for point in item.waypoints],
                "speed": item.speed,
                "phase": item.phase,
            }
            for item in world.moving
        ],
    }


class _Reader:
    """Reads parts of a world file, and says exactly where something is wrong."""

    def __init__(self, source: str) -> None:
        self._source = source

    def error(self, place: str, problem: str) -> WorldError:
        return WorldError(f"world {self._source}: {place} {problem}")

    def required(self, data: Mapping[str, Any], key: str, place: str = "") -> Any:
        if key not in data:
            raise self.error(f"{place}.{key}" if place else key, "is missing")
        return data[key]

    def number(self, value: Any, place: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(place, f"= {_shown(value)} must be a number")
        if not abs(value) <= _LARGEST:
            raise self.error(place, f"= {_shown(value)} must be within {_LARGEST:g} of zero")
        return float(value)

    def positive(self, value: Any, place: str) -> float:
        number = self.number(value, place)
        if number <= 0.0:
            raise self.error(place, f"= {number:g} must be positive")
        return number

    def items(self, value: Any, place: str) -> list[Any]:
        if not isinstance(value, list):
            raise self.error(place, f"= {_shown(value)} must be a list")
        return value

    def numbers(self, value: Any, count: int, place: str) -> list[float]:
        items = self.items(value, place)
        if len(items) != count:
            raise self.error(place, f"must have {count} numbers, not {len(items)}")
        return [self.number(item, f"{place}[{index}]") for index, item in enumerate(items)]

    def rows(
        self, value: Any, columns: int, place: str, positive: tuple[int, ...] = ()
    ) -> FloatArray:
        rows = [
            self.numbers(row, columns, f"{place}[{index}]")
            for index, row in enumerate(self.items(value, place))
        ]
        for index, row in enumerate(rows):
            for column in positive:
                self.positive(row[column], f"{place}[{index}][{column}]")
        return np.array(rows, dtype=float).reshape(-1, columns)

    def moving(self, value: Any, place: str) -> MovingCircle:
        """Read one that has `waypoints` and `speed`, or `start`, `velocity` and `travel`."""
        if not isinstance(value, Mapping):
            raise self.error(place, f"= {_shown(value)} must be an object")
        radius = self.positive(self.required(value, "radius", place), f"{place}.radius")
        phase = self.number(value.get("phase", 0.0), f"{place}.phase")
        if "waypoints" in value:
            points = self.rows(value["waypoints"], 2, f"{place}.waypoints")
            if len(points) < 2:
                raise self.error(f"{place}.waypoints", "must have at least 2 points")
            speed = self.positive(self.required(value, "speed", place), f"{place}.speed")
            waypoints = tuple((float(x), float(y)) for x, y in points)
            return MovingCircle(radius, waypoints, speed, phase)
        x, y = self.numbers(self.required(value, "start", place), 2, f"{place}.start")
        along = self.numbers(self.required(value, "velocity", place), 2, f"{place}.velocity")
        travel = self.positive(self.required(value, "travel", place), f"{place}.travel")
        speed = self.positive(math.hypot(*along), f"{place}.velocity: its size")
        end = x + travel * along[0] / speed, y + travel * along[1] / speed
        return MovingCircle(radius, ((x, y), end), speed, phase)

    def bounded(self, world: World, bounds: Any) -> World:
        """Return the world with its bounds; without given ones, those of all that is in it."""
        if bounds is not None:
            left, bottom, right, top = self.numbers(bounds, 4, "bounds")
            if left >= right or bottom >= top:
                raise self.error("bounds", "must be left, bottom, right, top")
            return replace(world, bounds=(left, bottom, right, top))
        return replace(world, bounds=extent(world))


def extent(world: World) -> tuple[float, float, float, float]:
    """Return a rectangle around everything in a world, with a margin."""
    low = [np.array([[world.start.x, world.start.y]]), np.array(world.goals).reshape(-1, 2)]
    high = list(low)
    low += [world.circles[:, :2] - world.circles[:, 2:], world.edges[:, :2], world.edges[:, 2:]]
    high += [world.circles[:, :2] + world.circles[:, 2:], world.edges[:, :2], world.edges[:, 2:]]
    left, bottom = (np.concatenate(low).min(axis=0) - _MARGIN).tolist()
    right, top = (np.concatenate(high).max(axis=0) + _MARGIN).tolist()
    return left, bottom, right, top


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
