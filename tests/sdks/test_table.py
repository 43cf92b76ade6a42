"""The table of supported calls against the tests: none is promised that no client was seen to make."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from solvent.gateways import hyperliquid, kucoin
from solvent.gateways.calls import Call, Verdict
from tests.sdks.calls import MARK


def promised() -> Iterator[str]:
    """Return the names of all calls that a test of this folder says it makes, and is held to."""
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        module = import_module(f"tests.sdks.{path.stem}")
        for found in vars(module).values():
            for mark in getattr(found, "pytestmark", ()):
                if mark.name == MARK:
                    yield from mark.args


@pytest.mark.parametrize("gateway", [hyperliquid, kucoin])
def test_each_call_that_is_answered_is_made_by_a_client_in_a_test(gateway: object) -> None:
    table: tuple[Call, ...] = gateway.SUPPORTED  # type: ignore[attr-defined]
    answered = [call.name for call in table if call.verdict is not Verdict.REFUSED]
    assert len(answered) == len(set(answered))
    made = set(promised())
    assert [name for name in answered if name not in made] == []


def test_no_test_makes_a_call_that_the_table_does_not_have() -> None:
    known = {call.name for call in (*hyperliquid.SUPPORTED, *kucoin.SUPPORTED)}
    assert sorted(set(promised()) - known) == []
