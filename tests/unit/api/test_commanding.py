"""An amount alone is read at once when its verb is known: the same command or the same words come of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent import margin
from solvent.api.commanding import Commanding
from solvent.api.intents import Intent, IntentRefused
from solvent.api.problems import Problem
from solvent.api.wishes import Act, Batch
from solvent.engine import commands
from solvent.margin import InputRefused, registry
from solvent.money import NumberRefused
from tests.unit.api.wishing import EXPIRES_MS, VENUE
from tests.unit.engine.venues import ALICE, funded_venue

HOUSE = funded_venue()
for preset in ("XBTUSDM", "wBTC/SOL", "PUMP/SOL"):
    HOUSE.do(commands.CreateMarket(name=preset, market=margin.preset(preset)))
HOUSE.price("XBTUSDM", mark="60000")
HOUSE.price("wBTC/SOL", collateral_usd="60000", loan_usd="89.47")
HOUSE.price("PUMP/SOL", collateral_usd="0.005", loan_usd="89.47")
STATE = HOUSE.state
ALONE = [
    (market, verb.value, Commanding().asset_of(STATE, market, verb))
    for market, kept in STATE.markets.items()
    for verb, fields in registry.by_name(kept.model).ACTION_FIELDS.items()
    if [field.name for field in fields] == ["amount"]
]
numbers = st.from_regex(r"[0-9]{1,20}(\.[0-9]{1,12})?", fullmatch=True)
odd = st.sampled_from(["max", "MAX", "-5", "+5", "5%", "5 %", "1e3", "1,000", ".5", "5.", "", "٣", "9" * 121])
texts = numbers | odd | st.text(max_size=5)


def told(commanding: Commanding, act: Act) -> Any:
    wish = Intent(venue=VENUE, ask=act, account=ALICE, nonce="nonce-01", expires_ms=EXPIRES_MS)
    try:
        return commanding.commanded(STATE, wish)
    except (InputRefused, NumberRefused, IntentRefused, Problem) as error:
        return type(error), str(error)


def test_every_model_has_verbs_that_are_read_from_an_amount_alone() -> None:
    assert {STATE.markets[market].model for market, _, _ in ALONE} == set(registry.names())


@pytest.mark.parametrize(("market", "verb", "asset"), ALONE)
@given(text=texts, named=st.booleans())
def test_an_amount_alone_is_read_the_same_however_often_its_verb_was_read_before(
    market: str, verb: str, asset: str, text: str, named: bool
) -> None:
    seasoned = Commanding()
    warm = Act(verb=verb, market=market, fields=(("amount", "1"),), asset=asset)
    (command,) = told(seasoned, warm)
    assert told(seasoned, warm) == [command]
    act = Act(verb=verb, market=market, fields=(("amount", text),), asset=asset if named else "")
    assert told(seasoned, act) == told(Commanding(), act)
    steps = Batch(steps=(warm, act))
    assert told(seasoned, steps) == told(Commanding(), steps)  # type: ignore[arg-type]


@pytest.mark.parametrize(("market", "verb", "asset"), ALONE)
@given(text=texts, is_guarded=st.booleans(), has_more=st.booleans())
def test_a_key_s_amount_alone_is_read_the_same_however_often_its_verb_was_read_before(
    market: str, verb: str, asset: str, text: str, is_guarded: bool, has_more: bool
) -> None:
    def asked(commanding: Commanding, amount: str) -> Any:
        fields = {"amount": amount, "limit": "5"} if has_more else {"amount": amount}
        guards = {"price_min": "1"} if is_guarded else {}
        try:
            return commanding.act(
                STATE, account=ALICE, market=market, verb=verb, fields=fields, guards=guards
            )
        except (InputRefused, NumberRefused, Problem) as error:
            return type(error), str(error)

    seasoned = Commanding()
    seasoned.act(STATE, account=ALICE, market=market, verb=verb, fields={"amount": "1"}, guards={})
    assert asset
    assert (market, verb) in seasoned._amounts
    assert asked(seasoned, text) == asked(Commanding(), text)


def test_further_fields_guards_and_another_asset_are_looked_at_closer() -> None:
    seasoned = Commanding()
    told(seasoned, Act(verb="add", market="BTC-PERP", fields=(("amount", "1"),), asset="USDC"))
    for act in (
        Act(verb="add", market="BTC-PERP", fields=(("amount", "1"), ("limit", "1")), asset="USDC"),
        Act(verb="add", market="BTC-PERP", fields=(("limit", "1"), ("amount", "1")), asset="USDC"),
        Act(verb="add", market="BTC-PERP", fields=(("amount", "1"),), asset="SOL"),
        Act(
            verb="add",
            market="BTC-PERP",
            fields=(("amount", "1"),),
            asset="USDC",
            guards=(("price_min", "1"),),
        ),
    ):
        assert told(seasoned, act) == told(Commanding(), act)
    guarded = told(
        seasoned,
        Act(
            verb="add",
            market="BTC-PERP",
            fields=(("amount", "1"),),
            asset="USDC",
            guards=(("price_min", "1"),),
        ),
    )
    assert guarded[0].guards.price_min is not None
