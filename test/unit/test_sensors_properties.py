"""Whatever the sensors say, in any order: only what is believable goes on."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from robot_system import contract
from robot_system.core.time import from_seconds
from robot_system.core.values import Battery, Health, Imu, Quality, Scalar
from robot_system.testing.sensor_bench import SensorBench, values_of

ANY = st.floats(allow_nan=True, allow_infinity=True)
VECTOR = st.tuples(ANY, ANY, ANY)
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "imu": st.builds(Imu, st.just(0), ANY, VECTOR, VECTOR),
    "battery": st.builds(Battery, st.just(0), ANY, ANY, ANY),
    "temperature": st.builds(Scalar, st.just(0), ANY | st.floats(-50.0, 100.0)),
    "humidity": st.builds(Scalar, st.just(0), ANY | st.floats(0.0, 1.0)),
}
MESSAGES = st.sampled_from(list(KINDS)).flatmap(lambda name: st.tuples(st.just(name), KINDS[name]))
ALL_FILTERS = (
    "outlier size=5", "median size=3", "average size=2", "exponential time_constant=0.5",
    "kalman noise=0.1 drift=0.1",
)  # fmt: skip


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(MESSAGES, st.floats(-0.2, 0.2), st.floats(0.0, 0.5)), min_size=1, max_size=40
    )
)
def test_whatever_comes_in_any_order_only_what_is_believable_goes_on(
    arrivals: list[tuple[tuple[str, Any], float, float]],
) -> None:
    bench = SensorBench(
        temperature_filters=ALL_FILTERS,
        humidity_filters=ALL_FILTERS,
        battery_voltage_filters=ALL_FILTERS,
        imu_acceleration_filters=ALL_FILTERS,
    )
    for (name, message), shift, pause in arrivals:
        bench.step_index += round(pause * 100)
        stamp = bench.now.stamp + from_seconds(shift)
        getattr(bench.node, f"on_{name}_raw")(replace(message, stamp=stamp), bench.now)
        bench.node.tick(bench.now)
        assert bench.node.health(bench.now).health in Health
    for imu in values_of(bench.out, contract.IMU):
        assert max(map(abs, imu.angular_velocity)) <= 35.0
        assert max(map(abs, imu.linear_acceleration)) <= 160.0 + 1e-9
        assert math.isfinite(imu.yaw)
    for battery in values_of(bench.out, contract.BATTERY):
        assert 5.0 <= battery.voltage <= 60.0
        assert not abs(battery.current) > 500.0
    for readings in values_of(bench.out, contract.READINGS):
        for reading in readings.readings:
            assert (reading.quality is Quality.GOOD) == (reading.reason == "")
            if reading.name == "temperature" and not math.isnan(reading.value):
                assert -40.0 <= reading.value <= 85.0
