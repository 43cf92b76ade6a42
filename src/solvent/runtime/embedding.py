"""A venue for a program of one's own: text in, a reply out; what `solvent run` does, as a library."""

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

from solvent import margin
from solvent.engine import State, book_of, commands
from solvent.engine.books import assets_of, is_priced
from solvent.engine.commands import AnyCommand
from solvent.journal import Journal, open_journal
from solvent.margin import InputRefused, Limits, Verb
from solvent.margin.parts import FeedReading
from solvent.money import Amount, Ratio
from solvent.runtime.clock import Clock, RealClock
from solvent.runtime.errors import RuntimeRefused
from solvent.runtime.replies import Reply
from solvent.runtime.settlement import Settlement
from solvent.runtime.venue import Venue
from solvent.runtime.writer import STREAM, Seen

IDENTITY = "name:"
ID_BYTES = 16
KEY_BYTES = 12
MAX = "max"


def account_id(name: str) -> str:
    """Return the account id of a friendly name, always the same one."""
    return blake2b(name.encode(), digest_size=ID_BYTES, person=b"solvent account").hexdigest()


def identity_of(name: str) -> str:
    """Return the identity under which a journal keeps a friendly name."""
    return f"{IDENTITY}{name}"


def embed(
    folder: Path | str = ":memory:",
    *,
    venue_id: str = "embedded",
    clock: Clock | None = None,
    settlement: Settlement | None = None,
) -> "Embedded":
    """Open the venue in a folder, or begin one there; without a folder it is gone when it is closed.

    Errors: those of `open_journal`.
    """
    journal = open_journal(folder, venue_id=venue_id)
    with ExitStack() as undo:
        undo.callback(journal.close)
        time = clock or RealClock(not_before_ms=last_moment_ms(journal))
        made = Embedded(journal, clock=time, settlement=settlement)
        undo.pop_all()
        return made


class Embedded:
    """An open venue; close it, or use it in a `with` block.

    What an account may ask for is answered with a `Reply`, accepted or refused. What only the venue's owner
    does raises `RuntimeRefused` where it is refused, with the refusal's sentence.
    """

    def __init__(self, journal: Journal, *, clock: Clock, settlement: Settlement | None) -> None:
        self._clock = clock
        self.venue = Venue(journal, clock=clock, settlement=settlement)

    def create_market(self, name: str, /, *, preset: str = "", **prices: str) -> None:
        """Open a ready-made market, or find it open, and publish its first prices where they are given."""
        market = margin.preset(preset or name)
        kept = self._read(lambda state: state.markets.get(name))
        if kept is None or kept.market != market:
            self._insist(commands.CreateMarket(name=name, market=market))
        if prices:
            self.tick(name, **prices)

    def open_account(self, name: str, /) -> str:
        """Open an account under a name, or find it open; returns its id."""
        account = account_id(name)
        if not self._read(lambda state: account in state.accounts):
            self._insist(commands.OpenAccount(account=account, identities=(identity_of(name),)))
        return account

    def deposit(self, account: str, amount: str, /) -> None:
        """Bring an amount such as `"1000 USDC"` in through the settlement; the sandbox's does so at once."""
        found = self._amount(amount)
        request = f"deposit-{self._read(lambda state: len(state.requests)) + 1}"
        self._insist(
            commands.Deposit(account=account, asset=found.asset.symbol, units=found.units, request_id=request)
        )
        self.venue.settle_outbox()

    def fund(self, role: str, amount: str, /) -> None:
        """Fund one of the venue's own accounts, such as `keeper`, `swap_desk` or `insurance`."""
        found = self._amount(amount)
        self._insist(commands.Declare(role=role, asset=found.asset.symbol, units=found.units))

    def tick(self, market: str, /, **prices: str) -> Reply:
        """Publish a price of each feed, as of now; orders are filled and positions liquidated at once."""
        now_ms = self._clock.now_ms()
        readings = tuple(
            FeedReading(feed=feed, price=Ratio.parse_positive(price, name=feed), at_ms=now_ms)
            for feed, price in prices.items()
        )
        return self._insist(commands.Tick(market=market, readings=readings))

    def book(self, account: str, market: str, /) -> Any:
        """Return an account's book in a market, for `margin.preview`, `margin.solve` and the rest.

        Errors: `RuntimeRefused` where there is no such market, or no price of it yet.
        """

        def read(state: State) -> Any:
            if market not in state.markets or not is_priced(state.markets[market]):
                raise RuntimeRefused(f"no market {market!r} with a price; create it and tick it first")
            return book_of(state, market, account)

        return self._read(read)

    def limits(self, account: str, market: str, /) -> Limits:
        """Return what each verb allows at most now, and what binds it."""
        return margin.limits(self.book(account, market), now_ms=self._clock.now_ms())

    def act(
        self, account: str, market: str, verb: Verb | str, /, *, key: str | None = None, **fields: str
    ) -> Reply:
        """Carry an action out, its fields as text; the amount `"max"` is the maximum of the moment.

        Under the same key the same action is carried out once and answered the same again.
        Errors: `InputRefused`, `NumberRefused` for a field that cannot be read; `RuntimeRefused` as `book`.
        """
        if fields.get("amount") == MAX:
            most = self.limits(account, market)[margin.verb_of(verb)].amount
            fields = {**fields, "amount": most.plain}
        action = margin.action(self.book(account, market), verb, **fields)
        command = commands.Act(account=account, market=market, action=action)
        return self.venue.ask(command, key=key or secrets.token_hex(KEY_BYTES), account=account)

    def state_hash(self) -> str:
        """Return the digest of everything that the venue keeps."""
        return self._read(State.hash)

    def close(self) -> None:
        """Finish what waits, and let go of the folder."""
        self.venue.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, read: Callable[[State], Seen]) -> Seen:
        return self.venue.at_rest(read).result()

    def _insist(self, command: AnyCommand) -> Reply:
        reply = self.venue.ask(command, key=secrets.token_hex(KEY_BYTES))
        if not reply.is_accepted:
            raise RuntimeRefused(reply.read()["message"])
        return reply

    def _amount(self, text: str) -> Amount:
        number, _, symbol = text.partition(" ")
        assets = self._read(assets_of)
        if symbol not in assets:
            known = ", ".join(sorted(assets)) or "none yet, create a market first"
            raise InputRefused(name="amount", found=text, accepted=f"a number and an asset of: {known}")
        return Amount.parse(number, assets[symbol])


def last_moment_ms(journal: Journal) -> int:
    """Return the moment of a journal's last event, which no later one may be before."""
    last = journal.last_seq(STREAM)
    return journal.read(STREAM, last - 1, 1)[0].at_ms if last else 0
