"""The doctor: what each look makes of what it finds; test/graph runs the looks themselves."""

import json

import pytest

from robot_system.cli.doctor import (
    as_json,
    examine,
    is_healthy,
    line_of,
    machine,
    network,
    software,
)
from robot_system.cli.doctor.finding import Finding, Level
from robot_system.errors import ConfigurationError

FINE = Finding("rmw", Level.OK, "there")
SLOW = Finding("discovery", Level.WARNING, "slow", "wait")
GONE = Finding("messages", Level.ERROR, "gone", "build them")

UDP_TABLE = """\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
  102: 0100007F:1CE8 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0
  103: 00000000:1DE2 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0
"""


def test_only_an_error_is_unhealthy():
    assert is_healthy([FINE, SLOW])
    assert not is_healthy([FINE, SLOW, GONE])


def test_a_line_says_what_to_do():
    assert line_of(FINE).split() == ["ok", "rmw", "there"]
    assert line_of(GONE).endswith("gone -> build them")


def test_the_object_is_plain_data():
    plain = json.loads(json.dumps(as_json([FINE, GONE])))
    assert plain["healthy"] is False
    assert [row["level"] for row in plain["findings"]] == ["ok", "error"]
    assert set(plain["findings"][0]) == {"name", "level", "detail", "advice"}


def test_a_look_that_fails_is_an_error_and_the_rest_goes_on():
    def broken_look():
        raise OSError("first line\nsecond line")
        yield

    def refused():
        raise ConfigurationError("ROS_DOMAIN_ID is 'abc'")
        yield

    findings = list(
        examine([(broken_look, "mend it"), (refused, "correct it"), (lambda: [FINE], "")])
    )
    assert findings == [
        Finding("broken look", Level.ERROR, "OSError: first line second line", "mend it"),
        Finding("refused", Level.ERROR, "ROS_DOMAIN_ID is 'abc'", "correct it"),
        FINE,
    ]


def test_open_ports_are_read_from_the_table_of_the_kernel():
    assert network.ports_in(UDP_TABLE) == {7400, 7650}
    assert network.ports_in(UDP_TABLE.splitlines()[0]) == set()


@pytest.mark.parametrize("domain", [0, 1, 101, 232])
def test_the_ports_of_two_domains_do_not_meet(domain):
    assert len(network.ports_of(domain)) == 250
    assert network.ports_of(domain)[-1] + 1 == network.ports_of(domain + 1)[0]


def test_a_quiet_domain_has_no_open_port(monkeypatch):
    busy = {port for domain in range(1, 100) for port in network.ports_of(domain)}
    monkeypatch.setattr(network, "open_ports", lambda: busy)
    assert network.quiet_domain() == 100


@pytest.mark.parametrize(
    ("domain", "level", "words"),
    [
        ("0", Level.OK, "2 in use"),
        ("5", Level.OK, "free"),
        ("150", Level.WARNING, "other programs"),
    ],
)
def test_the_ports_of_the_domain_are_judged(monkeypatch, domain, level, words):
    monkeypatch.setenv("ROS_DOMAIN_ID", domain)
    monkeypatch.setattr(network, "open_ports", lambda: {7400, 7410, 7650})
    (finding,) = network.ports()
    assert finding.level is level
    assert words in finding.detail


@pytest.mark.parametrize(
    ("name", "level"), [("", Level.WARNING), ("there.xml", Level.OK), ("gone.xml", Level.ERROR)]
)
def test_the_profile_must_be_there(monkeypatch, tmp_path, name, level):
    (tmp_path / "there.xml").write_text("<dds/>")
    monkeypatch.setenv(network.PROFILE_VARIABLE, str(tmp_path / name) if name else "")
    (finding,) = network.profile()
    assert finding.level is level
    assert bool(finding.advice) is (level is not Level.OK)


@pytest.mark.parametrize(
    ("seconds", "level"), [(0.1, Level.OK), (2.7, Level.WARNING), (None, Level.ERROR)]
)
def test_discovery_is_judged(monkeypatch, seconds, level):
    from robot_system.ros import probe

    monkeypatch.setattr(probe, "seconds_to_hear", lambda domain: seconds)
    (finding,) = network.discovery()
    assert finding.level is level
    assert bool(finding.advice) is (level is not Level.OK)


@pytest.mark.parametrize(
    ("free", "level"), [(0.05, Level.ERROR), (1.0, Level.WARNING), (50.0, Level.OK)]
)
def test_little_space_is_told(free, level):
    assert machine.level_of_disk(free) is level


def test_a_folder_that_can_not_be_written_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("ROBOT_SYSTEM_STATE", str(tmp_path / "deep" / "below"))
    monkeypatch.setattr(machine.os, "access", lambda path, mode: False)
    (finding,) = machine.disk()
    assert finding.level is Level.ERROR
    assert str(tmp_path) in finding.detail


def test_a_folder_of_the_same_name_is_no_package(monkeypatch, tmp_path):
    (tmp_path / "only_a_folder").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert not software.is_there("only_a_folder")
    assert software.is_there("numpy")


@pytest.mark.parametrize(("text", "is_embedded"), [("<embedded_in>x", True), ("<name>x", False)])
def test_the_first_manifest_says_whose_messages_they_are(monkeypatch, tmp_path, text, is_embedded):
    manifest = tmp_path / "share" / "tf2_msgs" / "package.xml"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(text)
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path))
    assert software.is_embedded("tf2_msgs") is is_embedded


def test_missing_tools_say_which_package_brings_them(monkeypatch):
    monkeypatch.setattr(software.shutil, "which", lambda name: None)
    findings = list(software.tools())
    assert [finding.level for finding in findings] == [Level.WARNING] * 2
    assert "build-essential" in findings[0].advice
