"""Straight-line correction of a measured number."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calibration:
    """The true value is `scale` times the measured one plus `offset`."""

    scale: float = 1.0
    offset: float = 0.0

    def apply(self, measured: float) -> float:
        """Return the corrected value."""
        return self.scale * measured + self.offset

    @property
    def is_neutral(self) -> bool:
        """Return whether it changes nothing."""
        return self.scale == 1.0 and self.offset == 0.0


NEUTRAL = Calibration()
