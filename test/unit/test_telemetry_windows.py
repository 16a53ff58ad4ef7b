from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_system.core.telemetry.fields import Fields
from robot_system.core.telemetry.traffic import Promise, Traffic
from robot_system.core.telemetry.windows import Series, statistics_of
from robot_system.core.time import from_seconds
from robot_system.core.values import Metric

SAMPLES = st.lists(st.lists(st.floats(-1e6, 1e6), max_size=40), min_size=1, max_size=12)


def series(samples: list[float], name: str = "x") -> Series:
    return Series(name, "m", samples)


@given(SAMPLES)
def test_statistics_are_those_of_numpy(lists: list[list[float]]) -> None:
    metrics = statistics_of([series(one, str(index)) for index, one in enumerate(lists)])
    filled = [(str(index), one) for index, one in enumerate(lists) if one]
    assert [metric.name for metric in metrics] == [name for name, _ in filled]
    for metric, (_, samples) in zip(metrics, filled, strict=True):
        p50, p95, p99 = np.percentile(samples, [50, 95, 99])
        assert metric.count == len(samples)
        assert (metric.minimum, metric.maximum) == (min(samples), max(samples))
        found = (metric.mean, metric.deviation, metric.p50, metric.p95, metric.p99)
        expected = (np.mean(samples), np.std(samples), p50, p95, p99)
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-6)


@given(SAMPLES)
def test_order_of_samples_does_not_matter(lists: list[list[float]]) -> None:
    shuffled = [random.Random(3).sample(one, len(one)) for one in lists]
    assert statistics_of([series(one) for one in lists]) == statistics_of(
        [series(one) for one in shuffled]
    )


@given(SAMPLES)
def test_statistics_are_in_order(lists: list[list[float]]) -> None:
    for metric in statistics_of([series(one) for one in lists]):
        assert metric.minimum <= metric.p50 <= metric.p95 <= metric.p99 <= metric.maximum
        assert metric.minimum <= metric.mean <= metric.maximum
        assert metric.deviation >= 0.0


def test_what_is_not_finite_is_left_out() -> None:
    metrics = statistics_of(
        [series([math.nan], "a"), series([1.0, math.inf, 3.0, math.nan], "b"), series([], "c")]
    )
    assert [(metric.name, metric.count, metric.mean) for metric in metrics] == [("b", 2, 2.0)]


def test_nothing_gives_nothing() -> None:
    assert statistics_of([]) == []
    assert statistics_of([series([]), series([])]) == []


# --- traffic ------------------------------------------------------------------------------

SCAN = Promise("scan", rate=20.0, max_age=0.2)


class Window:
    """Feeds one topic at a steady rate, window by window of one second."""

    def __init__(self, promise: Promise = SCAN) -> None:
        self.traffic = Traffic([promise, Promise("never", rate=100.0)])
        self.name = promise.name
        self.now = from_seconds(50.0)

    def pass_second(self, count: int, age: float = 0.01) -> list[str]:
        for index in range(count):
            now = self.now + from_seconds((index + 0.5) / count)
            self.traffic.count(self.name, now - from_seconds(age), now, now)
        self.now += from_seconds(1.0)
        return self.traffic.complaints(1.0, 0.8, self.now)

    def metrics(self) -> dict[str, Metric]:
        every = self.traffic.rates(1.0) + statistics_of(self.traffic.series())
        return {metric.name: metric for metric in every}


def test_rate_interval_and_age() -> None:
    window = Window()
    window.pass_second(20, age=0.03)
    metrics = window.metrics()
    assert list(metrics) == ["scan.rate", "scan.interval", "scan.age"]
    assert (metrics["scan.rate"].count, metrics["scan.rate"].mean) == (20, 20.0)
    assert metrics["scan.interval"].count == 19
    assert metrics["scan.interval"].mean == pytest.approx(0.05)
    assert metrics["scan.age"].p99 == pytest.approx(0.03)


def test_the_interval_across_the_border_of_two_windows_counts() -> None:
    window = Window()
    window.pass_second(20)
    window.traffic.start_window()
    window.pass_second(10)
    interval = window.metrics()["scan.interval"]
    assert interval.count == 10
    assert interval.maximum == pytest.approx(0.1)


def test_a_topic_that_fell_silent_has_rate_zero() -> None:
    window = Window()
    window.pass_second(20)
    window.traffic.start_window()
    window.pass_second(0)
    assert window.metrics()["scan.rate"].mean == 0.0
    assert list(window.metrics()) == ["scan.rate"]


def test_messages_without_a_stamp_have_no_age() -> None:
    traffic = Traffic([SCAN])
    traffic.count("scan", 0, 1_000, 1_000)
    assert [one.name for one in traffic.series()] == ["scan.interval"]


@pytest.mark.parametrize(
    ("count", "is_blamed"), [(20, False), (16, False), (15, False), (14, True), (1, True)]
)
def test_slow_topics_are_named(count: int, is_blamed: bool) -> None:
    window = Window()
    window.pass_second(20)
    window.traffic.start_window()
    complaints = window.pass_second(count)
    assert bool(complaints) == is_blamed
    assert all("scan" in words for words in complaints)


def test_the_first_window_and_topics_that_never_came_are_not_blamed() -> None:
    assert Window().pass_second(5) == []


def test_silent_topics_are_named() -> None:
    window = Window()
    window.pass_second(20)
    window.traffic.start_window()
    assert window.pass_second(0) == ["scan silent for 1.0 s"]


def test_a_rare_topic_may_miss_a_window() -> None:
    window = Window(Promise("readings", rate=1.0))
    window.pass_second(1)
    window.traffic.start_window()
    assert window.pass_second(0) == []


def test_topics_without_a_rate_are_never_blamed() -> None:
    window = Window(Promise("goal"))
    window.pass_second(1, age=99.0)
    window.traffic.start_window()
    assert window.pass_second(0) == []


@pytest.mark.parametrize(("age", "is_blamed"), [(0.2, False), (0.21, True)])
def test_old_messages_are_named(age: float, is_blamed: bool) -> None:
    assert bool(Window().pass_second(20, age=age)) == is_blamed


# --- fields -------------------------------------------------------------------------------


def test_series_are_bounded_and_what_is_left_out_is_counted() -> None:
    fields = Fields(limit=2)
    for name in ("a", "b", "c", "a"):
        fields.samples(name, "m").append(1.0)
    assert [one.name for one in fields.series()] == ["a", "b"]
    assert [len(one.samples) for one in fields.series()] == [2, 1]
    assert fields.left_out == 1


def test_the_list_of_a_series_survives_the_window() -> None:
    fields = Fields(limit=2)
    samples = fields.samples("a", "m")
    samples.append(1.0)
    fields.start_window()
    assert fields.series()[0].samples == []
    samples.append(2.0)
    assert fields.series()[0].samples == [2.0]
