"""What an action would do and what is allowed, now or at other prices: margin is asked, nothing summed."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from solvent import margin
from solvent.api import shapes
from solvent.api.reading import Look, assets_of, parts_at, prices_of
from solvent.api.shapes import (
    AsOf,
    CautionShape,
    GuardsShape,
    HeadlineShape,
    MaximumShape,
    PostingShape,
    PriceShape,
    Scalar,
)
from solvent.engine import commands
from solvent.engine.books import model_of
from solvent.engine.foresight import foresee
from solvent.margin import InputRefused, Limits, Maximum, Preview, Refused, Row, Verb
from solvent.margin.preview import TOLERANCE_DEFAULT
from solvent.money import Amount, Ratio

MAX = "max"


class ValueShape(Struct, frozen=True, kw_only=True):
    """A value, exactly and as people read it."""

    value: shapes.AmountShape | Scalar
    text: str


class ChangeShape(Struct, frozen=True, kw_only=True):
    """One line of a preview, before and after."""

    name: str
    label: str
    unit: str
    before: ValueShape
    after: ValueShape
    changes: bool


class PostedShape(PostingShape, frozen=True, kw_only=True):
    """A posting with its amount in whole units; none for what is counted in contracts or lots."""

    amount: str | None


class PreviewShape(Struct, frozen=True, kw_only=True):
    """What an action would do, made by the code that carries it out."""

    accepted: bool = True
    verb: str
    fields: dict[str, str]
    rows: list[ChangeShape]
    before: HeadlineShape
    after: HeadlineShape
    postings: list[PostedShape]
    guards: GuardsShape
    warnings: list[CautionShape]
    prices: dict[str, PriceShape]
    as_of: AsOf


class RefusedPreviewShape(Struct, frozen=True, kw_only=True):
    """The refusal that an action would meet."""

    accepted: bool = False
    verb: str
    fields: dict[str, str]
    code: str
    message: str
    terms: dict[str, shapes.AmountShape | Scalar]
    would_be_accepted: shapes.AmountShape | None
    prices: dict[str, PriceShape]
    as_of: AsOf


class PriceMovedShape(Struct, frozen=True, kw_only=True):
    """A feed's price after a move."""

    feed: str
    price: str


class LimitsShape(Struct, frozen=True, kw_only=True):
    """Every maximum, at the prices given or at the present ones.

    With a tolerance each is what still passes when any one feed moves by that share, up or down; `moved`
    names the move that leaves the least.
    """

    market: str
    limits: dict[str, MaximumShape]
    moved: dict[str, PriceMovedShape]
    prices: dict[str, PriceShape]
    at: dict[str, str]
    tolerance: str | None
    as_of: AsOf


def tolerance_of(text: str | None) -> Ratio:
    """Read a tolerance as 0.005 or 0.5%; none is the default.

    Errors: `NumberRefused`, `InputRefused`.
    """
    if text is None:
        return TOLERANCE_DEFAULT
    tolerance = Ratio.parse(text, name="tolerance")
    if tolerance >= Ratio(1, 1):
        raise InputRefused(name="tolerance", found=text, accepted="a share from 0 to below 1")
    return tolerance


def book_at(look: Look, name: str, account: str, prices: Mapping[str, Ratio]) -> Any:
    """Return an account's book with some feeds at other prices, published now.

    Errors: `InputRefused` for a feed that the market does not have; `Problem` before the first price.
    """
    parts = parts_at(look, name, account)
    kept = look.state.markets[name]
    known = model_of(kept).feeds(kept.market)
    for feed in prices:
        if feed not in known:
            raise InputRefused(name="price", found=feed, accepted="a price of " + " or ".join(known))

    def moved(readings: Any) -> Any:
        return tuple(
            replace(reading, price=prices[reading.feed], at_ms=look.now_ms)
            if reading.feed in prices
            else reading
            for reading in readings
        )

    return model_of(kept).assemble(
        replace(
            parts,
            readings=moved(parts.readings),
            valid_readings=moved(parts.valid_readings),
            quoted=None,
        )
    )


def limits_at(
    look: Look, name: str, account: str, given: Mapping[str, str], tolerance: str | None
) -> LimitsShape:
    """Return every maximum at prices, and with a tolerance what still passes after a move.

    Errors: as `book_at`; `NumberRefused` for a price or tolerance that is none.
    """
    prices = {feed: Ratio.parse_positive(text, name=feed) for feed, text in given.items()}
    book = book_at(look, name, account, prices)
    found = {one.verb: one for one in margin.limits(book, now_ms=look.now_ms).maxima}
    moved: dict[str, PriceMovedShape] = {}
    if tolerance is not None:
        for feed, price in _moves(look, name, book, tolerance_of(tolerance)):
            shifted = book_at(look, name, account, {**prices, feed: price})
            for one in margin.limits(shifted, now_ms=look.now_ms).maxima:
                if one.amount < found[one.verb].amount:
                    found[one.verb] = one
                    moved[one.verb.value] = PriceMovedShape(feed=feed, price=shapes.number(price))
    return LimitsShape(
        market=name,
        limits=shapes.limits(Limits(tuple(found.values()))),
        moved=moved,
        prices=prices_of(look, name),
        at={feed: shapes.number(price) for feed, price in prices.items()},
        tolerance=tolerance,
        as_of=look.as_of,
    )


