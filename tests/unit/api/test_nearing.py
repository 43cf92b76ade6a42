"""Who is near to liquidation: everybody of all models, in pages of one moment, and nobody named."""

from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from solvent import margin
from solvent.api import nearing
from solvent.api.reading import Look
from solvent.engine import commands
from solvent.margin import lending, risk_limit, tiered
from solvent.margin.parts import FundingNote
from solvent.money import Ratio
from tests.unit.api.serving import ALICE, BOB, UNPRICED, Served, act, tick

MARKETS = {"BTC-PERP": "mark", "XBTUSDTM": "mark", "wETH/SOL": "collateral_loan"}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as opened:
        random = Random(5)
        for number in range(20):
            account = f"{number:032x}"
            opened.do(commands.OpenAccount(account=account))
            for asset, units in (("USDC", 10**10), ("USDT", 10**14), ("SOL", 10**11)):
                opened.do(commands.Declare(role="swap_desk", asset=asset, units=units))
                opened.do(commands.PayOut(role="swap_desk", receiver=account, asset=asset, units=units))
            size, lots = random.choice((-1, 1)) * random.randint(1, 8_000), random.randint(1, 80)
            opened.do(act(account, "BTC-PERP", tiered.SetLeverage(random.randint(1, 30))))
            assert opened.do(act(account, "BTC-PERP", tiered.Open(size=size))).is_accepted
            leverage = random.randint(1, 9)
            order = risk_limit.Open(lots=lots * random.choice((-1, 1)), leverage=leverage)
            assert opened.do(act(account, "XBTUSDTM", order)).is_accepted
            loan = lending.Open(margin=10**9, leverage=Ratio(random.randint(11, 30), 10))
            assert opened.do(act(account, "wETH/SOL", loan)).is_accepted
        yield opened


def path_of(market: str) -> str:
    return f"/markets/{market.replace('/', '~')}/near-liquidation"


def asked(served: Served, market: str, **query: Any) -> Any:
    if "after" not in query:
        served.wall_ms += 10_000
    found = served.ask("GET", path_of(market), who=None, params=query)
    assert found.status_code == 200, found.text
    return found.json()


def expected(served: Served, market: str) -> list[Fraction]:
    """Return the distance of everybody from his own liquidation price, the nearest first."""
    state = served.house.follower.state
    found = []
    for account in state.positions[market]:
        book = Look(state, now_ms=served.house.now_ms()).book(market, account)
        (own,) = [one for one in margin.headline(book).liquidation_prices if one.feed == MARKETS[market]]
        if own.price is not None:
            price = margin.registry.of(book).price_of(book, MARKETS[market]).fraction
            found.append(abs(own.price.fraction - price) / price)
    return sorted(found)


@pytest.mark.parametrize("within", ["1%", "0.1", "50%"])
@pytest.mark.parametrize("market", MARKETS)
def test_whoever_is_within_is_listed_nearest_first(served: Served, market: str, within: str) -> None:
    found = asked(served, market, within=within, limit=500)
    near = [one for one in expected(served, market) if one <= Ratio.parse(within).fraction]
    assert [float(one["distance"]) for one in found["items"]] == pytest.approx([float(one) for one in near])
    assert (found["found"], found["due"], found["bankrupt"]) == (len(near), 0, 0)
    assert found["is_complete"]
    for one in found["items"]:
        border = Fraction(one["liquidation_price"]) / Fraction(found["price"])
        assert (border > 1) == (one["liquidates"] == "above")
        assert Fraction(one["value"]) <= Fraction(one["size"]) * Fraction(found["price"])


def test_pages_of_a_list_are_of_one_moment_while_prices_move(served: Served) -> None:
    whole = asked(served, "BTC-PERP", within="50%", limit=500)
    first = asked(served, "BTC-PERP", within="50%", limit=3)
    served.do(tick("BTC-PERP", now_ms=served.house.now_ms(), mark="60500"))
    items, page = list(first["items"]), first
    while page["next"] is not None:
        page = asked(served, "BTC-PERP", within="50%", limit=3, after=page["next"])
        items += page["items"]
        assert page["as_of"] == first["as_of"]
    assert items == whole["items"]
    assert len(items) > 6
    assert asked(served, "BTC-PERP", within="50%")["price"] == "60500"
    served.do(tick("BTC-PERP", now_ms=served.house.now_ms(), mark="60000"))


