"""What is installed: ROS, this package, Python, the tools, the messages."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from robot_system import __version__, paths
from robot_system.cli.doctor.finding import Finding, Level
from robot_system.ros import environment

# What a package of ROS is good for where it is there, and what holds where it is not.
PACKAGES = {
    "launch": ("for `ros2 launch`", "absent: the built-in supervisor starts the nodes"),
    "launch_ros": ("for `ros2 launch`", "absent: the built-in supervisor starts the nodes"),
    "rosbag2_py": ("not used: nothing is recorded yet", "absent: nothing is recorded yet"),
    "diagnostic_updater": (
        "not used: every node publishes /diagnostics itself",
        "absent, and not needed: every node publishes /diagnostics itself",
    ),
    "tf2_msgs": ("", "embedded: TFMessage is built with our messages"),
}
TOOLS = {
    "compiler": (("c++", "g++", "clang++"), "build-essential"),
    "cmake": (("cmake",), "cmake"),
}
PATIENCE = 10.0


def package() -> Iterator[Finding]:
    """Say which robot_system this is; what is looked at later has its environment."""
    folder = paths.share_folder()
    environment.prepare()
    yield Finding("robot_system", Level.OK, f"{__version__} in {folder}")


def ros() -> Iterator[Finding]:
    """Say which ROS there is, and where it comes from."""
    if not is_there("rclpy"):
        advice = "use ./robot, or source /opt/ros/jazzy/setup.bash"
        yield Finding("ros", Level.ERROR, "rclpy is not there", advice)
        return
    wheel = version_of("ros-rclpy")
    if wheel is not None:
        yield Finding("ros", Level.OK, f"Jazzy from wheels (rclpy {wheel}) in {sys.prefix}")
        return
    distribution = os.environ.get("ROS_DISTRO", "unknown")
    is_jazzy = distribution == "jazzy"
    advice = "" if is_jazzy else "this is made for Jazzy: source /opt/ros/jazzy/setup.bash"
    level = Level.OK if is_jazzy else Level.WARNING
    yield Finding("ros", level, f"{distribution} from the system", advice)


def version_of(distribution: str) -> str | None:
    """Return the version of an installed Python distribution."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def is_there(name: str) -> bool:
    """Tell whether a package can be imported; a mere folder of that name does not count."""
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None


def middleware() -> Iterator[Finding]:
    """Say which RMW is loaded."""
    from robot_system.ros import probe

    name = probe.middleware()
    is_tested = name == "rmw_fastrtps_cpp"
    advice = "" if is_tested else "only rmw_fastrtps_cpp is tested here"
    yield Finding("rmw", Level.OK if is_tested else Level.WARNING, name, advice)


def python() -> Iterator[Finding]:
    """Say which Python runs this."""
    yield Finding("python", Level.OK, f"{platform.python_version()} ({sys.executable})")


def tools() -> Iterator[Finding]:
    """Say which compiler and CMake would build the messages."""
    for name, (programs, debian_package) in TOOLS.items():
        found = next((path for path in map(shutil.which, programs) if path), None)
        if found is None:
            advice = f"sudo apt install {debian_package} (needed when msg/ changes)"
            yield Finding(name, Level.WARNING, "not found", advice)
        else:
            yield Finding(name, Level.OK, first_line([found, "--version"]))


def first_line(command: list[str]) -> str:
    """Return the first line that a program prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    return (done.stdout or done.stderr).partition("\n")[0].strip()


def packages() -> Iterator[Finding]:
    """Say which packages of ROS are there, and what holds where they are not."""
    for name, (use, otherwise) in PACKAGES.items():
        is_real = is_there(name) and not is_embedded(name)
        real = f"real, {use}" if use else "real"
        yield Finding(name, Level.OK, real if is_real else otherwise)


def is_embedded(name: str) -> bool:
    """Tell whether the installed package of messages is the one that is built with ours."""
    prefixes = [*os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep), sys.prefix]
    manifests = [Path(prefix, "share", name, "package.xml") for prefix in prefixes if prefix]
    first = next((path for path in manifests if path.is_file()), None)
    return first is not None and "<embedded_in>" in first.read_text(encoding="utf-8")


def messages() -> Iterator[Finding]:
    """Check that our messages are built, and fit this Python."""
    from robot_system.ros import probe

    names = probe.load_messages()
    yield Finding("messages", Level.OK, f"{' and '.join(names)} load")
