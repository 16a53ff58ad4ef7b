"""Speaks to the process owner of a domain: the logs of its nodes, and a restart."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from robot_system.errors import ConfigurationError, RobotError
from robot_system.locks import domain_folder
from robot_system.supervise.journal import Line

NAME = "supervisor.sock"
# The owner answers at once: it never waits for anything itself (s).
PATIENCE = 2.0


class NoSupervisorError(RobotError):
    """No process owner can be spoken to in this domain."""

    def __init__(self, domain: int) -> None:
        super().__init__(f"nothing that `robot up` started answers in domain {domain}")


def door_of(domain: int) -> Path:
    """Return where the process owner of a domain is spoken to."""
    return domain_folder(domain) / NAME


def is_there(domain: int) -> bool:
    """Tell whether a process owner runs in a domain."""
    try:
        _connect(domain).close()
    except NoSupervisorError:
        return False
    return True


def restart(domain: int, node: str) -> None:
    """Let a node's process be ended and started again, and its deaths be forgotten.

    Return when that has begun. Raise `NoSupervisorError` when nobody can do it, and
    `ConfigurationError` when there is no such node.
    """
    if not list(_ask(domain, {"word": "restart", "node": node})):
        raise NoSupervisorError(domain)


def logs(domain: int, node: str = "", lines: int = 100, follow: bool = False) -> Iterator[Line]:
    """Return the newest lines of one node or of all, and with `follow` those to come as well.

    They end when the system does. Raise like `restart`.
    """
    request = {"word": "logs", "node": node, "lines": lines, "follow": follow}
    return (Line(**facts) for facts in _ask(domain, request))


def _ask(domain: int, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Send a request, and yield the answers."""
    link = _connect(domain)
    try:
        with link, link.makefile("rb") as answers:
            link.sendall(json.dumps(request).encode() + b"\n")
            link.settimeout(None if request.get("follow") else PATIENCE)
            for answer in answers:
                facts = json.loads(answer)
                if "error" in facts:
                    raise ConfigurationError(facts["error"])
                yield facts
    except TimeoutError:
        raise NoSupervisorError(domain) from None
    except OSError:
        # It has ended meanwhile, and with it its answers.
        return


def _connect(domain: int) -> socket.socket:
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(PATIENCE)
    try:
        link.connect(str(door_of(domain)))
    except OSError:
        link.close()
        raise NoSupervisorError(domain) from None
    return link
