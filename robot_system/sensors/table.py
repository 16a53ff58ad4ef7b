"""The table of sensors: a row here, and its topic in the contract, make a sensor.

Its parameters, checks, filters, readings, health and events come from the row.
"""

from __future__ import annotations

from dataclasses import dataclass

from robot_system import contract
from robot_system.contract import Topic

SMOOTHING = ("median size=3", "average size=4")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityRow:
    """One measured number, and the defaults of its parameters, whose names begin with `name`.

    `low` to `high` is believable; a change by more than `jump` is suspect. `bounds` hold what
    `low` and `high` may be set to, `offset` is the greatest correction.
    """

    name: str
    words: str
    unit: str
    low: float
    high: float
    jump: float
    bounds: tuple[float, float]
    offset: float
    frozen_repeats: int = 0
    filters: tuple[str, ...] = SMOOTHING


@dataclass(frozen=True, slots=True)
class SensorRow:
    """One sensor: where its messages come from, and where those go that are not bad.

    The value of the topic says what kind of sensor it is. `unit` is that of the number which its
    reading shows: of a scan the share of valid beams, of an IMU the turn rate, of a battery the
    voltage.
    """

    name: str
    topic: Topic
    unit: str
    quantities: tuple[QuantityRow, ...] = ()
    output: Topic | None = None


def _scalar(topic: Topic, quantity: QuantityRow) -> SensorRow:
    """Return the row of a sensor that measures one number."""
    return SensorRow(quantity.name, topic, quantity.unit, (quantity,))


# fmt: off
SENSORS: tuple[SensorRow, ...] = (
    SensorRow("scan", contract.SCAN_RAW, "1", output=contract.SCAN),
    SensorRow("imu", contract.IMU_RAW, "rad/s", output=contract.IMU),
    SensorRow("battery", contract.BATTERY_RAW, "V", output=contract.BATTERY, quantities=(
        QuantityRow(name="battery_voltage", words="voltage", unit="V",
            low=5.0, high=60.0, jump=6.0, bounds=(0.0, 1000.0), offset=5.0),
        QuantityRow(name="battery_current", words="current", unit="A",
            low=-500.0, high=500.0, jump=1000.0, bounds=(-10_000.0, 10_000.0), offset=10.0),
    )),
    _scalar(contract.TEMPERATURE_RAW, QuantityRow(name="temperature", words="temperature",
        unit="degC", low=-40.0, high=85.0, jump=5.0, bounds=(-273.15, 1000.0), offset=50.0)),
    _scalar(contract.HUMIDITY_RAW, QuantityRow(name="humidity", words="humidity", unit="1",
        low=0.0, high=1.0, jump=0.3, bounds=(0.0, 1.0), offset=0.5)),
    _scalar(contract.PRESSURE_RAW, QuantityRow(name="pressure", words="air pressure", unit="Pa",
        low=30_000.0, high=110_000.0, jump=1000.0, bounds=(0.0, 1e7), offset=10_000.0)),
)
# fmt: on

QUANTITIES: tuple[QuantityRow, ...] = tuple(
    quantity for sensor in SENSORS for quantity in sensor.quantities
)
