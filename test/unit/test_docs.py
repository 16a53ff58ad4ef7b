"""The documents name only what exists: files, commands, topics, nodes and tests."""

import re
from pathlib import Path

import pytest

from robot_system import contract, graph
from robot_system.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TOLD_TO_WRITE = {
    "robot_system/core/policy/beeline.py",
    "robot_system/core/sensing/filters/rate_limit.py",
    "robot_system/nodes/light.py",
    "config/nodes/light.yaml",
}
"""What docs/extending.md has its readers write."""

LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
FENCE = re.compile(r"^( *)```.*?^ *```$", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
COMMAND = re.compile(r"(?:\./robot|`robot) ([a-z]\w*)")
NAMED_PATH = re.compile(r"`((?:robot_system|test|config|docs|launch|bench)/[a-z_/.\d]+)`")
ROW = re.compile(r"^\| (.+) \|$", re.MULTILINE)


def relative(path):
    return str(path.relative_to(ROOT))


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def anchors(path):
    """Return the anchors that a page has for its headings, made as GitHub does."""
    prose = FENCE.sub("", path.read_text(encoding="utf-8"))
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(prose))
    return {heading.strip().replace(" ", "-") for heading in plain}


def links_in(path):
    prose = FENCE.sub("", path.read_text(encoding="utf-8"))
    found = [first or second for first, second in LINK.findall(prose)]
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def rows_after(text, heading):
    """Return the cells of the first table behind a heading row."""
    table = text[text.index(heading) :].split("\n\n", 1)[0]
    rows = [[cell.strip(" `") for cell in row.split("|")] for row in ROW.findall(table)]
    return rows[1:]


def test_the_documents_are_found():
    names = {relative(path) for path in DOCUMENTS}
    assert {"README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/safety.md"} <= names
    assert sum(len(links_in(path)) for path in DOCUMENTS) > 20


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_links_lead_somewhere(path):
    for link in links_in(path):
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_named_paths_exist(path):
    for name in set(NAMED_PATH.findall(path.read_text(encoding="utf-8"))) - TOLD_TO_WRITE:
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_named_commands_exist(path):
    assert set(COMMAND.findall(path.read_text(encoding="utf-8"))) <= set(COMMANDS)


def test_the_readme_shows_the_two_commands():
    assert {"up", "test", "status", "down", "doctor"} <= set(COMMAND.findall(text_of("README.md")))


def test_the_topics_of_drivers_are_those_of_the_contract():
    rows = rows_after(text_of("README.md"), "| topic | type | rate |")
    for name, ros_type, rate, *_ in rows:
        topic = contract.topic(name)
        assert topic.ros_type == ros_type
        assert rate == (f"{topic.rate:g} Hz" if topic.rate else "on change")
    simulated_only = {"truth", "truth_obstacles"}
    from_drivers = {row.name for row in contract.TOPICS if row.producer == "sim"} - simulated_only
    assert from_drivers | {"cmd_vel", "goal"} == {row[0] for row in rows}


def test_the_nodes_of_the_readme_are_those_of_the_graph():
    rows = rows_after(text_of("README.md"), "| node | work |")
    assert [row[0] for row in rows] == [spec.name for spec in graph.NODES]


def test_the_tests_that_show_the_safety_exist():
    text = text_of("docs/safety.md")
    written = "".join(path.read_text() for path in (ROOT / "test").rglob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", text))
    assert len(named) > 15
    assert not {name for name in named if f"def {name}(" not in written}
    assert all(f"## S{number}" in text for number in range(1, 7))