def _moves(look: Look, name: str, book: Any, tolerance: Ratio) -> list[tuple[str, Ratio]]:
    """Return each feed's price a tolerance lower, and a tolerance higher."""
    kept = look.state.markets[name]
    model = model_of(kept)
    present = [(feed, model.price_of(book, feed)) for feed in model.feeds(kept.market)]
    shares = (tolerance.den - tolerance.num, tolerance.den + tolerance.num)
    return [
        (feed, Ratio(price.num * share, price.den * tolerance.den))
        for feed, price in present
        for share in shares
    ]


def action_of(
    look: Look, name: str, account: str, verb: Verb, fields: Mapping[str, str]
) -> tuple[Any, dict[str, str]]:
    """Read an action; the amount `max` is the maximum of the moment, written out in the fields returned.

    Errors: `InputRefused`, `NumberRefused`; `Problem` before the first price.
    """
    book, model = look.book(name, account), model_of(look.state.markets[name])
    given = dict(fields)
    most = _maximum(margin.limits(book, now_ms=look.now_ms), verb)
    if given.get("amount") == MAX and most is not None:
        given["amount"] = most.amount.plain
    return model.read_action(book, verb, given), given


def _maximum(limits: Limits, verb: Verb) -> Maximum | None:
    return next((one for one in limits.maxima if one.verb == verb), None)


class Weighed(Struct, frozen=True, kw_only=True):
    """An action, its fields written out, and what it would do or the refusal that it would meet."""

    action: Any
    fields: dict[str, str]
    result: Preview[Any] | Refused


def weigh(
    look: Look, name: str, account: str, verb: Verb, fields: Mapping[str, str], *, tolerance: Ratio
) -> Weighed:
    """Ask the engine what an action would do: every check that carrying it out makes is made.

    Errors: as `action_of`.
    """
    action, given = action_of(look, name, account, verb, fields)
    command = commands.Act(account=account, market=name, action=action)
    foreseen = foresee(look.state, command, now_ms=look.now_ms)
    if isinstance(foreseen, Refused):
        return Weighed(action=action, fields=given, result=foreseen)
    book = look.book(name, account)
    shown = margin.preview(book, action, now_ms=look.now_ms, tolerance=tolerance)
    return Weighed(action=action, fields=given, result=shown)


def preview_shape(
    look: Look, name: str, account: str, verb: Verb, weighed: Weighed
) -> PreviewShape | RefusedPreviewShape:
    """Return what an action would do, or its refusal; both name prices, time and sequence."""
    result = weighed.result
    if isinstance(result, Refused):
        told = shapes.refused(result)
        return RefusedPreviewShape(
            verb=verb.value,
            fields=weighed.fields,
            code=told.code,
            message=told.message,
            terms=told.terms,
            would_be_accepted=told.would_be_accepted,
            prices=prices_of(look, name),
            as_of=look.as_of,
        )
    return PreviewShape(
        verb=verb.value,
        fields=weighed.fields,
        rows=[_change(old, new) for old, new in zip(result.before, result.after, strict=True)],
        before=shapes.headline(margin.headline(look.book(name, account), now_ms=look.now_ms)),
        after=shapes.headline(margin.headline(result.outcome.book, now_ms=look.now_ms)),
        postings=_posted(look, shapes.postings(result)),
        guards=shapes.guards(result.guards),
        warnings=shapes.warnings(result),
        prices=prices_of(look, name),
        as_of=look.as_of,
    )


def _posted(look: Look, postings: list[PostingShape]) -> list[PostedShape]:
    assets = assets_of(look.state)
    return [
        PostedShape(
            account=one.account,
            asset=one.asset,
            units=one.units,
            amount=Amount(int(one.units), assets[one.asset]).plain if one.asset in assets else None,
        )
        for one in postings
    ]


def _change(old: Row, new: Row) -> ChangeShape:
    return ChangeShape(
        name=new.name,
        label=new.label,
        unit=new.unit,
        before=ValueShape(value=shapes.plain(old.value), text=old.text),
        after=ValueShape(value=shapes.plain(new.value), text=new.text),
        changes=old.value != new.value,
    )
