"""Pairs are made cheapest first, and never across the gate."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from robot_system.core.perception.association import pairs_of


def greedy(costs):
    """The same by the book: take the cheapest pair that is left."""
    costs, pairs = costs.copy(), []
    while np.isfinite(costs).any():
        row, column = np.unravel_index(costs.argmin(), costs.shape)
        pairs.append((int(row), int(column)))
        costs[row, :] = np.inf
        costs[:, column] = np.inf
    return sorted(pairs)


def made(costs):
    rows, columns = pairs_of(np.array(costs, float))
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def test_the_cheapest_partner_is_taken():
    assert made([[1.0, 5.0], [2.0, 9.0]]) == [(0, 0), (1, 1)]


def test_nothing_is_paired_beyond_the_gate():
    assert made([[np.inf, np.inf], [np.inf, 2.0]]) == [(1, 1)]
    assert made(np.zeros((0, 3))) == []
    assert made(np.zeros((3, 0))) == []


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 10_000))
def test_the_result_is_that_of_always_taking_the_cheapest(rows, columns, seed):
    rng = np.random.default_rng(seed)
    costs = rng.permutation(rows * columns).reshape(rows, columns).astype(float)
    costs[rng.random(costs.shape) < 0.3] = np.inf
    found, wanted = made(costs), greedy(costs)

    assert found == wanted
