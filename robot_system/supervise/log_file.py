"""The log files of a node: one that grows and older ones beside it, of bounded size and age."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LogLimits:
    """How large (bytes) and old (s) a file gets, how many older ones stay, and how long (s)."""

    size: int = 1_000_000
    age: float = 24 * 3600.0
    kept: int = 4
    kept_for: float = 7 * 24 * 3600.0


def files_of(folder: Path, name: str) -> list[Path]:
    """Return the log files of a node that there are, the oldest first."""
    numbered = {
        int(path.name[len(name) + 1 : -len(".log")]): path
        for path in folder.glob(f"{name}.*.log")
        if path.name[len(name) + 1 : -len(".log")].isdigit()
    }
    older = [numbered[number] for number in sorted(numbered, reverse=True)]
    newest = folder / f"{name}.log"
    return [*older, newest] if newest.exists() else older


@dataclass(slots=True)
class LogFile:
    """NODE.log, and NODE.1.log (the newest of the older ones) to NODE.4.log.

    Nothing here raises or waits: what a full or read-only disk does not take is lost, and told.
    """

    folder: Path
    name: str
    limits: LogLimits = field(default_factory=LogLimits)
    _file: int | None = None
    _size: int = 0
    _began: float = 0.0

    def write(self, data: bytes, now: float) -> str:
        """Append lines, to a new file when the old one is large or old enough (s since 1970).

        Return why that failed, nothing when it did not.
        """
        try:
            if self._file is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._turn(now)
            elif self._size + len(data) > self.limits.size or now - self._began > self.limits.age:
                self._turn(now)
            assert self._file is not None
            self._size += os.write(self._file, data)
        except OSError as error:
            return f"{self.folder}: {error.strerror}"
        return ""

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _turn(self, now: float) -> None:
        """Begin a new file; what was written before, in this run or earlier, stays beside it."""
        newest = self.folder / f"{self.name}.log"
        if newest.exists() and newest.stat().st_size > 0:
            for number in range(self.limits.kept, 0, -1):
                younger = self._older(number - 1) if number > 1 else newest
                if younger.exists():
                    younger.replace(self._older(number))
        for path in files_of(self.folder, self.name):
            if path != newest and now - path.stat().st_mtime > self.limits.kept_for:
                path.unlink()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        file = os.open(newest, flags, 0o644)
        self.close()
        self._file, self._size, self._began = file, 0, now

    def _older(self, number: int) -> Path:
        return self.folder / f"{self.name}.{number}.log"
