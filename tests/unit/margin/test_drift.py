"""How far a liquidation price may drift between a preview and its execution."""

import pytest

from solvent.margin.drift import drifted, worst_liquidation
from solvent.money import Ratio

PERCENT = Ratio(1, 100)


def test_a_price_drifts_by_exactly_the_tolerance() -> None:
    assert drifted(Ratio(200, 3), PERCENT, up=True) == Ratio(202, 3)
    assert drifted(Ratio(200, 3), PERCENT, up=False) == Ratio(198, 3)
    assert drifted(Ratio(200, 3), Ratio(0, 1), up=True) == Ratio(200, 3)


@pytest.mark.parametrize(
    ("after", "before", "is_long", "closes", "bound"),
    [
        (100, 500, True, False, 101),
        (100, 50, False, False, 99),
        (100, 500, True, True, 500),
        (100, 90, True, True, 101),
        (100, 50, False, True, 50),
        (100, 120, False, True, 99),
        (100, None, True, True, 101),
        (None, 100, True, True, None),
    ],
)
def test_what_closes_may_leave_what_there_was_and_nothing_else_may(
    *, after: int | None, before: int | None, is_long: bool, closes: bool, bound: int | None
) -> None:
    found = worst_liquidation(
        None if after is None else Ratio(after, 1),
        None if before is None else Ratio(before, 1),
        PERCENT,
        is_long=is_long,
        closes=closes,
    )
    assert found == (None if bound is None else Ratio(bound, 1))
