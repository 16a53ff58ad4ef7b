"""What waits for a person, kept in a file for the motion node that comes after this one."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from robot_system.core.time import Time
from robot_system.paths import replace_file, state_folder

_LOG = logging.getLogger(__name__)
UNREADABLE = "what was latched before can not be read"


@dataclass(frozen=True, slots=True)
class Latched:
    """Why the emergency stop is pressed, and why the base was given up; empty: it is not.

    `released` is the stamp of the newest release: what was pressed before it is over.
    """

    stop: str = ""
    base: str = ""
    released: Time = 0


def latch_file(domain: int) -> Path:
    """Return the file of a domain: it outlives the system, since only a person may release."""
    return state_folder() / "latches" / f"{domain}.json"


class LatchFile:
    """One JSON object, replaced as a whole; without a path nothing is kept.

    A file that is there and can not be read counts as an emergency stop. A disk that takes
    nothing costs the memory across a restart, never the stop itself.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path) if path else None

    def read(self) -> Latched:
        """Return what was latched last."""
        if self._path is None:
            return Latched()
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            return Latched(str(found["stop"]), str(found["base"]), int(found["released"]))
        except FileNotFoundError:
            return Latched()
        except (OSError, ValueError, KeyError, TypeError) as error:
            _LOG.warning("latches_not_read path=%s error=%s", self._path, error)
            return Latched(stop=UNREADABLE)

    def write(self, latched: Latched) -> None:
        """Keep what is latched now."""
        if self._path is None:
            return
        try:
            replace_file(self._path, json.dumps(asdict(latched)))
        except OSError as error:
            _LOG.warning("latches_not_written path=%s error=%s", self._path, error)
