"""What a benchmark hands back: figures, their limits, and the machine that they are from."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def _say_nothing(text: str) -> None:
    return


@dataclass(frozen=True, slots=True)
class Settings:
    """What the caller asked for: a number of runs (None: as many as usual), and who is told.

    `fault` is the one that `recovery` measures, empty for all; `episodes` is how many `shield`
    plays, `seed` what the random faults of `chaos` come from. `picture` is the file that
    `perception` draws into, none for no picture.
    """

    runs: int | None = None
    say: Callable[[str], None] = _say_nothing
    fault: str = ""
    episodes: int | None = None
    seed: int = 1
    picture: Path | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """The values that a figure may have."""

    at_most: float = math.inf
    at_least: float = -math.inf

    def is_met_by(self, value: float) -> bool:
        """Tell whether a value is inside; one that is not a number never is."""
        return self.at_least <= value <= self.at_most

    def facts(self) -> dict[str, float]:
        """Return the bounds that there are."""
        bounds = {"at_most": self.at_most, "at_least": self.at_least}
        return {name: bound for name, bound in bounds.items() if math.isfinite(bound)}

    def __str__(self) -> str:
        return ", ".join(f"{name.replace('_', ' ')} {b:g}" for name, b in self.facts().items())


@dataclass(slots=True)
class Report:
    """The outcome of one benchmark; `rows` are tables, `figures` flat numbers."""

    name: str
    machine: dict[str, Any]
    runs: int
    figures: dict[str, float]
    limits: dict[str, Limit]
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_met(self) -> bool:
        """Tell whether every limit is met by a figure that exists."""
        return all(
            limit.is_met_by(self.figures.get(name, math.nan))
            for name, limit in self.limits.items()
        )

    def as_json(self) -> str:
        """Return the one object that programs read; a missing number is null."""
        found = {name: _plain(value) for name, value in self.figures.items()}
        limits = {name: limit.facts() for name, limit in self.limits.items()}
        facts = {
            "name": self.name,
            "machine": self.machine,
            "runs": self.runs,
            "figures": found,
            "limits": limits,
            "met": self.is_met,
        }
        if self.rows:
            facts["rows"] = [
                {name: _plain(value) for name, value in row.items()} for row in self.rows
            ]
        return json.dumps(facts, allow_nan=False)

    def as_text(self) -> str:
        """Return the figures as a table for people."""
        lines = [f"{self.name}, {self.runs} runs on {_describe(self.machine)}"]
        for name, value in self.figures.items():
            limit = self.limits.get(name)
            verdict = ""
            if limit is not None:
                verdict = f"{limit!s:16} {'met' if limit.is_met_by(value) else 'NOT MET'}"
            lines.append(f"  {name:32} {_short(value):>12}  {verdict}".rstrip())
        lines.extend(_table(self.rows))
        return "\n".join(lines)


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value that this share of all does not exceed, one of those measured."""
    ordered = sorted(values)
    if not ordered:
        return math.nan
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def median(values: Iterable[float]) -> float:
    """Return the middle of the values."""
    return percentile(values, 0.5)


def describe_machine() -> dict[str, Any]:
    """Return what the figures depend on, with how busy the machine is now."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count() or 1,
        "cores_used": len(used_cores()),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 2),
    }


def used_cores() -> tuple[int, ...]:
    """Return the two cores that what is measured runs on, fewer where there are fewer."""
    return tuple(sorted(os.sched_getaffinity(0))[:2])


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _plain(value: Any) -> Any:
    """Return what JSON can hold: a number that is not finite is none."""
    if not isinstance(value, float):
        return value
    return round(value, 4) if math.isfinite(value) else None


def _short(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if math.isfinite(value) else "none"


def _describe(machine: dict[str, Any]) -> str:
    stolen = machine.get("stolen_percent")
    return (
        f"{machine['cores_used']} of {machine['cores']} cores of {machine['cpu']},"
        f" kernel {machine['kernel']}, Python {machine['python']},"
        f" load {machine['load_average']} at the start"
        + ("" if stolen is None else f", {stolen:g} % of the cores taken by their host")
    )


def _table(rows: Sequence[dict[str, Any]]) -> list[str]:
    if not rows:
        return []
    cells = [list(rows[0])] + [
        [_short(item) if isinstance(item, float) else str(item) for item in row.values()]
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["", *("  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)]
