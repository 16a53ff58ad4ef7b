"""What a person asks of the system: `robot restart NODE`, `robot mode MODE`, `robot estop`."""

from __future__ import annotations

import contextlib
import sys
from argparse import Namespace
from collections.abc import Sequence

from robot_system import contract, graph
from robot_system.cli.main import OneLineParser, add_domain
from robot_system.contract import Service
from robot_system.core.values import Answer, ModeCommand, NodeCommand, PersonCommand
from robot_system.errors import ConfigurationError
from robot_system.locks import NodeLock, current_domain
from robot_system.ros import environment
from robot_system.supervise import client

EXIT_OK, EXIT_REFUSED = 0, 1
EPILOG = "exit codes: 0 done, 1 refused or nobody answered, 2 wrong usage"
# How long the node is looked for, and waited for (s).
PATIENCE = 3.0
SERVICES = {
    "start": "start_node",
    "stop": "stop_node",
    "restart": "restart_node",
    "enable": "enable_node",
    "disable": "disable_node",
    "clear": "clear_fault",
    "mode": "set_mode",
    "estop": "press_stop",
    "release": "release",
}


def main(arguments: Sequence[str]) -> int:
    """Ask, and say what was answered; the first argument is the command itself."""
    command, *rest = arguments
    offered = (*contract.SERVICES, *contract.MOTION_SERVICES)
    service = next(item for item in offered if item.name == SERVICES[command])
    parser = OneLineParser(
        prog=f"robot {command}", description=service.meaning + ".", epilog=EPILOG
    )
    if command == "mode":
        parser.add_argument("mode", metavar="MODE", help="stopped, standby or running")
    elif command == "clear":
        parser.add_argument("node", metavar="NODE", nargs="?", default="", help="default: all")
    elif service in contract.MOTION_SERVICES:
        parser.add_argument("reason", metavar="REASON", nargs="*", help="why, for the events")
    else:
        parser.add_argument("node", metavar="NODE")
    add_domain(parser)
    options = parser.parse_args(rest)
    environment.prepare(options.domain)
    answer = ask(service, _wish(service, options))
    if command == "restart":
        answer = _started_by_owner(current_domain(), options.node, answer)
    elif command == "clear" and answer.is_done:
        _start_what_was_given_up(current_domain(), options.node)
    print(answer.message, file=sys.stdout if answer.is_done else sys.stderr)
    return EXIT_OK if answer.is_done else EXIT_REFUSED


def _wish(service: Service, options: Namespace) -> NodeCommand | ModeCommand | PersonCommand:
    if service in contract.MOTION_SERVICES:
        return PersonCommand(" ".join(options.reason))
    return ModeCommand(options.mode) if "mode" in options else NodeCommand(options.node)


def _started_by_owner(domain: int, node: str, answer: Answer) -> Answer:
    """Let the process owner start a node that has no process, or that of the orchestrator."""
    is_known = any(spec.name == node for spec in graph.NODES)
    is_gone = is_known and NodeLock.holder(domain, node) is None
    if not (is_gone or node == contract.ORCHESTRATOR) or not client.is_there(domain):
        return answer
    client.restart(domain, node)
    return Answer(True, f"{node} is restarted")


def _start_what_was_given_up(domain: int, node: str) -> None:
    """Let the process owner begin anew with a node, or with all, that have no process any more."""
    if not client.is_there(domain):
        return
    for name in [node] if node else [spec.name for spec in graph.NODES]:
        if NodeLock.holder(domain, name) is None:
            # Of all nodes, those that were left out have no process either.
            with contextlib.suppress(ConfigurationError):
                client.restart(domain, name)


def ask(service: Service, value: NodeCommand | ModeCommand | PersonCommand) -> Answer:
    """Return the answer of the node, or one that says that there is none."""
    from robot_system.ros.listener import Listener

    listener = Listener("person")
    try:
        answer = listener.ask(service, value, PATIENCE)
    finally:
        listener.close()
    return answer or Answer(False, f"no {service.node} answers in domain {current_domain()}")
