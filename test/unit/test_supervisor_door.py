"""Speaking to the process owner: logs and restarts, and output that keeps nobody waiting."""

import itertools
import os
import signal
import socket
import sys
import time

import pytest

from robot_system.cli import logs
from robot_system.errors import ConfigurationError
from robot_system.supervise import client
from robot_system.supervise.process import Exit
from robot_system.testing.owner import DEADLINE
from robot_system.testing.processes import is_alive

DOMAIN = 0


@pytest.fixture(autouse=True)
def _door(monkeypatch, tmp_path):
    monkeypatch.setattr(client, "door_of", lambda domain: tmp_path / "door")


def stay(_):
    signal.pause()
    return 0


def speak(_):
    print("hello")
    return stay(_)


def fail(_):
    return 3


def count(_):
    for number in itertools.count():
        print(number)
        time.sleep(0.01)


def flood(_):
    """Print without end, and say in a file how it goes on: a call that waits would show."""
    with open(os.environ["FLOOD"], "w", encoding="ascii") as file:
        for number in itertools.count():
            print("x" * 200)
            print("y" * 200, file=sys.stderr)
            os.pwrite(file.fileno(), b"%d\n" % number, 0)


def until(is_done):
    end = time.monotonic() + DEADLINE
    while not is_done():
        assert time.monotonic() < end
        time.sleep(0.005)


def own_lines(node="a"):
    return [x.text for x in client.logs(DOMAIN, node) if not x.text.startswith("[supervisor]")]


def test_what_a_node_prints_is_told_and_kept(owner, tmp_path):
    system = owner(a=speak, b=stay)
    until(lambda: client.is_there(DOMAIN) and own_lines() == ["hello"])
    assert own_lines("b") == []
    assert {line.node for line in client.logs(DOMAIN)} == {"a", "b"}
    assert [line.text for line in client.logs(DOMAIN, "a", 1)] == ["hello"]
    assert list(client.logs(DOMAIN, "a", 0)) == []
    system.stop()
    assert " hello\n" in (tmp_path / "a.log").read_text()
    assert not client.is_there(DOMAIN)


def test_following_goes_on_until_the_system_ends(owner):
    system = owner(a=count, b=stay)
    system.until("process_started", "b")
    followed = client.logs(DOMAIN, "a", 0, follow=True)
    numbers = [int(line.text) for line in itertools.islice(followed, 20)]
    assert numbers == list(range(numbers[0], numbers[0] + 20))
    system.stop()
    assert all(line.text.isdigit() for line in followed)


def test_one_who_follows_and_never_reads_holds_nobody_up(owner, monkeypatch, tmp_path):
    monkeypatch.setenv("FLOOD", str(tmp_path / "flood"))
    system = owner(a=flood, b=stay)
    system.until("process_started", "b")
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.connect(str(tmp_path / "door"))
        deaf.send(b'{"word": "logs", "node": "", "lines": 100, "follow": true}\n')
        until(lambda: len(own_lines()) > 50)
        client.restart(DOMAIN, "b")
        system.until("process_restarted", "b")
    assert system.stop() == Exit(0, None)


def test_a_running_node_is_restarted_and_the_other_is_not(owner):
    system = owner(a=stay, b=stay)
    first = system.until("process_started", "a")["pid"]
    system.until("process_started", "b")
    client.restart(DOMAIN, "a")
    assert system.until("process_restarted", "a")["detail"] == "1. time, on request"
    assert system.until("process_started", "a", 2)["pid"] != first
    assert not is_alive(first)
    assert [n["node"] for n in system.notices if n["what"] == "process_died"] == []
    assert len([n for n in system.notices if n["node"] == "b"]) == 1
    system.stop()


def test_a_frozen_node_is_restarted_too(owner):
    system = owner(a=stay)
    first = system.until("process_started", "a")["pid"]
    os.kill(first, signal.SIGSTOP)
    client.restart(DOMAIN, "a")
    system.until("process_started", "a", 2)
    assert not is_alive(first)
    system.stop()


