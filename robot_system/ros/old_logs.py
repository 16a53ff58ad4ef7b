"""The log files that ROS writes, one for each process that ever ran: only the newest are kept."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

OLDEST_KEPT = 7 * 24 * 3600.0
MOST_KEPT = 100
# What rcl calls its files: program, process, milliseconds. Nothing else is ever deleted.
_NAME = re.compile(r".+_\d+_\d+\.log")


def drop_old_logs(folder: Path, now: float) -> None:
    """Delete the log files older than a week, and all but the newest hundred (s since 1970)."""
    # A file that is gone already, or a disk that is read-only, must not keep the robot still.
    with contextlib.suppress(OSError):
        files = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
        ages = sorted((now - path.lstat().st_mtime, path) for path in files)
        for index, (age, path) in enumerate(ages):
            if index >= MOST_KEPT or age > OLDEST_KEPT:
                path.unlink(missing_ok=True)
