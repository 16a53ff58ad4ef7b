"""What a look at one thing gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique


@unique
class Level(str, Enum):
    """How bad it is: a warning does not keep the robot from running."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; what is not ok says what to do."""

    name: str
    level: Level
    detail: str
    advice: str = ""
