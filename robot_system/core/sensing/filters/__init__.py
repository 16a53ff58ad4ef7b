"""Filters of one measured number, named and set in the configuration."""

from robot_system.core.sensing.filters.base import Argument, Filter, FilterError
from robot_system.core.sensing.filters.cascade import Cascade
from robot_system.core.sensing.filters.table import FILTERS, read_filter, read_filters

__all__ = [
    "FILTERS",
    "Argument",
    "Cascade",
    "Filter",
    "FilterError",
    "read_filter",
    "read_filters",
]
