from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_system.core.alerting.book import AlertBook, Timing
from robot_system.core.alerting.rules import EventRule, EventRules, Key
from robot_system.core.alerting.thresholds import parse_threshold
from robot_system.core.time import Instant, from_seconds
from robot_system.core.values import Alert, Event, Metric, Severity

KEY = Key("hot", "motor")
TIMING = Timing(debounce=0.5, clear_time=2.0, stale_time=10.0, repeat_time=1.0)
WARNING, ERROR = Severity.WARNING, Severity.ERROR


def instant(seconds: float) -> Instant:
    return Instant(from_seconds(1000.0 + seconds), from_seconds(seconds))


class Desk:
    """A book with what it told last."""

    def __init__(self, limit: int = 10) -> None:
        self.book = AlertBook(TIMING, limit)
        assert self.book.step(instant(0.0)) == ()

    def see(self, seconds: float, is_present: bool = True, key: Key = KEY) -> None:
        self.book.observe(key, WARNING, "it is hot", is_present, instant(seconds))

    def happen(
        self, seconds: float, key: Key = KEY, timeout: float = 0.0, severity: Severity = ERROR
    ) -> None:
        self.book.raise_event(key, severity, "it went wrong", timeout, instant(seconds))

    def told(self, seconds: float) -> tuple[Alert, ...] | None:
        return self.book.step(instant(seconds))

    def active(self, seconds: float) -> list[str]:
        return [alert.name for alert in self.told(seconds) or () if alert.is_active]


def test_an_empty_book_is_told_once() -> None:
    assert Desk().told(1.0) is None


def test_a_condition_is_raised_after_the_debounce_time() -> None:
    desk = Desk()
    desk.see(1.0)
    assert desk.told(1.49) is None
    (alert,) = desk.told(1.5) or ()
    assert alert.is_active
    assert (alert.name, alert.node, alert.severity) == ("hot", "motor", WARNING)
    assert alert.raised == instant(1.0).stamp
    assert desk.told(1.6) is None


def test_a_short_condition_is_never_told() -> None:
    desk = Desk()
    desk.see(1.0)
    desk.see(1.4, is_present=False)
    assert desk.told(9.0) is None


def test_a_condition_is_cleared_after_the_clear_time_and_told_once() -> None:
    desk = Desk()
    desk.see(1.0)
    desk.told(1.5)
    desk.see(2.0, is_present=False)
    assert desk.told(3.99) is None
    (alert,) = desk.told(4.0) or ()
    assert not alert.is_active
    desk.happen(5.0, Key("other", ""))
    assert [alert.name for alert in desk.told(5.0) or ()] == ["other"]


def test_a_condition_that_comes_back_while_clearing_stays_one_alert() -> None:
    desk = Desk()
    desk.see(1.0)
    desk.told(1.5)
    desk.see(2.0, is_present=False)
    desk.see(3.0)
    (alert,) = desk.told(4.5) or ()
    assert alert.is_active
    assert (alert.count, alert.raised) == (2, instant(1.0).stamp)
    assert alert.last_seen == instant(3.0).stamp


def test_a_condition_of_which_nothing_is_heard_any_more_is_cleared() -> None:
    desk = Desk()
    desk.see(1.0)
    desk.told(1.5)
    assert desk.told(11.4) is None
    assert [alert.is_active for alert in desk.told(11.5) or ()] == [False]


def test_an_event_raises_at_once_and_is_cleared_at_once() -> None:
    desk = Desk()
    desk.happen(1.0)
    assert desk.active(1.0) == ["hot"]
    desk.book.clear(KEY, instant(1.1))
    assert [alert.is_active for alert in desk.told(1.1) or ()] == [False]
    assert desk.told(1.2) is None


def test_an_event_that_is_over_before_anybody_looked_is_still_told() -> None:
    desk = Desk()
    desk.happen(1.0)
    desk.book.clear(KEY, instant(1.01))
    assert [alert.is_active for alert in desk.told(1.05) or ()] == [False]


def test_an_event_without_time_out_stays() -> None:
    desk = Desk()
    desk.happen(1.0)
    desk.told(1.0)
    assert desk.told(1e6) is None


def test_an_event_with_time_out_is_cleared_and_a_repeat_prolongs_it() -> None:
    desk = Desk()
    desk.happen(1.0, timeout=5.0)
    desk.told(1.0)
    desk.happen(4.0, timeout=5.0)
    assert desk.active(8.9) == ["hot"]
    assert desk.active(9.0) == []


def test_repeats_are_counted_and_told_now_and_then() -> None:
    desk = Desk()
    desk.happen(1.0)
    desk.told(1.0)
    tellings = 0
    for index in range(1000):
        desk.happen(1.0 + index * 0.005)
        tellings += desk.told(1.0 + index * 0.005) is not None
    assert tellings == 4
    (alert,) = desk.told(7.0) or ()
    assert alert.count == 1001


def test_a_worse_severity_is_told_at_once() -> None:
    desk = Desk()
    desk.happen(1.0, severity=WARNING)
    desk.told(1.0)
    desk.happen(1.1, severity=ERROR)
    assert [alert.severity for alert in desk.told(1.1) or ()] == [ERROR]


