import numpy as np
import pytest

from robot_system.core.motion.playback import Playback
from robot_system.core.time import SECOND, Instant
from robot_system.core.values import ActionChunk, Twist

NOW = 1_000 * SECOND


def at(seconds):
    time = NOW + round(seconds * SECOND)
    return Instant(time, time)


def chunk(sequence, seconds=0.0, speeds=(0.1, 0.2, 0.3), **changes):
    rows = np.array([(speed, 0.0) for speed in speeds])
    fields = {"dt": 0.1, "commands": rows, "valid_for": 0.3, "valid": True, **changes}
    return ActionChunk(
        stamp=at(seconds).stamp,
        sequence=sequence,
        policy_id="p",
        policy_hash="h",
        observation_stamp=0,
        **fields,
    )


@pytest.mark.parametrize(
    ("seconds", "speed"),
    [(-1.0, 0.1), (0.0, 0.1), (0.099, 0.1), (0.1, 0.2), (0.25, 0.3), (9.0, 0.3)],
)
def test_plays_the_command_that_is_due(seconds, speed):
    playback = Playback()
    playback.accept(chunk(1), at(0.0))
    assert playback.command(at(seconds)) == Twist(speed, 0.0)


def test_repeated_and_older_chunks_are_refused_and_counted():
    playback = Playback()
    assert playback.accept(chunk(5), at(0.0))
    assert not playback.accept(chunk(5), at(0.0))
    assert not playback.accept(chunk(4), at(0.0))
    assert playback.refused == 2
    assert playback.accept(chunk(6), at(0.0))


def test_a_new_policy_process_begins_to_count_again():
    playback = Playback()
    playback.accept(chunk(500), at(0.0))
    assert playback.accept(chunk(1, 0.1), at(0.1))


def test_a_chunk_from_the_future_does_not_keep_others_out():
    playback = Playback()
    playback.accept(chunk(2**60, 3600.0), at(0.0))
    assert playback.accept(chunk(7, 0.1), at(0.1))


def test_age_is_that_of_the_stamp_or_of_the_arrival_whichever_is_more():
    playback = Playback()
    assert playback.age(at(0.0)) == float("inf")
    playback.accept(chunk(1), at(0.5))
    assert playback.age(at(0.5)) == pytest.approx(0.5)


@pytest.mark.parametrize(
    "changes",
    [
        {"valid": False},
        {"commands": np.zeros((0, 2))},
        {"commands": np.full((2, 2), np.nan)},
        {"dt": 0.0},
        {"dt": -1.0},
        {"dt": float("nan")},
        {"valid_for": float("inf")},
    ],
)
def test_what_can_not_be_followed_commands_nothing(changes):
    playback = Playback()
    playback.accept(chunk(1, **changes), at(0.0))
    assert playback.problem
    assert playback.command(at(0.0)) == Twist()


def test_a_higher_number_with_an_older_stamp_is_refused():
    playback = Playback()
    assert playback.accept(chunk(5, 1.0), at(1.0))
    assert not playback.accept(chunk(6, 0.5), at(1.0))
    assert playback.accept(chunk(6, 1.0), at(1.0))
