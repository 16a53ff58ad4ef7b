"""The filters that there are, and how one is read from the text that names it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from robot_system.core.sensing.filters.base import Filter, FilterError
from robot_system.core.sensing.filters.cascade import Cascade
from robot_system.core.sensing.filters.recursive import Exponential, Kalman
from robot_system.core.sensing.filters.windows import Median, MovingAverage, OutlierRejection

NONE = "none"
"""Stands for no filter, since ROS can not set a list to be empty."""

FILTERS: dict[str, type[Filter]] = {
    kind.name: kind for kind in (MovingAverage, Median, Exponential, Kalman, OutlierRejection)
}
"""By name; the configuration, its checks, the documents and the benchmark are made from it."""


def read_filters(texts: Iterable[str]) -> Cascade:
    """Return the filters that the texts name, in this order; raise FilterError for a wrong one."""
    return Cascade([read_filter(text) for text in texts if text.strip() != NONE])


def read_filter(text: str) -> Filter:
    """Return the filter that a text like `outlier size=7 threshold=4` names."""
    name, *settings = text.split() or [""]
    kind = FILTERS.get(name)
    if kind is None:
        raise FilterError(
            f"no filter is named {name!r}; there are {', '.join(FILTERS)} and {NONE}"
        )
    values = {argument.name: argument.default for argument in kind.arguments}
    known = {argument.name: argument for argument in kind.arguments}
    given: set[str] = set()
    for setting in settings:
        key, is_set, value = setting.partition("=")
        if key not in known or not is_set:
            wanted = ", ".join(f"{name}=NUMBER" for name in known)
            raise FilterError(f"{setting!r} is no setting of {name}; it takes {wanted}")
        if key in given:
            raise FilterError(f"{key} is set twice")
        given.add(key)
        values[key] = known[key].read(value)
    make: Callable[..., Filter] = kind
    return make(**values)
