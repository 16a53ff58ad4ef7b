"""A node's own count of what it promised to put out."""

import pytest

from robot_system.core.outputs import OutputLimits, OutputWatch
from robot_system.core.time import SECOND, Instant, from_seconds
from robot_system.core.values import Health

START = 1_000 * SECOND
LIMITS = OutputLimits(grace=1.0, silence=0.3, rate_share=0.5, invalid=1.0)
GRACE = LIMITS.grace


def at(seconds):
    time = START + from_seconds(seconds)
    return Instant(time, time)


def watch(rate=20.0, max_age=0.2, limits=LIMITS):
    return OutputWatch("scan", rate, max_age, limits, at(0.0))


def fed(seconds, rate=20.0, lag=0.0, is_valid=True, made=None):
    made = made or watch()
    for number in range(1, round(seconds * rate) + 1):
        now = at(number / rate)
        made.publish(now.stamp - from_seconds(lag), is_valid, now)
    return made


def test_all_is_well_while_it_comes_as_promised():
    assert fed(3.0).report(at(3.1)) is None


def test_before_the_first_nothing_is_known_and_after_a_grace_that_is_a_fault():
    assert watch().report(at(GRACE - 0.1)).health is Health.UNKNOWN
    late = watch().report(at(GRACE + 0.1))
    assert (late.health, late.blames) == (Health.UNHEALTHY, "scan")


def test_a_slow_output_is_not_waited_for_at_the_start():
    slow = OutputWatch("battery", 2.0, 2.0, LIMITS, at(0.0))
    assert slow.report(at(1.5)) is None
    assert slow.report(at(4.1)).health is Health.UNHEALTHY


@pytest.mark.parametrize(("silence", "health"), [(0.35, Health.DEGRADED), (0.7, Health.UNHEALTHY)])
def test_silence_is_named_and_gets_worse(silence, health):
    report = fed(2.0).report(at(2.0 + silence))
    assert (report.health, report.reason) == (health, "it puts out no scan")


def test_old_data_is_named():
    assert fed(2.0, lag=0.3).report(at(2.0)).reason == "its scan is too old"


def test_a_slow_rate_is_named_with_its_number():
    report = fed(6.0, rate=8.0).report(at(6.0))
    assert report.reason == "its scan comes too slowly"
    assert report.facts == (("scan", "8.0 Hz"),)


def test_one_long_break_is_no_slow_rate_once_it_is_over():
    made = fed(2.0)
    for number in range(10):
        now = at(2.0 + 1.5 + number / 20.0)
        made.publish(now.stamp, True, now)
        assert made.report(now) is None


def test_break_after_break_is_a_slow_rate():
    made = fed(2.0)
    for number in range(20):
        now = at(2.0 + number * 0.25)
        made.publish(now.stamp, True, now)
    assert made.report(at(6.8)).reason == "its scan comes too slowly"


def test_data_that_is_not_valid_for_long_is_named():
    assert fed(0.5, is_valid=False).report(at(0.5)) is None
    report = fed(2.0, is_valid=False).report(at(2.1))
    assert report.reason == "its scan is not valid"


PATIENT = OutputLimits(grace=3.0, silence=1.0, rate_share=0.1, invalid=5.0)


def test_each_limit_is_that_of_the_node():
    assert watch(limits=PATIENT).report(at(2.9)).health is Health.UNKNOWN
    assert watch(limits=PATIENT).report(at(3.1)).health is Health.UNHEALTHY
    assert fed(2.0, made=watch(limits=PATIENT)).report(at(2.9)) is None
    assert fed(2.0, made=watch(limits=PATIENT)).report(at(3.1)).health is Health.DEGRADED
    assert fed(6.0, rate=4.0, made=watch(limits=PATIENT)).report(at(6.0)) is None
    assert fed(4.0, is_valid=False, made=watch(limits=PATIENT)).report(at(4.0)) is None
    spoilt = fed(6.0, is_valid=False, made=watch(limits=PATIENT)).report(at(6.0))
    assert spoilt.reason == "its scan is not valid"
