"""What the gateway writes, the library's own reader of the venue's words reads back to the same figures."""

from typing import Any

from solvent.dialects import parse_json
from solvent.dialects.kucoin import parse_contract, parse_positions, parse_risk_limits
from solvent.margin import preset, risk_limit
from solvent.money import Ratio
from tests.unit.gateways.kucoin.listening import connected
from tests.unit.gateways.kucoin.serving import INVERSE, LINEAR, MORE_PRICE, UNIT, Keyed, Served


def told(served: Served, path: str, key: Keyed | None = None) -> Any:
    """Return the bytes of an answer as the dialect reads them."""
    headers = {} if key is None else served.signed(key, "GET", path)
    return parse_json(served.raw("GET", path, headers))


def test_a_contract_and_its_levels_are_read_back_as_the_market_that_they_are() -> None:
    with Served() as served:
        for symbol in (LINEAR, INVERSE):
            levels = parse_risk_limits(told(served, f"/api/v1/contracts/risk-limit/{symbol}"))
            found = parse_contract(told(served, f"/api/v1/contracts/{symbol}"), levels)

            assert found == preset(symbol)


def test_a_position_is_read_back_as_the_book_that_it_is() -> None:
    with Served() as served:
        key = served.key()
        served.open(10, 5)
        served.act(risk_limit.Add(3 * UNIT))
        served.fund("0.0001", MORE_PRICE)
        served.open(1000, 3, symbol=INVERSE)
        found = parse_positions(told(served, "/api/v1/positions", key)).positions

        for one in found:
            own = served.run(_book(served, one.symbol))
            now_ms = served.house.now_ms()
            assert one.era is risk_limit.Era.C
            ours, theirs = risk_limit.view(own, now_ms=now_ms), risk_limit.view(one.book, now_ms=now_ms)
            for name in ("margin", "equity", "leverage", "liquidation_price", "realised_pnl", "maintenance"):
                assert getattr(ours, name) == getattr(theirs, name), (one.symbol, name)
        assert [one.symbol for one in found] == [LINEAR, INVERSE]


def test_a_pushed_position_is_read_back_too() -> None:
    with Served() as served, connected(served, served.key()) as client:
        client.listen("/contract/positionAll")
        served.open(10, 5)
        (found,) = parse_positions(client.of("position.change")).positions

        assert found.printed.liquidation_price == Ratio.parse("54194.0124573036")
        assert found.book.position.lots == 10


async def _book(served: Served, symbol: str) -> risk_limit.Book:
    return served.gateway.desk.book(symbol, "a" * 32)
