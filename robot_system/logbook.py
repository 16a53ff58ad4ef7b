"""What the orchestrator did and was told, kept in a file for the one that comes after it."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

from robot_system.core.orchestration.modes import Wishes
from robot_system.core.orchestration.policy import Action, Fault
from robot_system.core.orchestration.recovery import Attempt
from robot_system.core.values import Mode
from robot_system.paths import new_run_file

# A file that is longer is begun anew with its newest half (bytes).
LONGEST = 1_000_000
_LOG = logging.getLogger(__name__)


def new_logbook(domain: int) -> Path:
    """Return the file for a system that is started now."""
    return new_run_file("recovery", domain, ".jsonl")


class Logbook:
    """One JSON object per line; without a path nothing is kept.

    A disk that is full or a line that is broken costs the memory of an attempt, never more.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path) if path else None

    def read(self) -> tuple[list[Attempt], Wishes]:
        """Return all attempts in order, and the newest wishes."""
        attempts: list[Attempt] = []
        wishes = Wishes()
        for line in self._lines():
            try:
                entry = json.loads(line)
                if "target" in entry:
                    wishes = _wishes_of(entry)
                else:
                    attempts.append(_attempt_of(entry))
            except (ValueError, KeyError, TypeError, AttributeError):
                _LOG.warning("logbook_line_ignored path=%s line=%.80r", self._path, line)
        return attempts, wishes

    def note_attempt(self, attempt: Attempt) -> None:
        """Keep an attempt."""
        self._write(
            {
                "stamp": attempt.stamp,
                "node": attempt.node,
                "fault": attempt.fault.name.lower(),
                "reason": attempt.reason,
                "action": attempt.action.name.lower() if attempt.action else "",
                "outcome": attempt.outcome,
                "duration": round(attempt.duration, 4),
            }
        )

    def note_wishes(self, wishes: Wishes) -> None:
        """Keep what a person wants now."""
        self._write(
            {
                "target": wishes.target.name.lower(),
                "stopped": sorted(wishes.stopped),
                "disabled": sorted(wishes.disabled),
            }
        )

    def _lines(self) -> list[str]:
        if self._path is None:
            return []
        try:
            return self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            _LOG.warning("logbook_not_read path=%s error=%s", self._path, error)
            return []

    def _write(self, entry: dict[str, Any]) -> None:
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._shorten(self._path)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
        except OSError as error:
            _LOG.warning("logbook_not_written path=%s error=%s", self._path, error)

    def _shorten(self, path: Path) -> None:
        if not path.exists() or path.stat().st_size < LONGEST:
            return
        lines = self._lines()
        kept = path.with_suffix(".new")
        kept.write_text("\n".join(lines[len(lines) // 2 :]) + "\n", encoding="utf-8")
        os.replace(kept, path)


def _attempt_of(entry: dict[str, Any]) -> Attempt:
    action = entry["action"]
    return Attempt(
        stamp=int(entry["stamp"]),
        node=str(entry["node"]),
        fault=Fault[entry["fault"].upper()],
        reason=str(entry["reason"]),
        action=Action[action.upper()] if action else None,
        outcome=str(entry["outcome"]),
        duration=float(entry["duration"]),
    )


def _wishes_of(entry: dict[str, Any]) -> Wishes:
    return Wishes(
        Mode[entry["target"].upper()],
        {str(name) for name in entry["stopped"]},
        {str(name) for name in entry["disabled"]},
    )
