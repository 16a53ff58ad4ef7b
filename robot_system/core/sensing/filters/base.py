"""What every filter is: a name, arguments with bounds, and a step."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar


class FilterError(ValueError):
    """A filter in the configuration is unknown, or has an argument that it can not have."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One number that a filter is set by; `type` is int or float."""

    name: str
    type: type
    default: float
    low: float
    high: float
    meaning: str

    def read(self, text: str) -> float:
        """Return the number that a text says, or raise naming what is allowed."""
        try:
            value: float = self.type(text)
        except ValueError:
            value = math.nan
        # Neither NaN nor infinity is in any bounds.
        if not self.low <= value <= self.high:
            raise FilterError(f"{self.name} must be {self.allowed}, not {text}")
        return value

    @property
    def allowed(self) -> str:
        """Return in words what it may be."""
        kind = "whole number" if self.type is int else "number"
        return f"a {kind} from {self.low:g} to {self.high:g}"


class Filter(ABC):
    """Takes one finite value after the other, and gives the filtered one for each.

    `elapsed` is the time since the value before (s), zero for the first. The result lies between
    the least and the greatest of the values since the reset. A subclass is made with its
    `arguments` by name, and gives `formula` for the documents.
    """

    name: ClassVar[str]
    formula: ClassVar[str]
    arguments: ClassVar[tuple[Argument, ...]] = ()
    is_outlier: bool = False
    """Whether the newest value was thrown away as an outlier."""

    @abstractmethod
    def step(self, value: float, elapsed: float) -> float:
        """Return the filtered value after taking in the next one."""

    @abstractmethod
    def reset(self) -> None:
        """Forget everything."""
