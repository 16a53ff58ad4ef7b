"""Which measurement belongs to which track: the cheapest pairs first, within a gate."""

from __future__ import annotations

import numpy as np

from robot_system.core.perception import _fast
from robot_system.core.perception.segmentation import Indices
from robot_system.core.values import FloatArray


def pairs_of(costs: FloatArray) -> tuple[Indices, Indices]:
    """Return rows and columns that are paired; infinite costs are never paired.

    Always the cheapest pair that is left is taken.
    """
    rows, columns = _fast.cheapest(np.ascontiguousarray(costs))
    return np.frombuffer(rows, np.intp), np.frombuffer(columns, np.intp)
