"""Ways over grids: found when there is one, connected, never through what is taken."""

import heapq
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_system.core.policy.wavefront import Terrain, bits_of, grown_to_corners, way_through

WIDTH = 16


def free_of(taken):
    inside = np.zeros((WIDTH, WIDTH), bool)
    inside[1:-1, 1:-1] = True
    return inside & ~taken


def search(free, start, end, delayed=()):
    terrain = Terrain(WIDTH, bits_of(free), delayed)
    return way_through(terrain, start, 1 << end)


def is_reachable(free, start, end):
    seen, queue = {start}, [start]
    while queue:
        cell = heapq.heappop(queue)
        if cell == end:
            return True
        for move in (1, -1, WIDTH, -WIDTH, WIDTH + 1, WIDTH - 1, 1 - WIDTH, -1 - WIDTH):
            other = cell + move
            if other not in seen and free.ravel()[other]:
                seen.add(other)
                heapq.heappush(queue, other)
    return False


def test_bits_follow_rows_and_columns():
    cells = np.zeros((WIDTH, WIDTH), bool)
    cells[2, 3] = True
    assert bits_of(cells) == 1 << (2 * WIDTH + 3)
    assert grown_to_corners(bits_of(cells), WIDTH).bit_count() == 9


def test_a_way_in_the_open_is_straight():
    free = free_of(np.zeros((WIDTH, WIDTH), bool))
    way = search(free, 5 * WIDTH + 2, 5 * WIDTH + 12)
    assert way == [5 * WIDTH + column for column in range(2, 13)]


def test_no_way_through_a_wall():
    taken = np.zeros((WIDTH, WIDTH), bool)
    taken[:, 8] = True
    assert search(free_of(taken), 5 * WIDTH + 2, 5 * WIDTH + 12) is None


def test_an_end_that_is_taken_is_not_reached():
    taken = np.zeros((WIDTH, WIDTH), bool)
    taken[5, 12] = True
    assert search(free_of(taken), 5 * WIDTH + 2, 5 * WIDTH + 12) is None


def test_the_start_may_be_the_end():
    free = free_of(np.zeros((WIDTH, WIDTH), bool))
    assert search(free, 50, 50) == [50]


def test_delayed_cells_are_gone_around():
    free = free_of(np.zeros((WIDTH, WIDTH), bool))
    slow = np.zeros((WIDTH, WIDTH), bool)
    slow[3:8, 6:8] = True
    way = search(free, 5 * WIDTH + 2, 5 * WIDTH + 12, ((bits_of(slow & free), 20),))
    assert not any(slow.ravel()[cell] for cell in way)
    assert len(way) > 11


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 0.6))
def test_a_way_is_found_just_when_there_is_one(seed, density):
    rng = np.random.default_rng(seed)
    start, end = 2 * WIDTH + 2, 13 * WIDTH + 13
    taken = rng.random((WIDTH, WIDTH)) < density
    taken.ravel()[[start, end]] = False
    free = free_of(taken)
    slow = (rng.random((WIDTH, WIDTH)) < 0.3) & free
    way = search(free, start, end, ((bits_of(slow), int(rng.integers(1, 6))),))
    if way is None:
        # By turns to four and to eight neighbours: some diagonal steps need a detour in time.
        assert not _is_reachable_by_sides(free, start, end)
        return
    assert (way[0], way[-1]) == (start, end)
    assert all(free.ravel()[cell] for cell in way)
    for one, other in itertools.pairwise(way):
        rows = abs(one // WIDTH - other // WIDTH)
        columns = abs(one % WIDTH - other % WIDTH)
        assert max(rows, columns) == 1
    assert is_reachable(free, start, end)


def _is_reachable_by_sides(free, start, end):
    seen, queue = {start}, [start]
    while queue:
        cell = queue.pop()
        if cell == end:
            return True
        for move in (1, -1, WIDTH, -WIDTH):
            if cell + move not in seen and free.ravel()[cell + move]:
                seen.add(cell + move)
                queue.append(cell + move)
    return False


@pytest.mark.parametrize("limit", [1, 5])
def test_the_search_ends_at_its_limit(limit):
    free = free_of(np.zeros((WIDTH, WIDTH), bool))
    terrain = Terrain(WIDTH, bits_of(free))
    assert way_through(terrain, 5 * WIDTH + 2, 1 << (5 * WIDTH + 12), limit) is None
