"""What events and positions come to, in a few words with units."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from solvent import margin
from solvent.cli.venue.naming import amount, ledger_name, name_of
from solvent.engine import State, book_of
from solvent.margin import Account, Headline, Verb
from solvent.margin.parts import FeedReading
from solvent.margin.wording import NOTHING, in_words, shown, with_unit
from solvent.money import Rounding

DIGITS = 6
# Ledger accounts that a liquidation is told by, beside the holder's wallet.
TOLD = frozenset(
    role.value for role in (Account.KEEPER, Account.INSURANCE, Account.BACKSTOP, Account.PROTOCOL)
)
# What a liquidation came to, by the step or tier that its plan names; by the insurance where it can pay.
LIQUIDATED = {
    "market_partial": "liquidated in part",
    "backstop": "taken over by the backstop",
    "adl": "taken over by the house",
    "insurance": "taken over by the insurance",
    "emergency": "liquidated in an emergency",
}
UNCOVERED = "taken over by the house, as the insurance cannot pay"


def prices(readings: Iterable[FeedReading]) -> str:
    """Say the prices of a tick."""
    return ", ".join(f"{in_words(reading.feed)} {shown(reading.price)}" for reading in readings)


def action(verb: Verb, fields: Mapping[str, str], market: str) -> str:
    """Say what was asked: `take amount 0.5 on wETH/SOL`."""
    words = in_words(verb.value)
    asked = ", ".join(
        text if words.endswith(in_words(name)) else f"{in_words(name)} {text}"
        for name, text in fields.items()
    )
    return f"{words} {asked} on {market}" if asked else f"{words} on {market}"


def headline_of(state: State, market: str, account: str) -> Headline:
    """Return the common view of one position at the venue's moment."""
    return margin.headline(book_of(state, market, account), now_ms=state.now_ms)


def standing(state: State, market: str, account: str) -> str:
    """Say leverage and liquidation prices after an action; nothing where there is no position."""
    headline = headline_of(state, market, account)
    if headline.leverage is None and not _prices(headline):
        return ""
    return f"; leverage {leverage(headline)}, liquidation at {liquidation(headline)}"


def leverage(headline: Headline) -> str:
    """Write a leverage with two decimals, rounded up, or a dash."""
    return NOTHING if headline.leverage is None else f"{headline.leverage.text(2, Rounding.CEIL)}x"


def liquidation(headline: Headline) -> str:
    """Write the liquidation prices with six digits, rounded toward caution."""
    return ", ".join(_prices(headline)) or NOTHING


def _prices(headline: Headline) -> list[str]:
    return [
        with_unit(
            price.price.significant(DIGITS, Rounding.FLOOR if price.above else Rounding.CEIL, grouped=True),
            price.unit,
        )
        for price in headline.liquidation_prices
        if price.price is not None
    ]


def moved(state: State, event: Mapping[str, Any], account: str, *, beside: Iterable[str] = ()) -> str:
    """Say what an event moved into and out of a wallet, and into and out of other named accounts."""
    sums: Counter[tuple[str, str]] = Counter()
    own = f"wallet:{account}"
    for name, symbol, units in event["moves"]:
        if name == own or name in beside:
            sums[name, symbol] += units
    told = []
    for (name, symbol), units in sums.items():
        if units:
            who = "wallet" if name == own else ledger_name(state, name)
            told.append(f"{who} {signed(state, symbol, units)}")
    return ", ".join(told) or "wallet unchanged"


def signed(state: State, symbol: str, units: int) -> str:
    """Write units of an asset with their sign, as a movement."""
    return f"{'+' if units > 0 else '−'}{amount(state, symbol, abs(units))}"


def result(state: State, event: Mapping[str, Any]) -> str:
    """Say what an action came to: what moved or what an order holds, and where the position stands."""
    working, account = event["working"] or {}, event["account"]
    asset = event["reserved_asset"]
    if "freed" in working and "order_id" in working:
        told = f"cancelled, {amount(state, asset, working['freed'])} free again"
    elif "reserved" in working:
        told = f"rests, {amount(state, asset, working['reserved'])} reserved"
    else:
        told = moved(state, event, account)
    return told + standing(state, event["market"], account)


def happening(event: Mapping[str, Any]) -> str:
    """Say in a few words what the engine did by itself."""
    action, working = event["action"], event["working"] or {}
    if event["cause"] == "reached":
        return f"order {action['order_id']} {'cancelled' if action['verb'] == 'cancel' else 'filled'}"
    if event["cause"] == "deleveraging":
        return "reduced against a failed position"
    if action.get("covered") is False:
        return UNCOVERED
    plan = working.get("plan", {})
    return LIQUIDATED.get(plan.get("step") or plan.get("tier") or "", "liquidated")


def lacking(who: str) -> str:
    """Say what a liquidation waits for: somebody's funds, or the end of a refusal, named by its code."""
    return f"refused with {who}" if who.isupper() else f"{in_words(who)} has too little"


def set_off(state: State, events: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Yield who, what and the result of everything that a tick set off."""
    for event in events:
        if event["event"] == "stalled":
            who = name_of(state, event["account"])
            yield who, f"liquidation on {event['market']} waits", lacking(event["lacking"])
        elif event["event"] == "acted":
            account, market = event["account"], event["market"]
            told = moved(state, event, account, beside=TOLD)
            what = f"{happening(event)} on {market}"
            yield name_of(state, account), what, told + standing(state, market, account)
