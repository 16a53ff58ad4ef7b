"""The door of the process owner: tells what the nodes print, and starts one again on request.

One request per connection, a JSON object in a line: `{"word": "logs", "node": "", "lines": 100,
"follow": false}` or `{"word": "restart", "node": NAME}`. The answers are JSON objects in lines:
a line of a node each, or `{}`, or `{"error": TEXT}`.
"""

from __future__ import annotations

import contextlib
import json
import selectors
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from robot_system.errors import ConfigurationError
from robot_system.supervise.journal import Journal

# As many are served at a time; more are sent away.
MOST_CLIENTS = 16
# One who finds no place to wait for the answer takes the owner for gone.
BACKLOG = 128
LONGEST_REQUEST = 4096
# Lines that are taken from the memory at once for a client that may be slow.
PORTION = 1000


@dataclass(slots=True, eq=False)
class _Client:
    """One connection; `number` is the next line that it wants, None when it wants no more."""

    link: socket.socket
    received: bytes = b""
    to_send: bytes = b""
    node: str = ""
    number: int | None = None
    is_following: bool = False
    is_answered: bool = False


class Server:
    """Serves in the loop of the process owner and never waits for a client.

    A client that follows is sent what is still in memory when it comes round to reading it: one
    that is slow misses lines, and holds nobody up. Without its socket the owner works as well.
    """

    def __init__(
        self,
        address: Path,
        selector: selectors.BaseSelector,
        journal: Journal,
        restart: Callable[[str], None],
    ) -> None:
        self._address = address
        self._selector = selector
        self._journal = journal
        self._restart = restart
        self._clients: list[_Client] = []
        self._door = socket.socket(socket.AF_UNIX)
        self._door.setblocking(False)
        with contextlib.suppress(OSError):
            address.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            address.unlink(missing_ok=True)
            self._door.bind(str(address))
            address.chmod(0o600)
            self._door.listen(BACKLOG)
            selector.register(self._door, selectors.EVENT_READ, self._on_door)

    def serve(self) -> None:
        """Send to everybody what is due and goes without waiting."""
        for client in list(self._clients):
            self._send(client)

    def close(self) -> None:
        """Send what is due, and end."""
        self.serve()
        for client in list(self._clients):
            self._drop(client)
        with contextlib.suppress(KeyError):
            self._selector.unregister(self._door)
            self._address.unlink(missing_ok=True)
        self._door.close()

    def _on_door(self) -> None:
        with contextlib.suppress(OSError):
            link, _ = self._door.accept()
            if len(self._clients) >= MOST_CLIENTS:
                link.close()
                return
            link.setblocking(False)
            client = _Client(link)
            self._clients.append(client)
            self._selector.register(link, selectors.EVENT_READ, lambda: self._on_client(client))

    def _on_client(self, client: _Client) -> None:
        """Read what a client says; its end means that it wants no more."""
        try:
            data = client.link.recv(LONGEST_REQUEST)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        client.received += data
        if not data or len(client.received) > LONGEST_REQUEST:
            self._drop(client)
        elif b"\n" in client.received and not client.is_answered:
            client.is_answered = True
            self._answer(client)

    def _answer(self, client: _Client) -> None:
        try:
            request = json.loads(client.received.partition(b"\n")[0])
            word, node = request["word"], str(request["node"])
            if word == "logs":
                self._begin(client, node, int(request["lines"]), bool(request["follow"]))
            elif word == "restart":
                self._restart(self._known(node))
                client.to_send = _line({})
            else:
                raise ConfigurationError(f"the supervisor does not know the word {word!r}")
        except ConfigurationError as error:
            client.to_send = _line({"error": str(error)})
        except (ValueError, TypeError, KeyError) as error:
            client.to_send = _line({"error": f"this is no request: {error!r}"})

    def _known(self, node: str) -> str:
        names = self._journal.names
        if node not in names:
            raise ConfigurationError(f"{node!r} does not run here; nodes are {', '.join(names)}")
        return node

    def _begin(self, client: _Client, node: str, lines: int, is_following: bool) -> None:
        client.node = self._known(node) if node else ""
        client.is_following = is_following
        newest = self._journal.since(0, client.node)[-lines:] if lines > 0 else []
        client.number = newest[0].number if newest else self._journal.count

    def _send(self, client: _Client) -> None:
        try:
            while self._has_more(client):
                client.to_send = client.to_send[client.link.send(client.to_send) :]
        except BlockingIOError:
            self._want(client, selectors.EVENT_READ | selectors.EVENT_WRITE)
        except OSError:
            self._drop(client)
        else:
            self._want(client, selectors.EVENT_READ)
            if client.is_answered and not client.is_following:
                self._drop(client)

    def _has_more(self, client: _Client) -> bool:
        """Fill up what is to be sent; tell whether there is something."""
        number = client.number
        if not client.to_send and number is not None and number < self._journal.count:
            lines = self._journal.since(number, client.node)[:PORTION]
            client.number = lines[-1].number + 1 if lines else self._journal.count
            client.to_send = b"".join(_line(asdict(line)) for line in lines)
        return bool(client.to_send)

    def _want(self, client: _Client, events: int) -> None:
        key = self._selector.get_key(client.link)
        if key.events != events:
            self._selector.modify(client.link, events, key.data)

    def _drop(self, client: _Client) -> None:
        self._clients.remove(client)
        self._selector.unregister(client.link)
        client.link.close()


def _line(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts).encode() + b"\n"
