"""Guards of an action: what its asker saw, as bounds; where one does not hold any more, nothing is done."""

from typing import Any

from solvent.engine.commands import ActGuards
from solvent.engine.refusals import Code, refuse
from solvent.margin import Account, Headline, Outcome, Refused, Term
from solvent.margin.parts import Housed
from solvent.margin.wording import in_words, shown
from solvent.money import Ratio, Rounding

_WALLET = Account.WALLET


def price_moved(model: Housed, book: Any, guards: ActGuards, *, now_ms: int) -> Refused | None:
    """Return a refusal where the guarded feed's present price is out of its bounds; equal is within them."""
    feed = model.GUARDED_FEED
    price = model.price_of(book, feed)
    is_low = guards.price_min is not None and price < guards.price_min
    is_high = guards.price_max is not None and price > guards.price_max
    if not is_low and not is_high:
        return None
    unit = _unit(model.headline(book, now_ms=now_ms), feed)
    subject = in_words(feed)
    if is_low:
        return _moved("price_min", guards.price_min, price, subject=subject, unit=unit, feed=feed)
    return _moved("price_max", guards.price_max, price, subject=subject, unit=unit, feed=feed)


def result_moved(
    model: Housed, market: Any, outcome: Outcome[Any], guards: ActGuards, *, now_ms: int
) -> Refused | None:
    """Return a refusal where what an action comes to is out of its bounds; equal is within them.

    In this order: liquidation price, leverage, the amount that the wallet receives.
    """
    liquidation = guards.liquidation_price_min is not None or guards.liquidation_price_max is not None
    if liquidation or guards.leverage_max is not None:
        seen = model.headline(outcome.book, now_ms=now_ms)
        refusal = _liquidation_moved(seen, guards, model.GUARDED_FEED) or _leverage_moved(seen, guards)
        if refusal is not None:
            return refusal
    return _amount_moved(model, market, outcome, guards)


def _liquidation_moved(seen: Headline, guards: ActGuards, feed: str) -> Refused | None:
    """Compare the guarded feed's liquidation price; none at all is the safest."""
    for found in seen.liquidation_prices:
        if found.feed != feed or found.price is None:
            continue
        least, most = guards.liquidation_price_min, guards.liquidation_price_max
        subject, unit = "liquidation price", found.unit
        if least is not None and found.price < least:
            return _moved("liquidation_price_min", least, found.price, subject=subject, unit=unit, feed=feed)
        if most is not None and found.price > most:
            return _moved("liquidation_price_max", most, found.price, subject=subject, unit=unit, feed=feed)
    return None


def _leverage_moved(seen: Headline, guards: ActGuards) -> Refused | None:
    """Compare the leverage; without one the equity must be there, or no position at all."""
    most = guards.leverage_max
    if most is None or seen.is_leverage_within(most):
        return None
    if seen.leverage is not None:
        return _moved("leverage_max", most, seen.leverage, subject="leverage", unit="x")
    return refuse(
        Code.QUOTE_MOVED,
        f"no equity would be left, and so no leverage up to {shown(most, 'x', Rounding.FLOOR)}; "
        "ask for a new quote",
        Term("guard", "leverage_max"),
        Term("bound", most),
        Term("found", None),
    )


def _amount_moved(model: Housed, market: Any, outcome: Outcome[Any], guards: ActGuards) -> Refused | None:
    """Compare what the wallet receives: of the one asset that comes in, or else of the settlement asset."""
    if guards.amount_min is None:
        return None
    received: dict[str, int] = {}
    for posting in outcome.postings:
        if posting.account is _WALLET:
            received[posting.asset] = received.get(posting.asset, 0) + posting.units
    assets = model.wallet_assets(market)
    coming = [asset for asset in assets if received.get(asset.symbol, 0) > 0]
    # The settlement asset is the first of them.
    asset = coming[0] if coming else assets[0]
    found = Ratio(received.get(asset.symbol, 0), 10**asset.decimals)
    if found >= guards.amount_min:
        return None
    return _moved(
        "amount_min",
        guards.amount_min,
        found,
        subject="what the wallet receives",
        unit=asset.symbol,
    )


def _moved(
    guard: str, bound: Ratio | None, found: Ratio, *, subject: str, unit: str, feed: str = ""
) -> Refused:
    assert bound is not None, guard
    is_low = found < bound
    sides = (Rounding.FLOOR, Rounding.CEIL) if is_low else (Rounding.CEIL, Rounding.FLOOR)
    return refuse(
        Code.QUOTE_MOVED,
        f"{subject} {shown(found, unit, sides[0])} is {'below' if is_low else 'above'} "
        f"{shown(bound, unit, sides[1])}; ask for a new quote",
        Term("guard", guard),
        Term("bound", bound, unit, sides[1]),
        Term("found", found, unit, sides[0]),
        *((Term("feed", feed),) if feed else ()),
    )


def _unit(seen: Headline, feed: str) -> str:
    return next((price.unit for price in seen.liquidation_prices if price.feed == feed), "")
