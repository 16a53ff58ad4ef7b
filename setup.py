"""Build the package, and its messages with it, for pip and for colcon alike.

setuptools knows nothing of ROS messages. So `build_py` lets CMake generate them into a staging
folder and takes the Python parts from there, and `install_data` takes the libraries, headers and
the rest. What was staged is kept until something that went into it changes, and so is what was
compiled of our own.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from setuptools import Extension, find_packages, setup  # before distutils, which it provides
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

# isort: split
from distutils.command.install_data import install_data

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from robot_system import __version__  # noqa: E402
from robot_system.graph import NODES  # noqa: E402

NAME = "robot_system"
CMAKE_LISTS = """\
cmake_minimum_required(VERSION 3.16)
project({name} C CXX)
find_package(ament_cmake REQUIRED)
find_package(rosidl_default_generators REQUIRED)
{find_dependencies}
rosidl_generate_interfaces(${{PROJECT_NAME}} {messages} DEPENDENCIES {dependencies})
# Compiling C++ spends its time on headers: many messages in one file take half of it.
foreach(support fastrtps_c fastrtps_cpp introspection_cpp cpp)
  set(library ${{PROJECT_NAME}}__rosidl_typesupport_${{support}})
  if(TARGET ${{library}})
    set_target_properties(${{library}} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 16)
  endif()
endforeach()
ament_export_dependencies(rosidl_default_runtime)
ament_package()
"""
MADE_BY_COLCON = re.compile(r"local_setup\..*|environment|package\.(xml|dsv)|packages")
"""In the staged share/: what colcon and the data files below bring for the package itself."""


@dataclass(frozen=True)
class Interfaces:
    """A package of messages: generated in full, then held in a staging folder."""

    name: str
    folder: Path
    """With `package.xml`, `msg/` and perhaps `srv/`."""

    @property
    def messages(self) -> list[Path]:
        """The definitions."""
        kinds = ("msg", "srv")
        return sorted(path for kind in kinds for path in self.folder.glob(f"{kind}/*.{kind}"))

    def key(self) -> str:
        """Return a digest of all that the generated code depends on."""
        lock = "{}.{}/run.txt".format(*sys.version_info)
        inputs = [*self.messages, self.folder / "package.xml", *HERE.glob(f"requirements/{lock}")]
        parts = [CMAKE_LISTS, sys.version, sys.prefix, *(path.read_text() for path in inputs)]
        return digest(parts)

    def stage(self, base: Path) -> Path:
        """Return the staging folder under `base`, made anew if it is not up to date."""
        folder = base / f"{sys.implementation.cache_tag}-{self.name}"
        finished = folder / "finished"
        if not finished.exists() or finished.read_text() != self.key():
            shutil.rmtree(folder, ignore_errors=True)
            # CMake and the generators build in a folder whose path has no spaces.
            with tempfile.TemporaryDirectory(prefix=f"{self.name}-") as scratch:
                self.generate(Path(scratch), folder)
            finished.write_text(self.key())
        return folder

    def generate(self, scratch: Path, prefix: Path) -> None:
        """Generate, compile and install below `prefix`."""
        source, build = scratch / "source", scratch / "build"
        for path in self.messages:
            (source / path.parent.name).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, source / path.parent.name)
        shutil.copy(self.folder / "package.xml", source)
        (source / "CMakeLists.txt").write_text(self.cmake_lists())
        generator = ["-G", "Ninja"] if shutil.which("ninja") else []
        options = {
            "CMAKE_INSTALL_PREFIX": prefix,
            "CMAKE_BUILD_TYPE": "Release",
            "BUILD_TESTING": "OFF",
            "Python3_EXECUTABLE": sys.executable,
            "PYTHON_EXECUTABLE": sys.executable,
        }
        defines = [f"-D{name}={value}" for name, value in options.items()]
        jobs = str(os.cpu_count() or 1)
        run("cmake", "-S", source, "-B", build, *generator, *defines)
        run("cmake", "--build", build, "--parallel", jobs)
        run("cmake", "--install", build)

    def cmake_lists(self) -> str:
        """Return the CMake project of this package."""
        text = "\n".join(path.read_text() for path in self.messages)
        found = set(re.findall(r"^\s*([a-z]\w*)/[A-Z]\w*", text, re.MULTILINE)) - {self.name}
        return CMAKE_LISTS.format(
            name=self.name,
            messages=" ".join(f"{path.parent.name}/{path.name}" for path in self.messages),
            dependencies=" ".join(sorted(found)),
            find_dependencies="\n".join(
                f"find_package({name} REQUIRED)" for name in sorted(found)
            ),
        )


def digest(parts: list[str]) -> str:
    """Return what tells these texts from others."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def run(*command: object) -> None:
    """Run a program that finds the ROS of this Python."""
    environment = dict(os.environ)
    # Not sys.prefix: colcon sets that to where it installs.
    prefix = Path(sys.executable).parents[1]
    if (prefix / "share" / "ament_index").exists():
        for name in ("AMENT_PREFIX_PATH", "CMAKE_PREFIX_PATH"):
            environment[name] = os.pathsep.join(filter(None, [str(prefix), os.environ.get(name)]))
    subprocess.run([str(part) for part in command], env=environment, check=True)


