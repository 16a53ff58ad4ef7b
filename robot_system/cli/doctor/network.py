"""Whether processes find each other: the DDS profile, discovery, and the ports of the domain."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

from robot_system.cli.doctor.finding import Finding, Level
from robot_system.locks import current_domain
from robot_system.paths import config_folder

PROFILE_VARIABLE = "FASTRTPS_DEFAULT_PROFILES_FILE"
# Two processes with the profile of this package find each other well within this (s).
SLOW_DISCOVERY = 1.0
# UDP ports of DDS, as the specification of RTPS gives them.
FIRST_PORT, PORTS_PER_DOMAIN = 7400, 250
# Above it, Linux may already have given a port of the domain to some other program.
LAST_DOMAIN_BELOW_EPHEMERAL = 101
PORT_TABLES = (Path("/proc/net/udp"), Path("/proc/net/udp6"))


def profile() -> Iterator[Finding]:
    """Say which settings of Fast DDS are in use."""
    given = os.environ.get(PROFILE_VARIABLE)
    default = config_folder() / "dds" / "local.xml"
    if not given:
        advice = f"set {PROFILE_VARIABLE} to {default}"
        detail = "none: discovery is slow and not local"
        yield Finding("dds profile", Level.WARNING, detail, advice)
    elif not Path(given).is_file():
        advice = f"correct {PROFILE_VARIABLE}"
        yield Finding("dds profile", Level.ERROR, f"{given} is missing", advice)
    else:
        own = " (the default)" if Path(given) == default else f" (from {PROFILE_VARIABLE})"
        yield Finding("dds profile", Level.OK, f"{given}{own}")


def discovery() -> Iterator[Finding]:
    """Measure how long a new process takes to hear another one."""
    from robot_system.ros import probe

    seconds = probe.seconds_to_hear(quiet_domain())
    if seconds is None:
        advice = "see that no firewall blocks UDP on 127.0.0.1, and that the profile fits"
        detail = f"two processes did not find each other in {probe.LISTEN_SECONDS:g} s"
        yield Finding("discovery", Level.ERROR, detail, advice)
        return
    detail = f"between two processes in {seconds:.2f} s"
    if seconds > SLOW_DISCOVERY:
        advice = "see that the profile of config/dds is used, and look again when idle"
        yield Finding("discovery", Level.WARNING, detail, advice)
    else:
        yield Finding("discovery", Level.OK, detail)


def quiet_domain() -> int:
    """Return a domain, chosen by chance, on which nothing runs."""
    in_use = open_ports()
    domains = range(1, LAST_DOMAIN_BELOW_EPHEMERAL)
    quiet = [domain for domain in domains if not in_use & set(ports_of(domain))]
    return random.choice(quiet or list(domains))


def ports() -> Iterator[Finding]:
    """Check the UDP ports of the domain that would be used."""
    domain = current_domain()
    own = ports_of(domain)
    used = open_ports() & set(own)
    where = f"domain {domain}: ports {own[0]} to {own[-1]}"
    if domain > LAST_DOMAIN_BELOW_EPHEMERAL:
        advice = f"set ROS_DOMAIN_ID to at most {LAST_DOMAIN_BELOW_EPHEMERAL}"
        yield Finding("ports", Level.WARNING, f"{where} may belong to other programs", advice)
    elif used:
        detail = f"{where}: {len(used)} in use, so ROS runs there already"
        yield Finding("ports", Level.OK, detail)
    else:
        yield Finding("ports", Level.OK, f"{where} free")


def ports_of(domain: int) -> range:
    """Return the UDP ports of a domain."""
    first = FIRST_PORT + PORTS_PER_DOMAIN * domain
    return range(first, first + PORTS_PER_DOMAIN)


def open_ports() -> set[int]:
    """Return the UDP ports that some program has open."""
    found: set[int] = set()
    for table in PORT_TABLES:
        if table.exists():
            found |= ports_in(table.read_text())
    return found


def ports_in(table: str) -> set[int]:
    """Return the local ports in a table of the kernel: its second column is hexadecimal."""
    return {int(row.split()[1].rpartition(":")[2], 16) for row in table.splitlines()[1:]}
