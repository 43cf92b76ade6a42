"""What a tick calls itself."""

import pytest

from solvent.money import Millis
from solvent.prices import Kind, Tick


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.RECORDED, "SOL 95.76 USD"),
        (Kind.INTERPOLATED, "SOL (interpolated) 95.76 USD"),
        (Kind.HELD, "SOL (held) 95.76 USD"),
        (Kind.SIMULATED, "SOL (simulated) 95.76 USD"),
        (Kind.SCRIPTED, "SOL (scripted) 95.76 USD"),
    ],
)
def test_only_a_recorded_price_is_written_without_its_kind(kind: Kind, text: str) -> None:
    assert str(Tick(symbol="SOL", at_ms=Millis(0), units=9_576, decimals=2, kind=kind)) == text
