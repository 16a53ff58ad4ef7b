"""The table of sensors: what a row brings, without any other line of code."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from robot_system import contract
from robot_system.core.sensing.verdict import Fault
from robot_system.core.time import Instant, from_seconds
from robot_system.core.values import Scalar
from robot_system.errors import ParameterError
from robot_system.parameters import fields
from robot_system.sensors.channel import Channel
from robot_system.sensors.parameters import EXPECTED, SensorsParameters, parameters_with
from robot_system.sensors.table import QUANTITIES, SENSORS, QuantityRow, SensorRow

GAS = QuantityRow(
    name="carbon_dioxide", words="carbon dioxide", unit="ppm", low=0.0, high=2e5, jump=1e5,
    bounds=(0.0, 1e6), offset=100.0, filters=("median size=3",),
)  # fmt: skip


def test_a_row_of_the_table_is_all_that_a_sensor_of_one_number_needs() -> None:
    topic = replace(contract.TEMPERATURE_RAW, name="carbon_dioxide_raw", rate=5.0, max_age=1.0)
    row = SensorRow("carbon_dioxide", topic, "ppm", (GAS,))
    made = parameters_with((*QUANTITIES, GAS))
    known = [field.name for field in fields(made) if field.name.startswith("carbon_dioxide_")]
    assert known == [
        f"carbon_dioxide_{end}"
        for end in ("low", "high", "jump", "frozen_repeats", "scale", "offset", "filters")
    ]
    channel = Channel(row, made(carbon_dioxide_scale=2.0))
    verdicts = []
    for index, value in enumerate((100.0, 5000.0, 120.0, math.nan, 90_001.0, 3e5)):
        now = Instant(from_seconds(index * 0.2), from_seconds(index * 0.2))
        verdicts.append(channel.take(Scalar(now.stamp, value), now)[0].fault)
    assert channel.reading(now).value == 10_000.0
    assert channel.reading(now).reason.startswith(
        "carbon dioxide 600000 ppm is outside 0 to 200000 ppm"
    )
    none = Fault.NONE
    assert verdicts == [none, none, none, Fault.NOT_FINITE, Fault.JUMP, Fault.OUT_OF_RANGE]
    with pytest.raises(
        ParameterError, match="carbon_dioxide_filters = 'mean' is wrong: no filter"
    ):
        made(carbon_dioxide_filters=("mean",))
    with pytest.raises(ParameterError, match="must be below carbon_dioxide_high"):
        made(carbon_dioxide_low=2e5)


def test_names_are_there_once_and_what_is_expected_exists() -> None:
    names = [row.name for row in SENSORS]
    assert len(set(names)) == len(names)
    assert len({row.topic for row in SENSORS}) == len(names)
    assert len({row.name for row in QUANTITIES}) == len(QUANTITIES)
    assert set(EXPECTED) <= set(names)


def test_the_defaults_of_each_row_pass_their_own_bounds() -> None:
    parameters = SensorsParameters()
    for row in QUANTITIES:
        assert parameters.of_row(row, "low") == row.low
        assert parameters.of_row(row, "filters") == row.filters
        assert row.bounds[0] <= row.low < row.high <= row.bounds[1]
