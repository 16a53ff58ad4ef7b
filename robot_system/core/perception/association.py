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
    """Return those of the possible pairs, given in the order of their rows, that are made.

    Always the cheapest pair that is left is taken. Of few possible ones, as there are within a
    gate, that is quicker told one by one than by whole rows and columns.
    """
    row_of, column_of = rows.tolist(), columns.tolist()
    used_rows: set[int] = set()
    used_columns: set[int] = set()
    made: list[int] = []
    for pair in costs.argsort(kind="stable").tolist():
        row, column = row_of[pair], column_of[pair]
        if row not in used_rows and column not in used_columns:
            used_rows.add(row)
            used_columns.add(column)
            made.append(pair)
    if len(made) == len(row_of):
        return rows, columns
    made.sort()
    paired = np.array(made, np.intp)
    return rows[paired], columns[paired]
