"""`robot doctor`: what is in use on this machine, what is wrong with it, and what to do."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from robot_system import paths
from robot_system.errors import ConfigurationError
from robot_system.locks import current_domain

OK, WARNING, ERROR = "ok", "warning", "error"

STAND_INS = {
    "launch": "the built-in supervisor",
    "launch_ros": "the built-in supervisor",
    "rosbag2_py": "the mcap library",
    "diagnostic_updater": "a small one with the same interface",
    "tf2_msgs": "TFMessage, built with our messages",
}
"""Packages that ROS on a robot has, and what stands in where they are not."""

PROFILE_VARIABLE = "FASTRTPS_DEFAULT_PROFILES_FILE"
DISCOVERY_DEADLINE = 10.0
SLOW_DISCOVERY = 1.0
"""Seconds; the default settings of Fast DDS take 1.6 to 2.8, the profile here under 0.3."""

FIRST_PORT, PORTS_PER_DOMAIN = 7400, 250
"""UDP ports of DDS, as the specification of RTPS gives them."""
LAST_DOMAIN_BELOW_EPHEMERAL = 101
"""Above it, Linux may already have given a port of the domain to some other program."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; what is not ok says what to do."""

    name: str
    level: str
    detail: str
    advice: str = ""


def main(argv: list[str] | None = None) -> int:
    """Print every finding; return 0 when there is no error, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="robot doctor", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args(argv)
    findings = []
    for finding in examine():
        findings.append(finding)
        if not arguments.json:
            print(line_of(finding), flush=True)
    is_healthy = all(finding.level != ERROR for finding in findings)
    if arguments.json:
        rows = [asdict(finding) for finding in findings]
        print(json.dumps({"healthy": is_healthy, "findings": rows}, indent=2))
    return 0 if is_healthy else 1


def line_of(finding: Finding) -> str:
    """Return a finding as a line for a person."""
    advice = f" -> {finding.advice}" if finding.advice else ""
    return f"{finding.level:7} {finding.name:18} {finding.detail}{advice}"


def examine() -> Iterator[Finding]:
    """Look at everything; a check that itself fails is an error of its own."""
    checks: tuple[Callable[[], Iterable[Finding]], ...] = (
        ros, middleware, python, tools, packages, messages, discovery_profile, discovery,
        clock, disk, shared_memory, ports,
    )  # fmt: skip
    for check in checks:
        try:
            yield from check()
        except Exception as error:  # a doctor that dies tells nothing of the rest
            yield Finding(check.__name__, ERROR, f"could not be checked: {error!r}", "report it")


# What is installed


def ros() -> Iterator[Finding]:
    """Say which ROS there is, and where it comes from."""
    if importlib.util.find_spec("rclpy") is None:
        advice = "use ./robot, or source /opt/ros/jazzy/setup.bash"
        yield Finding("ros", ERROR, "rclpy is not there", advice)
        return
    wheel = version_of("ros-rclpy")
    if wheel is not None:
        yield Finding("ros", OK, f"Jazzy from wheels (rclpy {wheel}) in {sys.prefix}")
        return
    distribution = os.environ.get("ROS_DISTRO", "unknown")
    level = OK if distribution == "jazzy" else WARNING
    advice = "" if level == OK else "this is made for Jazzy: source /opt/ros/jazzy/setup.bash"
    yield Finding("ros", level, f"{distribution} from the system", advice)


def version_of(distribution: str) -> str | None:
    """Return the version of an installed Python distribution."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def middleware() -> Iterator[Finding]:
    """Say which RMW is loaded."""
    import rclpy

    name = rclpy.get_rmw_implementation_identifier()
    advice = "" if name == "rmw_fastrtps_cpp" else "only rmw_fastrtps_cpp is tested here"
    yield Finding("rmw", WARNING if advice else OK, name, advice)


def python() -> Iterator[Finding]:
    """Say which Python runs this."""
    version = platform.python_version()
    yield Finding("python", OK, f"{version} ({sys.executable})")


def tools() -> Iterator[Finding]:
    """Say which compiler and CMake would build the messages."""
    for name, programs in {"compiler": ("c++", "g++", "clang++"), "cmake": ("cmake",)}.items():
        found = next((path for path in map(shutil.which, programs) if path), None)
        if found is None:
            package = "build-essential" if name == "compiler" else "cmake"
            advice = f"sudo apt install {package} (needed when msg/ changes)"
            yield Finding(name, WARNING, "not found", advice)
        else:
            yield Finding(name, OK, first_line([found, "--version"]))


