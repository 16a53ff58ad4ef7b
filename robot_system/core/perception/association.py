"""Which measurement belongs to which track: the cheapest pairs first, within a gate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from robot_system.core.values import FloatArray

ROUNDS = 4
"""After so many rounds of mutual choice hardly a pair is left."""


def pairs_of(costs: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows and columns that choose each other; infinite costs are never paired.

    In each round every row and every column that is left takes its cheapest partner, and those
    that chose each other are a pair: the result is that of always taking the cheapest pair left.
    """
    rows, columns = costs.shape
    if rows == 0 or columns == 0:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    costs = costs.copy()
    every = np.arange(rows)
    partner = np.full(rows, -1)
    for _ in range(ROUNDS):
        nearest = costs.argmin(axis=1)
        is_pair = costs[every, nearest] < np.inf
        is_pair &= costs.argmin(axis=0)[nearest] == every
        found = is_pair.nonzero()[0]
        if len(found) == 0:
            break
        partner[found] = nearest[found]
        costs[found] = np.inf
        costs[:, nearest[found]] = np.inf
    paired = np.flatnonzero(partner >= 0)
    return paired, partner[paired]
