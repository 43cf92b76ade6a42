"""What every call works with: the house, the contracts, who asks, and what was asked."""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from msgspec import Struct

from solvent.dialects.payload import Node
from solvent.engine import State, commands, decode
from solvent.engine.books import settled_book
from solvent.gateways.kucoin.answers import PARAMETER, Answer, Declined
from solvent.gateways.kucoin.codes import Call, code_of
from solvent.gateways.kucoin.day import Day
from solvent.gateways.kucoin.letting_in import Tokens
from solvent.gateways.kucoin.ranks import Ranks
from solvent.gateways.records import Records
from solvent.margin import risk_limit
from solvent.money import NumberRefused, Ratio, parse_units
from solvent.runtime import STREAM, House, Reply

UNKNOWN_SYMBOL = "200003"
CROSS_MARGIN, HEDGE_MODE = "330005", "330011"
ISOLATED, CROSS, BOTH = "ISOLATED", "CROSS", "BOTH"
KEY_BYTES = 16
ANSWERS_KEPT = 10_000


class Caller(Struct, frozen=True, kw_only=True):
    """Whose key signed a request, and what the key may do."""

    account: str
    key_id: str
    scopes: tuple[str, ...]


class Asked(Struct, frozen=True, kw_only=True):
    """One call: the variable of its path, its query and its body, and by what address it came."""

    query: Mapping[str, str]
    body: Node
    headers: Mapping[str, str]
    base: str
    named: str = ""
    caller: Caller | None = None

    @property
    def account(self) -> str:
        """The account whose key signed."""
        assert self.caller is not None
        return self.caller.account

    def text(self, name: str) -> str:
        """Return a text of the query that must be there.

        Errors: `Declined`.
        """
        found = self.query.get(name, "")
        if not found:
            raise Declined(PARAMETER, f"The parameter {name} is missing.")
        return found

    def choice(self, name: str, allowed: Collection[str]) -> str:
        """Return a text of the query that may be only what is listed; empty where it is absent.

        Errors: `Declined`.
        """
        found = self.query.get(name, "")
        if found and found not in allowed:
            raise Declined(PARAMETER, f"{name} is {found!r:.20}; give {' or '.join(allowed)}.")
        return found

    def number(self, name: str, default: int, *, least: int = 0, most: int = 2**63) -> int:
        """Return a whole number of the query.

        Errors: `Declined`.
        """
        found = self.query.get(name, "")
        if not found:
            return default
        is_number = found.isascii() and found.isdigit() and len(found) <= 19
        if not is_number or not least <= int(found) <= most:
            raise Declined(
                PARAMETER,
                f"The parameter {name} is {found!r:.40}: give a whole number from {least} to {most}.",
            )
        return int(found)


