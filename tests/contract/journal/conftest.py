"""A new journal of each store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from solvent.journal import Journal
from tests.contract.journal.stores import DURABLE, STORES, Open


@pytest.fixture(params=STORES.values(), ids=list(STORES))
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    with request.param(tmp_path / "venue") as opened:
        yield opened


@pytest.fixture(params=DURABLE.values(), ids=list(DURABLE))
def open_again(request: pytest.FixtureRequest) -> Open:
    store: Open = request.param
    return store
