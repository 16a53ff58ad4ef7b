"""The form of the scans of a LiDAR: it is learned once, and must stay as it is."""

from __future__ import annotations

from dataclasses import dataclass

from robot_system.core.values import Scan

SETTLED = 20
"""A form that so many scans in a row have is that of the LiDAR."""


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


class FormMemory:
    """Knows a form from before, or learns that of the first scan.

    Before it is settled it is given up for another one that as many scans in a row have: a LiDAR
    may begin with half a scan.
    """

    def __init__(self, known: ScanForm | None = None) -> None:
        self.known = known
        self.is_settled = known is not None
        self._fitting = 0
        self._other: ScanForm | None = None
        self._others = 0

    def take(self, form: ScanForm, *, fits: bool) -> None:
        """Note the form of the next scan, and whether it is near enough to the known one."""
        if self.is_settled:
            return
        if fits:
            self.known = self.known or form
            self._other, self._others = None, 0
            self._fitting += 1
            self.is_settled = self._fitting >= SETTLED
            return
        self._fitting = 0
        self._others = self._others + 1 if form == self._other else 1
        self._other = form
        if self._others >= SETTLED:
            self.known, self.is_settled = form, True
