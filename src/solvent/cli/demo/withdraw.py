"""Story 1: withdraw collateral from a 3x wETH/SOL position, and what SOL's rise does to it later."""

from solvent import margin
from solvent.cli.demo import money_market
from solvent.cli.demo.money_market import HOUR_MS
from solvent.cli.demo.stage import Stage
from solvent.margin import lending
from solvent.money import Amount, Ratio, Rounding, format_moment

SHOWN = (
    "collateral",
    "debt",
    "ltv",
    "leverage",
    "liquidation_price",
    "liquidation_price_usd",
    "liquidation_loan_usd",
    "equity",
)
DAY_MS = 24 * HOUR_MS


def tell(stage: Stage) -> None:
    """Tell the story."""
    now_ms = money_market.OPENED_MS
    before = money_market.opened_3x()
    stage.title(1, "Withdraw collateral from a 3x wETH/SOL position")
    stage.source(f"Input: recorded hourly closes. {money_market.price_line(now_ms)}.")
    stage.say(
        f"A trader puts in {money_market.OWN_SOL} SOL, borrows 20 more and buys wETH with all 30. Both "
        "origination charges are added to the debt."
    )
    stage.view(before, SHOWN, title="The position", now_ms=now_ms)
    most = margin.limits(before, now_ms=now_ms)["take"]
    stage.say(
        f"How much collateral may leave? {most.amount}, bound by {most.binding}: opening, borrowing and "
        "withdrawing may not lift debt above 70 % of the collateral's value."
    )
    asked = f"withdrawing {most.amount}"
    after = stage.carry_out(before, lending.Take(most.amount.units), SHOWN, asked=asked, now_ms=now_ms)
    more = Amount(most.amount.units + 1, most.amount.asset)
    stage.refused(before, lending.Take(more.units), asked=f"withdrawing {more}", now_ms=now_ms)
    _further_along(stage, before, after)


def _further_along(stage: Stage, before: lending.Book, after: lending.Book) -> None:
    kept, thinner = first_breach(before), first_breach(after)
    _draw(stage, after, until_ms=kept + DAY_MS)
    opened = money_market.OPENED_MS
    eth, sol = (rise(symbol, opened, thinner) for symbol in ("ETH", "SOL"))
    stage.say(f"Further along the recording. {money_market.price_line(thinner)}.")
    stage.view(money_market.at(after, thinner), SHOWN, title="The position then", now_ms=thinner)
    breach = margin.breach(money_market.at(after, thinner), now_ms=thinner)
    stage.say(
        f"On {format_moment(thinner)} the position is liquidatable (tier: {breach}), although ETH in "
        f"dollars is up {eth} % since the opening: the debt is in SOL, SOL rose {sol} %, "
        "and so each wETH buys less SOL."
    )
    stage.conclude(
        "What was withdrawn came out of the cushion: without the withdrawal the same recording reaches "
        f"liquidation on {format_moment(kept)}, {_hours(thinner, kept)} hours later. With a debt in SOL both "
        "prices matter, so both liquidation prices are always shown."
    )


def first_breach(book: lending.Book) -> int:
    """Return the first recorded hour at which a position is liquidatable."""
    for now_ms in money_market.closes().moments:
        if now_ms >= money_market.OPENED_MS:
            moved = money_market.at(book, now_ms)
            if margin.breach(moved, now_ms=now_ms) is not None:
                return now_ms
    raise AssertionError("the recording holds a breach of this position")


def rise(symbol: str, from_ms: int, to_ms: int) -> str:
    """Return by how many per cent a recorded price rose, rounded down to one decimal."""
    old, new = (money_market.closes().at(symbol, at_ms).price for at_ms in (from_ms, to_ms))
    return Ratio(100 * (new.num * old.den - old.num * new.den), new.den * old.num).text(1, Rounding.FLOOR)


def _hours(from_ms: int, to_ms: int) -> int:
    return (to_ms - from_ms) // HOUR_MS


def _draw(stage: Stage, book: lending.Book, *, until_ms: int) -> None:
    recorded, opened = money_market.closes(), money_market.OPENED_MS
    hours = range(opened, until_ms + 1, HOUR_MS)
    xs = [float((at_ms - opened) // HOUR_MS) for at_ms in hours]
    prices = [float(recorded.cross("ETH", "SOL", at_ms).text(6, Rounding.HALF_EVEN)) for at_ms in hours]
    lines = [_liquidation_price(money_market.at(book, at_ms), at_ms) for at_ms in hours]
    days = range(opened, until_ms + 1, DAY_MS)
    ticks = [(float((at_ms - opened) // HOUR_MS), format_moment(at_ms)[5:10]) for at_ms in days]
    stage.plot(
        [("1 wETH in SOL (recorded)", xs, prices), ("liquidation price", xs, lines)],
        title="The price that decides: wETH in SOL, and where the position is liquidated",
        ticks=ticks,
    )


def _liquidation_price(book: lending.Book, now_ms: int) -> float:
    price = margin.headline(book, now_ms=now_ms).liquidation_prices[0].price
    assert price is not None, book
    return float(price.text(6, Rounding.CEIL))
