"""The official KuCoin SDK, unmodified: the largest reducible margin, taking and adding it, to 1e-10."""

from uuid import uuid4

import pytest
from kucoin_universal_sdk.generate.futures import positions as asked
from pydantic import BaseModel

from tests.sdks.calls import exercises
from tests.sdks.house import House
from tests.sdks.kucoin import SYMBOL, Trader, refusal, trader, whole


class Modes(BaseModel):
    """Margin modes of many contracts, for versions of the SDK that have no request of their own for it."""

    marginMode: str  # noqa: N815 - as the venue spells it
    symbols: list[str]

    def to_json(self) -> str:
        """Return the body."""
        return self.model_dump_json()


@pytest.fixture
def bob(house: House) -> Trader:
    house.price("XBTUSDTM", "60000")
    return trader(house)


def most(bob: Trader) -> str:
    """Return the largest reducible amount as printed."""
    found = bob.positions.get_max_withdraw_margin(
        asked.GetMaxWithdrawMarginReqBuilder().set_symbol(SYMBOL).build()
    )
    data: str = whole(found).data
    return data


def take(amount: str) -> asked.RemoveIsolatedMarginReq:
    """Return a request to remove margin."""
    return asked.RemoveIsolatedMarginReqBuilder().set_symbol(SYMBOL).set_withdraw_amount(amount).build()


def add(amount: float, number: str) -> asked.AddIsolatedMarginReq:
    """Return a request to add margin."""
    made = asked.AddIsolatedMarginReqBuilder().set_symbol(SYMBOL).set_margin(amount)
    return made.set_biz_no(number).build()


@exercises(
    "POST /api/v1/orders",
    "GET /api/v1/margin/maxWithdrawMargin",
    "POST /api/v1/margin/withdrawMargin",
    "POST /api/v1/position/margin/deposit-margin",
    "GET /api/v1/position",
    "GET /api/v1/account-overview",
)
def test_a_long_is_opened_drained_to_its_maximum_and_fed_again(bob: Trader) -> None:
    assert bob.account().available_balance == 10_000
    bob.buy(100, 5)
    held = bob.position()
    assert (held.current_qty, held.avg_entry_price, held.pos_cost) == (100, 60_000, 6_000)
    assert (held.pos_margin, held.maint_margin, held.real_leverage) == (1_200, 1_200, 5)
    assert (held.is_open, held.margin_mode.value, held.position_side.value) == (True, "ISOLATED", "BOTH")
    assert bob.account().available_balance == 8_796.4  # 1,200 of margin, 3.6 of fee

    # M − |MV| / 125 = 1200 − 48
    assert most(bob) == "1152.0"
    code, text = refusal(bob.positions.remove_isolated_margin, take("1152.0000000001"))
    assert code == "200012"
    assert text.startswith("The largest reducible amount is 1,152 USDT (1200 - 6000/125 + 0.5*0)")
    assert bob.position().pos_margin == 1_200
    assert whole(bob.positions.remove_isolated_margin(take("1152"))).data == "1152.0"
    held = bob.position()
    assert (held.pos_margin, held.avg_entry_price, held.real_leverage) == (48, 60_000, 125)
    assert bob.account().available_balance == 9_948.4
    assert most(bob) == "0.0"
    assert refusal(bob.positions.remove_isolated_margin, take("0.0000000001"))[0] == "200012"

    added = whole(bob.positions.add_isolated_margin(add(10, str(uuid4()))))
    assert (added.pos_margin, added.pos_cross, added.pos_init) == (58, 10, 48)
    assert bob.account().available_balance == 9_938.4


def test_half_of_a_profit_may_leave_and_the_entry_moves_to_the_mark(bob: Trader) -> None:
    bob.buy(100, 10)
    bob.house.price("XBTUSDTM", "66000")
    # 600 − 6600/125 + 600/2
    assert most(bob) == "847.2"
    assert refusal(bob.positions.remove_isolated_margin, take("847.2000000001"))[0] == "200012"
    before = bob.position()
    assert (before.unrealised_pnl, before.maint_margin) == (600, 1_200)
    assert whole(bob.positions.remove_isolated_margin(take("847.2"))).data == "847.2"
    after = bob.position()
    assert (after.avg_entry_price, after.unrealised_pnl) == (66_000, 0)
    assert after.maint_margin == pytest.approx(352.8)
    assert after.realised_gross_pnl == pytest.approx(600)
    assert after.liquidation_price > before.liquidation_price


def test_a_repeated_number_adds_once_and_with_another_body_not_at_all(bob: Trader) -> None:
    bob.buy(100, 5)
    number = str(uuid4())
    first = whole(bob.positions.add_isolated_margin(add(1.5, number)))
    again = whole(bob.positions.add_isolated_margin(add(1.5, number)))
    assert first.pos_cross == again.pos_cross == 1.5
    assert bob.position().pos_margin == 1_201.5
    assert refusal(bob.positions.add_isolated_margin, add(2.5, number))[0] == "400100"
    assert bob.position().pos_margin == 1_201.5


