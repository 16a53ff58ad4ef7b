"""Locks that keep the same node from running twice in one ROS domain of this machine.

Two robots in namespaces of their own have nodes of their own.

The kernel lets go of a lock when its process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from robot_system.errors import ConfigurationError

HIGHEST_DOMAIN = 232
# A lock that is held is tried again so often, after so long (s).
TRIES, INSTANT = 5, 0.01


def domain_folder(domain: int) -> Path:
    """Return where the processes of one domain meet: shared by all checkouts of a user."""
    # Not by tempfile, which writes to find out where it may: that fails on a full disk.
    base = Path(os.environ.get("TMPDIR") or "/tmp") / f"robot_system-{os.getuid()}"
    return base / f"domain-{domain}"


def current_domain() -> int:
    """Return the ROS domain of this process, as ROS itself reads it."""
    text = os.environ.get("ROS_DOMAIN_ID") or "0"
    if not text.isdigit() or int(text) > HIGHEST_DOMAIN:
        raise ConfigurationError(
            f"ROS_DOMAIN_ID is {text!r}: it must be a number from 0 to {HIGHEST_DOMAIN}"
        )
    return int(text)


@dataclass(slots=True)
class NodeLock:
    """Held for as long as a node runs; the file says who holds it."""

    path: Path
    _file: IO[str]

    @classmethod
    def of_this_domain(cls, name: str, namespace: str = "", **facts: Any) -> NodeLock:
        """Take the lock of a node in the domain of this process, or say who has it."""
        facts = {"pid": os.getpid(), "since": time.monotonic(), **facts}
        return cls.take(current_domain(), _full_name(name, namespace), facts)

    @classmethod
    def refuse_second(cls, domain: int, name: str, namespace: str = "") -> None:
        """Raise when a node runs already, before anything is started."""
        full_name = _full_name(name, namespace)
        holder = cls.holder(domain, full_name)
        if holder is not None:
            raise ConfigurationError(_already_runs(full_name, domain, holder))

    @classmethod
    def running(cls, name: str, namespace: str = "") -> tuple[int, float]:
        """Return which process runs a node in the domain of this one, 0 for none, and how long."""
        holder = cls.holder(current_domain(), _full_name(name, namespace)) or {}
        pid, since = holder.get("pid", 0), holder.get("since")
        age = time.monotonic() - since if isinstance(since, int | float) else 0.0
        return (pid, age) if isinstance(pid, int) else (0, 0.0)

    @classmethod
    def take(cls, domain: int, name: str, facts: dict[str, Any]) -> NodeLock:
        """Take a lock, or say who has it."""
        path = domain_folder(domain) / f"{name}.lock"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = path.open("a+")
        if not _locked(file):
            holder = _read(file)
            file.close()
            raise ConfigurationError(_already_runs(name, domain, holder))
        # A full disk must not keep a node from running: it is the lock that counts, not the facts.
        with contextlib.suppress(OSError):
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), json.dumps(facts).encode())
        return cls(path, file)

    @classmethod
    def holder(cls, domain: int, name: str) -> dict[str, Any] | None:
        """Return what the holder of a lock says of itself, None when nobody holds it."""
        path = domain_folder(domain) / f"{name}.lock"
        if not path.exists():
            return None
        with path.open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _read(file)
        return None

    def release(self) -> None:
        """Let the next one have it."""
        self._file.close()


def _locked(file: IO[str]) -> bool:
    """Take the lock of a file; who only looks whether it is held, holds it for an instant."""
    for _ in range(TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(INSTANT)
        else:
            return True
    return False


def _full_name(name: str, namespace: str) -> str:
    return f"{namespace}/{name}" if namespace else name


def _already_runs(name: str, domain: int, holder: dict[str, Any]) -> str:
    return (
        f"{name} already runs in domain {domain} (process {holder.get('pid', 'unknown')});"
        f" stop it (`robot down --domain {domain}` ends what `robot up` started),"
        " or choose another ROS domain"
    )


def _read(file: IO[str]) -> dict[str, Any]:
    file.seek(0)
    try:
        found = json.loads(file.read())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
