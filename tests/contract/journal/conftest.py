"""A new journal of each store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from solvent.journal import Journal
from tests.contract.journal.stores import DURABLE, POSTGRESQL, STORES, Open, Place
from tests.postgres import ABSENT

collect_ignore_glob = ["test_postgres_*.py"] if ABSENT else []


def _place(request: pytest.FixtureRequest) -> Place:
    if request.param == POSTGRESQL:
        request.getfixturevalue("_postgres")
    return STORES[request.param]


@pytest.fixture(params=list(STORES))
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    with _place(request).open(tmp_path / "venue") as opened:
        yield opened


@pytest.fixture(params=list(DURABLE))
def place(request: pytest.FixtureRequest) -> Place:
    return _place(request)


@pytest.fixture(params=list(DURABLE))
def open_again(request: pytest.FixtureRequest) -> Open:
    return _place(request).open