def test_clearing_what_is_not_there_does_nothing() -> None:
    desk = Desk()
    desk.book.clear(KEY, instant(1.0))
    desk.see(1.0, is_present=False)
    assert desk.told(1.0) is None


def test_a_full_book_keeps_the_most_severe_and_counts_the_rest() -> None:
    desk = Desk(limit=3)
    for index in range(3):
        desk.happen(1.0 + index, Key(f"old{index}", ""), severity=WARNING)
    desk.happen(5.0, Key("worse", ""), severity=ERROR)
    assert desk.active(5.0) == ["old1", "old2", "worse"]
    desk.happen(6.0, Key("note", ""), severity=Severity.INFO)
    assert desk.told(6.0) is None
    assert desk.book.left_out == 2


@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"),
            st.sampled_from(["see", "gone", "event", "clear"]),
            st.integers(0, 3000),
        ),
        max_size=40,
    )
)
def test_whatever_happens_the_book_stays_bounded_and_empties(
    steps: list[tuple[str, str, int]],
) -> None:
    desk = Desk(limit=1)
    seconds = 0.0
    for name, action, wait in steps:
        key = Key(name, "")
        if action in ("see", "gone"):
            desk.see(seconds, action == "see", key)
        elif action == "event":
            desk.happen(seconds, key, timeout=5.0)
        else:
            desk.book.clear(key, instant(seconds))
        assert len(desk.told(seconds) or ()) <= 1
        seconds += wait / 1000
    desk.told(seconds + 1.0)
    desk.told(seconds + 20.0)
    desk.happen(seconds + 21.0, Key("last", ""), severity=Severity.INFO)
    assert [alert.name for alert in desk.told(seconds + 21.0) or ()] == ["last"]


# --- rules --------------------------------------------------------------------------------

RULES = EventRules(
    (
        EventRule("silent", ("back", "ready")),
        EventRule("faulty", ("healed",), has_subject=True),
        EventRule("brief", timeout=3.0),
    ),
    default_timeout=30.0,
)


def event(name: str, detail: str = "", severity: Severity = WARNING, node: str = "lidar") -> Event:
    return Event(1, name, severity, node, detail)


@pytest.mark.parametrize("name", ["back", "ready"])
def test_what_heals_clears_the_same_node_and_raises_nothing(name: str) -> None:
    reaction = RULES.reaction(event(name))
    assert reaction.raised is None
    assert reaction.cleared == (Key("silent", "lidar"),)


@pytest.mark.parametrize("detail", ["scan: bad", "scan bad", "scan"])
def test_subjects_tell_apart(detail: str) -> None:
    assert RULES.reaction(event("faulty", detail)).raised == Key("faulty", "lidar", "scan")
    assert RULES.reaction(event("healed", "imu: ok")).cleared == (Key("faulty", "lidar", "imu"),)


def test_time_outs() -> None:
    assert RULES.reaction(event("silent")).timeout == 0.0
    assert RULES.reaction(event("brief")).timeout == 3.0
    assert RULES.reaction(event("strange")).timeout == 30.0


def test_unknown_events_raise_only_from_warning_on() -> None:
    assert RULES.reaction(event("strange", severity=Severity.INFO)).raised is None
    assert RULES.reaction(event("strange", severity=WARNING)).raised == Key("strange", "lidar")


# --- thresholds ---------------------------------------------------------------------------


def metric(name: str = "battery.charge", mean: float = 0.5) -> Metric:
    return Metric(name, "1", 5, mean, mean, mean, 0.0, mean, mean, mean)


def test_a_threshold_is_read() -> None:
    threshold = parse_threshold("low  error battery.charge mean < 2e-1")
    assert (threshold.name, threshold.severity, threshold.limit) == ("low", ERROR, 0.2)
    assert threshold.fits("battery.charge")
    assert not threshold.fits("battery.charges")
    assert not threshold.fits("batteryXcharge")
    assert threshold.is_crossed(metric(mean=0.19))
    assert not threshold.is_crossed(metric(mean=0.2))
    assert "battery.charge mean 0.19 < 0.2" in threshold.message(metric(mean=0.19))


def test_a_star_stands_for_any_text() -> None:
    threshold = parse_threshold("slow warning heartbeat.*.tick_max maximum > 0.01")
    assert threshold.fits("heartbeat.lidar.tick_max")
    assert not threshold.fits("heartbeat.lidar.tick_mean")
    assert threshold.is_crossed(metric(mean=0.011))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", "must be"),
        ("low error battery.charge mean <", "must be"),
        ("low bad battery.charge mean < 1", "'bad' is no severity"),
        ("low error battery.charge middle < 1", "'middle' is no statistic"),
        ("low error battery.charge mean = 1", "must be < or >"),
        ("low error battery.charge mean < nan", "'nan' is no number"),
        ("low error battery.charge mean < 1e999", "is no number"),
        ("low error battery.charge mean < x", "is no number"),
    ],
)
def test_a_wrong_threshold_is_refused_with_the_reason(line: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse_threshold(line)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(line: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse_threshold(line).name in line
