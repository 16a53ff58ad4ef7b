"""Types of arrays, and empty ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]


def no_floats() -> FloatArray:
    """Return an empty array."""
    return np.zeros(0)
