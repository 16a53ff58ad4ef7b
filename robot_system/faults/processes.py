"""The processes of a running system on this machine, known by the locks that they hold.

A lock is held by a living process of this user in this domain, and says which one it is; so no
other process can be meant.
"""

from __future__ import annotations

import json
import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path

from robot_system.errors import RobotError
from robot_system.faults.catalogue import NODES
from robot_system.locks import NodeLock, domain_folder

UP = "up"


class NotRunningError(RobotError):
    """What a fault was to be done to does not run on this machine."""


def written_process(domain: int, name: str) -> int | None:
    """Return the process that the lock of a node named last; it may be over."""
    try:
        found = json.loads((domain_folder(domain) / f"{name}.lock").read_text())["pid"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, int) and found > 0 else None


def process_of(domain: int, name: str) -> int | None:
    """Return the process that holds the lock of a node.

    To try a free lock would keep a node from taking it: one is tried only while its last holder
    still lives.
    """
    pid = written_process(domain, name)
    if pid is None or parent_of(pid) is None:
        return None
    return pid if (NodeLock.holder(domain, name) or {}).get("pid") == pid else None


def takes_faults(domain: int) -> bool:
    """Tell whether nodes of this machine were started to take faults.

    Their locks say so, and never those of the dead, whom the middleware still remembers.
    """
    return any(
        (NodeLock.holder(domain, name) or {}).get("accepts_faults")
        for name in running_nodes(domain)
    )


def running_nodes(domain: int) -> dict[str, int]:
    """Return the process of each node that runs on this machine."""
    found = {name: process_of(domain, name) for name in NODES}
    return {name: pid for name, pid in found.items() if pid is not None}


def signal_node(domain: int, name: str, number: signal.Signals) -> int:
    """Send a signal to the process of a node, and return which it was."""
    pid = process_of(domain, name)
    if pid is None:
        raise NotRunningError(f"node {name} does not run on this machine in domain {domain}")
    _send(pid, number, lambda: process_of(domain, name) == pid)
    return pid


def owner_of(domain: int) -> int:
    """Return the process owner of `robot up`: the parent of every node, a child of the command."""
    command = process_of(domain, UP)
    owners = {parent_of(pid) for pid in running_nodes(domain).values()}
    if command is None or len(owners) != 1:
        raise NotRunningError(f"no process owner of `robot up` runs in domain {domain}")
    owner = owners.pop()
    if owner is None or parent_of(owner) != command:
        raise NotRunningError(f"no process owner of `robot up` runs in domain {domain}")
    return owner


def kill_owner(domain: int) -> int:
    """End the process owner at once, and return which process it was."""
    owner = owner_of(domain)
    _send(owner, signal.SIGKILL, lambda: owner_of(domain) == owner)
    return owner


def forbid_files(domain: int) -> None:
    """Let no process of the system write to files any more; nodes that start inherit that.

    The kernel refuses each write (EFBIG), as it does on a full disk (ENOSPC).
    """
    for pid in _all(domain):
        _limit(pid, 0)


def allow_files(domain: int) -> None:
    """Let the system write to files again, as much as it might before."""
    for pid in _all(domain):
        _limit(pid, None)


def parent_of(pid: int) -> int | None:
    """Return the parent of a running process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[1]) if fields[0] != "Z" else None


def _all(domain: int) -> list[int]:
    """Return the nodes, their process owner and its command, owners first."""
    nodes = running_nodes(domain)
    if not nodes:
        raise NotRunningError(f"nothing runs on this machine in domain {domain}")
    command = process_of(domain, UP)
    if command is None:
        return list(nodes.values())
    return [command, owner_of(domain), *nodes.values()]


def _limit(pid: int, size: int | None) -> None:
    try:
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if size is None else size, hard))
    except ProcessLookupError:
        # It ended meanwhile: whatever comes in its place inherits from the owner.
        return


def _send(pid: int, number: signal.Signals, is_still_meant: Callable[[], bool]) -> None:
    """Send a signal through a handle, so that no later process of the same number is hit."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError as error:
        raise NotRunningError(f"process {pid} has just ended") from error
    try:
        if not is_still_meant():
            raise NotRunningError(f"process {pid} has just ended")
        signal.pidfd_send_signal(handle, number)
    except ProcessLookupError as error:
        raise NotRunningError(f"process {pid} has just ended") from error
    finally:
        os.close(handle)
