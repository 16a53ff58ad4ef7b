"""What a reading costs on its way through the sensors node, by CPU time, and each filter alone."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.report import Limit, Report, Settings, describe_machine, median
from robot_system import contract, graph
from robot_system.contract import Topic
from robot_system.core.sensing.filters import FILTERS
from robot_system.core.time import SECOND, Instant, from_seconds
from robot_system.core.values import Battery, Event, Imu, Quality, Readings, Scalar, Scan

RUNS = 5
SECONDS = 10
BEAMS = 720
BEGIN = 1000 * SECOND
PHASES = 20
MIX = {"scan_raw": 20, "imu_raw": 180, "battery_raw": 200, "temperature_raw": 200,
       "humidity_raw": 200, "pressure_raw": 200}  # fmt: skip
"""Messages per second; together the thousand that the limit is about."""
NUMBERS = {"temperature_raw": 333, "humidity_raw": 333, "pressure_raw": 334}
QUANTITIES = ("battery_voltage", "battery_current", "temperature", "humidity", "pressure")
AXES = ("imu_angular_velocity", "imu_acceleration")
LIMITS = {
    "readings_per_s": Limit(at_least=1000.0),
    "cpu_percent": Limit(at_most=5.0),
    "bad_readings": Limit(at_most=0.0),
    "named_age_share_max": Limit(at_most=1.0),
}

Call = tuple[Callable[..., Any], tuple[Any, ...]]


@dataclass(slots=True)
class Cost:
    """CPU time of a stretch of simulated time."""

    spent_s: float = 0.0
    messages: int = 0

    @property
    def per_reading_us(self) -> float:
        return self.spent_s / self.messages * 1e6


class Rig:
    """The component of the node alone, with nobody who reads what it publishes."""

    def __init__(self, filters: dict[str, Sequence[str]]) -> None:
        component = graph.node("sensors").load()
        parameters = component.parameters_type(
            **{f"{name}_filters": tuple(texts) for name, texts in filters.items()}
        )
        self.out: list[Any] = []
        self.node = component(parameters, self._publish)
        self.rng = np.random.default_rng(7)
        self.now = Instant(BEGIN, BEGIN)
        self.node.configure()
        self.node.activate(self.now)

    def _publish(self, topic: Topic, value: Any) -> None:
        if topic is contract.READINGS or topic is contract.EVENTS:
            self.out.append(value)

    def second(self, rates: dict[str, int]) -> tuple[list[Call], int]:
        """Return all calls of the next second in their order, and how many are messages."""
        begin = self.now.steady
        calls: list[tuple[int, int, Call]] = []
        for order, (name, rate) in enumerate(rates.items()):
            handler = getattr(self.node, contract.topic(name).handler)
            for index in range(rate):
                at = begin + index * SECOND // rate
                calls.append((at, order, (handler, (self.measure(name, at), Instant(at, at)))))
        messages = len(calls)
        ticks = round(1.0 / self.node.period)
        for index in range(ticks):
            at = begin + (index + 1) * SECOND // ticks
            calls.append((at, len(rates), (self.node.tick, (Instant(at, at),))))
        calls.sort(key=lambda one: one[:2])
        self.now = Instant(begin + SECOND, begin + SECOND)
        return [call for _, _, call in calls], messages

    def measure(self, name: str, stamp: int) -> Any:
        """Return a believable message with noise."""
        noise = self.rng.normal(0.0, 1.0, 6).tolist()
        if name == "scan_raw":
            ranges = self.rng.uniform(1.0, 9.0, BEAMS).astype(np.float32)
            return Scan(stamp, -2.35, 4.7 / BEAMS, 0.1, 30.0, ranges)
        if name == "imu_raw":
            return Imu(stamp, 0.5, tuple(noise[:3]), tuple(noise[3:]))
        if name == "battery_raw":
            return Battery(stamp, 24.0 + 0.1 * noise[0], -2.0 + 0.1 * noise[1], 0.9)
        levels = {"temperature_raw": 21.0, "humidity_raw": 0.4, "pressure_raw": 101_000.0}
        return Scalar(stamp, levels[name] * (1.0 + 0.001 * noise[0]))

    def cost(self, rates: dict[str, int], seconds: int) -> Cost:
        """Let time pass; the first second, which fills the windows, is not counted."""
        cost = Cost()
        for number in range(seconds + 1):
            calls, messages = self.second(rates)
            began = time.process_time()
            for call, arguments in calls:
                call(*arguments)
            spent = time.process_time() - began
            if number:
                cost.spent_s += spent
                cost.messages += messages
        return cost


def run(settings: Settings) -> Report:
    """Measure the mix with every filter, then each filter alone."""
    machine = describe_machine()
    count = settings.runs or RUNS
    costs, bad = [], 0
    for number in range(1, count + 1):
        rig = Rig(dict.fromkeys((*QUANTITIES, *AXES), tuple(FILTERS)))
        costs.append(rig.cost(MIX, SECONDS))
        bad += _bad_readings(rig.out)
        settings.say(f"run {number} of {count}: {costs[-1].per_reading_us:.1f} us per reading")
    plain = [Rig(dict.fromkeys(QUANTITIES, ())).cost(MIX, SECONDS) for _ in range(count)]
    spent = median(cost.per_reading_us for cost in costs)
    offered = costs[0].messages / SECONDS
    figures: dict[str, float] = {
        "readings_per_s": offered,
        "cpu_percent": spent * offered * 1e-4,
        "us_per_reading": spent,
        "us_per_reading_worst": max(cost.per_reading_us for cost in costs),
        "us_per_reading_unfiltered": median(cost.per_reading_us for cost in plain),
        "readings_per_s_of_a_core": 1e6 / spent,
        "bad_readings": bad,
        "named_age_share_max": max(_named_age_shares()),
    }
    return Report("sensors", machine, count, figures, LIMITS, _rows(count))


def _bad_readings(out: list[Any]) -> int:
    """Count what was called bad after the first second: nothing should be."""
    late = [one for one in out if isinstance(one, Readings) and one.stamp > BEGIN + SECOND]
    given = {name.removesuffix("_raw") for name in MIX}
    return sum(
        one.quality is Quality.BAD and one.name in given
        for readings in late
        for one in readings.readings
    )


def _rows(count: int) -> list[dict[str, Any]]:
    """Return what one number costs with each filter alone, and what the filter adds.

    The least of all runs counts: a filter adds less than other work on the machine takes away.
    """
    texts = ["none", *FILTERS]
    found: dict[str, list[float]] = {text: [] for text in texts}
    for _ in range(count):
        for text in texts:
            cost = Rig(dict.fromkeys(QUANTITIES, (text,))).cost(NUMBERS, max(SECONDS // 5, 1))
            found[text].append(cost.per_reading_us)
    bare = min(found["none"])
    return [
        {"filter": text, "us_per_reading": min(costs), "us_of_filter": min(costs) - bare}
        for text, costs in found.items()
    ]


def _named_age_shares() -> Iterator[float]:
    """Yield how old a sensor's last message was when its death was told, by its greatest age."""
    chance = random.Random(11)
    for name in MIX:
        topic = contract.topic(name)
        for _ in range(PHASES):
            yield _named_age(topic, chance.random()) / (topic.max_age or 1.0)


def _named_age(topic: Topic, phase: float) -> float:
    """Return the age (s) of the last message when the sensor was named; infinite if it was not."""
    rig = Rig({})
    step = from_seconds(rig.node.period)
    sensor = topic.name.removesuffix("_raw")
    message = BEGIN
    for index in range(8):
        message = BEGIN + from_seconds((index + phase) / topic.rate)
        while rig.now.steady + step <= message:
            _tick(rig, step)
        getattr(rig.node, topic.handler)(
            rig.measure(topic.name, message), Instant(message, message)
        )
    rig.out.clear()
    for _ in range(round(3.0 * (topic.max_age or 1.0) / rig.node.period)):
        _tick(rig, step)
        events = [one for one in rig.out if isinstance(one, Event)]
        if any(one.detail.startswith(f"{sensor}: bad, silent") for one in events):
            return (rig.now.steady - message) / SECOND
    return float("inf")


def _tick(rig: Rig, step: int) -> None:
    rig.now = Instant(rig.now.stamp + step, rig.now.steady + step)
    rig.node.tick(rig.now)
