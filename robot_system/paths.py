"""Where the installed package keeps its data, and where it may write."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

from robot_system.errors import ConfigurationError

PACKAGE = "robot_system"
# Of so many systems before their files are kept, for a person to read.
KEPT = 5


def share_folder() -> Path:
    """Return the installed share folder: `config`, `launch` and package.xml are in it."""
    prefixes = os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)
    for prefix in (*filter(None, prefixes), sys.prefix):
        folder = Path(prefix) / "share" / PACKAGE
        if (folder / "package.xml").is_file():
            return folder
    raise ConfigurationError(f"{PACKAGE} is not installed: no share/{PACKAGE} in any ROS prefix")


def config_folder() -> Path:
    """Return the installed configuration."""
    return share_folder() / "config"


def state_folder() -> Path:
    """Return where logs and state go: given by the bootstrap, otherwise in the user's home."""
    given = os.environ.get("ROBOT_SYSTEM_STATE")
    if given:
        return Path(given)
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / PACKAGE


def new_run_file(kind: str, domain: int, suffix: str) -> Path:
    """Return a file for a system that is started now; of systems before only some are kept."""
    folder = state_folder() / kind
    with contextlib.suppress(OSError):
        for old in sorted(folder.glob(f"{domain}-*{suffix}"))[:-KEPT]:
            old.unlink()
    return folder / f"{domain}-{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}{suffix}"


def replace_file(path: Path, text: str) -> None:
    """Put a file in place of the one before, in a folder that is made: nobody reads half of it."""
    new = path.with_suffix(f".{os.getpid()}.new")
    path.parent.mkdir(parents=True, exist_ok=True)
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)


def data_folder() -> Path | None:
    """Return where benchmark data is, if somebody said so."""
    given = os.environ.get("ROBOT_SYSTEM_DATA")
    return Path(given) if given else None


def source_folder() -> Path:
    """Return the checkout that the command was started from, for what only developers do."""
    given = os.environ.get("ROBOT_SYSTEM_SOURCE")
    if not given:
        raise ConfigurationError("this needs a checkout: run ./robot at its root")
    return Path(given)
