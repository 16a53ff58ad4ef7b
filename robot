#!/usr/bin/env python3
"""Set up what is missing in this checkout, then run the robot command.

On first use this makes `.venv` with ROS 2 from the locked packages in `requirements/`, and builds
and installs the package into it. Later calls redo only what changed. Where ROS 2 Jazzy is sourced
and the package is built there, the command runs from there, and nothing is made here.

Only the standard library is used. The syntax stays that of old Pythons, so that they too can say
what is wrong.
"""

import sys

OLDEST, NEWEST = (3, 10), (3, 13)


def switch_python():
    """Start again with a Python that ROS has wheels for, or say which ones those are."""
    import os
    import shutil

    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        other = shutil.which("python3.%d" % minor)
        # A version manager's shim may be there for a version that is not: see that it runs.
        if other and os.system("'%s' -c '' >/dev/null 2>&1" % other) == 0:
            os.execv(other, [other] + sys.argv)
    sys.exit(
        "robot: Python 3.%d to 3.%d is needed, this is %d.%d:"
        " sudo apt install python3 python3-venv"
        % (OLDEST[1], NEWEST[1], sys.version_info[0], sys.version_info[1])
    )


if not OLDEST <= sys.version_info[:2] <= NEWEST:
    switch_python()

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sysconfig
import time
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STATE = ROOT / ".robot"
LOG = STATE / "log" / "setup.log"
STAMP = VENV / "robot_system.json"

SOURCES = ("robot_system", "msg", "srv", "config", "launch", "resource")
"""The folders that become the installed package; with `PACKAGING`, a change in them reinstalls."""
PACKAGING = ("setup.py", "setup.cfg", "package.xml")
LAYERS = {"build": "setuptools", "run": "ROS 2 Jazzy", "develop": "the development tools"}
"""The lists of packages, each installed on top of the one before."""
LOCKED = ["--require-hashes", "--no-deps", "--no-build-isolation"]
"""How pip takes exactly what a list says, and nothing else."""
FETCHERS = 6
PIP_SUMMARIES = ("note:", "hint:", "\u00d7", "ERROR: Failed", "ERROR: Could not build")
"""How lines of pip begin that only say that something else failed."""
DEVELOPMENT = ("test", "bench")
"""The commands that need the development tools."""
NOT_OURS = (
    "PYTHONPATH",
    "PYTHONHOME",
    "ROS_DISTRO",
    "ROS_VERSION",
    "ROS_PYTHON_VERSION",
    "CMAKE_PREFIX_PATH",
    "COLCON_PREFIX_PATH",
    "COLCON_CURRENT_PREFIX",
)
"""What another ROS or Python has set for itself, and would mix into this environment."""


class SetupError(Exception):
    """The set-up can not go on; the message is one line that says what to do."""


