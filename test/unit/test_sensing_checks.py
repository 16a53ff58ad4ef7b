"""Stamps, rate, numbers, repetition and the standing of one sensor."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_system.core.sensing.frozen import FrozenCheck
from robot_system.core.sensing.numbers import Limits, NumberCheck
from robot_system.core.sensing.rate import RateCheck
from robot_system.core.sensing.stamps import StampCheck
from robot_system.core.sensing.verdict import GOOD, Fault, bad, suspect, worst
from robot_system.core.sensing.watch import Expectation, SensorWatch
from robot_system.core.time import Instant, from_seconds
from robot_system.core.values import Quality

START = from_seconds(1000.0)


def at(seconds: float) -> int:
    return START + from_seconds(seconds)


def instant(seconds: float) -> Instant:
    return Instant(at(seconds), from_seconds(seconds) + 77)


# --- stamps -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "fault"),
    [
        (0.0, Fault.NONE),
        (0.2, Fault.NONE),
        (0.200000001, Fault.OLD),
        (1e6, Fault.OLD),
        (-0.05, Fault.NONE),
        (-0.050000001, Fault.FUTURE),
        (-1e6, Fault.FUTURE),
    ],
)
def test_stamp_must_be_near_the_present(age: float, fault: Fault) -> None:
    check = StampCheck(max_age=0.2, future_tolerance=0.05)
    verdict = check.step(at(0.0) - from_seconds(age), at(0.0))
    assert verdict.fault is fault
    assert verdict.quality is (Quality.GOOD if fault is Fault.NONE else Quality.BAD)


@pytest.mark.parametrize(
    ("step", "fault"), [(1, Fault.NONE), (0, Fault.REPEATED), (-1, Fault.BACKWARDS)]
)
def test_stamp_must_be_later_than_the_one_before(step: int, fault: Fault) -> None:
    check = StampCheck(0.2, 0.05)
    assert check.step(at(0.0), at(0.0)) is GOOD
    assert check.step(at(0.0) + step, at(0.0)).fault is fault


def test_a_stream_that_went_back_once_is_good_again_with_the_next_message() -> None:
    check = StampCheck(0.2, 0.05)
    faults = [check.step(at(s), at(0.1)).fault for s in (0.1, 0.02, 0.03, 0.04)]
    assert faults == [Fault.NONE, Fault.BACKWARDS, Fault.NONE, Fault.NONE]


def test_stamps_may_start_anywhere_after_a_reset() -> None:
    check = StampCheck(0.2, 0.05)
    check.step(at(0.0), at(0.0))
    check.reset()
    assert check.step(at(0.0), at(0.0)) is GOOD


# --- rate ---------------------------------------------------------------------------------


def rate_check() -> RateCheck:
    check = RateCheck(rate=20.0, max_age=0.2, lowest_share=0.7)
    check.reset(at(0.0))
    return check


def test_silence_is_noticed_just_beyond_the_greatest_age() -> None:
    check = rate_check()
    check.arrived(at(0.0))
    assert check.look(at(0.2)) is GOOD
    assert check.look(at(0.2) + 1).fault is Fault.SILENT


def test_silence_is_noticed_at_the_last_look_before_the_greatest_age() -> None:
    check = RateCheck(rate=20.0, max_age=0.2, lowest_share=0.7, look_period=0.05)
    check.reset(at(0.0))
    assert check.look(at(0.15)).fault is Fault.NO_DATA
    assert check.is_waiting(at(0.15))
    assert not check.is_waiting(at(0.15) + 1)
    assert not check.arrived(at(0.0))
    assert check.look(at(0.15)) is GOOD
    assert check.look(at(0.15) + 1).fault is Fault.SILENT
    assert check.arrived(at(0.15) + 1)
    assert not check.arrived(at(0.25))


def test_nobody_is_blamed_before_the_first_message_is_due() -> None:
    check = rate_check()
    assert check.is_waiting(at(0.2))
    assert not check.is_waiting(at(0.2) + 1)
    assert check.look(at(0.3)).fault is Fault.NO_DATA


@pytest.mark.parametrize(("rate", "is_slow"), [(20.0, False), (14.5, False), (13.0, True)])
def test_slow_is_suspect(rate: float, is_slow: bool) -> None:
    check = rate_check()
    for index in range(60):
        check.arrived(at(index / rate))
    verdict = check.look(at(59 / rate))
    assert (verdict.fault is Fault.SLOW) == is_slow
    assert verdict.quality is (Quality.SUSPECT if is_slow else Quality.GOOD)


def test_one_hiccup_is_not_slow() -> None:
    check = rate_check()
    for index in range(30):
        check.arrived(at(index / 20))
    check.arrived(at(29 / 20 + 0.15))
    assert check.look(at(29 / 20 + 0.15)) is GOOD


# --- numbers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (-1.0, Fault.NONE),
        (math.nextafter(-1.0, -2.0), Fault.OUT_OF_RANGE),
        (3.0, Fault.NONE),
        (math.nextafter(3.0, 4.0), Fault.OUT_OF_RANGE),
        (math.nan, Fault.NOT_FINITE),
        (math.inf, Fault.NOT_FINITE),
        (-math.inf, Fault.NOT_FINITE),
    ],
)
def test_number_must_be_finite_and_in_range(value: float, fault: Fault) -> None:
    assert NumberCheck("thing", "m", Limits(-1.0, 3.0)).step(value).fault is fault


def test_a_jump_is_suspect_and_judged_against_the_last_number_in_range() -> None:
    check = NumberCheck("thing", "m", Limits(-10.0, 10.0, jump=1.0))
    faults = [check.step(n).fault for n in (0.0, 1.0, math.nan, 99.0, 2.0, 3.5, 3.5)]
    assert faults == [
        Fault.NONE,
        Fault.NONE,
        Fault.NOT_FINITE,
        Fault.OUT_OF_RANGE,
        Fault.NONE,
        Fault.JUMP,
        Fault.NONE,
    ]


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_number_out_of_range_is_ever_called_good(value: float) -> None:
    verdict = NumberCheck("thing", "m", Limits(-1.0, 1.0)).step(value)
    assert (verdict is GOOD) == (-1.0 <= value <= 1.0)


# --- repetition ---------------------------------------------------------------------------


def test_repeats_are_counted_from_the_first_equal_value() -> None:
    check = FrozenCheck(2)
    faults = [check.step(value).fault for value in (1, 1, 2, 2, 2, 2, 3)]
    none, frozen = Fault.NONE, Fault.FROZEN
    assert faults == [none, none, none, none, frozen, frozen, none]


# --- standing -----------------------------------------------------------------------------

BROKEN = bad(Fault.OUT_OF_RANGE, "broken")
ODD = suspect(Fault.JUMP, "odd")


def watch() -> SensorWatch:
    made = SensorWatch("scan", Expectation(rate=20.0, max_age=0.2, heal_time=0.3))
    made.reset(instant(0.0))
    return made


def feed(made: SensorWatch, seconds: float, verdict: object = GOOD) -> None:
    now = instant(seconds)
    assert made.stamp(now.stamp, now) is GOOD
    made.judge(verdict, now)  # type: ignore[arg-type]


def test_standing_falls_at_once_and_rises_after_the_heal_time() -> None:
    made = watch()
    feed(made, 0.0)
    feed(made, 0.05, BROKEN)
    assert made.standing is BROKEN
    for step in range(2, 7):
        feed(made, 0.05 * step)
        assert made.standing is BROKEN
    feed(made, 0.35)
    assert made.standing is GOOD


def test_standing_rises_through_suspect() -> None:
    made = watch()
    feed(made, 0.0, BROKEN)
    feed(made, 0.31, ODD)
    assert made.standing is ODD
    feed(made, 0.62)
    assert made.standing is GOOD


def test_each_change_is_told_once() -> None:
    made = watch()
    feed(made, 0.0)
    made.look(instant(0.0))
    assert not made.has_changed()
    feed(made, 0.1, BROKEN)
    assert made.has_changed()
    feed(made, 0.2, BROKEN)
    assert not made.has_changed()
    feed(made, 0.6)
    assert made.has_changed()
    assert not made.has_changed()


def test_silence_lasts_until_messages_came_for_the_heal_time() -> None:
    made = watch()
    feed(made, 0.0)
    assert made.look(instant(0.21)).fault is Fault.SILENT
    assert made.describe(instant(0.81)) == "silent, for 0.6 s"
    assert made.describe(instant(2.7)) == "silent, for 2 s"
    made.look(instant(0.95))
    feed(made, 1.0)
    assert made.look(instant(1.0)).quality is Quality.BAD
    for step in range(1, 9):
        feed(made, 1.0 + 0.05 * step)
        made.look(instant(1.0 + 0.05 * step))
    assert made.standing is GOOD


def test_a_sensor_that_never_spoke_is_blamed_only_when_it_is_due() -> None:
    made = watch()
    assert made.look(instant(0.1)) is GOOD
    assert made.is_waiting(instant(0.1))
    assert made.look(instant(0.25)).fault is Fault.NO_DATA


def test_the_worse_verdict_counts_and_the_first_of_equals() -> None:
    assert worst(GOOD, BROKEN) is BROKEN
    assert worst(BROKEN, ODD) is BROKEN
    assert worst(GOOD, GOOD) is GOOD
    other = bad(Fault.OLD, "old")
    assert worst(BROKEN, other) is BROKEN
