"""Validation of a LiDAR scan."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from robot_system.core.sensing.calibration import Calibration
from robot_system.core.sensing.form import FormMemory, ScanForm
from robot_system.core.sensing.frozen import FrozenCheck
from robot_system.core.sensing.verdict import GOOD, Fault, Verdict, bad, suspect, worst
from robot_system.core.values import Float32Array, Scan

FULL_TURN = 2 * math.pi
LEAST_RETURNS = 16
"""With fewer beams that hit something, equal scans in a row may be honest."""


@dataclass(frozen=True, slots=True)
class ScanLimits:
    """What a scan may be.

    Below the shares of valid beams it is suspect or bad; so many repeats are frozen. `beams`
    is their number, 0 to learn it; it may differ by a share, and the first angle in rad.
    """

    suspect_share: float = 0.8
    bad_share: float = 0.5
    frozen_repeats: int = 1
    beams: int = 0
    beams_tolerance: float = 0.02
    angle_tolerance: float = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class ScanReport:
    """The scan with broken beams set to NaN, the share of valid ones, and the verdict.

    `scan` is None when its form is so wrong that nothing can be said of its beams.
    """

    verdict: Verdict
    scan: Scan | None = None
    valid_share: float = 0.0


class ScanCheck:
    """Checks form, beams and liveness of one scan after the other.

    The first scan of possible form sets the form for all that follow, unless it is known from
    before: a LiDAR that suddenly sees elsewhere, or less, must not go unnoticed.
    A beam is valid when it is in the range of the sensor or is infinite, which says that
    nothing was hit. Minus infinity says "closer than can be measured": it becomes the least
    range, so that what is there is not lost.
    """

    def __init__(self, limits: ScanLimits) -> None:
        self._limits = limits
        self.form = FormMemory()
        self._frozen = FrozenCheck(limits.frozen_repeats)

    def step(self, scan: Scan) -> ScanReport:
        """Return what is to be thought of the next scan."""
        form = self._check_form(scan)
        if form is not GOOD:
            return ScanReport(form)
        ranges = np.asarray(scan.ranges, np.float32)
        cleaned, broken, returns = self._clean(ranges, scan.range_min, scan.range_max)
        share = 1.0 - broken / len(ranges)
        verdict = worst(self._check_share(share), self._check_frozen(ranges, returns))
        if cleaned is not scan.ranges:
            scan = replace(scan, ranges=cleaned)
        return ScanReport(verdict, scan, share)

    def reset(self) -> None:
        """Forget everything."""
        self.form = FormMemory()
        self._frozen.reset()

    def _check_form(self, scan: Scan) -> Verdict:
        beams = len(scan.ranges)
        if beams < 2:
            return bad(Fault.LENGTH, f"{beams} beams")
        if not 0.0 < abs(scan.angle_increment) * (beams - 1) <= FULL_TURN + 1e-3:
            return bad(Fault.GEOMETRY, f"{beams} beams at steps of {scan.angle_increment:g} rad")
        if not (math.isfinite(scan.angle_min) and 0.0 <= scan.range_min < scan.range_max < 1e4):
            return bad(
                Fault.GEOMETRY,
                f"starts at {scan.angle_min:g} rad, ranges"
                f" {scan.range_min:g} to {scan.range_max:g} m",
            )
        form = ScanForm.of(scan)
        likeness = self._check_likeness(form)
        self.form.take(form, fits=likeness is GOOD)
        return likeness

    def _check_likeness(self, form: ScanForm) -> Verdict:
        known, limits = self.form.known or form, self._limits
        beams = limits.beams or known.beams
        if abs(form.beams - beams) > beams * limits.beams_tolerance:
            return bad(Fault.LENGTH, f"{form.beams} beams instead of {beams}")
        if abs(form.begins - known.begins) > limits.angle_tolerance:
            return bad(
                Fault.GEOMETRY, f"starts at {form.begins:.2f} rad instead of {known.begins:.2f}"
            )
        return GOOD

    def _clean(
        self, ranges: Float32Array, low: float, high: float
    ) -> tuple[Float32Array, int, int]:
        """Return the cleaned ranges, the number of broken beams and that of beams that hit."""
        is_hit = (ranges >= np.float32(low)) & (ranges <= np.float32(high))
        hits = int(np.count_nonzero(is_hit))
        if hits == len(ranges):
            return ranges, 0, hits
        others = np.flatnonzero(~is_hit)
        values = ranges[others]
        is_empty = values == np.inf
        is_close = values == -np.inf
        empty, close = int(np.count_nonzero(is_empty)), int(np.count_nonzero(is_close))
        if empty == len(others):
            return ranges, 0, hits
        values[~is_empty] = np.nan
        values[is_close] = low
        cleaned = ranges.copy()
        cleaned[others] = values
        return cleaned, len(others) - empty - close, hits + close

    def _check_share(self, share: float) -> Verdict:
        if share < self._limits.bad_share:
            return bad(Fault.FEW_BEAMS, f"only {share:.0%} of the beams are valid")
        if share < self._limits.suspect_share:
            return suspect(Fault.FEW_BEAMS, f"only {share:.0%} of the beams are valid")
        return GOOD

    def _check_frozen(self, ranges: Float32Array, returns: int) -> Verdict:
        if returns < LEAST_RETURNS:
            self._frozen.reset()
            return GOOD
        return self._frozen.step(ranges.tobytes())


def calibrated(scan: Scan, ranges: Calibration, angle_offset: float) -> Scan:
    """Return the scan with its ranges and the mounting angle of the sensor corrected.

    A range never falls below the least one: what is close must not be taken for broken.
    """
    corrected = scan.ranges
    if not ranges.is_neutral:
        corrected = corrected * np.float32(ranges.scale) + np.float32(ranges.offset)
        corrected = np.maximum(corrected, np.float32(scan.range_min))
    if corrected is scan.ranges and angle_offset == 0.0:
        return scan
    return replace(scan, ranges=corrected, angle_min=scan.angle_min + angle_offset)
