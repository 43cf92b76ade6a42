"""`solvent positions`: a first look at a live account: what may leave each position now, and why no more."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from rich.table import Table
from rich.text import Text

from solvent import margin
from solvent.cli import jsonable, render
from solvent.cli.exits import Complaint, Exit
from solvent.dialects.payload import decimals_of
from solvent.margin import Maximum, Outcome, Verb, tiered
from solvent.margin.wording import shown
from solvent.money import Amount, Ratio, format_moment
from solvent.venues import Asker, Held, LiveAccount, VenueError, read_account

TOLERANCE = Ratio(1, 200)
TABLE_WIDTH_MIN = 105
UNIFIED = ("unifiedAccount", "portfolioMargin")


class Seen(Struct, frozen=True, kw_only=True):
    """One position as it is told: the book, its maximum of `take`, and prices in USD.

    `safe` is what may leave even if the mark moves by the tolerance against the holder. `after` is the
    liquidation price once all that may leave has left.
    """

    held: Held
    book: tiered.Book
    most: Maximum
    safe: tiered.Quote
    ours: Ratio | None
    after: Ratio | None

    @property
    def coin(self) -> str:
        """The market's name."""
        return self.held.position.coin

    @property
    def is_long(self) -> bool:
        """Tell which side it is on."""
        return self.book.position.size > 0

    @property
    def is_strict(self) -> bool:
        """Tell whether its margin may not be taken out at all."""
        return self.book.market.mode is tiered.Mode.STRICT_ISOLATED

    @property
    def side(self) -> str:
        """The side in a word."""
        return "long" if self.is_long else "short"

    @property
    def theirs(self) -> Ratio | None:
        """The liquidation price that the venue prints."""
        return self.held.position.printed.liquidation_px

    @property
    def mark(self) -> Ratio:
        """The mark that the account was valued at."""
        return Ratio(self.book.mark, self.book.market.price_scale)

    @property
    def agrees(self) -> bool:
        """Tell whether our liquidation price is theirs, to half of the last digit that they print."""
        if self.ours is None or self.theirs is None:
            return self.ours is self.theirs
        unit = Ratio(1, 10 ** (decimals_of(self.theirs) or 0))
        return abs(self.ours.fraction - self.theirs.fraction) * 2 <= unit.fraction


def run_positions(address: str, url: str, *, as_json: bool) -> int:
    """Read an account at a venue and tell what may leave its isolated positions; returns the exit code.

    Errors: `Complaint` for what could not be read, in one sentence.
    """
    try:
        with Asker(url) as asker:
            account = read_account(asker, address)
    except VenueError as error:
        raise Complaint(str(error)) from error
    seen = [see(held, account.time_ms) for held in account.held]
    if as_json:
        print(jsonable.dumps(_as_json(account, seen)))
    else:
        _print(account, seen)
    return Exit.OK


def see(held: Held, now_ms: int) -> Seen:
    """Compute what one position is told to be."""
    book = held.position.book
    most = tiered.limits(book, now_ms=now_ms)[Verb.TAKE]
    after = None
    if most.amount.units:
        taken = tiered.decide(book, tiered.Take(most.amount.units), now_ms=now_ms)
        after = _liquidation(taken.book) if isinstance(taken, Outcome) else None
    return Seen(
        held=held,
        book=book,
        most=most,
        safe=tiered.quote(book, tolerance=TOLERANCE, now_ms=now_ms),
        ours=_liquidation(book),
        after=after,
    )


def _liquidation(book: tiered.Book) -> Ratio | None:
    return tiered.liquidation_price(book.market, book.position)


def remarks(account: LiveAccount, seen: list[Seen]) -> list[str]:
    """Say in whole sentences what the figures alone do not."""
    found = [*_legend(seen), *_direction(seen), *_strict(seen), *_moved(seen), *_flat(seen)]
    found += [f"Left out: {left.coin}, {left.reason}." for left in account.left_out]
    if account.abstraction in UNIFIED:
        found.append(
            f"This account is of the kind {account.abstraction}: it keeps collateral outside its perpetuals' "
            "account, which is not read here. What may leave a position holds; what may be added is more."
        )
    return found


def explained(account: LiveAccount) -> str | None:
    """Say why there is no position to tell of; none where there is one."""
    if account.held:
        return None
    if account.left_out:
        return "No position of this account is isolated."
    if account.owner is None:
        return "This account has no open position."
    match account.owner.role:
        case "agent":
            return (
                f"{account.address} is an API wallet, which holds nothing: it signs for {account.owner.of}. "
                "Ask about that address."
            )
        case "missing":
            return (
                f"{account.url} does not know {account.address}: nothing was ever deposited to it there. "
                "Check the address, and --url, as testnet and mainnet know other accounts."
            )
        case "user":
            return "This account has no open position, and nothing that could be withdrawn."
        case role:
            return f"This is the address of a {role}, without an open position."


def _legend(seen: list[Seen]) -> list[str]:
    if not any(one.most.amount.units for one in seen):
        return []
    told = (
        f"±{shown(TOLERANCE, '%')}: what may leave even if the mark first moves that far against the holder. "
        "Then: the liquidation price once all that may leave has left."
    )
    return [told]


def _direction(seen: list[Seen]) -> list[str]:
    """Say which way a removal moves the liquidation price, which depends on the side alone."""
    sides = {True: ("a long", "up"), False: ("a short", "down")}
    found = []
    for is_long, (side, way) in sides.items():
        coins = ", ".join(one.coin for one in seen if one.is_long is is_long and not one.is_strict)
        if coins:
            found.append(
                f"Taking margin out of {side} ({coins}) moves its liquidation price {way}, toward the mark."
            )
    return found


