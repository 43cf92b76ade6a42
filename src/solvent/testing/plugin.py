"""The pytest plugin: a venue of its own for each test that asks for one, and clients that are ready.

pytest loads it at each of its starts: what it needs is imported when a test asks for it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from solvent.testing.clients import Hyperliquid, Kucoin
    from solvent.testing.sandbox import Sandbox


@pytest.fixture
def solvent_settings() -> dict[str, str]:
    """Return the settings of the test's venue; override it for others, such as `{"clock": "real"}`."""
    return {}


@pytest.fixture
def solvent_venue(solvent_settings: dict[str, str]) -> "Iterator[Sandbox]":
    """A sandbox of the test's own: in memory, its time and its prices standing still until they are told."""
    from solvent.testing.sandbox import Sandbox  # noqa: PLC0415

    with Sandbox.started(**solvent_settings) as venue:
        yield venue


@pytest.fixture
def solvent_hyperliquid(solvent_venue: "Sandbox") -> "Hyperliquid":
    """`exchange` and `info` of hyperliquid-python-sdk, with a key of a fresh account of 10,000 USDC."""
    from solvent.testing import clients  # noqa: PLC0415

    return clients.hyperliquid(solvent_venue)


@pytest.fixture
def solvent_kucoin(solvent_venue: "Sandbox") -> "Kucoin":
    """`client` and `rest` of kucoin-universal-sdk, with a key of a fresh account of 10,000 USDT."""
    from solvent.testing import clients  # noqa: PLC0415

    return clients.kucoin(solvent_venue)


@pytest.fixture
def solvent_ccxt_hyperliquid(solvent_venue: "Sandbox") -> Any:
    """ccxt's `hyperliquid`, with a key of a fresh account of 10,000 USDC."""
    from solvent.testing import clients  # noqa: PLC0415

    return clients.ccxt_hyperliquid(solvent_venue)


@pytest.fixture
def solvent_ccxt_kucoin(solvent_venue: "Sandbox") -> Any:
    """ccxt's `kucoinfutures`, with a key of a fresh account of 10,000 USDT."""
    from solvent.testing import clients  # noqa: PLC0415

    return clients.ccxt_kucoin(solvent_venue)
