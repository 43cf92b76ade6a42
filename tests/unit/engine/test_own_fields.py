"""What a swap delivers the venue's desk says: an account that says so itself would empty the desk."""

from typing import Any

import pytest

from solvent.margin import Refused, lending
from tests.unit.engine.venues import ALICE, funded_venue

PRICED_BY_THEMSELVES: tuple[Any, ...] = (
    lending.Open(margin=10**6, out=10**12),
    lending.Close(tokens=1, out=10**12),
    lending.Close(tokens=1, quote=1),
)


@pytest.mark.parametrize("action", PRICED_BY_THEMSELVES)
def test_an_account_cannot_say_what_the_swap_desk_delivers(action: Any) -> None:
    venue = funded_venue()
    before = venue.state.hash()
    refusal = venue.act(ALICE, "wETH/SOL", action)
    assert isinstance(refusal, Refused)
    assert refusal.code == "VERB_NOT_ALLOWED"
    assert "leave it out" in refusal.message
    assert venue.state.hash() == before
