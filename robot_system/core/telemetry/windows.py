"""Window statistics of many series at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from robot_system.core.values import FloatArray, Metric

PERCENTILES = np.array([0.5, 0.95, 0.99])


@dataclass(frozen=True, slots=True)
class Series:
    """The samples of one quantity in the window that is being filled."""

    name: str
    unit: str
    samples: list[float]


def statistics_of(series: Sequence[Series]) -> list[Metric]:
    """Return one metric for each series that has a finite sample, in their order.

    Samples that are not finite are left out. Percentiles are interpolated linearly, the
    deviation is that of the population. All series are computed together: with hundreds of
    small ones, calls per series would cost far more than the numbers.
    """
    lengths = np.fromiter((len(one.samples) for one in series), np.int64, len(series))
    total = int(lengths.sum())
    values = np.fromiter(chain.from_iterable(one.samples for one in series), float, total)
    owners = np.repeat(np.arange(len(series), dtype=np.uint16), lengths)
    is_finite = np.isfinite(values)
    if not is_finite.all():
        values, owners = values[is_finite], owners[is_finite]
    counts = np.bincount(owners, minlength=len(series))
    filled = np.flatnonzero(counts)
    if not len(filled):
        return []
    rows = _statistics(values, owners, counts[filled], filled)
    return [
        Metric(series[index].name, series[index].unit, count, *row)
        for index, count, row in zip(
            filled.tolist(), counts[filled].tolist(), rows.tolist(), strict=True
        )
    ]


def _statistics(
    values: FloatArray,
    owners: NDArray[np.uint16],
    counts: NDArray[np.int64],
    filled: NDArray[np.int64],
) -> FloatArray:
    """Return minimum, maximum, mean, deviation and the percentiles of each filled series."""
    # By owner, and by value in it. Small integers are sorted far quicker than by lexsort.
    order = values.argsort(kind="stable")
    order = order[owners[order].argsort(kind="stable")]
    ordered = values[order]
    starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
    minimum, maximum = ordered[starts], ordered[starts + counts - 1]
    mean = np.clip(np.add.reduceat(ordered, starts) / counts, minimum, maximum)
    away = ordered - np.repeat(mean, counts)
    deviation = np.sqrt(np.add.reduceat(away * away, starts) / counts)
    places = PERCENTILES[:, None] * (counts - 1)
    below = places.astype(np.int64)
    share = places - below
    lower = ordered[starts + below]
    upper = ordered[starts + np.minimum(below + 1, counts - 1)]
    percentiles = lower + share * (upper - lower)
    return np.stack([minimum, maximum, mean, deviation, *percentiles], axis=1)