def main():
    """Set up, then become the installed robot command."""
    arguments = sys.argv[1:]
    try:
        script = sourced_command()
        if script is not None:
            hand_over([str(script), *arguments], settings(os.environ))
        set_up(layers_for(arguments))
        python = str(VENV / "bin" / "python")
        # The script, not `python -m`: with that the checkout would shadow the installed package.
        hand_over([python, str(VENV / "bin" / "robot"), *arguments], environment())
    except SetupError as error:
        print("robot: %s" % error, file=sys.stderr)
        return 2
    except OSError as error:
        print("robot: can not set up: %s" % error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nrobot: interrupted; the next call goes on from here", file=sys.stderr)
        return 130


def hand_over(command, variables):
    """Become another program."""
    try:
        os.execve(command[0], command, variables)
    except OSError as error:
        raise SetupError("can not run %s (%s): rm -r .venv and try again" % (command[0], error))


def layers_for(arguments):
    """Return the layers of packages that a command needs."""
    needs_tools = arguments[:1] and arguments[0] in DEVELOPMENT
    return tuple(LAYERS) if needs_tools else ("build", "run")


# What is wanted, and what is there


def set_up(layers):
    """Bring `.venv` to what the sources and locks ask for; return at once when it is there."""
    if ":" in str(ROOT):
        raise SetupError("a path with a colon can not hold ROS: move %s" % ROOT)
    if next_step(read_stamp(), layers) is None:
        return
    with only_one():
        progress = Progress()
        if "package" not in read_stamp().get("done", {}):
            check_machine()
        while True:
            stamp = read_stamp()
            step = next_step(stamp, layers)
            if step is None:
                break
            progress.start()
            take_step(step, stamp, progress)
        progress.finish()


def next_step(stamp, layers):
    """Return the next thing to do: "venv", a layer of packages, "package" or None.

    A step is begun, done, and then stamped with the digest of what went into it. Packages whose
    installation was cut off, or whose lock changed, can not be told from good ones: start anew.
    """
    if not is_usable(stamp):
        return "venv"
    done = stamp["done"]
    for layer in LAYERS:
        if stamp["begun"] == layer:
            return "venv"
        if layer in done and done[layer] != digest([lock_of(stamp["python"], layer)]):
            return "venv"
    for layer in layers:
        if layer not in done:
            return layer
    if stamp["begun"] == "package" or done.get("package") != digest(package_inputs()):
        return "package"
    return None


def is_usable(stamp):
    """Tell whether there is a whole environment, made here, whose Python still exists."""
    return stamp.get("location") == str(ROOT) and (VENV / "bin" / "python").exists()


def read_stamp():
    """Return what was done so far; nothing if there is no telling."""
    try:
        stamp = json.loads(STAMP.read_text())
        return stamp if {"location", "python", "begun", "done"} <= stamp.keys() else {}
    except (OSError, ValueError, AttributeError):
        return {}


def write_stamp(stamp):
    """Replace the stamp in one go, so that no one ever reads half of it."""
    new = STAMP.with_suffix(".new")
    new.write_text(json.dumps(stamp, indent=1))
    os.replace(new, STAMP)


def digest(paths):
    """Return a digest of the names and the contents of files."""
    sum_ = hashlib.sha256()
    for path in paths:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue
        sum_.update(b"%s\0%d\0" % (os.fsencode(path.relative_to(ROOT)), len(content)))
        sum_.update(content)
    return sum_.hexdigest()


def package_inputs():
    """Return all files that the installed package is made from."""
    found = [ROOT / name for name in PACKAGING]
    for source in SOURCES:
        for folder, folders, files in os.walk(ROOT / source):
            folders[:] = [name for name in folders if name != "__pycache__"]
            found += [Path(folder, name) for name in files if not name.startswith(".")]
    return sorted(found)


def lock_of(python, layer):
    """Return the file with the exact packages of a layer."""
    return ROOT / "requirements" / python / ("%s.txt" % layer)


# Doing it


def take_step(step, stamp, progress):
    """Do one step; only a finished one is stamped as done."""
    if step == "venv":
        make_venv(progress)
        return
    lock = None if step == "package" else lock_of(stamp["python"], step)
    inputs = digest([lock] if lock else package_inputs())
    if lock:
        fetch_layer(lock, progress)
    was_cut_off = stamp["begun"] == step
    write_stamp(dict(stamp, begun=step))
    if lock:
        install_layer(lock, progress)
    else:
        install_package(progress, was_cut_off)
    write_stamp(dict(stamp, begun=None, done=dict(stamp["done"], **{step: inputs})))


def make_venv(progress):
    """Make an empty environment in place of whatever is there."""
    python = "%d.%d" % sys.version_info[:2]
    if not lock_of(python, "run").exists():
        raise SetupError("%s is missing: the checkout is incomplete" % lock_of(python, "run"))
    if VENV.exists():
        progress.show("removing an environment that is not whole or not up to date", "\n")
        STAMP.unlink(missing_ok=True)
        shutil.rmtree(VENV)
    # Not from an environment that happens to be active: it may be the one that is made here.
    maker = os.path.join(sys.base_prefix, "bin", "python%s" % python)
    maker = maker if os.path.exists(maker) else sys.executable
    progress.run("an environment for Python %s" % python, [[maker, "-m", "venv", VENV]])
    write_stamp({"location": str(ROOT), "python": python, "begun": None, "done": {}})


def fetch_layer(lock, progress):
    """Download the exact packages of one lock.

    Asking for one package after the other is mostly waiting: several pips ask side by side.
    """
    fetched = VENV / "fetched"
    shutil.rmtree(fetched, ignore_errors=True)
    fetched.mkdir()
    lines = lock.read_text().splitlines(keepends=True)
    commands = []
    for part in range(min(FETCHERS, len(lines))):
        wanted = fetched / ("part-%d.txt" % part)
        wanted.write_text("".join(lines[part::FETCHERS]))
        commands.append(pip("download", *LOCKED, "--dest", fetched, "-r", wanted))
    what = "fetching %s (%d)" % (LAYERS[lock.stem], len(lines))
    progress.run(what, commands, "is there a network?")


def install_layer(lock, progress):
    """Install what was fetched."""
    fetched = VENV / "fetched"
    offline = ["--no-index", "--find-links", fetched, "--no-compile"]
    command = pip("install", *LOCKED, *offline, "-r", lock)
    progress.run("installing %s" % LAYERS[lock.stem], [command])
    shutil.rmtree(fetched)
    repair_build_paths()


def install_package(progress, was_cut_off):
    """Build this package and its messages, and install both."""
    if was_cut_off:
        forget_package()
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--force-reinstall"]
    progress.run("building robot_system and its messages", [pip("install", *offline, ROOT)])


def forget_package():
    """Remove the metadata of a package that is half there, which pip can not remove."""
    for half in site_packages().glob("*obot_system-*"):
        shutil.rmtree(half)


def pip(command, *arguments):
    """Return the command line for pip in the environment."""
    return [VENV / "bin" / "python", "-m", "pip", command, "--quiet", *arguments]


def repair_build_paths():
    """Let the wheels' CMake files name this machine's folders, not those they were built with."""
    packages = site_packages()
    version = packages.parent.name
    tag = version.replace("python3.", "cp3")
    built = "/opt/python/%s-%s" % (tag, tag)
    ask = "import sysconfig; print(sysconfig.get_path('include'), end='')"
    command = [str(VENV / "bin" / "python"), "-c", ask]
    headers = subprocess.check_output(command, env=environment()).decode()
    numpy = "numpy/_core/include"
    repairs = (
        ("%s/include/%s" % (built, version), headers),
        ("%s/lib/%s/site-packages/%s" % (built, version, numpy), str(packages / numpy)),
    )
    for path in (VENV / "share").glob("**/*.cmake"):
        text = path.read_text()
        if built in text:
            for wrong, right in repairs:
                text = text.replace(wrong, right)
            path.write_text(text)


def site_packages():
    """Return the folder of the environment's packages."""
    return next((VENV / "lib").glob("python3.*/site-packages"))


def environment():
    """Return the variables for every process of the environment."""
    libraries = [VENV / "lib", *sorted(site_packages().glob("ros_*.libs"))]
    variables = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    variables["VIRTUAL_ENV"] = str(VENV)
    variables["PATH"] = joined([VENV / "bin"], variables.get("PATH", os.defpath))
    variables["AMENT_PREFIX_PATH"] = str(VENV)
    variables["PIP_USER"] = "0"
    variables["RMW_IMPLEMENTATION"] = "rmw_fastrtps_cpp"
    variables["LD_LIBRARY_PATH"] = joined(libraries, variables.get("LD_LIBRARY_PATH", ""))
    # The wheels would start Python a second time to set the line above.
    variables["_ROS_WHEELS_BOOTSTRAP_COMPLETE"] = "1"
    return settings(variables)


def settings(variables):
    """Add where the system keeps its state and finds this checkout."""
    ours = {
        "ROBOT_SYSTEM_STATE": str(STATE),
        "ROBOT_SYSTEM_SOURCE": str(ROOT),
        "ROS_LOG_DIR": str(STATE / "log" / "ros"),
    }
    return dict(variables, **ours)


def joined(first, rest):
    """Return a search path that starts with the given folders, each folder once."""
    parts = [str(part) for part in first] + [part for part in rest.split(":") if part]
    return ":".join(dict.fromkeys(parts))


def sourced_command():
    """Return the command that was built with the ROS that is sourced, if there is one."""
    if os.environ.get("ROS_DISTRO") != "jazzy":
        return None
    for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(":"):
        marker = Path(prefix, "share/ament_index/resource_index/packages/robot_system")
        script = Path(prefix, "lib/robot_system/robot")
        if prefix and marker.exists() and os.access(script, os.X_OK):
            return script
    return None


# The machine


def check_machine():
    """Raise if something is missing that has to come from the system."""
    if sys.platform != "linux" or os.uname().machine != "x86_64" or "glibc" not in libc():
        raise SetupError(
            "the ROS wheels are for x86-64 Linux with glibc; elsewhere install ROS 2 Jazzy,"
            " build this package with colcon, and source both"
        )
    missing = missing_tools()
    if missing:
        names = ", ".join(name for name, package in missing)
        packages = " ".join(dict.fromkeys(package for name, package in missing))
        raise SetupError("missing %s: sudo apt install %s" % (names, packages))


def libc():
    """Return the name and version of the C library."""
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        return ""


def missing_tools():
    """Return what is missing, each with the Debian package that brings it."""
    python = "python%d.%d" % sys.version_info[:2]
    header = Path(sysconfig.get_path("include"), "Python.h")
    needs = (
        ("venv for Python", python + "-venv", has_module("ensurepip") and has_module("venv")),
        ("the headers of Python", python + "-dev", header.exists()),
        ("a C compiler", "build-essential", has_tool(os.environ.get("CC"), "cc", "gcc", "clang")),
        (
            "a C++ compiler",
            "build-essential",
            has_tool(os.environ.get("CXX"), "c++", "g++", "clang++"),
        ),
        ("make", "build-essential", has_tool("make", "ninja")),
        ("CMake", "cmake", has_tool("cmake")),
    )
    return [(name, package) for name, package, is_there in needs if not is_there]


def has_module(name):
    """Tell whether this Python has a module; Debian splits some off."""
    from importlib.util import find_spec

    return find_spec(name) is not None


def has_tool(*names):
    """Tell whether any of these programs is on PATH; a name may carry options."""
    return any(shutil.which(name.split()[0]) for name in names if name and name.strip())


# What the person sees, and who may work


@contextmanager
def only_one():
    """Let one call at a time work on this checkout.

    The programs that it starts inherit the lock: if the call is killed, they still hold it, and
    the next call does not start anew under their feet.
    """
    try:
        STATE.mkdir(exist_ok=True)
        lock = open(STATE / "setup.lock", "w")
    except OSError as error:
        raise SetupError("can not write in %s: %s" % (ROOT, error.strerror))
    with lock:
        os.set_inheritable(lock.fileno(), True)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print("robot: another call sets up this checkout, waiting for it", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Progress:
    """Tell on stderr what is being done, and for how long already."""

    def __init__(self):
        self.begin = None

    def start(self):
        """Begin to count, and to log, with the first step."""
        if self.begin is not None:
            return
        self.begin = time.monotonic()
        LOG.parent.mkdir(parents=True, exist_ok=True)
        LOG.write_text("")
        if not STAMP.exists():
            where = LOG.relative_to(ROOT)
            print("robot: first use, setting up in .venv (log: %s)" % where, file=sys.stderr)

    def finish(self):
        """Say how long it all took."""
        if self.begin is not None:
            self.show("ready", "\n")

    def run(self, what, commands, failure=""):
        """Run programs side by side with their output in the log, or raise naming the log."""
        self.show(what, "" if sys.stderr.isatty() else "\n")
        processes = []
        try:
            with LOG.open("a") as log:
                for command in commands:
                    processes.append(self.launch([str(part) for part in command], log))
            self.wait(processes, what)
        except BaseException:
            for process in processes:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            raise
        if any(process.returncode for process in processes):
            hint = " (%s)" % failure if failure else ""
            raise SetupError("%s failed%s: %s" % (what, hint, describe_log()))

    @staticmethod
    def launch(command, log):
        """Start one program, in a session of its own: Ctrl-C reaches it only through us."""
        print("\n$", *command, file=log, flush=True)
        variables = environment() if STAMP.exists() else None
        return subprocess.Popen(
            command, cwd=str(ROOT), env=variables, close_fds=False, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def wait(self, processes, what):
        """Wait for the end of all, showing in a terminal how the time goes by."""
        is_live = sys.stderr.isatty()
        for process in processes:
            while True:
                try:
                    process.wait(0.2)
                    break
                except subprocess.TimeoutExpired:
                    if is_live:
                        self.show(what, "")
        if is_live:
            self.show(what, "\n")

    def show(self, what, end):
        """Write the line of the current step."""
        start = "\r" if sys.stderr.isatty() else ""
        elapsed = time.monotonic() - self.begin
        print("%s[%4.0f s] %s" % (start, elapsed, what), end=end, file=sys.stderr, flush=True)


def describe_log():
    """Return the last thing that the log says went wrong, and where the log is."""
    lines = [line.strip(" |\u2502") for line in LOG.read_text(errors="replace").splitlines()]
    errors = [line for line in lines if "error" in line.lower() and not is_said_by_pip(line)]
    cause = errors[-1][:200] if errors else "it failed without a word"
    return "%s (all of it: %s)" % (cause, LOG)


def is_said_by_pip(line):
    """Tell whether a line of the log only says that something else failed."""
    return line.startswith(PIP_SUMMARIES) or re.fullmatch(
        r"error: [a-z-]+|.*(CalledProcessError|Retrying|errors? occurred|CMake Error at).*", line
    )


if __name__ == "__main__":
    sys.exit(main())
