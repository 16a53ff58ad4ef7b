"""The LiDAR as a sensor among others: its scans are checked and calibrated, never filtered."""

from __future__ import annotations

import math

from robot_system.core.sensing.calibration import NEUTRAL, Calibration
from robot_system.core.sensing.form import FormMemory
from robot_system.core.sensing.scan import ScanCheck, ScanLimits, calibrated
from robot_system.core.sensing.verdict import Verdict
from robot_system.core.values import Quality, Scan


class ScanSensor:
    """Passes on what can be trusted of each scan; `value` is the share of valid beams."""

    def __init__(self, limits: ScanLimits) -> None:
        self.value = math.nan
        self._check = ScanCheck(limits)
        self._calibration = NEUTRAL
        self._angle_offset = 0.0

    def tune(self, calibration: Calibration, angle_offset: float) -> None:
        """Take a calibration of the ranges and of the mounting angle."""
        self._calibration = calibration
        self._angle_offset = angle_offset

    @property
    def form(self) -> FormMemory:
        """Return what is known of the form of the scans."""
        return self._check.form

    def expect(self, form: FormMemory) -> None:
        """Compare with a form that is known from before."""
        self._check.form = form

    def step(self, scan: Scan) -> tuple[Verdict, Scan]:
        """Return the verdict on a scan, and the scan with broken beams out and corrected."""
        report = self._check.step(scan)
        self.value = report.valid_share
        if report.scan is None or report.verdict.quality is Quality.BAD:
            return report.verdict, scan
        return report.verdict, calibrated(report.scan, self._calibration, self._angle_offset)

    def start_anew(self) -> None:
        """Compare with the form of the scans before a silence still: it must be the same."""
