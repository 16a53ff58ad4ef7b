from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_system.core.sensing.calibration import Calibration
from robot_system.core.sensing.scan import ScanCheck, ScanLimits, calibrated
from robot_system.core.sensing.verdict import Fault
from robot_system.core.values import Quality, Scan

BEAMS = 360
LOW, HIGH = 0.1, 30.0


def scan(ranges: Any = None, beams: int = BEAMS, seed: int = 0, **changes: Any) -> Scan:
    if ranges is None:
        ranges = np.random.default_rng(seed).uniform(1.0, 20.0, beams)
    made = Scan(
        stamp=1,
        angle_min=-math.pi,
        angle_increment=2 * math.pi / beams,
        range_min=LOW,
        range_max=HIGH,
        ranges=np.asarray(ranges, np.float32),
    )
    return replace(made, **changes)


def spoilt(share: float, value: float) -> Scan:
    made = scan()
    ranges = made.ranges.copy()
    ranges[: round(share * BEAMS)] = value
    return replace(made, ranges=ranges)


def check(**limits: Any) -> ScanCheck:
    return ScanCheck(ScanLimits(**limits))


def test_a_clean_scan_is_good_and_not_copied() -> None:
    given_scan = scan()
    report = check().step(given_scan)
    assert report.verdict.quality is Quality.GOOD
    assert report.scan is given_scan
    assert report.valid_share == 1.0


@pytest.mark.parametrize("value", [math.nan, 0.0, -1.0, 0.09, 30.01, 1e9])
def test_broken_beams_become_nan_and_the_input_stays(value: float) -> None:
    given_scan = spoilt(0.1, value)
    before = given_scan.ranges.copy()
    report = check().step(given_scan)
    assert report.scan is not None
    assert np.isnan(report.scan.ranges[:36]).all()
    np.testing.assert_array_equal(report.scan.ranges[36:], before[36:])
    np.testing.assert_array_equal(given_scan.ranges, before)
    assert report.valid_share == pytest.approx(0.9)


def test_no_return_stays_infinite_and_is_valid() -> None:
    report = check().step(spoilt(1.0, math.inf))
    assert report.scan is not None
    assert np.isposinf(report.scan.ranges).all()
    assert report.verdict.quality is Quality.GOOD
    assert report.valid_share == 1.0


def test_too_close_to_measure_becomes_the_least_range() -> None:
    report = check().step(spoilt(0.1, -math.inf))
    assert report.scan is not None
    assert report.scan.ranges[:36] == pytest.approx(LOW)
    assert report.valid_share == 1.0


@pytest.mark.parametrize(
    ("share", "quality"),
    [
        (0.0, Quality.GOOD),
        (0.2, Quality.GOOD),
        (0.21, Quality.SUSPECT),
        (0.5, Quality.SUSPECT),
        (0.51, Quality.BAD),
        (1.0, Quality.BAD),
    ],
)
def test_share_of_broken_beams_decides_the_quality(share: float, quality: Quality) -> None:
    report = check(suspect_share=0.8, bad_share=0.5).step(spoilt(share, math.nan))
    assert report.verdict.quality is quality


@pytest.mark.parametrize(
    "changes",
    [
        {"angle_increment": 0.0},
        {"angle_increment": math.nan},
        {"angle_increment": math.inf},
        {"angle_increment": 0.5},
        {"angle_min": math.nan},
        {"range_min": -0.1},
        {"range_min": math.nan},
        {"range_max": math.nan},
        {"range_max": math.inf},
        {"range_max": 0.05},
        {"ranges": np.zeros(0, np.float32)},
        {"ranges": np.ones(1, np.float32)},
    ],
)
def test_impossible_form_is_bad(changes: dict[str, Any]) -> None:
    report = check().step(scan(**changes))
    assert report.verdict.quality is Quality.BAD
    assert report.verdict.fault in (Fault.GEOMETRY, Fault.LENGTH)
    assert report.scan is None


def test_the_first_scan_sets_the_number_of_beams_within_a_tolerance() -> None:
    checking = check()
    faults = [
        checking.step(scan(beams=beams, seed=beams)).verdict.fault
        for beams in (360, 180, 720, 353, 367, 352, 368, 360)
    ]
    none, length = Fault.NONE, Fault.LENGTH
    assert faults == [none, length, length, none, none, length, length, none]
    checking.reset()
    assert checking.step(scan(beams=180)).verdict.fault is none


def test_a_stated_number_of_beams_holds_from_the_first_scan() -> None:
    checking = check(beams=360)
    assert checking.step(scan(beams=180)).verdict.fault is Fault.LENGTH
    assert checking.step(scan(beams=360)).verdict.fault is Fault.NONE


def test_a_scan_that_suddenly_starts_elsewhere_is_bad() -> None:
    checking = check()
    checking.step(scan(seed=1))
    turned = scan(seed=2, angle_min=-math.pi + 0.5)
    assert checking.step(turned).verdict.fault is Fault.GEOMETRY
    assert checking.step(scan(seed=3)).verdict.fault is Fault.NONE


def test_identical_ranges_are_frozen() -> None:
    checking = check()
    faults = [checking.step(scan(seed=seed)).verdict.fault for seed in (1, 2, 2, 2, 3)]
    none, frozen = Fault.NONE, Fault.FROZEN
    assert faults == [none, none, frozen, frozen, none]


def test_one_different_bit_is_not_frozen() -> None:
    checking = check()
    first = scan(seed=1)
    ranges = first.ranges.copy()
    ranges[7] = np.nextafter(ranges[7], np.float32(99.0))
    checking.step(first)
    assert checking.step(replace(first, ranges=ranges)).verdict.fault is Fault.NONE


def test_an_empty_place_is_not_frozen() -> None:
    checking = check()
    for _ in range(5):
        assert checking.step(spoilt(1.0, math.inf)).verdict.quality is Quality.GOOD


@given(st.lists(st.floats(width=32, allow_nan=True, allow_infinity=True), min_size=2, max_size=50))
def test_what_is_passed_on_is_always_in_range_or_infinite_or_nan(ranges: list[float]) -> None:
    report = check().step(scan(ranges, beams=len(ranges)))
    assert report.scan is not None
    out = report.scan.ranges
    assert out.dtype == np.float32
    is_sound = (out >= np.float32(LOW)) & (out <= np.float32(HIGH))
    assert (is_sound | np.isposinf(out) | np.isnan(out)).all()
    assert report.valid_share == pytest.approx(1.0 - np.isnan(out).mean())
    source = np.asarray(ranges, np.float32)
    was_sound = (source >= np.float32(LOW)) & (source <= np.float32(HIGH))
    np.testing.assert_array_equal(out[was_sound], source[was_sound])


def test_neutral_calibration_changes_nothing() -> None:
    given_scan = scan()
    assert calibrated(given_scan, Calibration(), 0.0) is given_scan


def test_calibration_corrects_ranges_and_angle() -> None:
    ranges = np.array([1.0, 0.12, math.inf, math.nan], np.float32)
    corrected = calibrated(scan(ranges, beams=4), Calibration(1.5, -0.1), 0.25)
    assert corrected.ranges.dtype == np.float32
    np.testing.assert_allclose(corrected.ranges, [1.4, LOW, math.inf, math.nan], rtol=1e-6)
    assert corrected.angle_min == pytest.approx(-math.pi + 0.25)
    assert ranges[0] == 1.0
