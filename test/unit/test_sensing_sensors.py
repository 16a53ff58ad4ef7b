"""Quantities and the IMU: calibration, filters and time, with stamps in any order."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_system.core.sensing.axes import AxesTuning
from robot_system.core.sensing.calibration import NEUTRAL, Calibration
from robot_system.core.sensing.imu import ImuLimits, ImuSensor, ImuTuning
from robot_system.core.sensing.numbers import Limits
from robot_system.core.sensing.quantity import Quantity, Tuning
from robot_system.core.sensing.verdict import GOOD, Fault
from robot_system.core.time import SECOND
from robot_system.core.values import Imu, Quality

STAMPS = st.integers(-(2**62), 2**62)
ANY = st.floats(allow_nan=True, allow_infinity=True)
FILTERS = (
    "outlier size=5 least=0.1",
    "median size=3",
    "average size=2",
    "exponential time_constant=0.5",
    "kalman noise=0.1 drift=0.1",
)


def quantity(*filters: str, calibration: Calibration = NEUTRAL, **others: Any) -> Quantity:
    made = Quantity("thing", "m", Limits(-10.0, 10.0, 5.0), **others)
    made.tune(Tuning(calibration, filters))
    return made


@given(
    st.lists(st.tuples(ANY | st.floats(-10.0, 10.0), STAMPS), max_size=40),
    st.lists(st.sampled_from(FILTERS), max_size=5),
    st.floats(0.5, 2.0),
    st.floats(-5.0, 5.0),
)
def test_whatever_is_measured_and_when_the_value_is_believable(
    series: list[tuple[float, int]], filters: list[str], scale: float, offset: float
) -> None:
    made = quantity(*filters, calibration=Calibration(scale, offset))
    for measured, stamp in series:
        before = made.value
        verdict = made.step(measured, stamp)
        is_believable = -10.0 <= scale * measured + offset <= 10.0
        assert (verdict.quality is Quality.BAD) == (not is_believable)
        assert (verdict is GOOD) == (verdict.reason == "")
        if is_believable:
            assert -10.0 - 1e-9 <= made.value <= 10.0 + 1e-9
        else:
            assert made.value == before or math.isnan(before)


@pytest.mark.parametrize("text", ["exponential time_constant=1", "kalman noise=1 drift=1"])
def test_a_stamp_that_goes_back_counts_as_no_time(text: str) -> None:
    back, still = quantity(text), quantity(text)
    for made, stamp in ((back, -5 * SECOND), (still, 0)):
        made.step(0.0, 0)
        made.step(1.0, stamp)
    assert back.value == still.value
    assert 0.0 <= back.value <= 1.0


def test_the_time_between_stamps_is_what_a_filter_gets() -> None:
    made = quantity("exponential time_constant=2")
    made.step(0.0, 7 * SECOND)
    made.step(1.0, 9 * SECOND)
    assert made.value == pytest.approx(1.0 - math.exp(-1.0))


def test_what_is_checked_is_the_corrected_number() -> None:
    made = quantity(calibration=Calibration(2.0, -1.0))
    assert made.step(5.5, 0) is GOOD
    assert made.value == 10.0
    assert made.step(5.6, 1).fault is Fault.OUT_OF_RANGE


def test_a_number_that_is_not_believable_reaches_no_filter() -> None:
    made = quantity("average size=3")
    for stamp, measured in enumerate((1.0, math.inf, 2.0, 11.0, 3.0)):
        made.step(measured, stamp)
    assert made.value == 2.0


def test_the_same_tuning_again_forgets_nothing() -> None:
    made = quantity("average size=2")
    made.step(1.0, 0)
    made.tune(Tuning(NEUTRAL, ("average size=2",)))
    made.step(2.0, 1)
    assert made.value == 1.5


def test_repetitions_are_frozen_until_another_number_comes() -> None:
    made = quantity("median size=1", frozen_repeats=2)
    faults = [made.step(value, stamp).fault for stamp, value in enumerate((1, 1, 1, 1, 2))]
    assert faults == [Fault.NONE, Fault.NONE, Fault.FROZEN, Fault.FROZEN, Fault.NONE]


# --- IMU ----------------------------------------------------------------------------------


def imu(stamp: int, velocity: float, acceleration: float = 0.0) -> Imu:
    return Imu(stamp, 0.1 * stamp % 1, (0.0, 0.0, velocity), (acceleration, 0.0, 9.81))


PLAIN = AxesTuning()


def tuned(velocity: AxesTuning = PLAIN, acceleration: AxesTuning = PLAIN) -> ImuSensor:
    made = ImuSensor(ImuLimits())
    made.tune(ImuTuning(0.0, velocity, acceleration))
    return made


@pytest.mark.parametrize("spoilt", ["velocity", "acceleration"])
def test_an_outlier_on_any_axis_is_replaced_and_told(spoilt: str) -> None:
    made = tuned(**{spoilt: AxesTuning(filters=("outlier size=5 least=0.1",))})
    for stamp in range(5):
        assert made.step(imu(stamp, 0.01 * stamp))[0] is GOOD
    verdict, corrected = made.step(imu(5, **{"velocity": 0.0, spoilt: 9.0}))
    assert verdict.fault is Fault.OUTLIER
    assert verdict.quality is Quality.SUSPECT
    assert max(corrected.angular_velocity) < 0.1
    assert corrected.linear_acceleration[0] == 0.0


def test_filters_of_an_imu_change_and_begin_anew_after_a_silence() -> None:
    made = tuned(AxesTuning(filters=("average size=2",)))
    made.step(imu(1, 0.0))
    assert made.step(imu(2, 1.0))[1].angular_velocity[2] == 0.5
    made.start_anew()
    assert made.step(imu(3, 3.0))[1].angular_velocity[2] == 3.0
    made.tune(ImuTuning(0.0, AxesTuning(filters=("median size=3",)), PLAIN))
    for stamp, velocity in ((4, 5.0), (5, 9.0)):
        made.step(imu(stamp, velocity))
    assert made.step(imu(6, 6.0))[1].angular_velocity[2] == 6.0
    made.tune(ImuTuning(0.0, PLAIN, PLAIN))
    message = imu(7, 1.0)
    assert made.step(message)[1] is message


def test_a_stamp_of_an_imu_that_goes_back_counts_as_no_time() -> None:
    made = tuned(AxesTuning(filters=("exponential time_constant=1",)))
    made.step(imu(5 * SECOND, 0.0))
    assert made.step(imu(0, 1.0))[1].angular_velocity[2] == 0.0


@given(st.floats(-10.0, 10.0), st.floats(-math.pi, math.pi))
def test_a_corrected_heading_stays_within_half_a_turn(yaw: float, offset: float) -> None:
    made = ImuSensor(ImuLimits())
    made.tune(ImuTuning(offset, PLAIN, AxesTuning((Calibration(2.0),) * 3)))
    _, corrected = made.step(Imu(0, yaw, (0.1, 0.2, 0.3), (0.0, 0.0, 9.0)))
    assert -math.pi <= corrected.yaw <= math.pi
    assert math.cos(corrected.yaw) == pytest.approx(math.cos(yaw + offset), abs=1e-9)
    assert corrected.linear_acceleration == (0.0, 0.0, 18.0)
