"""What a check says of a message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique

from robot_system.core.values import Quality


@unique
class Fault(Enum):
    """What may be wrong with a sensor."""

    NONE = "none"
    NO_DATA = "no data"
    SILENT = "silent"
    SLOW = "slow"
    FUTURE = "stamp in the future"
    OLD = "stamp too old"
    REPEATED = "stamp repeated"
    BACKWARDS = "stamp went backwards"
    NOT_FINITE = "not finite"
    OUT_OF_RANGE = "out of range"
    JUMP = "jump"
    OUTLIER = "outlier"
    FROZEN = "frozen"
    GEOMETRY = "impossible geometry"
    LENGTH = "wrong length"
    FEW_BEAMS = "too few valid beams"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The quality of one message, and in words a person understands why it is not good."""

    quality: Quality
    fault: Fault = Fault.NONE
    reason: str = ""


GOOD = Verdict(Quality.GOOD)


def bad(fault: Fault, reason: str) -> Verdict:
    """Return the verdict that a message must not be used."""
    return Verdict(Quality.BAD, fault, reason)


def suspect(fault: Fault, reason: str) -> Verdict:
    """Return the verdict that a message may be used with care."""
    return Verdict(Quality.SUSPECT, fault, reason)


def worst(first: Verdict, second: Verdict) -> Verdict:
    """Return the worse of two verdicts, the first where they are equal."""
    return second if second.quality < first.quality else first
