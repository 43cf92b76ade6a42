"""What a sandbox begins with is brought about step by step, each under a key of its own.

So a process that is killed half-way is followed by one that does the rest: a step that was answered is
passed over. Prices are published anew where a step that needs them is still to be done.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from solvent import margin
from solvent.engine import State, book_of, commands
from solvent.engine.commands import AnyCommand
from solvent.margin import Verb, registry
from solvent.margin.parts import FeedReading, FundingNote, housed
from solvent.money import Amount, Asset
from solvent.prices import Source
from solvent.runtime.embedding import account_id, identity_of
from solvent.runtime.errors import RuntimeRefused
from solvent.runtime.sandbox import cast
from solvent.runtime.sandbox.cast import Example
from solvent.runtime.sandbox.wallet import Wallet
from solvent.runtime.venue import OPERATOR, Venue

# From a market's name and a moment of the recording to its symbols' sources and moments.
PriceAt = Callable[[str, int], tuple[Source, int]]


def prepare(venue: Venue, wallet: Wallet, price_at: PriceAt) -> None:
    """Bring about what is not there yet: markets, funds, accounts, lenders' pools, example positions.

    Errors: `RuntimeRefused` with the refusal's sentence, where the folder holds something that is in the way.
    """
    steps = _Steps(venue, wallet, price_at)
    steps.make_markets()
    steps.open_accounts()
    steps.bring_money()
    steps.act(cast.EARLIER, cast.EARLIER_MS)
    steps.lend()
    steps.act(cast.OTHERS, cast.ENTERED_MS, account=account_id(cast.TRADER))
    steps.act(cast.NOW, cast.ENTERED_MS)
    steps.note_funding()


class _Steps:
    def __init__(self, venue: Venue, wallet: Wallet, price_at: PriceAt) -> None:
        self._venue = venue
        self._wallet = wallet
        self._price_at = price_at
        self._lender = account_id(cast.LENDER)

    def make_markets(self) -> None:
        known = self._venue.at_rest(lambda state: tuple(state.markets)).result()
        for name in cast.MARKETS:
            if name not in known:
                self._do(f"market:{name}", commands.CreateMarket(name=name, market=margin.preset(name)))

    def open_accounts(self) -> None:
        known = self._venue.at_rest(lambda state: tuple(state.accounts)).result()
        wallet = self._wallet
        for account, identity in (
            (wallet.account, wallet.identity),
            (self._lender, identity_of(cast.LENDER)),
            (account_id(cast.TRADER), identity_of(cast.TRADER)),
        ):
            if account not in known:
                opened = commands.OpenAccount(account=account, identities=(identity,))
                self._do(f"account:{account}", opened)

    def bring_money(self) -> None:
        assets = self._venue.at_rest(assets_of).result()
        for place, (role, text) in enumerate(cast.OWN_FUNDS):
            amount = amount_of(text, assets)
            declared = commands.Declare(role=role, asset=amount.asset.symbol, units=amount.units)
            self._do(f"fund:{place}:{role}", declared)
        for account, texts in (
            (self._wallet.account, cast.WALLET_FUNDS),
            (self._lender, cast.LENDER_FUNDS),
            (account_id(cast.TRADER), cast.TRADER_FUNDS),
        ):
            for text in texts:
                amount = amount_of(text, assets)
                request = f"sandbox-{account}-{amount.asset.symbol}"
                self._do(
                    f"deposit:{request}",
                    commands.Deposit(
                        account=account, asset=amount.asset.symbol, units=amount.units, request_id=request
                    ),
                )
        self._venue.settle_outbox()

    def lend(self) -> None:
        markets = self._venue.at_rest(
            lambda state: tuple(name for name, kept in state.markets.items() if kept.pool is not None)
        ).result()
        supplies = [
            Example(name=f"lend-{name}", market=name, verb=Verb.SUPPLY, fields={"amount": cast.LENT_SOL})
            for name in cast.MARKETS
            if name in markets
        ]
        self.act(supplies, cast.ENTERED_MS, account=self._lender)

    def act(self, examples: Iterable[Example], recording_ms: int, *, account: str | None = None) -> None:
        """Carry actions out at the prices of a moment of the recording."""
        account = account or self._wallet.account
        pending = [one for one in examples if not self._is_done(_act_key(one, account))]
        for market in dict.fromkeys(one.market for one in pending):
            self._publish(market, recording_ms)
        for one in pending:
            book = self._venue.at_rest(partial(_book, market=one.market, account=account)).result()
            action = margin.action(book, one.verb, **one.fields)
            self._do(_act_key(one, account), commands.Act(account=account, market=one.market, action=action))

    def note_funding(self) -> None:
        """Note the last full period's funding, so that a rate is shown; what was opened since pays none."""
        now_ms = self._venue.clock.now_ms()
        for name, drive in cast.MARKETS.items():
            if drive.funding_rate is not None:
                every_ms = drive.funding_hours * cast.HOUR_MS
                (symbol,) = drive.symbols.values()
                source, source_ms = self._price_at(symbol, cast.ENTERED_MS)
                note = FundingNote(
                    at_ms=now_ms - now_ms % every_ms,
                    price=source.at(symbol, source_ms).price,
                    rate=drive.funding_rate,
                )
                self._do(f"funding:{name}", commands.SetFunding(market=name, note=note))

    def _publish(self, market: str, recording_ms: int) -> None:
        now_ms = self._venue.clock.now_ms()
        readings = []
        for feed, symbol in cast.MARKETS[market].symbols.items():
            source, source_ms = self._price_at(symbol, recording_ms)
            readings.append(FeedReading(feed=feed, price=source.at(symbol, source_ms).price, at_ms=now_ms))
        tick = commands.Tick(market=market, readings=tuple(readings))
        self._do(f"price:{market}:{recording_ms}:{now_ms}", tick)

    def _is_done(self, key: str) -> bool:
        return self._venue.journal.answer_of(OPERATOR, _named(key)) is not None

    def _do(self, key: str, command: AnyCommand) -> None:
        if self._is_done(key):
            return
        reply = self._venue.ask(command, key=_named(key))
        if not reply.is_accepted:
            raise RuntimeRefused(f"the sandbox cannot begin in this folder: {reply.read()['message']}")


def _book(state: State, *, market: str, account: str) -> Any:
    return book_of(state, market, account)


def _named(key: str) -> str:
    return f"sandbox:{key}"


def _act_key(example: Example, account: str) -> str:
    return f"act:{example.name}:{account}"


def assets_of(state: State) -> dict[str, Asset]:
    """Return the assets that the venue's markets count in, by symbol."""
    return {
        asset.symbol: asset
        for kept in state.markets.values()
        for asset in housed(registry.by_name(kept.model)).wallet_assets(kept.market)
    }


def amount_of(text: str, assets: dict[str, Asset]) -> Amount:
    """Read an amount such as `200 SOL`."""
    number, _, symbol = text.partition(" ")
    return Amount.parse(number, assets[symbol])
