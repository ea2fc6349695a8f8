from collections.abc import Iterator

import pytest

from tests.unit.web.site import Site, running_site
from tests.unit.web.world import World


@pytest.fixture(scope="module")
def _running() -> Iterator[Site]:
    with running_site() as site:
        yield site


@pytest.fixture
def site(_running: Site) -> Site:
    _running.pages.clear()
    _running.asked.clear()
    return _running


@pytest.fixture
def world() -> World:
    return World()
