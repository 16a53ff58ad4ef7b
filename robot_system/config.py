"""Parameter files: read, checked against the nodes, and merged.

The form is that of ROS, so that `ros2 launch` reads the same files. Later files win over earlier
ones; a profile's file names its nodes (`/**/motion:`), a node's own file is for any name (`/**:`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from robot_system.core.orchestration.policy import Policies, PolicyError, read_policies
from robot_system.errors import ConfigurationError, ParameterError
from robot_system.graph import NODES, NodeSpec
from robot_system.parameters import OF_ROS, Parameters
from robot_system.paths import config_folder

Values = dict[str, dict[str, Any]]
ANY = "/**"
KEY = "ros__parameters"
# What several nodes have to know of the same base, and what all nodes must have the same.
BASE = ("length", "width", "mount_x", "mount_y", "mount_yaw")
COMMON = ("recovery",)


def load_parameters(
    specs: Iterable[NodeSpec],
    folder: Path,
    profile: str,
    extra: Iterable[Path] = (),
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Parameters]:
    """Return the checked parameters of every node of a running system."""
    extra = tuple(extra)
    contents: dict[Path, Values] = {}
    loaded = {}
    for spec in specs:
        own, *shared = parameter_files(spec, folder, profile, extra)
        for path in shared:
            if path not in contents:
                contents[path] = read_file(path)
                _refuse_unknown_nodes(path, contents[path])
        layers = [(own, read_file(own)), *((path, contents[path]) for path in shared)]
        loaded[spec.name] = _merge(spec, layers, (overrides or {}).get(spec.name, {}))
    _refuse_disagreement(loaded)
    return loaded


def parameter_files(
    spec: NodeSpec, folder: Path, profile: str, extra: Iterable[Path] = ()
) -> tuple[Path, ...]:
    """Return the files of a node's parameters, its own first; later files win."""
    own = folder / "nodes" / f"{spec.name}.yaml"
    return (own, folder / "profiles" / f"{profile}.yaml", *extra)


def read_file(path: Path) -> Values:
    """Return the parameters in a file, by the node they are for (`/**` for any)."""
    content = _read_yaml(path)
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: must hold nodes with {KEY}, not {content!r}")
    found: Values = {}
    for name, body in content.items():
        node = _node_of(path, name)
        if node in found:
            raise ConfigurationError(f"{path}: {node} is there twice, once as {name}")
        found[node] = _values_of(path, name, body)
    return found


def load_policies(path: str) -> Policies:
    """Return the recovery policy of every node; without a path that of config."""
    file = Path(path) if path else config_folder() / "recovery.yaml"
    try:
        changed = file.stat().st_mtime_ns
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror or error}") from error
    return _read_policies(file, changed)


@lru_cache(maxsize=4)
def _read_policies(file: Path, changed: int) -> Policies:
    """Read a file once for each time that it was changed."""
    try:
        return read_policies(
            _read_yaml(file), {spec.name: spec.is_needed_to_move for spec in NODES}
        )
    except PolicyError as error:
        raise ConfigurationError(f"{file}: {error}") from error


def _read_yaml(path: Path) -> object:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not text in UTF-8") from error
    except yaml.MarkedYAMLError as error:
        place = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigurationError(f"{path}{place}: not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigurationError(f"{path}: not YAML: {_one_line(error)}") from error


def _node_of(path: Path, name: object) -> str:
    if not isinstance(name, str):
        raise ConfigurationError(f"{path}: {name!r} is not the name of a node")
    if name == ANY:
        return ANY
    return name.removeprefix(f"{ANY}/").removeprefix("/")


def _values_of(path: Path, name: str, body: object) -> dict[str, Any]:
    if not isinstance(body, dict) or list(body) != [KEY]:
        raise ConfigurationError(f"{path}: {name} must hold {KEY} and nothing else")
    values = body[KEY]
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigurationError(f"{path}: {name}: {KEY} must hold names and values")
    return {key: value for key, value in values.items() if not _is_of_ros(key)}


def _is_of_ros(key: object) -> bool:
    return key in OF_ROS or str(key).startswith("qos_overrides")


def _refuse_unknown_nodes(path: Path, values: Values) -> None:
    known = [spec.name for spec in NODES]
    for name in values:
        if name != ANY and name not in known:
            raise ConfigurationError(
                f"{path}: no node is named {name!r}; nodes are {', '.join(known)}"
            )


def _refuse_disagreement(loaded: Mapping[str, Parameters]) -> None:
    """Raise when nodes take one thing for different ones: one would see what another ignores."""
    for key in (*BASE, *COMMON):
        nodes: dict[Any, list[str]] = {}
        for name, parameters in loaded.items():
            # What the base really is like in a simulation may be something else on purpose.
            if hasattr(parameters, key) and not (key in BASE and name == "sim"):
                nodes.setdefault(getattr(parameters, key), []).append(name)
        if len(nodes) > 1:
            said = "; ".join(f"{value!r} for {', '.join(names)}" for value, names in nodes.items())
            raise ConfigurationError(f"{key}: the nodes must agree, but it is {said}")


def _merge(
    spec: NodeSpec, layers: list[tuple[Path, Values]], overrides: Mapping[str, Any]
) -> Parameters:
    parameters = spec.load().parameters_type()
    for path, values in layers:
        for key in (ANY, spec.name):
            try:
                parameters = parameters.replaced(values.get(key, {}))
            except ParameterError as error:
                raise ConfigurationError(f"{path}: {spec.name}: {error}") from error
    try:
        return parameters.replaced(overrides)
    except ParameterError as error:
        raise ConfigurationError(f"{spec.name}: {error}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
