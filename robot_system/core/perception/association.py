"""Which measurement belongs to which track: the cheapest pairs first, within a gate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from robot_system.core.values import FloatArray

Indices = NDArray[np.intp]


def pairs_of(costs: FloatArray) -> tuple[Indices, Indices]:
    """Return rows and columns that are paired; infinite costs are never paired."""
    rows, columns = (costs < np.inf).nonzero()
    return cheapest_pairs(rows, columns, costs[rows, columns])


def cheapest_pairs(rows: Indices, columns: Indices, costs: FloatArray) -> tuple[Indices, Indices]:
    """Return those of the possible pairs that are made, in the order of their rows.

    Always the cheapest pair that is left is taken. Of few possible ones, as there are within a
    gate, that is quicker told one by one than by whole rows and columns.
    """
    order = costs.argsort(kind="stable")
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if row not in partner and column not in taken:
            partner[row] = column
            taken.add(column)
    paired = sorted(partner)
    return np.array(paired, np.intp), np.array([partner[row] for row in paired], np.intp)
