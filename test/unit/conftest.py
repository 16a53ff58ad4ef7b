"""What several unit tests share."""

import pytest

from robot_system.limits import Limits


@pytest.fixture
def nodes():
    """An orchestrator with nodes that do what it asks for."""
    from robot_system.testing.fake_nodes import FakeNodes

    return FakeNodes()


@pytest.fixture
def owner(tmp_path):
    """Start process owners of the given works; the end of their link ends them."""
    from robot_system.testing.owner import Owner

    made = []

    def make(limits=None, prepare=None, budget=3, **works):
        made.append(Owner(tmp_path, works, limits or Limits(), prepare, budget))
        return made[-1]

    yield make
    for one in made:
        one.link.close()
