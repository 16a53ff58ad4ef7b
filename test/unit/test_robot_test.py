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


def test_the_faults_are_run_when_they_are_asked_for(source, monkeypatch, capsys):
    for ring in ("unit", "fault"):
        (source / "test" / ring).mkdir(parents=True)
        (source / "test" / ring / "test_a.py").touch()
    ran = []
    monkeypatch.setattr(command, "CHECKS", {})
    monkeypatch.setattr(
        command, "_run", lambda step, _: (ran.append(step.name), (step, 0, 0.0))[1]
    )
    assert command.main([]) == command.main(["fault"]) == 0
    assert ran == ["unit", "fault"]
    assert "not run: fault" in capsys.readouterr().out


def test_nothing_at_all_has_not_passed(source, monkeypatch):
    monkeypatch.setattr(command, "CHECKS", {})
    assert command.main([]) == 1
