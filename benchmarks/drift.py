"""driftpy's `DriftUser` on accounts in memory: no network, and none of the cost of one.

The client and the users are driftpy's own. Only the subscriber, which would fetch accounts, is ours: look-ups
in three dicts, cheaper than driftpy's. A user has the one position and the one deposit that driftpy's decoder
would leave of an account's sixteen slots; the market has no size premium (imf 0), which spares it a root.
"""

from dataclasses import fields
from typing import Any

from driftpy.account_subscription_config import AccountSubscriptionConfig
from driftpy.accounts.types import DataAndSlot, DriftClientAccountSubscriber
from driftpy.constants.numeric_constants import (
    MARGIN_PRECISION,
    PRICE_PRECISION,
    SPOT_BALANCE_PRECISION,
    SPOT_CUMULATIVE_INTEREST_PRECISION,
    SPOT_WEIGHT_PRECISION,
)
from driftpy.drift_client import DriftClient
from driftpy.drift_user import DriftUser
from driftpy.math.margin import MarginCategory
from driftpy.types import (
    AMM,
    ContractType,
    HistoricalOracleData,
    MarginMode,
    MarketStatus,
    OraclePriceData,
    PerpMarketAccount,
    PerpPosition,
    SpotBalanceType,
    SpotMarketAccount,
    SpotPosition,
    UserAccount,
)
from solana.rpc.async_api import AsyncClient  # type: ignore[import-not-found]
from solders.keypair import Keypair  # type: ignore[import-not-found]
from solders.pubkey import Pubkey  # type: ignore[import-not-found]

from benchmarks.cases import Case

BASE_DECIMALS, USD_DECIMALS = 9, 6
NOWHERE = "http://localhost:1"  # an address that is never called


class MemorySubscriber(DriftClientAccountSubscriber):  # type: ignore[misc]
    """Markets and oracle prices from dicts by market index."""

    def __init__(self, perps: dict[int, Any], spots: dict[int, Any], prices: dict[int, Any]) -> None:
        self.perps, self.spots, self.prices = perps, spots, prices
        self.spot_list = list(spots.values())
        self.quote_price = oracle(PRICE_PRECISION)

    def get_perp_market_and_slot(self, market_index: int) -> Any:
        return self.perps[market_index]

    def get_spot_market_and_slot(self, market_index: int) -> Any:
        return self.spots[market_index]

    def get_oracle_price_data_and_slot_for_perp_market(self, market_index: int) -> Any:
        return self.prices[market_index]

    def get_oracle_price_data_and_slot_for_spot_market(self, market_index: int) -> Any:
        assert market_index == 0, market_index
        return self.quote_price

    def get_spot_market_accounts_and_slots(self) -> Any:
        return self.spot_list


def zeroed(kind: Any, **given: Any) -> Any:
    """Build one of driftpy's accounts with 0 for every field that is not given."""
    return kind(**{field.name: given.get(field.name, 0) for field in fields(kind)})


def oracle(price: int) -> Any:
    """Return oracle data at a price, certain and fresh."""
    return zeroed(OraclePriceData, price=price, has_sufficient_number_of_data_points=True)


def perp_market(index: int, *, leverage_max: int) -> Any:
    """Return a perpetual whose initial margin is 1/leverage_max and whose maintenance is half of that."""
    return zeroed(
        PerpMarketAccount,
        pubkey=Pubkey.default(),
        amm=zeroed(AMM, oracle=Pubkey.from_bytes(bytes([1, index] + 30 * [0]))),
        market_index=index,
        margin_ratio_initial=MARGIN_PRECISION // leverage_max,
        margin_ratio_maintenance=MARGIN_PRECISION // (2 * leverage_max),
        unrealized_pnl_initial_asset_weight=SPOT_WEIGHT_PRECISION,
        unrealized_pnl_maintenance_asset_weight=SPOT_WEIGHT_PRECISION,
        status=MarketStatus.Active(),
        contract_type=ContractType.Perpetual(),
    )


def quote_market() -> Any:
    """Return the USD market, at par and with full weight."""
    return zeroed(
        SpotMarketAccount,
        oracle=Pubkey.default(),
        decimals=USD_DECIMALS,
        cumulative_deposit_interest=SPOT_CUMULATIVE_INTEREST_PRECISION,
        cumulative_borrow_interest=SPOT_CUMULATIVE_INTEREST_PRECISION,
        initial_asset_weight=SPOT_WEIGHT_PRECISION,
        maintenance_asset_weight=SPOT_WEIGHT_PRECISION,
        initial_liability_weight=SPOT_WEIGHT_PRECISION,
        maintenance_liability_weight=SPOT_WEIGHT_PRECISION,
        historical_oracle_data=zeroed(
            HistoricalOracleData,
            last_oracle_price=PRICE_PRECISION,
            last_oracle_price_twap=PRICE_PRECISION,
            last_oracle_price_twap5min=PRICE_PRECISION,
        ),
        status=MarketStatus.Active(),
    )


def account(case: Case, index: int) -> Any:
    """Return a user who holds the case's position: a deposit of its margin, its size and its cost."""
    position = case.position
    assert position.entry is not None, position
    assert position.entry.den == 1, position
    cost = position.size * position.entry.num
    margin = position.cash + cost
    assert margin > 0, margin
    deposit = zeroed(
        SpotPosition,
        scaled_balance=margin * SPOT_BALANCE_PRECISION // 10**USD_DECIMALS,
        balance_type=SpotBalanceType.Deposit(),
    )
    perp = zeroed(
        PerpPosition,
        base_asset_amount=position.size * 10 ** (BASE_DECIMALS - case.market.size_decimals),
        quote_asset_amount=-cost,
        quote_entry_amount=-cost,
        quote_break_even_amount=-cost,
        market_index=index,
    )
    return zeroed(
        UserAccount,
        authority=Pubkey.default(),
        spot_positions=[deposit],
        perp_positions=[perp],
        orders=[],
        margin_mode=MarginMode.Default(),
    )


def users(cases: list[Case]) -> list[tuple[Any, int]]:
    """Return driftpy's user of every case, and the index of its market; one market a mark."""
    indexes = {mark: index for index, mark in enumerate(dict.fromkeys(case.mark for case in cases))}
    in_memory = AccountSubscriptionConfig("cached")
    client = DriftClient(AsyncClient(NOWHERE), Keypair.from_seed(bytes(32)), account_subscription=in_memory)
    scale = PRICE_PRECISION // cases[0].market.price_scale
    leverage_max = cases[0].market.tiers.leverage_max
    client.account_subscriber = MemorySubscriber(
        {i: DataAndSlot(0, perp_market(i, leverage_max=leverage_max)) for i in indexes.values()},
        {0: DataAndSlot(0, quote_market())},
        {index: oracle(mark * scale) for mark, index in indexes.items()},
    )
    made = []
    for case in cases:
        user = DriftUser(client, Pubkey.default(), in_memory)
        user.account_subscriber.update_data(DataAndSlot(0, account(case, indexes[case.mark])))
        made.append((user, indexes[case.mark]))
    return made


def can_be_liquidated(user: Any, _index: int) -> bool:
    """Ask driftpy for its verdict alone."""
    verdict: bool = user.can_be_liquidated()
    return verdict


def four_calls(user: Any, index: int) -> tuple[Any, Any, Any, bool]:
    """Ask driftpy for free collateral, leverage (in 1e-4), liquidation price (in 1e-6 USD) and verdict."""
    return (
        user.get_free_collateral(MarginCategory.INITIAL),
        user.get_leverage(),
        user.get_perp_liq_price(index),
        user.can_be_liquidated(),
    )
