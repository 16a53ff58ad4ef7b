"""Parameters of a node: one frozen dataclass that is type, default, unit, bounds and check in one.

It is the only source: the YAML in `config/`, the ROS parameters with their descriptors and the
reference page are made or checked against it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from robot_system.errors import ParameterError

# What every ROS node has beside its own: for the middleware, not for the component.
OF_ROS = frozenset({"use_sim_time", "start_type_description_service"})
SCALARS = (bool, int, float, str)
_LISTS: dict[Any, type] = {tuple[float, ...]: float, tuple[int, ...]: int, tuple[str, ...]: str}
P = TypeVar("P", bound="Parameters")


@dataclass(frozen=True, slots=True)
class Field:
    """What is known of one parameter."""

    name: str
    type: type
    is_list: bool
    default: Any
    doc: str
    unit: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    is_live: bool

    def read(self, value: object) -> Any:
        """Return the value in this parameter's type, or raise naming what is wrong."""
        if self.is_list:
            if isinstance(value, str | bytes) or not isinstance(value, Iterable):
                raise ParameterError(self.name, value, f"must be a list of {self.type.__name__}")
            return tuple(self._read_one(item) for item in value)
        return self._read_one(value)

    def _read_one(self, value: object) -> Any:
        if self.type is float and isinstance(value, int) and not isinstance(value, bool):
            try:
                value = float(value)
            except OverflowError:
                raise ParameterError(self.name, value, "must be finite") from None
        if type(value) is not self.type:
            raise ParameterError(self.name, value, f"must be of type {self.type.__name__}")
        if self.type is int and not -(2**63) <= value < 2**63:  # type: ignore[operator]
            raise ParameterError(self.name, value, "must fit into 64 bits")
        if isinstance(value, float) and not math.isfinite(value):
            raise ParameterError(self.name, value, "must be finite")
        if isinstance(value, int | float) and not isinstance(value, bool):
            if self.low is not None and value < self.low:
                raise ParameterError(
                    self.name, value, f"must be at least {self.low:g}{self._unit}"
                )
            if self.high is not None and value > self.high:
                raise ParameterError(
                    self.name, value, f"must be at most {self.high:g}{self._unit}"
                )
        if self.choices and value not in self.choices:
            raise ParameterError(self.name, value, f"must be one of {', '.join(self.choices)}")
        return value

    @property
    def _unit(self) -> str:
        return f" {self.unit}" if self.unit else ""


def parameter(
    default: Any,
    doc: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    live: bool = False,
) -> Any:
    """Declare one parameter of a `Parameters` dataclass; `live` ones may change while running."""
    metadata = {
        "doc": doc,
        "unit": unit,
        "low": low,
        "high": high,
        "choices": choices,
        "live": live,
    }
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Base of every node's parameters: checks types and bounds, then the subclass's `check`."""

    recovery: str = parameter(
        "", "File of the recovery policy; config/recovery.yaml when empty, the same for all nodes"
    )

    def __post_init__(self) -> None:
        for known in fields(type(self)):
            object.__setattr__(self, known.name, known.read(getattr(self, known.name)))
        self.check()

    def check(self) -> None:
        """Raise ParameterError where values do not fit each other."""

    def replaced(self: P, changes: Mapping[str, object]) -> P:
        """Return these parameters with some values changed, all of them checked again."""
        known = {known.name for known in fields(type(self))}
        for name, value in changes.items():
            if name not in known:
                raise ParameterError(
                    name, value, f"is unknown; known are {', '.join(sorted(known))}"
                )
        return dataclasses.replace(self, **dict[str, Any](changes))


def fields(parameters: type[Parameters]) -> tuple[Field, ...]:
    """Return what is known of every parameter, in the order of declaration, own ones first."""
    hints = get_type_hints(parameters)
    of_all = {item.name for item in dataclasses.fields(Parameters)}
    items = sorted(dataclasses.fields(parameters), key=lambda item: item.name in of_all)
    return tuple(
        Field(
            name=item.name,
            type=_LISTS.get(hints[item.name], hints[item.name]),
            is_list=hints[item.name] in _LISTS,
            default=item.default,
            doc=item.metadata["doc"],
            unit=item.metadata["unit"],
            low=item.metadata["low"],
            high=item.metadata["high"],
            choices=item.metadata["choices"],
            is_live=item.metadata["live"],
        )
        for item in items
    )
