from __future__ import annotations

import statistics
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_system.core.sensing.filters import Cascade, Filter, Median, MovingAverage

NUMBERS = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60)
SIZES = st.integers(1, 20)
MAKERS: tuple[Callable[[int], Filter], ...] = (
    MovingAverage,
    Median,
    lambda size: Cascade(Median(size), MovingAverage(size)),
)


@given(NUMBERS, SIZES)
def test_moving_average_is_the_mean_of_the_last_values(numbers: list[float], size: int) -> None:
    average = MovingAverage(size)
    filtered = [average.step(number) for number in numbers][-1]
    assert filtered == pytest.approx(statistics.fmean(numbers[-size:]), rel=1e-12, abs=1e-6)


@given(NUMBERS, SIZES)
def test_median_is_the_median_of_the_last_values(numbers: list[float], size: int) -> None:
    median = Median(size)
    filtered = [median.step(number) for number in numbers][-1]
    assert filtered == pytest.approx(statistics.median(numbers[-size:]), rel=1e-12, abs=1e-6)


@pytest.mark.parametrize("make", MAKERS)
@given(numbers=NUMBERS, size=SIZES)
def test_output_stays_between_the_values_that_came(
    make: Callable[[int], Filter], numbers: list[float], size: int
) -> None:
    filtering = make(size)
    for number in numbers:
        filtered = filtering.step(number)
        assert min(numbers) - 1e-6 <= filtered <= max(numbers) + 1e-6


@pytest.mark.parametrize("make", MAKERS)
@given(before=NUMBERS, after=NUMBERS, size=SIZES)
def test_nothing_is_left_after_a_reset(
    make: Callable[[int], Filter], before: list[float], after: list[float], size: int
) -> None:
    used, fresh = make(size), make(size)
    for number in before:
        used.step(number)
    used.reset()
    assert [used.step(n) for n in after] == [fresh.step(n) for n in after]


@pytest.mark.parametrize("make", MAKERS)
def test_size_one_changes_nothing(make: Callable[[int], Filter]) -> None:
    filtering = make(1)
    assert [filtering.step(n) for n in (1.0, -5.0, 3.5)] == [1.0, -5.0, 3.5]


def test_median_takes_out_a_spike_that_the_average_keeps() -> None:
    median, average = Median(3), MovingAverage(3)
    values = (1.0, 1.0, 100.0, 1.0, 1.0)
    assert [median.step(n) for n in values] == [1.0, 1.0, 1.0, 1.0, 1.0]
    assert max(average.step(n) for n in values) > 30.0


def test_average_of_a_large_value_that_left_is_exact() -> None:
    average = MovingAverage(2)
    assert [average.step(n) for n in (1e16, 1.0, 1.0)][-1] == 1.0
