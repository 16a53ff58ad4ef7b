"""Limits of metrics beyond which an alert is raised, written as one line each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate

from robot_system.core.values import Metric, Severity

STATISTICS = ("count", "minimum", "maximum", "mean", "deviation", "p50", "p95", "p99")
SEVERITIES = {severity.name.lower(): severity for severity in Severity}


@dataclass(frozen=True, slots=True)
class Threshold:
    """An alert of this name while the statistic of a metric is beyond the limit.

    `metric` may hold `*` for any text: then each metric that fits has an alert of its own.
    """

    name: str
    severity: Severity
    metric: str
    statistic: str
    is_upper: bool
    limit: float

    def fits(self, metric: str) -> bool:
        """Return whether a metric of this name is meant."""
        return re.fullmatch(translate(self.metric), metric) is not None

    def is_crossed(self, metric: Metric) -> bool:
        """Return whether the metric is beyond the limit."""
        value: float = getattr(metric, self.statistic)
        return value > self.limit if self.is_upper else value < self.limit

    def message(self, metric: Metric) -> str:
        """Return in words what is beyond what."""
        value: float = getattr(metric, self.statistic)
        sign = ">" if self.is_upper else "<"
        unit = "" if metric.unit == "1" else f" {metric.unit}"
        return f"{metric.name} {self.statistic} {value:.3g}{unit} {sign} {self.limit:g}{unit}"


def parse_threshold(line: str) -> Threshold:
    """Read `name severity metric statistic > limit`; raise ValueError saying what is wrong."""
    words = line.split()
    if len(words) != 6:
        raise ValueError("must be: name severity metric statistic > limit")
    name, severity, metric, statistic, sign, limit = words
    if severity not in SEVERITIES:
        raise ValueError(f"{severity!r} is no severity; there are {', '.join(SEVERITIES)}")
    if statistic not in STATISTICS:
        raise ValueError(f"{statistic!r} is no statistic; there are {', '.join(STATISTICS)}")
    if sign not in ("<", ">"):
        raise ValueError(f"{sign!r} must be < or >")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", limit, re.ASCII):
        raise ValueError(f"{limit!r} is no number")
    return Threshold(name, SEVERITIES[severity], metric, statistic, sign == ">", float(limit))