def test_margin_that_cannot_move_is_refused_by_the_venues_codes(bob: Trader) -> None:
    assert most(bob) == "0.0"
    assert refusal(bob.positions.remove_isolated_margin, take("1"))[0] == "300009"
    empty = bob.positions.add_isolated_margin(add(1, str(uuid4())))
    assert empty.common_response.message == "Position does not exist"
    bob.buy(100, 5)
    assert refusal(bob.positions.add_isolated_margin, add(20_000, str(uuid4())))[0] == "200005"
    assert refusal(bob.positions.add_isolated_margin, add(0.00000001, str(uuid4())))[0] == "400100"
    assert refusal(bob.positions.remove_isolated_margin, take("0"))[0] == "400100"
    assert refusal(bob.positions.remove_isolated_margin, take("1.00000000001"))[0] == "400100"
    wrong = asked.GetMaxWithdrawMarginReqBuilder().set_symbol("NOSUCHM").build()
    assert refusal(bob.positions.get_max_withdraw_margin, wrong)[0] == "200003"
    assert bob.position().pos_margin == 1_200


def test_an_open_order_keeps_margin_from_leaving(bob: Trader) -> None:
    bob.buy(100, 5)
    bob.order("buy", type="limit", size=1, price="50000", leverage=5, time_in_force="GTC")
    assert most(bob) == "0.0"
    assert refusal(bob.positions.remove_isolated_margin, take("1"))[0] == "200013"


@exercises("GET /api/v1/contracts/risk-limit/{symbol}", "POST /api/v1/position/risk-limit-level/change")
def test_a_higher_level_allows_less_leverage_and_less_margin_to_leave(bob: Trader) -> None:
    levels = bob.positions.get_isolated_margin_risk_limit(
        asked.GetIsolatedMarginRiskLimitReqBuilder().set_symbol(SYMBOL).build()
    )
    rows = whole(levels).data
    assert [row.level for row in rows[:2]] == [1, 2]
    assert (rows[0].max_leverage, rows[1].max_leverage) == (125, 100)
    assert rows[0].max_risk_limit == rows[1].min_risk_limit
    bob.buy(100, 5)
    change = bob.positions.modify_isolated_margin_risk_limt
    to = asked.ModifyIsolatedMarginRiskLimtReqBuilder
    assert whole(change(to().set_symbol(SYMBOL).set_level(2).build())).data is True
    assert bob.position().risk_limit == rows[1].max_risk_limit
    assert most(bob) == "1140.0"
    assert refusal(change, to().set_symbol(SYMBOL).set_level(99).build())[0] == "100005"


@exercises(
    "GET /api/v2/position/getMarginMode",
    "POST /api/v2/position/changeMarginMode",
    "GET /api/v2/getMaxOpenSize",
    "GET /api/v1/positions",
)
def test_modes_are_isolated_and_the_largest_order_follows_the_balance(bob: Trader) -> None:
    mode = whole(bob.positions.get_margin_mode(asked.GetMarginModeReqBuilder().set_symbol(SYMBOL).build()))
    assert (mode.symbol, mode.margin_mode.value) == (SYMBOL, "ISOLATED")
    switch, to = bob.positions.switch_margin_mode, asked.SwitchMarginModeReqBuilder
    stayed = whole(switch(to().set_symbol(SYMBOL).set_margin_mode("ISOLATED").build()))
    assert stayed.margin_mode.value == "ISOLATED"
    assert refusal(switch, to().set_symbol(SYMBOL).set_margin_mode("CROSS").build())[0] == "330005"
    size = asked.GetMaxOpenSizeReqBuilder().set_symbol(SYMBOL).set_price("60000").set_leverage(5).build()
    largest = whole(bob.positions.get_max_open_size(size))
    # 60 / 5 of margin and 60 * 0.06 % of fee a lot, of 10,000
    assert (largest.max_buy_open_size, largest.max_sell_open_size) == (830, 830)
    bob.buy(830, 5)
    assert refusal(bob.buy, 10, 5)[0] == "300003"
    (row,) = whole(bob.positions.get_position_list(asked.GetPositionListReqBuilder().build())).data
    assert (row.symbol, row.current_qty, row.is_inverse) == (SYMBOL, 830, False)


@exercises("POST /api/v2/position/batchChangeMarginMode")
def test_modes_of_many_contracts_are_answered_one_by_one(bob: Trader) -> None:
    def change(mode: str) -> object:
        body = Modes(marginMode=mode, symbols=["XBTUSDTM", "XBTUSDM"])
        path = "/api/v2/position/batchChangeMarginMode"
        call = bob.positions.transport.call
        return call(
            "futures", False, "POST", path, body, asked.SwitchMarginModeResp(), False
        ).common_response.data

    assert change("ISOLATED") == {
        "marginMode": {"XBTUSDTM": "ISOLATED", "XBTUSDM": "ISOLATED"},
        "errors": [],
    }
    assert refusal(change, "CROSS")[0] == "330005"
