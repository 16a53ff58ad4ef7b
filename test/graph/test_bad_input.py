"""Wrong input: one clear line that names what is wrong, exit code 2, and nothing started."""

import json

import pytest

from robot_system.locks import NodeLock

WALL = {
    "name": "wall",
    "start": [1.0, 1.0, 0.0],
    "goals": [[3.0, 1.0]],
    "bounds": [0.0, 0.0, 5.0, 5.0],
    "circles": [[4.0, 4.0, 0.5]],
}


def write(folder, name, text):
    path = folder / name
    path.write_text(text)
    return str(path)


def parameters(node, key, value):
    return f"/**/{node}:\n  ros__parameters:\n    {key}: {value}\n"


CASES = {
    "unknown profile": (["--profile", "moon"], ["'moon'", "sim, test, robot"]),
    "unknown node": (["--without", "wings"], ["'wings'", "sensors"]),
    "unknown option": (["--speed", "3"], ["--speed"]),
    "no number": (["--duration", "long"], ["--duration", "long"]),
    "negative duration": (["--duration", "-1"], ["--duration"]),
    "domain": (["--domain", "500"], ["500", "232"]),
    "missing world": (["--world", "/nowhere/world.json"], ["/nowhere/world.json"]),
    "unknown kind of world": (["--world", "generated:ocean:1"], ["ocean", "rooms"]),
    "world without its data": (["--world", "barn:1"], ["barn:1", "ROBOT_SYSTEM_DATA"]),
    "goal in an obstacle": (
        ["--world", "WORLD", "--goal", "4", "4"],
        ["--goal: (4, 4) is in an obstacle"],
    ),
    "goal that is nowhere": (["--goal", "nan", "nan"], ["--goal nan nan", "finite"]),
    "world that is not JSON": (["--world", "BROKEN"], ["broken.json"]),
    "world with a bad number": (["--world", "NEGATIVE"], ["negative.json", "circles[0]"]),
    "parameters that are not YAML": (["--params", "NOYAML"], ["no.yaml", "YAML"]),
    "missing parameters": (["--params", "/nowhere.yaml"], ["/nowhere.yaml"]),
    "unknown parameter": (["--params", "UNKNOWN"], ["unknown.yaml", "motion", "sped"]),
    "parameter out of range": (["--params", "RANGE"], ["range.yaml", "motion", "speed", "99"]),
    "parameter of the wrong type": (["--params", "TYPE"], ["type.yaml", "motion", "speed"]),
    "parameters that do not fit": (["--params", "FIT"], ["fit.yaml", "braking", "acceleration"]),
    "parameters of no node": (["--params", "NONODE"], ["none.yaml", "wings"]),
}


@pytest.fixture
def files(tmp_path):
    return {
        "WORLD": write(tmp_path, "world.json", json.dumps(WALL)),
        "BROKEN": write(tmp_path, "broken.json", "{"),
        "NEGATIVE": write(
            tmp_path, "negative.json", json.dumps({**WALL, "circles": [[4.0, 4.0, -1.0]]})
        ),
        "NOYAML": write(tmp_path, "no.yaml", "a: [1\nb: }"),
        "UNKNOWN": write(tmp_path, "unknown.yaml", parameters("motion", "sped", 1.0)),
        "RANGE": write(tmp_path, "range.yaml", parameters("motion", "speed", 99.0)),
        "TYPE": write(tmp_path, "type.yaml", parameters("motion", "speed", "fast")),
        "FIT": write(tmp_path, "fit.yaml", parameters("motion", "braking", 0.2)),
        "NONODE": write(tmp_path, "none.yaml", parameters("wings", "speed", 1.0)),
    }


@pytest.mark.parametrize("case", CASES, ids=str)
def test_is_refused_in_one_line(robot, files, domain, case):
    options, wanted = CASES[case]
    answer = robot(
        "up", "--headless", *[files.get(item, item) for item in options], ROBOT_SYSTEM_DATA=""
    )
    assert answer.returncode == 2, answer
    assert answer.stdout == ""
    assert len(answer.stderr.strip().splitlines()) == 1, answer.stderr
    for text in wanted:
        assert text in answer.stderr
    assert NodeLock.holder(domain, "up") is None


def test_a_missing_package_is_named(robot, tmp_path):
    shadow = tmp_path / "shadow"
    shadow.mkdir()
    (shadow / "yaml.py").write_text("raise ModuleNotFoundError('gone', name='yaml')")
    answer = robot("up", "--headless", PYTHONPATH=str(shadow))
    assert answer.returncode == 2
    assert "package yaml is missing" in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


def test_an_unknown_command_is_refused_in_one_line(robot):
    answer = robot("fly")
    assert answer.returncode == 2
    assert "'fly'" in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
