"""A sensors node with its sensors, driven by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from robot_system import contract, graph
from robot_system.contract import Topic
from robot_system.core.time import Instant, from_seconds
from robot_system.core.values import Battery, Imu, Reading, Scalar, Scan
from robot_system.sensors.parameters import EXPECTED, SensorsParameters
from robot_system.sensors.table import SENSORS as TABLE

START = 1000.0
SENSORS = {row.name: row for row in TABLE if row.name in EXPECTED}
"""Those that `SensorBench` measures; there may be more in the table."""
Change = Callable[[Any], Any]


class SensorBench:
    """A sensors node with six healthy sensors, some of which can be spoilt for a while."""

    def __init__(self, **parameters: Any) -> None:
        self.out: list[tuple[Topic, Any]] = []
        self.node = graph.node("sensors").load()(
            SensorsParameters(**parameters),
            publish=lambda topic, value: self.out.append((topic, value)),
        )
        self.step_index = 0
        self.rng = np.random.default_rng(5)
        self.node.configure()
        self.node.activate(self.now)

    @property
    def now(self) -> Instant:
        """Return the time of the current step."""
        stamp = from_seconds(START) + self.step_index * 10_000_000
        return Instant(stamp, stamp)

    def change(self, **changes: Any) -> None:
        """Give the node other values of its parameters."""
        self.node.change_parameters(self.node.parameters.replaced(changes))

    def run(
        self,
        seconds: float,
        change: dict[str, Change] | None = None,
        silent: Iterable[str] = (),
    ) -> list[tuple[Topic, Any]]:
        """Let time pass, and return what was published in it."""
        self.out.clear()
        for _ in range(round(seconds * 100)):
            self.step_index += 1
            for name, every in (("scan", 5), ("imu", 1), ("battery", 50), ("temperature", 50),
                                ("humidity", 50), ("pressure", 50)):  # fmt: skip
                if self.step_index % every == 0 and name not in silent:
                    message = (change or {}).get(name, lambda value: value)(self.measure(name))
                    getattr(self.node, f"on_{name}_raw")(message, self.now)
            if self.step_index % 2 == 0:
                self.node.tick(self.now)
        return list(self.out)

    def measure(self, name: str) -> Any:
        """Return what a healthy sensor says now."""
        stamp, noise = self.now.stamp, float(self.rng.normal())
        if name == "scan":
            ranges = self.rng.uniform(1.0, 9.0, 360).astype(np.float32)
            return Scan(stamp, -math.pi, math.tau / 360, 0.1, 30.0, ranges)
        if name == "imu":
            return Imu(stamp, 0.5, (0.0, 0.0, 0.01 * noise), (0.0, 0.0, 9.81))
        if name == "battery":
            return Battery(stamp, 24.0 + 0.01 * noise, -2.0, 0.9)
        values = {"temperature": 21.0, "humidity": 0.4, "pressure": 101_000.0}
        return Scalar(stamp, values[name] + 0.001 * noise)

    def readings(self) -> dict[str, Reading]:
        """Return the newest reading of each sensor."""
        found = values_of(self.out, contract.READINGS)[-1]
        assert found.valid
        return {reading.name: reading for reading in found.readings}


def values_of(out: list[tuple[Topic, Any]], topic: Topic) -> list[Any]:
    """Return what was published on a topic."""
    return [value for row, value in out if row is topic]


def events_of(out: list[tuple[Topic, Any]]) -> list[tuple[str, str]]:
    """Return the names and details of the events."""
    return [(event.name, event.detail) for event in values_of(out, contract.EVENTS)]
