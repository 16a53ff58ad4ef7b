"""The form of the scans of a LiDAR: it is learned once, and must stay as it is."""

from __future__ import annotations

from dataclasses import dataclass

from robot_system.core.values import Scan

SETTLED = 10
"""A form that so many scans in a row have is that of the LiDAR."""
# By so much (rad, and as a share of the step between two beams) equal forms may differ.
TURN, STEP = 0.05, 0.01


@dataclass(frozen=True, slots=True)
class ScanForm:
    """Where the beams begin and how much they cover (rad), and how many there are."""

    begins: float
    covers: float
    beams: int

    @classmethod
    def of(cls, scan: Scan) -> ScanForm:
        """Return the form of a scan."""
        beams = len(scan.ranges)
        return cls(scan.angle_min, scan.angle_increment * beams, beams)

    def contains(self, other: ScanForm) -> bool:
        """Tell whether this is the other one with more beams: that was a part of a scan."""
        if 0 in (self.beams, other.beams, self.covers):
            return False
        step, others = self.covers / self.beams, other.covers / other.beams
        first = (other.begins - self.begins) / step
        last = first + other.beams
        slack = TURN / abs(step)
        is_same_step = abs(step - others) <= STEP * abs(step)
        return is_same_step and first >= -slack and last <= self.beams + slack


class FormMemory:
    """Knows a form from before, or learns that of the first scan.

    Before it is settled it is given up for another one that as many scans in a row have: a LiDAR
    may begin with half a scan. Later only for one that contains it.
    """

    def __init__(self, known: ScanForm | None = None) -> None:
        self.known = known
        self.is_settled = known is not None
        self._fitting = 0
        self._other: ScanForm | None = None
        self._others = 0

    def take(self, form: ScanForm, *, fits: bool) -> None:
        """Note the form of the next scan, and whether it is near enough to the known one."""
        if fits:
            self.known = self.known or form
            self._other, self._others = None, 0
            self._fitting += 1
            self.is_settled = self.is_settled or self._fitting >= SETTLED
            return
        self._fitting = 0
        self._others = self._others + 1 if form == self._other else 1
        self._other = form
        if self._others >= SETTLED and self._may_become(form):
            self.known, self.is_settled = form, True

    def _may_become(self, form: ScanForm) -> bool:
        return not self.is_settled or self.known is None or form.contains(self.known)
