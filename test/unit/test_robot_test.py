"""`robot test`: what counts as passed when there is nothing to run."""

import pytest

from robot_system.cli import test as command


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "source_folder", lambda: tmp_path)
    monkeypatch.setattr(command.environment, "prepare", lambda: None)
    monkeypatch.setattr(command, "_run", lambda step, source: (step, 0, 0.0))
    return tmp_path


def test_a_ring_without_tests_that_was_asked_for_has_not_passed(source, capsys):
    (source / "test" / "unit").mkdir(parents=True)
    (source / "test" / "unit" / "test_a.py").touch()
    assert command.main(["unit"]) == 0
    assert command.main(["unit", "replay"]) == 1
    assert "ring replay has no tests" in capsys.readouterr().err


def test_nothing_at_all_has_not_passed(source, monkeypatch):
    monkeypatch.setattr(command, "CHECKS", {})
    assert command.main([]) == 1
