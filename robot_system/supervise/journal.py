"""What the nodes print: the newest lines in memory, all of them in files."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from robot_system.supervise.log_file import LogFile, LogLimits, files_of

# Lines of each node in memory, and bytes of a line; a longer one is cut into several.
RING = 1000
LONGEST = 4096
# Bytes that are taken from a node at once, so that a chatty one does not keep others waiting.
PORTION = 65536
# As many are taken from a process that has ended; the pipe holds no more than one or two.
PORTIONS_LEFT = 32
# How many lines tell why a process ended.
LAST_LINES = 3


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One line of a node, as it arrived (s since 1970); `number` counts the lines of all."""

    time: float
    number: int
    node: str
    text: str

    def as_text(self) -> str:
        """Return what stands in the file."""
        when = datetime.fromtimestamp(self.time, timezone.utc).replace(tzinfo=None)
        return f"{when.isoformat(timespec='milliseconds')}Z {self.text}"


class Journal:
    """Takes lines, keeps the newest of each node, and writes all to the files in a folder."""

    def __init__(
        self,
        folder: Path,
        names: Iterable[str],
        clock: Callable[[], float] = time.time,
        limits: LogLimits | None = None,
    ) -> None:
        self._clock = clock
        self._count = 0
        self._rings: dict[str, deque[Line]] = {name: deque(maxlen=RING) for name in names}
        self._problems: dict[str, str] = {}
        self._files = {name: LogFile(folder, name, limits or LogLimits()) for name in self._rings}

    @property
    def names(self) -> tuple[str, ...]:
        """Return the nodes whose lines are kept."""
        return tuple(self._rings)

    @property
    def count(self) -> int:
        """Return how many lines there were, the number of the next one."""
        return self._count

    @property
    def problem(self) -> str:
        """Return why lines are not in the files now, nothing while they are."""
        return next((problem for problem in self._problems.values() if problem), "")

    def add(self, node: str, texts: Iterable[str]) -> None:
        """Take lines of a node that have just arrived."""
        now = self._clock()
        lines = [Line(now, number, node, text) for number, text in enumerate(texts, self._count)]
        self._count += len(lines)
        self._rings[node].extend(lines)
        if lines:
            data = "".join(line.as_text() + "\n" for line in lines)
            self._problems[node] = self._files[node].write(data.encode(errors="replace"), now)

    def since(self, number: int, node: str = "") -> list[Line]:
        """Return the lines in memory from a number on, of one node or of all."""
        found: list[Line] = []
        for ring in [self._rings[node]] if node else self._rings.values():
            found += itertools.takewhile(lambda line: line.number >= number, reversed(ring))
        return sorted(found, key=lambda line: line.number)

    def close(self) -> None:
        """Let go of the files."""
        for file in self._files.values():
            file.close()


@dataclass(slots=True)
class Output:
    """The reading end of what one process prints; `last` are its newest lines."""

    handle: int
    last: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))
    is_over: bool = False
    _rest: bytes = b""

    def read(self) -> list[str]:
        """Return the whole lines that have arrived."""
        *whole, self._rest = (self._rest + self._take()).split(b"\n")
        if len(self._rest) > LONGEST:
            whole, self._rest = [*whole, self._rest], b""
        return self._lines(whole)

    def finish(self) -> list[str]:
        """Return what is left of a process that has ended, and let go of the pipe.

        What it started itself may still hold the pipe: the end of it is not waited for.
        """
        left = self._rest
        for _ in range(PORTIONS_LEFT):
            data = self._take()
            if not data:
                break
            left += data
        os.close(self.handle)
        self._rest, self.is_over = b"", True
        return self._lines(left.removesuffix(b"\n").split(b"\n") if left else [])

    def _take(self) -> bytes:
        """Return what is in the pipe, nothing when it is empty or at its end."""
        try:
            data = os.read(self.handle, PORTION)
        except BlockingIOError:
            return b""
        self.is_over = not data
        return data

    def _lines(self, whole: Iterable[bytes]) -> list[str]:
        lines = [
            part[start : start + LONGEST].decode(errors="replace").rstrip()
            for part in whole
            for start in range(0, max(len(part), 1), LONGEST)
        ]
        self.last.extend(line.strip() for line in lines if line)
        return lines


def lines_in_files(folder: Path, names: Iterable[str]) -> Iterator[Line]:
    """Return what stands in the files of some nodes, in the order of arrival."""
    return heapq.merge(*(_lines_of(folder, name) for name in names))


def _lines_of(folder: Path, name: str) -> Iterator[Line]:
    number, when = 0, 0.0
    for path in files_of(folder, name):
        for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
            stamp, _, rest = text.partition("Z ")
            # A line that was torn by a full disk has no time: it belongs to the one before.
            with contextlib.suppress(ValueError):
                when, text = datetime.fromisoformat(f"{stamp}+00:00").timestamp(), rest
            number += 1
            yield Line(when, number, name, text)
