"""Each filter against what is known of it, alone and as the configuration names it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_system.core.sensing.filters import FILTERS, Cascade, FilterError, read_filter
from robot_system.core.sensing.filters import read_filters as read

PERIOD = 0.1
NUMBERS = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60)
SIZES = st.integers(1, 20)
ELAPSED = st.floats(0.0, 1e6)
STEP = (0.0,) * 20 + (1.0,) * 40
IMPULSE = (0.0,) * 20 + (1.0,) + (0.0,) * 40
"""Both come long after the beginning: the answer counts from index 20."""


def texts_of_filters() -> st.SearchStrategy[str]:
    """Return texts of every filter, with any arguments that are allowed."""

    def of_kind(name: str) -> st.SearchStrategy[str]:
        arguments = FILTERS[name].arguments
        values = [
            st.integers(int(one.low), int(one.high))
            if one.type is int
            else st.floats(one.low, one.high)
            for one in arguments
        ]
        return st.tuples(*values).map(
            lambda found: " ".join(
                [name, *(f"{a.name}={v!r}" for a, v in zip(arguments, found, strict=True))]
            )
        )

    return st.sampled_from(list(FILTERS)).flatmap(of_kind)


def run(
    texts: str | Sequence[str], values: Sequence[float], elapsed: float = PERIOD
) -> list[float]:
    made = read((texts,) if isinstance(texts, str) else texts)
    return [made.step(value, elapsed if index else 0.0) for index, value in enumerate(values)]


def noise(count: int = 6_000) -> list[float]:
    return [float(one) for one in np.random.default_rng(3).normal(0.0, 1.0, count)]


# --- all of them --------------------------------------------------------------------------


@settings(max_examples=50)
@given(
    st.lists(texts_of_filters(), max_size=4),
    st.lists(st.tuples(st.floats(-1e9, 1e9), ELAPSED), min_size=1),
)
def test_output_stays_between_the_values_that_came(
    texts: list[str], series: list[tuple[float, float]]
) -> None:
    made = read(texts)
    low, high = math.inf, -math.inf
    for value, elapsed in series:
        low, high = min(low, value), max(high, value)
        slack = 1e-9 * max(abs(low), abs(high))
        assert low - slack <= made.step(value, elapsed) <= high + slack


@settings(max_examples=50)
@given(texts_of_filters(), NUMBERS, NUMBERS)
def test_nothing_is_left_after_a_reset(text: str, before: list[float], after: list[float]) -> None:
    used, fresh = read_filter(text), read_filter(text)
    for number in before:
        used.step(number, PERIOD)
    used.reset()
    assert [used.step(n, PERIOD) for n in after] == [fresh.step(n, PERIOD) for n in after]


@settings(max_examples=50)
@given(texts_of_filters(), st.floats(-1e9, 1e9), st.integers(1, 30))
def test_a_constant_stays_what_it_is(text: str, value: float, count: int) -> None:
    made = read_filter(text)
    for _ in range(count):
        assert made.step(value, PERIOD) == pytest.approx(value, rel=1e-12)
        assert not made.is_outlier


@settings(max_examples=50)
@given(texts_of_filters(), st.floats(-1e9, 1e9))
def test_the_first_value_is_taken_as_it_is(text: str, value: float) -> None:
    assert read_filter(text).step(value, 0.0) == value


@pytest.mark.parametrize("texts", [(), ("none",), ("median size=1",), ("average size=1", "none")])
def test_no_filter_changes_nothing(texts: tuple[str, ...]) -> None:
    assert run(texts, (1.0, -5.0, 3.5)) == [1.0, -5.0, 3.5]


def test_filters_are_applied_in_their_order() -> None:
    values = (0.0, 0.0, 9.0, 0.0, 0.0)
    assert run(("median size=3", "average size=3"), values) == [0.0] * 5
    assert max(run(("average size=3", "median size=3"), values)) == pytest.approx(3.0)


# --- moving average -----------------------------------------------------------------------


@given(NUMBERS, SIZES)
def test_moving_average_is_the_mean_of_the_last_values(numbers: list[float], size: int) -> None:
    filtered = run(f"average size={size}", numbers)[-1]
    assert filtered == pytest.approx(statistics.fmean(numbers[-size:]), rel=1e-12, abs=1e-6)


def test_average_answers_a_step_with_a_ramp_and_an_impulse_with_a_plateau() -> None:
    assert run("average size=4", STEP)[20:25] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert run("average size=4", IMPULSE)[20:25] == [0.25, 0.25, 0.25, 0.25, 0.0]


@pytest.mark.parametrize("size", [2, 4, 16])
def test_average_divides_the_variance_of_noise_by_its_size(size: int) -> None:
    filtered = run(f"average size={size}", noise())[size:]
    assert statistics.pvariance(filtered) == pytest.approx(1.0 / size, rel=0.1)


def test_average_of_a_large_value_that_left_is_exact() -> None:
    assert run("average size=2", (1e16, 1.0, 1.0))[-1] == 1.0


# --- median -------------------------------------------------------------------------------


@given(NUMBERS, SIZES)
def test_median_is_the_median_of_the_last_values(numbers: list[float], size: int) -> None:
    filtered = run(f"median size={size}", numbers)[-1]
    assert filtered == pytest.approx(statistics.median(numbers[-size:]), rel=1e-12, abs=1e-6)


def test_median_delays_a_step_and_takes_out_an_impulse() -> None:
    assert run("median size=5", STEP)[20:25] == [0.0, 0.0, 1.0, 1.0, 1.0]
    assert run("median size=5", IMPULSE) == [0.0] * len(IMPULSE)


def test_median_of_noise_has_the_variance_that_is_known() -> None:
    # Of three normal numbers the middle one has this variance: 1 - sqrt(3) / pi.
    wanted = 1.0 - math.sqrt(3.0) / math.pi
    assert statistics.pvariance(run("median size=3", noise())[3:]) == pytest.approx(
        wanted, rel=0.1
    )


# --- exponential --------------------------------------------------------------------------


def test_exponential_answers_a_step_as_a_first_order_lag() -> None:
    answer = run("exponential time_constant=0.5", STEP)[20:]
    wanted = [1.0 - math.exp(-(n + 1) * PERIOD / 0.5) for n in range(len(answer))]
    assert answer == pytest.approx(wanted)
    assert answer[4] == pytest.approx(0.632, abs=1e-3)


def test_exponential_answers_an_impulse_with_its_decay() -> None:
    share = 1.0 - math.exp(-PERIOD / 0.5)
    answer = run("exponential time_constant=0.5", IMPULSE)[20:]
    assert answer == pytest.approx([share * (1.0 - share) ** n for n in range(len(answer))])


def test_exponential_reduces_noise_by_what_is_known() -> None:
    share = 1.0 - math.exp(-PERIOD / 0.5)
    variance = statistics.pvariance(run("exponential time_constant=0.5", noise())[50:])
    assert variance == pytest.approx(share / (2.0 - share), rel=0.1)


@given(st.floats(0.01, 10.0), st.integers(1, 20))
def test_exponential_minds_the_time_and_not_the_number_of_values(tau: float, parts: int) -> None:
    whole, split = (read_filter(f"exponential time_constant={tau}") for _ in range(2))
    whole.step(0.0, 0.0)
    split.step(0.0, 0.0)
    for _ in range(parts):
        found = split.step(1.0, 1.0 / parts)
    assert found == pytest.approx(whole.step(1.0, 1.0), rel=1e-9)


# --- Kalman -------------------------------------------------------------------------------


@settings(max_examples=50)
@given(NUMBERS, st.floats(0.01, 100.0))
def test_kalman_of_what_does_not_drift_is_the_mean_of_all(
    numbers: list[float], sigma: float
) -> None:
    filtered = run(f"kalman noise={sigma} drift=0", numbers)[-1]
    assert filtered == pytest.approx(statistics.fmean(numbers), rel=1e-9, abs=1e-3)


def steady_share(sigma: float, drift: float) -> float:
    """Return the gain that the Riccati equation gives in the long run."""
    wander, square = drift**2 * PERIOD, sigma**2
    predicted = (wander + math.sqrt(wander**2 + 4.0 * wander * square)) / 2.0
    return predicted / (predicted + square)


def test_kalman_settles_at_the_gain_that_is_known() -> None:
    share = steady_share(2.0, 1.0)
    values = (0.0,) * 200 + (1.0,) * 30
    answer = run("kalman noise=2 drift=1", values)[200:]
    assert answer == pytest.approx([1.0 - (1.0 - share) ** (n + 1) for n in range(30)])


def test_kalman_reduces_noise_by_what_is_known() -> None:
    share = steady_share(1.0, 0.5)
    variance = statistics.pvariance(run("kalman noise=1 drift=0.5", noise())[200:])
    assert variance == pytest.approx(share / (2.0 - share), rel=0.1)


def test_kalman_is_nearer_to_a_wandering_truth_than_a_mean_of_any_size() -> None:
    rng = np.random.default_rng(8)
    truth = np.cumsum(rng.normal(0.0, 0.2 * math.sqrt(PERIOD), 3000))
    values = [float(one) for one in truth + rng.normal(0.0, 1.0, len(truth))]

    def error(text: str) -> float:
        return float(np.sqrt(np.mean((np.array(run(text, values)) - truth)[200:] ** 2)))

    best = error("kalman noise=1 drift=0.2")
    assert all(best < error(f"average size={size}") for size in range(1, 102, 4))


def test_kalman_trusts_a_value_after_a_long_time_more() -> None:
    made = read_filter("kalman noise=1 drift=1")
    for _ in range(100):
        made.step(0.0, PERIOD)
    assert made.step(1.0, 1e6) == pytest.approx(1.0, abs=1e-3)


# --- outlier rejection --------------------------------------------------------------------


def test_an_outlier_is_replaced_by_the_median_and_told_of() -> None:
    made = read_filter("outlier size=7 threshold=5")
    values = (1.0, 1.1, 0.9, 1.05, 0.95, 50.0, 1.0, math.nextafter(1.0, 2.0))
    told = [(made.step(value, PERIOD), made.is_outlier) for value in values]
    assert told[5] == (pytest.approx(1.025), True)
    assert [is_outlier for _, is_outlier in told] == [False] * 5 + [True, False, False]
    assert told[6][0] == 1.0


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40),
    st.integers(3, 15),
    st.floats(1.0, 20.0),
    st.floats(0.0, 100.0),
)
def test_outliers_are_those_of_the_definition(
    numbers: list[float], size: int, threshold: float, least: float
) -> None:
    made = read_filter(f"outlier size={size} threshold={threshold} least={least}")
    for index, value in enumerate(numbers):
        window = np.array(numbers[max(index + 1 - size, 0) : index + 1])
        middle = float(np.median(window))
        limit = max(threshold * 1.4826 * float(np.median(np.abs(window - middle))), least)
        filtered = made.step(value, PERIOD)
        if abs(abs(value - middle) - limit) <= 1e-9 * (1.0 + limit):
            continue  # On the limit rounding decides.
        is_outlier = len(window) >= 3 and abs(value - middle) > limit
        assert made.is_outlier == is_outlier
        assert filtered == pytest.approx(middle if is_outlier else value)


def test_a_true_step_comes_through_when_half_of_the_window_agrees() -> None:
    values = [round(0.01 * one, 3) for one in noise(20)] + [10.0 + 0.01 * one for one in noise(10)]
    answer = run("outlier size=7 threshold=5", values)
    assert all(abs(one) < 0.1 for one in answer[20:23])
    assert all(abs(one - 10.0) < 0.1 for one in answer[23:])


def test_noise_passes_unchanged() -> None:
    values = noise(5000)
    answer = run("outlier size=25 threshold=6", values)
    assert sum(a != v for a, v in zip(answer, values, strict=True)) <= 5
    assert statistics.pvariance(answer) == pytest.approx(1.0, rel=0.1)


def test_a_distance_that_is_never_too_far_saves_coarse_sensors() -> None:
    values = (20.0, 20.0, 20.0, 20.0, 20.1)
    assert run("outlier size=5 threshold=5", values)[-1] == 20.0
    assert run("outlier size=5 threshold=5 least=0.1001", values)[-1] == 20.1


# --- their texts --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "no filter is named ''; there are average, median, exponential, kalman, outlier"),
        ("medan size=3", "no filter is named 'medan'"),
        ("none size=3", "no filter is named 'none'"),
        ("median 3", "'3' is no setting of median; it takes size=NUMBER"),
        ("median width=3", "'width=3' is no setting of median"),
        ("median size", "'size' is no setting of median"),
        ("median size=0", "size must be a whole number from 1 to 101, not 0"),
        ("median size=102", "from 1 to 101"),
        ("median size=2.5", "whole number"),
        ("median size=", "whole number"),
        ("median size=3 size=5", "size is set twice"),
        ("exponential time_constant=0", "time_constant must be a number from 0.001 to 10000"),
        ("exponential time_constant=nan", "not nan"),
        ("kalman noise=inf", "not inf"),
        ("kalman drift=-1", "drift must be a number from 0"),
        ("outlier size=2", "size must be a whole number from 3"),
    ],
)
def test_a_wrong_filter_is_refused_with_what_is_allowed(text: str, wanted: str) -> None:
    with pytest.raises(FilterError) as caught:
        read([text])
    assert wanted in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(max_examples=50)
@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    is_right = text.strip() == "none" or text.split() in [[name] for name in FILTERS]
    with nullcontext() if is_right else pytest.raises(FilterError):
        assert isinstance(read([text]), Cascade)


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_alone_has_defaults_within_its_own_bounds(name: str) -> None:
    assert isinstance(read_filter(name), FILTERS[name])
    for argument in FILTERS[name].arguments:
        assert argument.low <= argument.default <= argument.high
        assert argument.name in FILTERS[name].formula
        text = repr(argument.type(argument.default))
        assert argument.read(text) == argument.default
