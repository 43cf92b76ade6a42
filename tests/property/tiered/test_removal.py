"""How much may leave: exact to the unit, named rightly, and worth what it says at other marks."""

from fractions import Fraction
from math import ceil, floor

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from solvent.margin import Outcome, Preview, Refused, tiered
from solvent.margin.preview import preview
from solvent.margin.seam import Account
from solvent.margin.tiered import Action, Add, Book, Close, Mode, Open, SetLeverage, Take
from solvent.margin.tiered.values import Quoted
from solvent.money import Ratio
from tests.property.tiered.books import NOW_MS, PPM, books, magnitudes


def accepted(book: Book, action: Action) -> Book:
    outcome = tiered.decide(book, action, now_ms=NOW_MS)
    assert isinstance(outcome, Outcome), outcome
    return outcome.book


def refused(book: Book, action: Action) -> Refused:
    outcome = tiered.decide(book, action, now_ms=NOW_MS)
    assert isinstance(outcome, Refused), outcome
    return outcome


def most(book: Book, verb: str = "take") -> int:
    return tiered.limits(book, now_ms=NOW_MS)[verb].amount.units


@given(books(modes=tuple(Mode), flat=True, old_marks=True))
def test_the_maximum_removal_is_accepted_and_one_unit_more_refused(book: Book) -> None:
    maximum = tiered.limits(book, now_ms=NOW_MS)["take"]
    if maximum.amount.units:
        accepted(book, Take(maximum.amount.units))
    refusal = refused(book, Take(maximum.amount.units + 1))
    if refusal.code == "BELOW_TRANSFER_FLOOR":
        assert refusal["binding"] == maximum.binding
        assert refusal.accepted == (maximum.amount or None)
    else:
        assert refusal.code == maximum.binding


@given(books(modes=tuple(Mode), flat=True, old_marks=True))
def test_the_maximum_addition_is_accepted_and_one_unit_more_refused(book: Book) -> None:
    maximum = tiered.limits(book, now_ms=NOW_MS)["add"]
    if maximum.amount.units:
        accepted(book, Add(maximum.amount.units))
    refusal = refused(book, Add(maximum.amount.units + 1))
    expected = "NO_POSITION" if maximum.binding == "NO_POSITION" else "INSUFFICIENT_WITHDRAWABLE"
    assert refusal.code == expected


