"""The doctor on this machine, for real."""

import json
import os
import subprocess

import pytest

NAMES = {"robot_system", "ros", "rmw", "python", "messages", "dds profile", "discovery", "ports"}


def test_this_machine_is_healthy(robot):
    done = robot("doctor", "--json")
    found = json.loads(done.stdout)
    rows = {row["name"]: row for row in found["findings"]}
    assert set(rows) >= NAMES
    assert not [row for row in rows.values() if row["level"] == "error"]
    assert found["healthy"] is True
    assert done.returncode == 0
    assert "between two processes" in rows["discovery"]["detail"]


def test_what_is_wrong_is_named_with_what_to_do(robot, tmp_path):
    missing = str(tmp_path / "missing.xml")
    done = robot("doctor", ROS_DOMAIN_ID="many", FASTRTPS_DEFAULT_PROFILES_FILE=missing)
    errors = [line for line in done.stdout.splitlines() if line.startswith("error")]
    assert done.returncode == 1
    assert done.stderr == ""
    # Without its profile Fast DDS does not start, so that discovery fails as well.
    assert {line.split()[1] for line in errors} == {"dds", "discovery", "ports"}
    assert missing in errors[0]
    assert "'many'" in errors[-1]
    assert all(" -> " in line for line in errors)


def test_wrong_usage_is_one_line(robot):
    done = robot("doctor", "--loud")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(("arguments", "codes"), [(["doctor"], {141}), (["--help"], {0, 141})])
def test_a_reader_that_leaves_is_answered_with_silence(domain, tmp_path, arguments, codes):
    from robot_system.testing.system import ROBOT

    command = subprocess.Popen(
        [str(ROBOT), *arguments],
        env={**os.environ, "ROS_DOMAIN_ID": str(domain), "ROBOT_SYSTEM_STATE": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with command:
        command.stdout.close()
        assert command.stderr.read() == ""
    # argparse itself says nothing of a help text that could not be written.
    assert command.returncode in codes
