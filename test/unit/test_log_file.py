"""Log files: bounded in size, number and age, and never in the way."""

import os

import pytest

from robot_system.supervise.log_file import LogFile, LogLimits, files_of

SMALL = LogLimits(size=100, age=1000.0, kept=2, kept_for=5000.0)


def names(folder):
    return [path.name for path in files_of(folder, "a")]


def test_files_turn_within_one_run_and_only_some_are_kept(tmp_path):
    file = LogFile(tmp_path, "a", SMALL)
    for number in range(50):
        file.write(b"%9d\n" % number, 0.0)
    assert names(tmp_path) == ["a.2.log", "a.1.log", "a.log"]
    found = b"".join(path.read_bytes() for path in files_of(tmp_path, "a"))
    assert [int(line) for line in found.split()] == list(range(20, 50))
    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())


def test_a_new_run_begins_a_new_file(tmp_path):
    for text in (b"first\n", b"second\n"):
        file = LogFile(tmp_path, "a", SMALL)
        file.write(text, 0.0)
        file.close()
    assert (tmp_path / "a.log").read_bytes() == b"second\n"
    assert (tmp_path / "a.1.log").read_bytes() == b"first\n"


def test_a_file_turns_with_its_age_and_old_ones_go(tmp_path):
    file = LogFile(tmp_path, "a", SMALL)
    file.write(b"1\n", 0.0)
    file.write(b"2\n", 999.0)
    assert names(tmp_path) == ["a.log"]
    file.write(b"3\n", 1001.0)
    assert names(tmp_path) == ["a.1.log", "a.log"]
    os.utime(tmp_path / "a.1.log", (0.0, 0.0))
    file.write(b"4\n", 6000.0)
    assert names(tmp_path) == ["a.1.log", "a.log"]
    assert (tmp_path / "a.1.log").read_bytes() == b"3\n"


def test_files_of_others_are_left_alone(tmp_path):
    other = tmp_path / "a.mine.log"
    other.write_text("mine")
    file = LogFile(tmp_path, "a", SMALL)
    for _ in range(50):
        file.write(b"123456789\n", 0.0)
    assert other.read_text() == "mine"
    assert other not in files_of(tmp_path, "a")


def test_a_full_disk_loses_lines_and_nothing_else(tmp_path, monkeypatch):
    file = LogFile(tmp_path, "a", SMALL)
    file.write(b"before\n", 0.0)

    def refuse(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", refuse)
        file.write(b"lost\n", 0.0)
    file.write(b"after\n", 0.0)
    assert (tmp_path / "a.log").read_bytes() == b"before\nafter\n"


@pytest.mark.parametrize("place", ["/proc/nowhere", "/dev/null/log"])
def test_a_folder_that_can_not_be_made_does_not_matter(place, tmp_path):
    LogFile(tmp_path / place, "a", SMALL).write(b"lost\n", 0.0)


def test_what_a_full_disk_does_not_take_is_told_until_it_takes_it_again(tmp_path):
    path = tmp_path / "a.log"
    path.symlink_to("/dev/full")
    file = LogFile(tmp_path, "a", SMALL)
    assert file.write(b"lost\n", 0.0) == f"{tmp_path}: No space left on device"
    path.unlink()
    assert file.write(b"kept\n", 1001.0) == ""
    assert path.read_bytes() == b"kept\n"
