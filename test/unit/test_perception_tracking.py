"""Tracks keep their ids, know what moves and how fast, and live and die by rule."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_system.core.perception import shapes as shape
from robot_system.core.perception import tracking as row
from robot_system.core.perception.tracking import Tracker, TrackSettings
from robot_system.core.time import SECOND
from robot_system.core.values import Kind

PERIOD = 0.05
SETTINGS = TrackSettings()


def seen(*places, radius=0.2, deviation=0.03, whole=True, wall=False):
    """A table of shapes at these places."""
    table = np.zeros((11, len(places)))
    table[shape.X], table[shape.Y] = np.array(places, float).reshape(-1, 2).T
    table[shape.RADIUS] = radius
    table[shape.DEVIATION] = deviation
    table[shape.WHOLE] = whole
    table[shape.WALL] = wall
    table[shape.KIND] = Kind.CIRCLE if whole else Kind.SEGMENT
    return table


def nothing_hides(x, y, radii):
    return np.zeros(len(x), bool)


def everything_hides(x, y, radii):
    return np.ones(len(x), bool)


def follow(tracker, shapes_at, begin=0.0, end=2.0, hides=nothing_hides):
    """Give the tracker what is seen from one time to another; return its last table."""
    table = tracker.table
    for step in range(round(begin / PERIOD), round(end / PERIOD)):
        stamp = SECOND + round(step * PERIOD * SECOND)
        table = tracker.step(stamp, shapes_at(step * PERIOD), hides)
    return table


def near(time, x, y):
    """A place with the noise of this time."""
    off = np.random.default_rng(round(time * 1e6)).normal(0.0, 0.02, 2)
    return x + float(off[0]), y + float(off[1])


def ids(table):
    return table[row.ID].astype(int).tolist()


def test_what_stands_has_one_id_and_does_not_move():
    tracker = Tracker(SETTINGS)
    table = follow(tracker, lambda t: seen(near(t, 3.0, 1.0)), end=10.0)
    assert ids(table) == [1]
    assert table[row.MOVING].tolist() == [0.0]
    assert table[[row.X, row.Y], 0] == pytest.approx([3.0, 1.0], abs=0.03)
    assert table[row.AGE, 0] == pytest.approx(9.95)


@pytest.mark.parametrize("speed", [0.3, 0.8, 1.5, 2.5])
def test_what_moves_is_known_with_its_velocity_after_a_second(speed):
    tracker = Tracker(SETTINGS)
    direction = np.array([0.6, -0.8])
    table = follow(
        tracker, lambda t: seen(near(t, *((3.0, 1.0) + speed * t * direction))), end=1.05
    )
    assert ids(table) == [1]
    assert table[row.MOVING].tolist() == [1.0]
    off = table[row.VX : row.PP, 0] - speed * direction
    assert math.hypot(*off) < 0.15
    # The filter knows how wrong it is, give or take.
    assert math.hypot(*off) < 4.0 * math.sqrt(table[row.VV, 0])


def test_the_filter_is_the_best_one_for_what_it_assumes():
    """One that trusts too much or too little is farther off, and than it says."""
    errors, told = [], []
    for run in range(40):
        tracker = Tracker(SETTINGS)

        def walker(t, run=run):
            off = np.random.default_rng([run, round(t * 1e6)]).normal(0.0, 0.03, 2)
            return seen((0.7 * t + off[0], 1.0 + off[1]))

        table = follow(tracker, walker, end=0.5)
        errors.append((table[row.X, 0] - 0.7 * 0.45) ** 2 + (table[row.Y, 0] - 1.0) ** 2)
        told.append(2.0 * table[row.PP, 0])
    assert np.mean(errors) < 1.3 * np.mean(told)
    assert np.sqrt(np.mean(told)) < 0.8 * 0.03 * np.sqrt(2.0)


def test_it_stands_again_after_it_stopped_and_the_decision_does_not_flicker():
    tracker = Tracker(SETTINGS)
    changes, before = 0, 0.0
    for step in range(160):
        time = step * PERIOD
        way = 0.8 * min(time, 4.0)
        stamp = SECOND + round(time * SECOND)
        table = tracker.step(stamp, seen(near(time, way, 2.0)), nothing_hides)
        changes += table[row.MOVING, 0] != before
        before = table[row.MOVING, 0]
    assert before == 0.0
    assert changes == 2


def test_two_that_cross_keep_their_ids():
    tracker = Tracker(SETTINGS)

    def crossing(t):
        return seen(near(t, t - 2.0, 0.1), near(t + 0.3, 2.0 - t, -0.1))

    first = follow(tracker, crossing, end=1.0)
    right_going = ids(first)[int(first[row.VX].argmax())]
    last = follow(tracker, crossing, begin=1.0, end=4.0)
    assert sorted(ids(last)) == [1, 2]
    assert ids(last)[int(last[row.X].argmax())] == right_going


def test_what_is_hidden_for_a_while_is_predicted_and_found_again():
    tracker = Tracker(SETTINGS)

    def walker(t):
        return seen(near(t, 0.8 * t, 2.0))

    follow(tracker, walker, end=2.0)
    hidden = follow(tracker, lambda t: seen(), 2.0, 3.0, everything_hides)
    assert ids(hidden) == [1]
    assert hidden[row.UNSEEN, 0] == pytest.approx(1.0)
    assert hidden[row.X, 0] == pytest.approx(0.8 * 2.95, abs=0.15)
    assert hidden[row.PP, 0] > 0.005
    again = follow(tracker, walker, 3.0, 4.0)
    assert ids(again) == [1]
    assert again[row.UNSEEN, 0] == 0.0


def test_what_is_hidden_too_long_is_forgotten():
    tracker = Tracker(SETTINGS)
    follow(tracker, lambda t: seen((2.0, 0.0)))
    end = 2.0 + SETTINGS.coast_time + 0.1
    assert ids(follow(tracker, lambda t: seen(), 2.0, end, everything_hides)) == []


def test_what_should_be_seen_and_is_not_is_gone_soon():
    tracker = Tracker(SETTINGS)
    follow(tracker, lambda t: seen((2.0, 0.0)))
    assert ids(follow(tracker, lambda t: seen(), 2.0, 2.0 + 3 * PERIOD)) == [1]
    assert ids(follow(tracker, lambda t: seen(), 2.15, 2.3)) == []


def test_what_was_seen_once_is_not_predicted():
    tracker = Tracker(SETTINGS)
    follow(tracker, lambda t: seen((2.0, 0.0)), end=PERIOD)
    assert ids(follow(tracker, lambda t: seen(), PERIOD, 2 * PERIOD, everything_hides)) == []


def test_pieces_of_walls_never_move():
    tracker = Tracker(SETTINGS)
    table = follow(tracker, lambda t: seen((0.5 * t, 2.0), radius=0.5, whole=False, wall=True))
    assert table[row.MOVING].tolist() == [0.0]
    assert table[row.VX : row.PP].tolist() == [[0.0], [0.0]]
    assert table[row.X, 0] == pytest.approx(0.5 * 1.95)


def test_what_turns_out_to_be_a_piece_of_a_wall_stands_at_once():
    tracker = Tracker(SETTINGS)
    moving = follow(tracker, lambda t: seen((0.5 * t, 2.0)))
    assert moving[row.MOVING].tolist() == [1.0]
    table = follow(tracker, lambda t: seen((0.5 * t, 2.0), whole=False, wall=True), 2.0, 2.05)
    assert ids(table) == [1]
    assert table[row.MOVING].tolist() == [0.0]
    assert table[row.VX : row.PP].tolist() == [[0.0], [0.0]]


def test_a_part_of_something_known_does_not_pull_it_away():
    tracker = Tracker(SETTINGS)
    follow(tracker, lambda t: seen((2.0, 0.0), radius=0.4))
    part = seen((1.7, 0.2), radius=0.15, deviation=0.15, whole=False)
    table = follow(tracker, lambda t: part, 2.0, 5.0)
    assert ids(table) == [1]
    assert table[[row.X, row.Y], 0] == pytest.approx([2.0, 0.0], abs=0.02)
    assert table[row.RADIUS, 0] == pytest.approx(0.4, abs=0.01)
    assert table[row.MOVING].tolist() == [0.0]


def test_a_fragment_of_something_seen_is_no_track_of_its_own():
    tracker = Tracker(SETTINGS)
    follow(tracker, lambda t: seen((2.0, 0.0), radius=0.5))
    two = np.concatenate([seen((2.0, 0.0), radius=0.5), seen((2.1, 0.3), radius=0.1)], axis=1)
    assert ids(follow(tracker, lambda t: two, 2.0, 2.5)) == [1]


def test_ids_are_never_used_again_until_the_reset():
    tracker = Tracker(SETTINGS)
    used = set(ids(follow(tracker, lambda t: seen((2.0, 0.0)), end=0.5)))
    follow(tracker, lambda t: seen(), 0.5, 1.5)
    assert not used & set(ids(follow(tracker, lambda t: seen((2.0, 0.0)), 1.5, 2.0)))
    tracker.reset()
    assert ids(follow(tracker, lambda t: seen((2.0, 0.0)), 2.0, 2.5)) == [1]


def test_a_pause_or_a_step_back_in_time_begins_anew():
    tracker = Tracker(SETTINGS)
    follow(tracker, lambda t: seen((2.0, 0.0)))
    assert ids(follow(tracker, lambda t: seen((2.0, 0.0)), 5.0, 5.1)) == [2]
    assert ids(follow(tracker, lambda t: seen((2.0, 0.0)), 1.0, 1.1)) == [3]


@given(st.integers(0, 10_000))
def test_whatever_is_seen_the_tracks_stay_sound(seed):
    rng = np.random.default_rng(seed)
    tracker = Tracker(SETTINGS)
    for step in range(25):
        count = int(rng.integers(0, 7))
        shapes = seen(*rng.uniform(-1.0, 1.0, (count, 2)))
        shapes[shape.WHOLE] = rng.random(count) < 0.6
        shapes[shape.WALL] = ~(shapes[shape.WHOLE] > 0.0) & (rng.random(count) < 0.5)
        shapes[shape.RADIUS] = rng.uniform(0.05, 0.6, count)
        hides = everything_hides if rng.random() < 0.5 else nothing_hides
        table = tracker.step(SECOND + step * SECOND // 20, shapes, hides)
        assert np.isfinite(table).all()
        assert len(set(ids(table))) == table.shape[1]
        assert (table[[row.PP, row.VV]] >= 0.0).all()
        assert (table[row.PP] * table[row.VV] >= table[row.PV] ** 2 - 1e-9).all()
        assert (table[row.MOVING] * table[row.WALL] == 0.0).all()
