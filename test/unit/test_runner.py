"""What a runner puts out about its component: heartbeats in time, and no more than needed."""

import pytest

from robot_system import contract
from robot_system.component import Component
from robot_system.core.time import Instant, from_seconds
from robot_system.core.values import Health, HealthReport, Odometry, Pose, Transition, Twist
from robot_system.heart import Identity
from robot_system.parameters import Parameters
from robot_system.runner import EAGER_FOR, HEARTBEAT_PERIOD, Runner


class Nothing(Component[Parameters]):
    """Does nothing, and is well."""

    name = "nothing"
    parameters_type = Parameters


class Talker(Nothing):
    """Puts out its odometry from its second tick on."""

    writes = (contract.ODOM,)
    ticks = 0

    def tick(self, now):
        self.ticks += 1
        if self.ticks > 1:
            self.publish(contract.ODOM, Odometry(now.stamp, Pose(), Twist()))


class Bench:
    def __init__(self, component=Nothing):
        self.beats = []
        self.time = from_seconds(1000.0)
        self.runner = Runner(component, Parameters(), self.take, Identity("host", 1), lambda: 0.0)

    @property
    def now(self):
        return Instant(self.time, self.time)

    def take(self, topic, value):
        if topic is contract.HEARTBEAT:
            self.beats.append(value)

    def run(self, seconds):
        """Beat whenever the runner wants to; return how many beats came."""
        before, end = len(self.beats), self.time + from_seconds(seconds)
        period = HEARTBEAT_PERIOD
        while self.time + from_seconds(period) <= end:
            self.time += from_seconds(period)
            period = self.runner.pulse(self.now)
        self.time = end
        return len(self.beats) - before


@pytest.fixture
def bench():
    return Bench()


def test_an_active_node_beats_twenty_times_a_second(bench):
    for transition in (Transition.CONFIGURE, Transition.ACTIVATE):
        assert bench.runner.request(transition, bench.now) == ""
    bench.run(10.0)
    assert bench.run(1.0) == 20


def test_a_new_node_beats_more_often_at_first_since_others_have_yet_to_find_it(bench):
    assert bench.run(HEARTBEAT_PERIOD + EAGER_FOR) == 11
    assert bench.run(0.5) == 10


def test_a_new_node_that_is_moved_is_found_and_beats_as_usual(bench):
    bench.runner.request(Transition.CONFIGURE, bench.now)
    assert bench.run(0.5) == 10


def test_that_every_output_has_begun_is_told_at_once():
    bench = Bench(Talker)
    for transition in (Transition.CONFIGURE, Transition.ACTIVATE):
        assert bench.runner.request(transition, bench.now) == ""
    told = len(bench.beats)
    assert bench.beats[-1].health is Health.UNKNOWN
    bench.runner.tick(bench.now)
    assert len(bench.beats) == told
    for _ in range(3):
        bench.runner.tick(bench.now)
    assert len(bench.beats) == told + 1
    assert bench.beats[-1].health is Health.HEALTHY


def test_a_node_that_nobody_asks_anything_beats_less_often_after_a_while(bench):
    bench.run(2.0)
    assert bench.run(2.05) == 10 + 1, "at once when it runs again, then 5 a second"
    assert bench.beats[0].delay == 0.0
    assert bench.beats[-1].delay == pytest.approx(0.15)


def test_a_component_that_says_so_is_calm_while_it_is_active(bench, monkeypatch):
    for transition in (Transition.CONFIGURE, Transition.ACTIVATE):
        assert bench.runner.request(transition, bench.now) == ""
    assert bench.run(1.0) == 20
    monkeypatch.setattr(type(bench.runner.component), "is_calm", True)
    assert bench.run(1.05) == 5 + 1


def test_a_calm_node_beats_at_once_and_often_again_when_it_is_moved(bench):
    bench.run(5.0)
    before = len(bench.beats)
    bench.runner.request(Transition.CONFIGURE, bench.now)
    assert len(bench.beats) == before + 2
    assert bench.run(0.5) == 10


@pytest.mark.parametrize(
    ("transition", "is_long"),
    [(Transition.CONFIGURE, True), (Transition.ACTIVATE, True), (Transition.DEACTIVATE, False)],
)
def test_before_what_may_take_long_a_node_says_that_it_will_be_silent(bench, transition, is_long):
    for earlier in (Transition.CONFIGURE, Transition.ACTIVATE):
        if transition is not earlier:
            bench.runner.request(earlier, bench.now)
        else:
            break
    before = len(bench.beats)
    bench.runner.request(transition, bench.now)
    told = [beat.delay for beat in bench.beats[before:]]
    assert told == ([3600.0, 0.0] if is_long else [0.0])


class Ailing(Nothing):
    """Says what it is told to say of its health."""

    report = HealthReport(Health.HEALTHY)

    def health(self, now):
        return self.report


def test_a_beat_tells_since_when_the_node_is_not_healthy():
    bench = Bench(Ailing)
    bench.runner.request(Transition.CONFIGURE, bench.now)
    bench.runner.request(Transition.ACTIVATE, bench.now)

    def since(report):
        bench.runner.component.report = report
        bench.run(0.3)
        return bench.beats[-1].since

    assert since(HealthReport(Health.HEALTHY)) == 0
    began = bench.time + from_seconds(HEARTBEAT_PERIOD)
    assert since(HealthReport(Health.DEGRADED, "slow", blames="scan")) == began
    assert since(HealthReport(Health.UNHEALTHY, "gone", blames="scan")) == began
    other = bench.time + from_seconds(HEARTBEAT_PERIOD)
    assert since(HealthReport(Health.UNHEALTHY, "gone", blames="odom")) == other
    assert since(HealthReport(Health.UNHEALTHY, "gone", blames="odom", since=7)) == 7
    assert since(HealthReport(Health.HEALTHY)) == 0
