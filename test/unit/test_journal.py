"""What the nodes print: lines as they arrive, in memory and in files."""

import os

import pytest

from robot_system.supervise import journal
from robot_system.supervise.journal import Journal, Line, Output, lines_in_files


@pytest.fixture
def pipe():
    reading, writing = os.pipe2(os.O_NONBLOCK)
    yield Output(reading), writing
    os.close(writing)


def test_lines_are_whole_however_they_arrive(pipe):
    output, writing = pipe
    os.write(writing, b"one\ntw")
    assert output.read() == ["one"]
    assert output.read() == []
    os.write(writing, b"o\n\nthree \xff\nrest")
    assert output.read() == ["two", "", "three \ufffd"]
    assert output.finish() == ["rest"]
    assert list(output.last) == ["two", "three \ufffd", "rest"]


def test_the_end_is_noticed():
    reading, writing = os.pipe2(os.O_NONBLOCK)
    output = Output(reading)
    os.close(writing)
    assert output.read() == []
    assert output.is_over
    assert output.finish() == []


def test_a_line_without_end_is_cut(pipe):
    output, writing = pipe
    os.write(writing, b"x" * 10000)
    assert [len(line) for line in output.read()] == [4096, 4096, 1808]
    os.write(writing, b"y\n")
    assert output.read() == ["y"]
    output.finish()


def test_memory_holds_the_newest_of_each_node(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "RING", 3)
    book = Journal(tmp_path, ["a", "b"], lambda: 0.0)
    book.add("b", ["quiet"])
    for number in range(10):
        book.add("a", [str(number)])
    assert [(line.node, line.text) for line in book.since(0)] == [
        ("b", "quiet"),
        ("a", "7"),
        ("a", "8"),
        ("a", "9"),
    ]
    assert [line.text for line in book.since(9, "a")] == ["8", "9"]
    assert book.since(book.count) == []
    book.close()


def test_files_say_the_same_as_memory(tmp_path):
    times = iter([1.25, 2.0, 1e9])
    book = Journal(tmp_path, ["a", "b"], lambda: next(times))
    book.add("a", ["first"])
    book.add("b", ["second", "", "third"])
    book.add("a", ["last"])
    book.close()
    found = [(line.time, line.node, line.text) for line in lines_in_files(tmp_path, "ab")]
    assert found == [(line.time, line.node, line.text) for line in book.since(0)]
    assert found[0] == (1.25, "a", "first")
    assert (tmp_path / "b.log").read_text().startswith("1970-01-01T00:00:02.000Z second\n")


def test_a_torn_line_stays_in_its_place(tmp_path):
    (tmp_path / "a.log").write_text("1970-01-01T00:00:02.000Z one\ntorn\n")
    assert list(lines_in_files(tmp_path, ["a", "b"])) == [
        Line(2.0, 1, "a", "one"),
        Line(2.0, 2, "a", "torn"),
    ]


def test_the_problem_of_one_node_is_told_while_others_are_well(tmp_path):
    (tmp_path / "a.log").symlink_to("/dev/full")
    journal = Journal(tmp_path, ["a", "b"])
    journal.add("b", ["fine"])
    assert journal.problem == ""
    journal.add("a", ["lost"])
    journal.add("b", ["fine"])
    assert "No space left" in journal.problem
    assert [line.text for line in journal.since(0, "a")] == ["lost"]
