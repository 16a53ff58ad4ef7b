"""Worlds: every mistake in one is named, generated ones can be driven, and BARN ones are read."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_system.errors import WorldError
from robot_system.sim.floorplans import WALL
from robot_system.sim.generator import KINDS, PASSAGE, STAND, generate
from robot_system.sim.search import ClearanceGrid, find_path, is_solvable
from robot_system.sim.world import MovingCircle
from robot_system.sim.world_file import from_json, to_json
from robot_system.sim.worlds import check_goal, load_world

GOOD: dict[str, Any] = {
    "name": "good",
    "bounds": [-5, -5, 5, 5],
    "start": [0, 0, 0],
    "goals": [[3, 0], [3, 3]],
    "circles": [[1.5, 1.5, 0.3]],
    "segments": [[-4, -4, 4, -4]],
    "boxes": [[-2, 0, 1, 0.5, 0.3]],
    "moving": [
        {"radius": 0.3, "start": [2, -2], "velocity": [0.5, 0], "travel": 2},
        {"radius": 0.2, "waypoints": [[-3, 3], [0, 3], [0, 4]], "speed": 0.4},
    ],
}


def write(folder: Path, data: object) -> str:
    path = folder / "world.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return str(path)


def test_file_is_read_and_written_again_the_same(tmp_path: Path) -> None:
    world = load_world(write(tmp_path, GOOD))
    again = load_world(write(tmp_path, to_json(world)))
    assert to_json(again) == to_json(world)
    assert world.goals == ((3.0, 0.0), (3.0, 3.0))
    assert len(world.edges) == 5
    assert world.clearance(-2.0, 0.0) < 0.0


def test_bounds_are_found_when_not_given() -> None:
    data = {key: value for key, value in GOOD.items() if key != "bounds"}
    assert from_json(data, "x").bounds == pytest.approx((-5.0, -5.0, 5.0, 4.0))


def wrong(**changes: object) -> dict[str, object]:
    return {**GOOD, **changes}


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("{not json", "not JSON"),
        ([1, 2], "must be an object"),
        (wrong(walls=[]), "'walls' is unknown"),
        ({"goals": [[1, 1]]}, "start is missing"),
        (wrong(start="here"), "start = 'here' must be a list"),
        (wrong(start=[0, 0]), "start must have 3 numbers, not 2"),
        (wrong(start=[0, None, 0]), "start[1] = None must be a number"),
        (wrong(start=[True, 0, 0]), "start[0] = True must be a number"),
        (wrong(goals=[[3, 0], [math.nan, 1]]), "goals[1][0] = nan"),
        (wrong(goals=[[3, 10**400]]), "goals[0][1]"),
        (wrong(goals=[]), "goals must have at least one point"),
        (wrong(circles=[[1, 2, -0.5]]), "circles[0][2] = -0.5 must be positive"),
        (wrong(circles=[[1, 2, math.inf]]), "circles[0][2] = inf"),
        (wrong(circles=[[1, 2]]), "circles[0] must have 3 numbers"),
        (wrong(segments={"a": 1}), "segments = {'a': 1} must be a list"),
        (wrong(boxes=[[0, 3, 1, 0, 0]]), "boxes[0][3] = 0 must be positive"),
        (wrong(bounds=[5, 0, 0, 5]), "bounds"),
        (wrong(name=7), "name must be text"),
        (wrong(moving=[{"start": [0, 0]}]), "moving[0].radius is missing"),
        (wrong(moving=[{"radius": 0.3, "waypoints": [[0, 2]]}]), "moving[0].waypoints"),
        (wrong(moving=[3]), "moving[0] = 3 must be an object"),
        (
            wrong(moving=[{"radius": 1, "start": [3, 3], "velocity": [0, 0], "travel": 1}]),
            "moving[0].velocity",
        ),
        (
            wrong(moving=[{"radius": 1, "waypoints": [[0, 0.5], [3, 3]], "speed": 1}]),
            "start (0, 0) is in an obstacle",
        ),
        (wrong(start=[1.3, 1.4, 0]), "start (1.3, 1.4) is in an obstacle"),
        (wrong(boxes=[[0, 0, 4, 4, 0]]), "start (0, 0) is in an obstacle"),
        (wrong(goals=[[3, 0], [1.5, 1.6]]), "goals[1] (1.5, 1.6) is in an obstacle"),
        (wrong(goals=[[3, -3.9]]), "goals[0] (3, -3.9) is in an obstacle"),
        (wrong(goals=[[30, 0]]), "goals[0] (30, 0) is outside"),
    ],
)
def test_mistake_is_named_in_one_line(tmp_path: Path, data: object, place: str) -> None:
    path = write(tmp_path, data)
    with pytest.raises(WorldError) as caught:
        load_world(path)
    text = str(caught.value)
    assert path in text
    assert place in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("no/such/file.json", "no such file"),
        ("generated:", "must be a number"),
        ("generated:-3", "must be a number"),
        ("generated:" + "9" * 5000, "must be a number"),
        ("generated:jungle:3", "kind 'jungle' is unknown"),
        ("barn:x", "must be the number"),
        ("barn:3", "ROBOT_SYSTEM_DATA"),
    ],
)
def test_unknown_world_is_named(spec: str, problem: str) -> None:
    with pytest.raises(WorldError, match=problem):
        load_world(spec)


json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@settings(max_examples=100, deadline=None)
@given(key=st.sampled_from(sorted(GOOD)), value=json_value)
def test_any_value_is_read_or_refused_clearly(key: str, value: object) -> None:
    try:
        world = from_json({**GOOD, key: value}, "x")
    except WorldError:
        return
    assert np.isfinite(world.circles).all()


def test_goal_of_a_user_is_checked() -> None:
    world = from_json(GOOD, "x")
    check_goal(world, (3.0, 0.0), "x")
    with pytest.raises(WorldError, match=r"goal \(-2, 0\) is in an obstacle"):
        check_goal(world, (-2.0, 0.0), "x")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_generated_world_can_be_driven(kind: str, seed: int) -> None:
    world = load_world(f"generated:{kind}:{seed}", moving=2)
    assert is_solvable(world, PASSAGE)
    assert len(world.goals) == 5
    assert len(world.moving) == 2
    left, bottom, right, top = world.bounds
    assert 11.9 < right - left < 20.1
    assert 11.9 < top - bottom < 20.1
    for x, y in ((world.start.x, world.start.y), *world.goals):
        assert world.clearance(x, y) >= STAND
    for item in world.moving:
        for time in np.linspace(0.0, 60.0, 121):
            x, y, _, _ = item.at(float(time))
            assert world.clearance(x, y) > item.radius


@pytest.mark.parametrize("kind", ["rooms", "corridors"])
@pytest.mark.parametrize("seed", range(5))
def test_walls_inside_are_thick(kind: str, seed: int) -> None:
    world = generate(seed, kind)
    assert len(world.segments) == 4
    is_wall = world.boxes[:, 3] == WALL
    assert np.count_nonzero(is_wall) > 3
    middles = world.boxes[is_wall, :2]
    assert world.clearances(middles[:, 0], middles[:, 1]).max() <= -0.5 * WALL + 1e-9


def test_same_seed_same_world_and_another_seed_another() -> None:
    first, again, other = generate(7, moving=1), generate(7, moving=1), generate(12, moving=1)
    assert json.dumps(to_json(first)) == json.dumps(to_json(again))
    assert json.dumps(to_json(first)) != json.dumps(to_json(other))
    assert {generate(seed).name.split(":")[1] for seed in range(5)} == set(KINDS)


def test_way_is_found_around_but_not_through() -> None:
    walls = [[-5, -5, 5, -5], [5, -5, 5, 5], [5, 5, -5, 5], [-5, 5, -5, -5]]
    data: dict[str, Any] = {
        "bounds": [-5, -5, 5, 5],
        "start": [-3, 0, 0],
        "goals": [[3, 0]],
        "segments": [*walls, [0, -5, 0, 3]],
    }
    world = from_json(data, "x")
    grid = ClearanceGrid.of(world)
    path = find_path(grid, (-3.0, 0.0), (3.0, 0.0), 0.48)
    assert path is not None
    assert max(y for _, y in path) > 3.0
    assert all(world.clearance(x, y) > 0.4 for x, y in path)
    assert is_solvable(world, 0.48)
    data["segments"][-1] = [0, -5, 0, 4.2]
    assert not is_solvable(from_json(data, "x"), 0.48)
    assert find_path(ClearanceGrid.of(from_json(data, "x")), (-3, 0), (3, 0), 0.48) is None


def test_moving_obstacle_walks_forth_and_back() -> None:
    item = MovingCircle(0.3, ((0.0, 0.0), (2.0, 0.0), (2.0, 1.0)), 0.5)
    assert item.at(2.0) == pytest.approx((1.0, 0.0, 0.5, 0.0))
    assert item.at(5.0) == pytest.approx((2.0, 0.5, 0.0, 0.5))
    assert item.at(7.0) == pytest.approx((2.0, 0.5, 0.0, -0.5))
    assert item.at(10.0) == pytest.approx((1.0, 0.0, -0.5, 0.0))
    assert item.at(12.0) == pytest.approx((0.0, 0.0, 0.5, 0.0))


def test_worlds_of_the_project_are_good() -> None:
    folder = Path(__file__).parents[2] / "config" / "worlds"
    paths = sorted(folder.glob("*.json"))
    assert paths
    for path in paths:
        assert is_solvable(load_world(str(path)), PASSAGE)


@pytest.mark.skipif(
    "ROBOT_SYSTEM_DATA" not in os.environ, reason="ROBOT_SYSTEM_DATA is not set: no BARN worlds"
)
def test_barn_worlds_are_read() -> None:
    folder = Path(os.environ["ROBOT_SYSTEM_DATA"])
    world = load_world("barn:0", folder)
    assert (world.start.x, world.start.y, world.start.theta) == (-2.25, 3.0, 1.57)
    assert world.goals == ((-2.25, 13.0),)
    assert (world.circles[:, 2] == 0.075).all()
    with pytest.raises(WorldError, match="has no world 3;"):
        load_world("barn:3", folder)


def test_barn_file_that_is_not_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "barn").mkdir()
    (tmp_path / "barn" / "worlds.json").write_text('{"worlds": [{"id": 1}]}')
    with pytest.raises(WorldError, match="not the BARN worlds"):
        load_world("barn:1", tmp_path)
