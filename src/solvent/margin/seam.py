"""The values that every margin model speaks, and what a model package has to offer.

A model is a package with the functions of `Model`; nothing outside the registry branches on which
one it is. Money is an integer of its asset's smallest unit inside a model; at this seam it is an
`Amount`, and every price, leverage or rate is a `Ratio` in whole units (USD per coin, SOL per token).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from solvent.margin.wording import columns, shown
from solvent.money import Amount, Asset, Ratio, Rounding

BookT = TypeVar("BookT")

Value = Amount | Ratio | int | str | bool | None


class Verb(StrEnum):
    """What a trader or a lender may ask of a book; labels such as Remove Margin belong to edges."""

    OPEN = "open"
    CLOSE = "close"
    ADD = "add"
    TAKE = "take"
    BORROW = "borrow"
    REPAY = "repay"
    SUPPLY = "supply"
    REDEEM = "redeem"
    SET_LEVERAGE = "set_leverage"
    SET_LEVEL = "set_level"
    TOP_UP = "top_up"
    ORDER = "order"
    CANCEL = "cancel"
    FILL = "fill"
    LIQUIDATE = "liquidate"
    DELEVERAGE = "deleverage"


class Account(StrEnum):
    """The role of an account in a posting; the engine maps roles to accounts."""

    WALLET = "wallet"
    POSITION = "position"
    POOL = "pool"
    PROTOCOL = "protocol"
    FEES = "fees"
    HOUSE = "house"
    KEEPER = "keeper"
    SWAP_DESK = "swap_desk"
    INSURANCE = "insurance"
    BACKSTOP = "backstop"


class Posting(Struct, frozen=True, gc=False):
    """One side of a balanced movement: `units` of `asset` (its symbol) enter `account`, negative leave.

    The units of each asset sum to zero over the postings of one outcome.
    """

    account: Account
    asset: str
    units: int


class Term(Struct, frozen=True, gc=False):
    """One named number of a refusal, with its unit where the value does not bring one.

    `shown` is the direction in which a `Ratio` is rounded for people.
    """

    name: str
    value: Value
    unit: str = ""
    shown: Rounding = Rounding.HALF_EVEN

    @property
    def text(self) -> str:
        """The value as people read it, rounded as named."""
        return shown(self.value, self.unit, self.shown)


class Refused(Struct, frozen=True, gc=False, kw_only=True):
    """An action that changes nothing: the code, the sentence, the numbers, and what would pass.

    `accepted` is an amount with which the same action on the same book is accepted at this moment: the
    maximum where too much was asked, the least where too little was; never zero, and none where no
    amount is accepted (or where another one would need another quote of a swap). Orders, which ask for
    a size, name what value or margin this one check would pass. `code` is one of the model's own, in
    the order of its spec.
    """

    code: str
    message: str
    terms: tuple[Term, ...] = ()
    accepted: Amount | None = None

    def __getitem__(self, name: str) -> Value:
        """Return the value of one named term.

        Errors: `KeyError` for a name that this refusal does not carry.
        """
        for term in self.terms:
            if term.name == name:
                return term.value
        raise KeyError(name)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Outcome(Struct, Generic[BookT], frozen=True, gc=False, kw_only=True):
    """An accepted action: the book after it, the balanced postings, and the working.

    `working` is a Struct of the action's named terms; its docstring gives their units.
    """

    book: BookT
    postings: tuple[Posting, ...]
    working: Any


class Limit(Struct, frozen=True, gc=False):
    """One constraint and the amount that it alone would allow."""

    name: str
    amount: Amount

    def __str__(self) -> str:
        return f"{self.name} {self.amount}"


class OpensAt(Struct, frozen=True, gc=False, kw_only=True):
    """Where a zero maximum opens up: beyond `price` of `feed`, `above` or below it.

    As text the price is rounded to the side on which it is open: up where that is above, else down.
    """

    feed: str
    price: Ratio
    above: bool

    @property
    def shown(self) -> Rounding:
        """The direction in which the price is rounded for people."""
        return Rounding.CEIL if self.above else Rounding.FLOOR

    def __str__(self) -> str:
        return f"{self.feed} {'above' if self.above else 'below'} {shown(self.price, '', self.shown)}"


class Maximum(Struct, frozen=True, gc=False, kw_only=True):
    """The exact maximum of one verb: accepted as it is, refused one unit higher.

    `binding` is the constraint's name, `limits` every constraint with its own amount (empty where a
    blocker decides), `opens_at` the price at which a zero opens up, `remedies` other ways to open it
    (an amount to repay or to add), `note` a remark in words.
    """

    verb: Verb
    amount: Amount
    binding: str
    limits: tuple[Limit, ...] = ()
    opens_at: OpensAt | None = None
    remedies: tuple[Term, ...] = ()
    note: str = ""

    def __str__(self) -> str:
        opens = f"; opens up at {self.opens_at}" if self.opens_at is not None else ""
        return f"{self.verb.value}: at most {self.amount} ({self.binding}){opens}"


class Limits(Struct, frozen=True, gc=False):
    """The maxima of one book, a verb each."""

    maxima: tuple[Maximum, ...]

    def __getitem__(self, verb: Verb | str) -> Maximum:
        """Return the maximum of one verb.

        Errors: `KeyError` for a verb that has none in this model.
        """
        for maximum in self.maxima:
            if maximum.verb == verb:
                return maximum
        raise KeyError(verb)

    def __str__(self) -> str:
        return "\n".join(str(maximum) for maximum in self.maxima)


class LiquidationPrice(Struct, frozen=True, gc=False, kw_only=True):
    """A price of one feed at which liquidation begins; `above`: rising past it is what hurts.

    `price` is none when no price of this feed does it.
    """

    feed: str
    unit: str
    price: Ratio | None
    above: bool


class Stake(Struct, frozen=True, gc=False, kw_only=True):
    """What a liquidation of a position may take, in the model's own units of size, and where it begins.

    `above`: a rise to `price` of the guarded feed begins it; `price` is none where no price does.
    `equity` is what the position is worth, in whole units of the settlement asset; below zero it is bankrupt.
    """

    price: Ratio | None
    above: bool
    units: int
    equity: Ratio


class Headline(Struct, frozen=True, gc=False, kw_only=True):
    """What lists, portfolios and alerts need of any position, whatever its model.

    `equity` counts whole units of `takeable.asset` for perpetuals and of the loan asset for lending
    (`equity_asset`); `leverage` is none where equity is not above zero or there is no position.
    """

    takeable: Amount
    bound_by: str
    equity: Ratio
    equity_asset: Asset
    leverage: Ratio | None
    liquidation_prices: tuple[LiquidationPrice, ...]

    def is_leverage_within(self, most: Ratio) -> bool:
        """Tell whether the leverage is at most `most`; equal is within.

        Without a leverage: within unless equity is gone while something is owed. A closed position has
        neither equity nor a liquidation price: nothing is at risk any more.
        """
        if self.leverage is not None:
            return self.leverage <= most
        is_empty = self.equity.num == 0 and all(price.price is None for price in self.liquidation_prices)
        return self.equity.num > 0 or is_empty


class Row(Struct, frozen=True, gc=False, kw_only=True):
    """One line of a full view: a name for machines, a label and a unit for people.

    `shown` is the direction in which a `Ratio` is rounded for people: toward caution.
    """

    name: str
    label: str
    value: Value
    unit: str = ""
    shown: Rounding = Rounding.HALF_EVEN

    @property
    def text(self) -> str:
        """The value as people read it, rounded toward caution."""
        return shown(self.value, self.unit, self.shown)


class Guards(Struct, frozen=True, gc=False, kw_only=True):
    """What the user saw, as bounds under which the same command may still be carried out.

    `feed` names the price of `price_min` and `price_max` and `unit` its unit; the liquidation price is
    that of the same feed. None means no bound on that side. `valid_until` is the exact price, whatever the
    tolerance, until which value may leave as asked; none where no single price is the border.
    """

    feed: str
    unit: str = ""
    valid_until: Ratio | None = None
    price_min: Ratio | None = None
    price_max: Ratio | None = None
    liquidation_price_min: Ratio | None = None
    liquidation_price_max: Ratio | None = None
    leverage_max: Ratio | None = None
    amount_min: Amount | None = None


class Caution(Struct, frozen=True, gc=False):
    """A remark on a preview in words; `code` for machines."""

    code: str
    message: str

    def __str__(self) -> str:
        return self.message


class Preview(Struct, Generic[BookT], frozen=True, gc=False, kw_only=True):
    """Before and after of one action, made by the same `decide` that carries it out."""

    action: Any
    before: tuple[Row, ...]
    after: tuple[Row, ...]
    outcome: Outcome[BookT]
    guards: Guards
    warnings: tuple[Caution, ...]

    def __str__(self) -> str:
        lines: list[tuple[str, ...]] = [("", "now", "after")]
        for old, new in zip(self.before, self.after, strict=True):
            lines.append((new.label, old.text, new.text if new.text != old.text else "same"))
        remarks = "".join(f"\n! {caution}" for caution in self.warnings)
        return f"{columns(lines)}{remarks}"


class InputField(Struct, frozen=True, gc=False, kw_only=True):
    """One field that a book or an action is read from, as text.

    `default` none means that the field is required.
    """

    name: str
    help: str
    default: str | None = None


class RefusalNote(Struct, frozen=True, gc=False, kw_only=True):
    """The documentation of one refusal code."""

    code: str
    when: str
    accepted: str


class Model(Protocol):
    """What a model package offers; a package (module) of these names satisfies it.

    Every function settles pending interest or funding up to `now_ms` before it answers.
    """

    @property
    def NAME(self) -> str:  # noqa: N802 - a module's constant
        """The model's name, as in tags and on the command line."""

    @property
    def TITLE(self) -> str:  # noqa: N802
        """The model in a few words."""

    @property
    def FEEDS(self) -> tuple[str, ...]:  # noqa: N802
        """The prices that a move can concern, the main one first."""

    @property
    def GUARDED_FEED(self) -> str:  # noqa: N802
        """The price that guards bound, as `price_of` and the headline's liquidation prices name it."""

    @property
    def BOOK_FIELDS(self) -> tuple[InputField, ...]:  # noqa: N802
        """What a book is read from."""

    @property
    def ACTION_FIELDS(self) -> Mapping[Verb, tuple[InputField, ...]]:  # noqa: N802
        """What each verb is read from."""

    @property
    def REFUSALS(self) -> tuple[RefusalNote, ...]:  # noqa: N802
        """Every refusal code in the spec's order."""

    @property
    def PRESETS(self) -> Mapping[str, Any]:  # noqa: N802
        """Ready-made markets by name."""

    def decide(self, book: Any, action: Any, *, now_ms: int) -> Outcome[Any] | Refused:
        """Carry out an action on values: the only place where a sum about money is done."""

    def settle(self, book: Any, *, now_ms: int) -> Any:
        """Return the book with interest or funding settled up to now."""

    def limits(self, book: Any, *, now_ms: int) -> Limits:
        """Return every verb's maximum and what binds it."""

    def headline(self, book: Any, *, now_ms: int) -> Headline:
        """Return the small common view."""

    def rows(self, book: Any, *, now_ms: int) -> tuple[Row, ...]:
        """Return the model's full view as labelled lines, in the spec's order."""

    def breach(self, book: Any, *, now_ms: int) -> str | None:
        """Return the name of the liquidation tier the position is in, or none."""

    def plan(self, book: Any, *, now_ms: int) -> Any:
        """Return what a liquidation would do at this moment."""

    def survives(self, book: Any, *, feed: str, price: Ratio, now_ms: int) -> bool:
        """Tell whether the position is not liquidatable when one feed moves to `price`."""

    def price_of(self, book: Any, feed: str) -> Ratio:
        """Return the present price of one feed."""

    def guards(self, book: Any, action: Any, after: Any, *, tolerance: Ratio, now_ms: int) -> Guards:
        """Return the bounds under which the previewed action still stands."""

    def warnings(self, book: Any, action: Any, outcome: Outcome[Any], *, now_ms: int) -> tuple[Caution, ...]:
        """Return remarks on what the action does to the holder, in words."""

    def read_book(self, market: Any, fields: Mapping[str, str]) -> Any:
        """Build a book from text; raises `InputRefused` or `NumberRefused`."""

    def read_action(self, book: Any, verb: Verb, fields: Mapping[str, str]) -> Any:
        """Build an action from text; raises `InputRefused` or `NumberRefused`."""

    def action_of(self, book: Any, verb: Verb, units: int) -> Any:
        """Build the plain action that moves `units` of the verb's asset."""

    def funded(self, book: Any, verb: Verb, units: int) -> Any:
        """Return the book with at least `units` in the wallet for a verb that pays in; for what-if only."""


class InputRefused(ValueError):
    """Text that names no market, field, verb or choice of this model: what was found, what would do."""

    def __init__(self, *, name: str, found: object, accepted: str) -> None:
        self.name = name
        self.found = found
        self.accepted = accepted
        super().__init__(f"{name} {found!r} is not usable here; give {accepted}")