def first_line(command: list[str]) -> str:
    """Return the first line that a program prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    return (done.stdout or done.stderr).partition("\n")[0].strip()


def packages() -> Iterator[Finding]:
    """Say which packages are real, and what stands in for the others."""
    for name, stand_in in STAND_INS.items():
        is_real = importlib.util.find_spec(name) is not None and not is_embedded(name)
        yield Finding(name, OK, "real" if is_real else f"embedded: {stand_in}")


def is_embedded(package: str) -> bool:
    """Tell whether the installed package of messages is the one that is built with ours."""
    prefixes = [sys.prefix, *os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)]
    manifests = [Path(prefix, "share", package, "package.xml") for prefix in prefixes if prefix]
    first = next((path for path in manifests if path.is_file()), None)
    return first is not None and "<embedded_in>" in first.read_text()


def messages() -> Iterator[Finding]:
    """Check that our messages are built, and fit this Python."""
    from rclpy.type_support import check_for_type_support

    advice = "run ./robot again, or colcon build"
    try:
        from tf2_msgs.msg import TFMessage

        from robot_system.msg import Heartbeat

        for message in (Heartbeat, TFMessage):
            check_for_type_support(message)
    except Exception as error:  # whatever it is, the messages can not be used
        yield Finding("messages", ERROR, str(error), advice)
        return
    yield Finding("messages", OK, "robot_system.msg and tf2_msgs.msg load")


# Discovery


def discovery_profile() -> Iterator[Finding]:
    """Say which settings of Fast DDS are in use."""
    path, is_given = profile()
    if path is None:
        advice = f"set {PROFILE_VARIABLE} to config/dds/local.xml"
        yield Finding("dds profile", WARNING, "none: discovery is slow and not local", advice)
    elif not path.is_file():
        yield Finding("dds profile", ERROR, f"{path} is missing", f"correct {PROFILE_VARIABLE}")
    else:
        yield Finding("dds profile", OK, f"{path}{'' if is_given else ' (the default)'}")


def profile() -> tuple[Path | None, bool]:
    """Return the profile that the nodes use, and whether somebody asked for that one."""
    given = os.environ.get(PROFILE_VARIABLE)
    if given:
        return Path(given), True
    try:
        default = paths.config_folder() / "dds" / "local.xml"
    except ConfigurationError:
        return None, False
    return (default if default.is_file() else None), False


def discovery() -> Iterator[Finding]:
    """Measure how long a new process takes to hear another one."""
    environment = dict(os.environ, ROS_DOMAIN_ID=str(quiet_domain()))
    path, _ = profile()
    if path is not None:
        environment[PROFILE_VARIABLE] = str(path)
    talker = start_probe("talk", environment)
    try:
        assert talker.stdout is not None
        talker.stdout.readline()
        listener = start_probe("listen", environment)
        output, _ = listener.communicate(timeout=2 * DISCOVERY_DEADLINE)
    finally:
        talker.kill()
        talker.communicate()
    heard = output.strip()
    if not heard:
        advice = "see that no firewall blocks UDP on 127.0.0.1, and that the profile fits"
        detail = f"two processes did not find each other in {DISCOVERY_DEADLINE:g} s"
        yield Finding("discovery", ERROR, detail, advice)
        return
    is_slow = float(heard) > SLOW_DISCOVERY
    advice = "use the profile in config/dds" if is_slow else ""
    detail = f"between two processes in {float(heard):.2f} s"
    yield Finding("discovery", WARNING if is_slow else OK, detail, advice)


def quiet_domain() -> int:
    """Return a domain, chosen by chance, on which nothing runs."""
    busy = {domain for domain in range(1, LAST_DOMAIN_BELOW_EPHEMERAL) if used_ports(domain)}
    return random.choice(sorted(set(range(1, LAST_DOMAIN_BELOW_EPHEMERAL)) - busy))


def start_probe(role: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    """Start a process with one end of the measurement in it."""
    command = [sys.executable, "-c", f"from robot_system.cli import doctor; doctor.{role}()"]
    # In a folder where no checkout shadows the installed package.
    return subprocess.Popen(
        command, env=environment, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip


def talk() -> None:
    """Publish at 100 Hz, for longer than anybody listens."""
    import rclpy
    from std_msgs.msg import Empty

    rclpy.init()
    publisher = rclpy.create_node("doctor_talker").create_publisher(Empty, "doctor", 1)
    print("ready", flush=True)
    end = time.monotonic() + 3 * DISCOVERY_DEADLINE
    while time.monotonic() < end:
        publisher.publish(Empty())
        time.sleep(0.01)


def listen() -> None:
    """Print the seconds from the node to the first message heard."""
    import rclpy
    from std_msgs.msg import Empty

    rclpy.init()
    heard: list[Any] = []
    begin = time.monotonic()
    node = rclpy.create_node("doctor_listener")
    node.create_subscription(Empty, "doctor", heard.append, 1)
    while not heard and time.monotonic() < begin + DISCOVERY_DEADLINE:
        rclpy.spin_once(node, timeout_sec=0.1)
    if heard:
        print(time.monotonic() - begin)


# The machine


def clock() -> Iterator[Finding]:
    """Check that the wall clock is set, and goes as fast as the steady one."""
    before = time.time() - time.monotonic()
    time.sleep(0.2)
    drift = abs(time.time() - time.monotonic() - before)
    if drift > 0.005:
        detail = f"the wall clock jumped by {drift * 1e3:.0f} ms within 0.2 s"
        yield Finding("clock", WARNING, detail, "find out what sets the clock while it runs")
    elif time.gmtime().tm_year < 2024:
        advice = "set the date: stamps in bags and logs would be wrong"
        yield Finding("clock", WARNING, f"the date is {time.strftime('%F')}", advice)
    else:
        yield Finding("clock", OK, time.strftime("%F %T %Z, steady"))


def disk() -> Iterator[Finding]:
    """Check the space for logs and bags."""
    folder = paths.state_folder()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free / 1e9
    if not os.access(existing, os.W_OK):
        yield Finding("disk", ERROR, f"{existing} can not be written", "give it to this user")
        return
    level = ERROR if free < 0.1 else WARNING if free < 2 else OK
    advice = "" if level == OK else "delete old bags and logs"
    yield Finding("disk", level, f"{free:.1f} GB free for {folder}", advice)


def shared_memory() -> Iterator[Finding]:
    """Check /dev/shm, and what crashed processes left in it."""
    folder = Path("/dev/shm")
    if not folder.is_dir():
        yield Finding("shared memory", WARNING, "no /dev/shm", "other ROS programs may need it")
        return
    left = [*folder.glob("fastrtps_*"), *folder.glob("sem.fastrtps_*")]
    size = sum(path.stat().st_size for path in left) / 1e6
    free = shutil.disk_usage(folder).free / 1e6
    detail = f"{free:.0f} MB free, {len(left)} files of Fast DDS with {size:.0f} MB"
    is_crowded = free < 64 or size > free
    advice = "when no ROS runs: rm /dev/shm/*fastrtps_*" if is_crowded else ""
    yield Finding("shared memory", WARNING if is_crowded else OK, detail, advice)


def ports() -> Iterator[Finding]:
    """Check the UDP ports of the domain that would be used."""
    domain = current_domain()
    first = FIRST_PORT + PORTS_PER_DOMAIN * domain
    used = used_ports(domain)
    where = f"domain {domain}: ports {first} to {first + PORTS_PER_DOMAIN - 1}"
    if domain > LAST_DOMAIN_BELOW_EPHEMERAL:
        advice = f"set ROS_DOMAIN_ID to at most {LAST_DOMAIN_BELOW_EPHEMERAL}"
        yield Finding("ports", WARNING, f"{where} may belong to other programs", advice)
    elif used:
        yield Finding("ports", OK, f"{where}: {len(used)} in use, so ROS runs there already")
    else:
        yield Finding("ports", OK, f"{where} free")


def used_ports(domain: int) -> set[int]:
    """Return the UDP ports of a domain that some program has open."""
    first = FIRST_PORT + PORTS_PER_DOMAIN * domain
    open_ports = set()
    for table in ("/proc/net/udp", "/proc/net/udp6"):
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        # The second column is the local address, as hexadecimal host:port.
        open_ports |= {int(row.split()[1].rpartition(":")[2], 16) for row in rows}
    return {port for port in open_ports if first <= port < first + PORTS_PER_DOMAIN}
