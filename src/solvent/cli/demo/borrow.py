"""Story 2: borrow SOL against the collateral; blocked in turn by LTV, both caps and the pool's cash."""

from msgspec.structs import replace

from solvent import margin
from solvent.cli import render
from solvent.cli.demo import money_market
from solvent.cli.demo.money_market import OPENED_MS, amount, apply, someone
from solvent.cli.demo.stage import Stage
from solvent.margin import lending
from solvent.money import Amount, Ratio

SHOWN = (
    "collateral",
    "debt",
    "ltv",
    "leverage",
    "liquidation_price",
    "liquidation_price_usd",
    "equity",
)
CROWD = 9


def tell(stage: Stage) -> None:
    """Tell the story."""
    stage.title(2, "Borrow SOL against it")
    stage.source(f"Input: recorded hourly closes. {money_market.price_line(OPENED_MS)}.")
    position = money_market.opened_3x()
    stage.say("Nothing is sold: SOL goes to the wallet, the debt grows by it and both origination charges.")
    _blocked(stage, position, "The 3x position of the first story. Its own LTV stops it:", is_brief=False)
    quiet = calm(position)
    _blocked(
        stage, quiet, "A larger, calmer position (100 SOL of its own, 1.8x). Now its cap of 100 SOL of debt:"
    )
    crowded = _crowded(quiet)
    _blocked(stage, crowded, f"{CROWD} others have borrowed. Now the market's cap of 1,000 SOL of debt:")
    drained = _drained(crowded)
    _blocked(
        stage, drained, "The lenders take out what they can spare. Now the cash that is left in the pool:"
    )
    half = half_of_most(quiet)
    stage.say(f"Back in the calmer market, borrowing half of what is possible, {half}:")
    stage.carry_out(quiet, lending.Borrow(half.units), SHOWN, asked=f"borrowing {half}", now_ms=OPENED_MS)
    stage.conclude(
        "Every maximum names its constraint and shows the others beside it; the refusal one lamport above it "
        "names the same cause."
    )


def _blocked(stage: Stage, book: lending.Book, text: str, *, is_brief: bool = True) -> None:
    limits = margin.limits(book, now_ms=OPENED_MS)
    most = limits["borrow"]
    stage.say(text)
    made = render.table(None, ("limit", "left"), ("alone allows", "right"), ("", "left"))
    for limit in most.limits:
        binds = limit.name == most.binding
        made.add_row(
            limit.name, str(limit.amount), "◀ binds" if binds else "", style="bold" if binds else None
        )
    stage.out.print(made)
    more = Amount(most.amount.units + 1, most.amount.asset)
    stage.refused(
        book, lending.Borrow(more.units), asked=f"borrowing {more}", now_ms=OPENED_MS, is_brief=is_brief
    )


def half_of_most(book: lending.Book) -> Amount:
    """Return half of what may be borrowed."""
    most = margin.limits(book, now_ms=OPENED_MS)["borrow"].amount
    return Amount(most.units // 2, most.asset)


def calm(book: lending.Book) -> lending.Book:
    """Another trader on the same pool: far from its LTV, near its cap."""
    trader = someone(book, sol="100")
    opening = lending.Open(margin=amount("100"), leverage=Ratio(18, 10))
    return apply(trader, opening, now_ms=OPENED_MS)


def _crowded(book: lending.Book) -> lending.Book:
    """Let others open until the market's cap is near; the trader's own position stays."""
    pool_holder = book
    for _ in range(CROWD):
        other = someone(pool_holder, sol="100")
        pool_holder = apply(other, lending.Open(margin=amount("100"), borrow=amount("97")), now_ms=OPENED_MS)
    return replace(book, pool=pool_holder.pool)


def _drained(book: lending.Book) -> lending.Book:
    """Let the lenders redeem until hardly any cash is left."""
    lender = replace(
        someone(book, sol="0"), supply_shares=book.pool.supply_shares - book.pool.protocol_shares
    )
    left = amount("4.5")
    drained = apply(lender, lending.Redeem(book.pool.cash - left), now_ms=OPENED_MS)
    return replace(book, pool=drained.pool)