@given(books(roomy=True), st.integers(1, PPM))
def test_two_removals_end_like_one_of_their_sum(book: Book, ppm: int) -> None:
    units = most(book)
    first = max(1, min(units - 1, units * ppm // PPM))
    both = accepted(accepted(book, Take(first)), Take(units - first))
    assert both == accepted(book, Take(units))


@given(books(), magnitudes(200))
def test_adding_and_taking_it_back_restores_everything_exactly(book: Book, amount: int) -> None:
    book = replace(book, cash=amount)
    raised = accepted(book, Add(amount))
    if most(raised) >= amount:
        assert accepted(raised, Take(amount)) == book


@given(books(roomy=True), st.integers(1, PPM))
def test_taking_and_adding_it_back_restores_everything_exactly(book: Book, ppm: int) -> None:
    amount = max(1, most(book) * ppm // PPM)
    assert accepted(accepted(book, Take(amount)), Add(amount)) == book


@given(books(roomy=True), magnitudes(100))
def test_after_an_addition_the_maximum_rises_by_exactly_that(book: Book, amount: int) -> None:
    book = replace(book, cash=amount)
    assert most(accepted(book, Add(amount))) == most(book) + amount


def relaxed(book: Book, binding: str) -> Book:
    """Loosen the named constraint and nothing else, by its least step."""
    market, position = book.market, book.position
    if binding == "INITIAL_MARGIN":
        return replace(book, position=replace(position, leverage=position.leverage + 1))
    if binding == "TEN_PERCENT_NOTIONAL":
        share = market.floor_share
        lower = Ratio(share.num * PPM - share.den, share.den * PPM)
        return replace(book, market=replace(market, floor_share=lower))
    lines = [
        (bound, leverage + 1)
        for bound, leverage in zip(market.tiers.bounds, market.tiers.leverages, strict=True)
    ]
    return replace(book, market=replace(market, tiers=tiered.tier_table(tuple(lines))))


@given(books(healthy=True) | books(roomy=True))
def test_relaxing_the_named_constraint_alone_raises_the_maximum(book: Book) -> None:
    maximum = tiered.limits(book, now_ms=NOW_MS)["take"]
    units, others = maximum.amount.units, []
    for limit in maximum.limits:
        if limit.name == maximum.binding:
            assert limit.amount.units == units
        else:
            others.append(limit.amount.units)
    assert units <= min(others)
    looser = tiered.limits(relaxed(book, maximum.binding), now_ms=NOW_MS)["take"]
    eased = next(limit for limit in looser.limits if limit.name == maximum.binding).amount.units
    assert looser.amount.units >= units
    if units < min(others) and eased > units:
        assert looser.amount.units > units
    for name in {limit.name for limit in maximum.limits} - {maximum.binding}:
        assert most(relaxed(book, name)) == units or units == min(others), name


@given(books() | books(roomy=True), magnitudes(200))
def test_the_maximum_moves_with_the_mark_in_the_holders_favour_only(book: Book, other: int) -> None:
    low, high = sorted((book.mark, other))
    below, above = replace(book, mark=low), replace(book, mark=high)
    if book.position.size < 0:
        assert most(below) >= most(above)
    else:
        assert most(below) <= most(above)
    if book.position.size > 0 and book.position.leverage == 1:
        # A long at 1x: floor and notional move alike, so that price alone changes nothing at all.
        assert most(below) == most(above)


@given(books(side=1), magnitudes(60))
def test_a_long_at_one_times_leverage_never_opens_by_price(book: Book, other: int) -> None:
    book = replace(book, position=replace(book.position, leverage=1))
    maximum = tiered.limits(book, now_ms=NOW_MS)["take"]
    if not maximum.amount.units:
        assert maximum.opens_at is None
        assert most(replace(book, mark=other)) == 0


def marks_around(price: Ratio, scale: int) -> tuple[int, int]:
    """Return the nearest whole marks at or below and at or above a price in USD."""
    exact = price.fraction * scale
    return floor(exact), ceil(exact)


@given(books(bits=150), st.integers(0, 2 * PPM))
def test_opens_at_is_where_the_first_micro_dollar_fits(book: Book, ppm: int) -> None:
    opens = tiered.view(book, now_ms=NOW_MS).opens_at
    side = 1 if book.position.size > 0 else -1
    if opens is None:
        removable = most(book)
        at_other = most(replace(book, mark=max(1, book.mark * ppm // PPM)))
        is_always = side > 0 and book.position.cash >= 0
        assert is_always or removable == at_other == 0
        return
    below, above = marks_around(opens, book.market.price_scale)
    closed, opened = (below, above) if side > 0 else (above, below)
    assert closed == 0 or most(replace(book, mark=closed)) == 0
    # A micro-USD needs a move of 1 / |S|*(1 - share) beyond the border: search the first mark that gives it.
    distance = 0
    while distance < 2**12 and opened + side * distance > 0:
        if most(replace(book, mark=opened + side * distance)):
            break
        distance = 2 * distance + 1
    else:
        reached = max(1, opened + side * distance)
        headroom = abs(reached - opens.fraction * book.market.price_scale) * abs(book.position.size)
        assert headroom < 400 or reached == 1


@given(books(bits=150, healthy=True) | books(bits=150, roomy=True), st.integers(1, PPM))
def test_a_removal_is_accepted_exactly_until_its_mark(book: Book, ppm: int) -> None:
    amount = max(1, most(book) * ppm // PPM)
    border = tiered.removal_mark(book.market, book.position, amount)
    if border is None:
        is_always = book.position.size > 0 and most(book) >= amount
        assert is_always or isinstance(tiered.decide(book, Take(amount), now_ms=NOW_MS), Refused)
        return
    below, above = marks_around(border, book.market.price_scale)
    good, bad = (above, below) if book.position.size > 0 else (below, above)
    if good:
        accepted(replace(book, mark=good), Take(amount))
    if bad and bad != good:
        refused(replace(book, mark=bad), Take(amount))
    elif book.position.size > 0 and good > 1:
        refused(replace(book, mark=good - 1), Take(amount))
    elif book.position.size < 0:
        refused(replace(book, mark=good + 1), Take(amount))


@given(books(bits=150, roomy=True), st.integers(0, PPM // 2), st.integers(0, PPM))
def test_a_quote_passes_at_every_mark_within_its_tolerance(book: Book, ppm: int, part: int) -> None:
    tolerance = Ratio(ppm, PPM)
    quote = tiered.quote(book, tolerance=tolerance, now_ms=NOW_MS)
    assert quote.quoted <= quote.at_mark == most(book)
    if ppm == 0:
        assert quote.quoted == quote.at_mark
    if not quote.quoted:
        return
    side = 1 if book.position.size > 0 else -1
    edge = Fraction(book.mark) * (1 - side * Fraction(ppm, PPM))
    inside = ceil(edge) if side > 0 else floor(edge)
    for mark in (inside, book.mark, book.mark + (inside - book.mark) * part // PPM):
        accepted(replace(book, mark=mark), Take(quote.quoted))
    if quote.valid_until_mark is not None:
        holds_to = quote.valid_until_mark.fraction * book.market.price_scale
        assert holds_to <= edge if side > 0 else holds_to >= edge


@given(books(healthy=True, bits=100), st.integers(0, PPM), st.data())
def test_a_preview_shows_exactly_what_is_then_applied(book: Book, ppm: int, data: st.DataObject) -> None:
    held = book.position.size
    actions: list[Action] = [
        Take(max(1, most(book) * ppm // PPM)),
        Add(max(1, book.cash * ppm // PPM)),
        SetLeverage(data.draw(st.integers(1, 100))),
        Close(size=max(1, abs(held) * ppm // PPM)),
        Open(size=held),
        Close(),
    ]
    action = data.draw(st.sampled_from(actions))
    shown, done = preview(book, action, now_ms=NOW_MS), tiered.decide(book, action, now_ms=NOW_MS)
    if isinstance(done, Refused):
        assert shown == done
        return
    assert isinstance(shown, Preview)
    assert shown.outcome == done
    assert shown.before == tiered.rows(book, now_ms=NOW_MS)
    assert shown.after == tiered.rows(done.book, now_ms=NOW_MS)


@given(books(roomy=True, bits=100), st.integers(1, PPM), st.integers(0, PPM // 3))
def test_a_removal_still_passes_at_both_guarded_marks(book: Book, part: int, ppm: int) -> None:
    amount = max(1, most(book) * part // PPM)
    shown = preview(book, Take(amount), now_ms=NOW_MS, tolerance=Ratio(ppm, PPM))
    assert isinstance(shown, Preview)
    guards, scale = shown.guards, book.market.price_scale
    assert guards.price_min is not None
    assert guards.price_max is not None
    low, high = ceil(guards.price_min.fraction * scale), floor(guards.price_max.fraction * scale)
    assert low <= book.mark <= high
    for mark in {low, high} - {0}:
        after = accepted(replace(book, mark=mark), Take(amount))
        leverage = tiered.headline(after, now_ms=NOW_MS).leverage
        assert guards.leverage_max is not None
        assert leverage is not None
        assert leverage <= guards.leverage_max


@given(books(modes=tuple(Mode), flat=True, old_marks=True), st.data())
def test_a_plain_move_is_the_decision_on_the_same_book(book: Book, data: st.DataObject) -> None:
    """Around zero and around the maximum: accepted by both, with the same numbers, or by neither."""
    for action, verb in ((Take, "take"), (Add, "add")):
        units = data.draw(st.sampled_from((0, most(book, verb)))) + data.draw(st.integers(-1, 1))
        move = tiered.plain_move(
            action(units),
            book.position,
            market=book.market,
            quoted=Quoted(mark=book.mark, oracle=book.oracle, mark_ms=book.mark_ms),
            funding=(),
            spare=book.cash - book.reserved,
            now_ms=NOW_MS,
        )
        decided = tiered.decide(book, action(units), now_ms=NOW_MS)
        if isinstance(decided, Refused):
            assert move is None
        else:
            assert move is not None
            assert (move.position, move.working) == (decided.book.position, decided.working)
            assert {side.account: side.units for side in decided.postings} == {
                Account.WALLET: -move.units,
                Account.POSITION: move.units,
            }