def _strict(seen: list[Seen]) -> list[str]:
    coins = ", ".join(one.coin for one in seen if one.is_strict)
    told = "margin can be added, and comes back only in proportion as the position closes"
    return [f"{coins} is strictly isolated: {told}."] if coins else []


def _moved(seen: list[Seen]) -> list[str]:
    """Tell of marks that moved between the two answers by more than the tolerance."""
    found = []
    for one in seen:
        listed = one.held.mark
        if listed is None:
            continue
        if abs(listed.fraction - one.mark.fraction) > one.mark.fraction * TOLERANCE.fraction:
            found.append(
                f"The mark of {one.coin} moves fast: it was {shown(listed)} a moment before the account was "
                f"valued at {shown(one.mark)}. Look again before you act."
            )
    return found


def _flat(seen: list[Seen]) -> list[str]:
    coins = ", ".join(one.coin for one in seen if one.held.position.table == "flat")
    if not coins:
        return []
    return [f"The venue lists no margin table of {coins}: it is taken as flat at its maximum leverage."]


def _print(account: LiveAccount, seen: list[Seen]) -> None:
    out = render.console()
    out.print(render.words(f"{account.address} at {account.url}", style="bold"), soft_wrap=True)
    free = Amount(account.withdrawable, tiered.USD)
    out.print(render.words(f"Valued by the venue at {format_moment(account.time_ms)}. Withdrawable: {free}."))
    if out.width >= TABLE_WIDTH_MIN and seen:
        out.print(_table(seen))
    else:
        for card in _cards(seen):
            out.print(card)
    told = explained(account)
    for line in [*([told] if told else []), *remarks(account, seen)]:
        out.print(render.words(line))


def _table(seen: list[Seen]) -> Table:
    """Set a line a position, for a terminal that is wide enough."""
    made = render.table(
        None,
        ("position", "left"),
        ("takeable now", "right"),
        ("binds", "left"),
        ("liquidation", "right"),
        ("theirs", "right"),
    )
    for one in seen:
        made.add_row(_title(one, "\n"), *(words for _, words in _cells(one)))
        made.add_section()
    return made


def _cards(seen: list[Seen]) -> Iterator[Table]:
    """Set a small table a position, for a narrow terminal."""
    for one in seen:
        card = render.table(_title(one, " ").plain, ("", "left"), ("", "left"))
        card.show_header = False
        for label, words in _cells(one):
            card.add_row(label, words)
        yield card


def _title(one: Seen, between: str) -> Text:
    size = shown(Ratio(abs(one.book.position.size), 10**one.book.market.size_decimals))
    held = f"{one.coin} {one.side} {size}"
    return render.words(f"{held}{between}at {shown(one.mark)}, {one.book.position.leverage}x")


def _cells(one: Seen) -> tuple[tuple[str, Text], ...]:
    """Return each figure of a position with its label, on two lines where a second one helps."""
    figures = (
        ("takeable now", str(one.most.amount), _safe(one)),
        ("binds", one.most.binding, _opening(one)),
        ("liquidation", shown(one.ours), _after(one)),
        ("theirs", shown(one.theirs), "agrees" if one.agrees else "DIFFERS"),
    )
    return tuple((label, render.words(f"{first}\n{second}".rstrip())) for label, first, second in figures)


def _safe(one: Seen) -> str:
    """Say what may leave even if the mark moves against the holder."""
    if not one.most.amount.units:
        return ""
    way = "−" if one.is_long else "+"
    return f"at {way}{shown(TOLERANCE, '%')}: {Amount(one.safe.quoted, tiered.USD).plain}"


def _opening(one: Seen) -> str:
    """Say where a zero opens up."""
    if one.most.amount.units:
        return ""
    return "at no price" if one.most.opens_at is None else f"opens up: {one.most.opens_at}"


def _after(one: Seen) -> str:
    return f"then {shown(one.after)}" if one.most.amount.units else ""


def _as_json(account: LiveAccount, seen: list[Seen]) -> dict[str, Any]:
    return {
        "venue": "hyperliquid",
        "url": account.url,
        "address": account.address,
        "time_ms": account.time_ms,
        "withdrawable": jsonable.plain(Amount(account.withdrawable, tiered.USD)),
        "abstraction": account.abstraction or None,
        "positions": [_position_json(one) for one in seen],
        "left_out": [{"coin": left.coin, "reason": left.reason} for left in account.left_out],
        "explained": explained(account),
        "remarks": remarks(account, seen),
    }


def _position_json(one: Seen) -> dict[str, Any]:
    return {
        "coin": one.coin,
        "side": one.side,
        "mode": one.book.market.mode.value,
        "margin_table": one.held.position.table,
        "takeable": jsonable.maximum(one.most),
        "takeable_with_tolerance": {
            "tolerance": jsonable.plain(TOLERANCE),
            "amount": jsonable.plain(Amount(one.safe.quoted, tiered.USD)),
            "valid_until_mark": jsonable.plain(one.safe.valid_until_mark),
        },
        "liquidation_price": {
            "ours": jsonable.plain(one.ours),
            "theirs": jsonable.plain(one.theirs),
            "agrees": one.agrees,
            "after_taking_all": jsonable.plain(one.after),
            "moves_when_taking": "up" if one.is_long else "down",
        },
        "mark_listed": jsonable.plain(one.held.mark),
        "now": jsonable.rows(margin.rows(one.book)),
    }