class FirstAnswers:
    """The first answers to additions of margin, as they were sent; what the process forgot is made anew."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Answer] = OrderedDict()

    def first(self, account: str, number: str, answer: Answer) -> Answer:
        """Return the first answer to a number, which may be this one."""
        found = self._kept.setdefault((account, number), answer)
        while len(self._kept) > ANSWERS_KEPT:
            self._kept.popitem(last=False)
        return found


class Desk:
    """The house as this venue's calls see it; all in the event loop's thread."""

    def __init__(self, house: House, records: Records) -> None:
        self.house = house
        self.records = records
        self.began_ms = _began_ms(house)
        self.day = Day(records, state=lambda: self.state, wall_ms=house.wall_ms)
        self.ranks = Ranks(state=lambda: self.state, wall_ms=house.wall_ms)
        self.first_answers = FirstAnswers()
        self.tokens = Tokens()
        house.follower.subscribe(self.day.hear)

    @property
    def state(self) -> State:
        """The state that readers read."""
        return self.house.follower.state

    @property
    def now_ms(self) -> int:
        """The venue's present moment."""
        return self.house.now_ms()

    @property
    def symbols(self) -> list[str]:
        """The contracts that are listed here: those with a price, in the order in which they were opened."""
        return [
            name
            for name, kept in self.state.markets.items()
            if kept.model == risk_limit.NAME and kept.terms.is_priced
        ]

    def contract(self, symbol: str) -> risk_limit.Market:
        """Return a listed contract.

        Errors: `Declined`.
        """
        kept = self.state.markets.get(symbol)
        if kept is None or kept.model != risk_limit.NAME:
            known = ", ".join(self.symbols) or "none"
            raise Declined(UNKNOWN_SYMBOL, f"The contract {symbol!r:.60} does not exist; there are: {known}.")
        if not kept.terms.is_priced:
            raise Declined(code_of("PRICE_UNKNOWN", Call.ORDER), f"{symbol} has had no price yet.")
        found: risk_limit.Market = kept.market
        return found

    def book(self, symbol: str, account: str) -> risk_limit.Book:
        """Return an account's book of a listed contract, with funding settled up to now."""
        found: risk_limit.Book = settled_book(self.state, symbol, account, now_ms=self.now_ms)
        return found

    def public_book(self, symbol: str) -> risk_limit.Book:
        """Return the book of nobody: the contract at its price."""
        return self.book(symbol, "")

    async def act(
        self, caller: Caller, symbol: str, action: Any, *, key: str = "", request: str = ""
    ) -> Reply:
        """Carry an action out, once for each key; without a key each time anew."""
        command = commands.Act(account=caller.account, market=symbol, action=action)
        key = key or self.house.vault.random(KEY_BYTES).hex()
        return await self.house.submit(
            command,
            key=f"kucoin:{key}",
            account=caller.account,
            request=request.encode() if request else None,
        )

    async def act_together(self, caller: Caller, actions: Sequence[tuple[str, Any]]) -> list[Reply]:
        """Carry several actions out, each by itself, that become durable together."""
        keyed = [
            (
                f"kucoin:{self.house.vault.random(KEY_BYTES).hex()}",
                commands.Act(account=caller.account, market=symbol, action=action),
            )
            for symbol, action in actions
        ]
        return await self.house.submit_together(keyed, account=caller.account)


def require_one_way(value: str | None) -> None:
    """Check a `positionSide`: absent, or BOTH.

    Errors: `Declined`.
    """
    if value not in (None, "", BOTH):
        raise Declined(
            HEDGE_MODE, f"The position mode is one-way here, and positionSide is {value!r:.20}; give BOTH."
        )


def require_isolated(value: str | None) -> None:
    """Check a `marginMode`: absent, or ISOLATED.

    Errors: `Declined`.
    """
    if value in (None, "", ISOLATED):
        return
    if value == CROSS:
        raise Declined(CROSS_MARGIN, "Cross margin is not offered here; give marginMode ISOLATED.")
    raise Declined(PARAMETER, f"marginMode is {value!r:.20}; give ISOLATED.")


def optional_text(body: Node, name: str) -> str:
    """Return a text of a body; empty where it is absent or null.

    Errors: `ShapeRefused`.
    """
    found = body.maybe(name)
    return "" if found.is_null else found.text()


def amount(node: Node, decimals: int) -> int:
    """Read an amount, a number or a string of one, in smallest units.

    Errors: `Declined`.
    """
    value = node.value
    if isinstance(value, bool) or value is None or isinstance(value, dict | list):
        raise Declined(PARAMETER, f"{node.path} is not a number; give an amount such as 1.5.")
    try:
        return parse_units(str(value), decimals, name=node.path, signed=True)
    except NumberRefused as error:
        raise Declined(PARAMETER, f"{node.path} is {error.found!s:.40}; give {error.accepted}.") from error


def price_of(text: str, name: str) -> Ratio:
    """Read a price above zero.

    Errors: `Declined`.
    """
    try:
        return Ratio.parse_positive(text, name=name)
    except NumberRefused as error:
        raise Declined(PARAMETER, f"{name} is {text!r:.40}; give {error.accepted}.") from error


def _began_ms(house: House) -> int:
    """Return the moment of the venue's first event, which is when its contracts are said to have opened."""
    first = house.venue.journal.read(STREAM, 0, 1)
    return decode(first[0].payload).at_ms if first else 0