def wanted_interfaces() -> list[Interfaces]:
    """Return our own messages, and the embedded ones that nothing else brings."""
    wanted = [Interfaces(NAME, HERE)]
    if not has_real("tf2_msgs"):
        wanted.append(Interfaces("tf2_msgs", HERE / NAME / "ros" / "compat" / "tf2_msgs"))
    return wanted


def has_real(package: str) -> bool:
    """Tell whether a package is installed that is not the one embedded here."""
    prefixes = [sys.prefix, *os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)]
    manifests = [Path(prefix, "share", package, "package.xml") for prefix in prefixes if prefix]
    return any(path.exists() and "<embedded_in>" not in path.read_text() for path in manifests)


class BuildWithMessages(build_py):  # type: ignore[misc]
    """Adds the generated Python packages to the written ones."""

    def run(self) -> None:
        """Generate, then copy."""
        # What an earlier build left would be installed although its source is gone.
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        base = Path(self.get_finalized_command("build").build_base).resolve() / "interfaces"
        wanted = wanted_interfaces()
        # Configuring uses one core: two packages at a time keep two busy.
        with ThreadPoolExecutor(2) as pool:
            folders = list(pool.map(lambda interfaces: interfaces.stage(base), wanted))
        for interfaces, folder in zip(wanted, folders, strict=True):
            self.copy_python(interfaces.name, folder)
        self.distribution.staged = dict(zip([item.name for item in wanted], folders, strict=True))

    def copy_python(self, name: str, folder: Path) -> None:
        """Copy the generated modules of one package beside the written ones."""
        generated = next(folder.glob(f"**/*-packages/{name}"))
        target = Path(self.build_lib, name)
        for kind in ("msg", "srv"):
            if (generated / kind).is_dir():
                shutil.copytree(generated / kind, target / kind, dirs_exist_ok=True)
        for path in [*generated.glob("*.so"), *generated.glob("__init__.py")]:
            if not (target / path.name).exists():
                shutil.copy(path, target)


class BuildKept(build_ext):  # type: ignore[misc]
    """Compiles only what changed since."""

    def build_extension(self, extension: Extension) -> None:
        """Compile, or take what was compiled of the same files by the same Python."""
        files = [Path(name) for name in (*extension.sources, *extension.depends)]
        flags = " ".join(extension.extra_compile_args)
        key = digest([flags, sys.version, sys.prefix, *(path.read_text() for path in files)])
        target = Path(self.get_ext_fullpath(extension.name))
        kept = Path(self.build_temp) / key / target.name
        if kept.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(kept, target)
            return
        super().build_extension(extension)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(target, kept)


class InstallWithMessages(install_data):  # type: ignore[misc]
    """Adds the libraries, headers and type descriptions of the messages to the data files."""

    def run(self) -> None:
        """Install what was staged besides what was listed."""
        for name, folder in self.distribution.staged.items():
            files = [*folder.glob("lib/*.so"), *folder.glob("include/**/*")]
            files += [path for path in folder.glob("share/**/*") if not self.is_ours(name, path)]
            self.data_files += listed(files, folder)
        super().run()

    @staticmethod
    def is_ours(name: str, path: Path) -> bool:
        """Tell whether colcon or the list below brings a file of the package itself."""
        return name == NAME and any(MADE_BY_COLCON.fullmatch(part) for part in path.parts)


def listed(files: list[Path], base: Path, target: str = "") -> list[tuple[str, list[str]]]:
    """Return files in the form of `data_files`, in the folders that they have below `base`."""
    return [
        (str(Path(target) / path.relative_to(base).parent), [os.path.relpath(path, HERE)])
        for path in files
        if path.is_file()
    ]


def compiled(module: str, folder: str) -> Extension:
    """Return the module that the C++ files of a folder make."""
    source = HERE / folder
    return Extension(
        f"{NAME}.{module}",
        [os.path.relpath(path, HERE) for path in sorted(source.glob("*.cpp"))],
        depends=[os.path.relpath(path, HERE) for path in sorted(source.glob("*.hpp"))],
        # Without contraction every processor computes the same.
        extra_compile_args=["-std=c++17", "-O2", "-ffp-contract=off", "-fvisibility=hidden"],
        language="c++",
    )


def data_files() -> list[tuple[str, list[str]]]:
    """Return what goes to share/: the ament index, the manifest, launch files, configuration."""
    files = [HERE / "package.xml", *HERE.glob("launch/*"), *HERE.glob("config/**/*")]
    marker = ("share/ament_index/resource_index/packages", [f"resource/{NAME}"])
    return [marker, *listed(files, HERE, f"share/{NAME}")]


setup(
    name=NAME,
    version=__version__,
    description="A mobile robot as a graph of ROS 2 nodes",
    license="Apache-2.0",
    python_requires=">=3.10",
    packages=find_packages(include=[NAME, f"{NAME}.*"]),
    package_data={NAME: ["py.typed", "core/perception/_fast.pyi"]},
    ext_modules=[compiled("core.perception._fast", f"{NAME}/core/perception/fast")],
    data_files=data_files(),
    cmdclass={
        "build_py": BuildWithMessages,
        "build_ext": BuildKept,
        "install_data": InstallWithMessages,
    },
    zip_safe=False,
    entry_points={
        "console_scripts": [
            f"robot = {NAME}.cli.main:main",
            *(f"{node.name} = {NAME}.ros.main:main" for node in NODES),
        ]
    },
)