def test_what_was_given_up_starts_again_on_request_with_a_new_budget(owner):
    system = owner(a=fail)
    system.until("process_given_up", "a")
    deaths = len([n for n in system.notices if n["what"] == "process_died"])
    client.restart(DOMAIN, "a")
    system.until("process_given_up", "a", 2)
    assert len([n for n in system.notices if n["what"] == "process_died"]) == 2 * deaths
    system.stop()


def test_who_is_unknown_is_said_in_a_line(owner):
    system = owner(a=stay)
    system.until("process_started", "a")
    for ask in (client.restart, lambda *args: list(client.logs(*args))):
        with pytest.raises(ConfigurationError, match="'nobody' does not run here; nodes are a"):
            ask(DOMAIN, "nobody")
    system.stop()


@pytest.mark.parametrize("request_", [b"nonsense\n", b"[]\n", b'{"word": "fly", "node": "a"}\n'])
def test_nonsense_is_answered_and_harms_nobody(owner, request_):
    system = owner(a=stay)
    system.until("process_started", "a")
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(system.door))
        link.send(request_)
        assert b'"error"' in link.recv(1000)
    assert client.is_there(DOMAIN)
    assert system.stop() == Exit(0, None)


def test_many_clients_do_not_use_up_the_owner(owner):
    system = owner(a=stay)
    system.until("process_started", "a")
    links = [socket.socket(socket.AF_UNIX) for _ in range(40)]
    for link in links:
        link.connect(str(system.door))
    assert links[-1].recv(1) == b""
    for link in links:
        link.close()
    until(lambda: list(client.logs(DOMAIN, "a")))
    system.stop()


def test_nobody_there_is_an_error_of_its_own():
    with pytest.raises(client.NoSupervisorError):
        client.restart(DOMAIN, "a")


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
def test_a_node_does_not_wait_for_an_owner_that_does_not_read(
    owner, monkeypatch, tmp_path, number
):
    """The kernel ends the node of a dead owner; one that ignores this must still go on."""
    said = tmp_path / "flood"
    monkeypatch.setenv("FLOOD", str(said))

    def deaf_flood(spec):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        flood(spec)

    system = owner(a=deaf_flood)
    pid = system.until("process_started", "a")["pid"]
    until(lambda: said.exists() and said.read_text())
    system.process.send(number)
    try:
        # More than the pipe holds goes through, or rather past it.
        begin = int(said.read_text().split()[0])
        until(lambda: int(said.read_text().split()[0]) > begin + 2000)
        assert is_alive(pid)
    finally:
        os.kill(pid, signal.SIGKILL)
        if number == signal.SIGSTOP:
            system.process.send(signal.SIGCONT)
            system.stop()
        else:
            system.process.collect()


def test_a_disk_that_takes_nothing_keeps_nobody_from_running(owner, tmp_path):
    # As a full disk does, a folder in the place of each file refuses every line.
    for name in ("a.log", "a.1.log"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "something").touch()
    system = owner(a=speak, b=stay)
    system.until("process_started", "b")
    until(lambda: own_lines() == ["hello"])
    assert system.stop() == Exit(0, None)


def test_logs_come_from_the_files_when_nothing_runs(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(logs, "log_folder", lambda: tmp_path)
    monkeypatch.setattr(logs.environment, "prepare", lambda domain: None)
    (tmp_path / "lidar.log").write_text("1970-01-01T00:00:02.000Z one\n")
    (tmp_path / "motion.log").write_text("1970-01-01T00:00:01.000Z two\n")
    assert logs.main([]) == 0
    assert [line.split()[1:] for line in capsys.readouterr().out.splitlines()] == [
        ["motion", "two"],
        ["lidar", "one"],
    ]
    assert logs.main(["motion", "-n", "5"]) == 0
    assert capsys.readouterr().out.endswith(" two\n")
    assert logs.main(["policy"]) == 1
    assert logs.main(["motion", "--follow"]) == 1
    with pytest.raises(ConfigurationError, match="no node is named 'nobody'"):
        logs.main(["nobody"])
