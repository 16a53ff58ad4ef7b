"""Random numbers for code that needs one at a time, many times per second."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_BLOCK = 1024


def stream(seed: int, purpose: int) -> np.random.Generator:
    """Return a random source of its own for one purpose, so that purposes do not disturb."""
    return np.random.default_rng([seed, purpose])


def gaussians(rng: np.random.Generator) -> Iterator[float]:
    """Yield normally distributed numbers, drawn in blocks because single draws are slow."""
    while True:
        yield from rng.standard_normal(_BLOCK).tolist()
