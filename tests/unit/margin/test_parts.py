"""What an engine holds its books against: the balances of positions, the invariants of pools."""

from typing import Any

import pytest
from msgspec.structs import replace

from solvent.margin import lending, registry, risk_limit, tiered
from solvent.margin.parts import housed
from solvent.money import Ratio

POOL = lending.Pool(
    supply_assets=1_000, supply_shares=900, borrow_assets=410, borrow_shares=400, cash=600, locked=10
)
DEBTS = (lending.Position(borrow_shares=150), lending.Position(collateral=3, borrow_shares=250))


def faults(pool: lending.Pool, **given: Any) -> tuple[str, ...]:
    seen: dict[str, Any] = {"positions": DEBTS, "supply_shares": 900, "vault": 600} | given
    return lending.pool_faults(pool, **seen)


def test_a_pool_that_fits_its_vault_its_claims_and_its_debts_has_no_fault() -> None:
    assert faults(POOL) == ()
    assert faults(replace(POOL, protocol_shares=7), supply_shares=893) == ()


@pytest.mark.parametrize(
    ("changes", "given", "told"),
    [
        ({}, {"vault": 601}, "its vault holds 601 units and its pool says 600"),
        ({}, {"supply_shares": 899}, "claims sum to 899 shares and its pool says 900"),
        ({"protocol_shares": 1}, {}, "claims sum to 901 shares and its pool says 900"),
        ({}, {"positions": DEBTS[:1]}, "debts sum to 150 shares and its pool says 400"),
        ({"locked": 9}, {}, "cash and debts are not what lenders supplied and what is locked"),
        ({"locked": -1, "supply_assets": 1_011}, {}, "a part of it is below zero: -1 units"),
    ],
)
def test_each_broken_invariant_of_a_pool_is_told_with_its_numbers(
    changes: dict[str, int], given: dict[str, Any], told: str
) -> None:
    assert faults(replace(POOL, **changes), **given) == (told,)


@pytest.mark.parametrize("name", ["tiered", "risk_limit"])
def test_a_model_without_a_pool_finds_no_fault_in_none(name: str) -> None:
    assert housed(registry.by_name(name)).pool_faults(None, positions=(), supply_shares=0, vault=0) == ()


def test_the_account_of_a_position_holds_its_cash_and_its_contracts_or_its_collateral() -> None:
    short = tiered.Position(size=-500, cash=32_000_000, entry=Ratio(600_000, 1))
    assert tiered.holdings(tiered.PRESETS["BTC-PERP"], short) == {"USDC": 32_000_000, "BTC-PERP": -500}
    long = risk_limit.Position(lots=3, cost=900, init=100, cross=20, loss=5)
    assert risk_limit.holdings(risk_limit.PRESETS["XBTUSDTM"], long) == {"USDT": -785, "XBTUSDTM": 3}
    loan = lending.Position(collateral=77, borrow_shares=5)
    assert lending.holdings(lending.PRESETS["wETH/SOL"], loan) == {"wETH": 77}