def test_what_changes_is_in_the_next_list(served: Served) -> None:
    before = asked(served, "XBTUSDTM", within="5%")["found"]
    served.do(act(BOB, "XBTUSDTM", risk_limit.Open(lots=10, leverage=50)))
    assert asked(served, "XBTUSDTM", within="5%")["found"] == before + 1
    served.do(act(BOB, "XBTUSDTM", risk_limit.Close()))
    assert asked(served, "XBTUSDTM", within="5%")["found"] == before
    note = FundingNote(at_ms=served.house.now_ms(), price=Ratio(60_000, 1), rate=Ratio(1, 100))
    served.do(commands.SetFunding(market="BTC-PERP", note=note))
    near = [one for one in expected(served, "BTC-PERP") if one <= Fraction(1, 4)]
    found = asked(served, "BTC-PERP", within="25%")
    assert [float(one["distance"]) for one in found["items"]] == pytest.approx([float(one) for one in near])


def test_another_price_tells_who_is_due_and_who_is_bankrupt_there(served: Served) -> None:
    found = asked(served, "BTC-PERP", within="0", move="-50%", limit=500)
    assert found["price"] == "30000"
    assert found["due"] == found["found"] >= found["bankrupt"] > 0
    gone = [one for one in found["items"] if one["bankrupt"]]
    assert len(gone) == found["bankrupt"]
    for one in found["items"]:
        assert (Fraction(one["equity"]) < 0) == one["bankrupt"]
        assert (one["distance"], one["due"]) == ("0", True)


def test_nobody_is_named_and_nobody_has_to_be_signed_in(served: Served) -> None:
    told = served.ask("GET", f"{path_of('BTC-PERP')}?within=50%25", who=None).text
    for account in (ALICE, BOB, f"{3:032x}"):
        assert account not in told


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"within": "51%"}, "within 51% is out of bounds; give 0 to 50%, as 0.05 or 5%"),
        ({"within": "-1%"}, "give 0 to 50%"),
        ({"within": "near"}, "within 'near' is not usable"),
        ({"move": "-100%"}, "a price cannot move by -100%; give more than -100%, up to 1000%"),
        ({"move": "1001%"}, "up to 1000%"),
    ],
)
def test_what_cannot_be_asked_is_told_what_can(served: Served, query: dict[str, str], detail: str) -> None:
    found = served.ask("GET", path_of("BTC-PERP"), who=None, params=query)
    assert (found.status_code, found.json()["code"]) == (400, "PARAMETER_INVALID")
    assert detail in found.json()["detail"]


def test_a_cursor_is_good_for_its_own_list_and_for_a_minute(served: Served) -> None:
    cursor = asked(served, "BTC-PERP", within="50%", limit=1)["next"]
    assert served.refused("GET", path_of("BTC-PERP"), params={"within": "20%", "after": cursor}) == (
        400,
        "CURSOR_INVALID",
    )
    query = {"within": "50%", "limit": 1, "after": cursor}
    assert served.ask("GET", path_of("BTC-PERP"), who=None, params=query).status_code == 200
    served.wall_ms += nearing.KEPT_MS + 1_000
    assert served.refused("GET", path_of("BTC-PERP"), params=query) == (400, "CURSOR_INVALID")


def test_a_market_without_a_price_has_no_list(served: Served) -> None:
    assert served.refused("GET", path_of(UNPRICED)) == (422, "PRICE_UNKNOWN")
    assert served.refused("GET", path_of("nowhere"))[0] == 404


def test_a_long_list_says_that_it_is_not_complete(served: Served, monkeypatch: Any) -> None:
    monkeypatch.setattr(nearing, "LOOKED_MAX", 3)
    monkeypatch.setattr(nearing, "TAKEN_AT_ONCE", 1)
    found = asked(served, "BTC-PERP", within="50%")
    assert not found["is_complete"]
    assert found["found"] <= 3
