"""A venue under random commands, every one of them read by the bookkeeper and compared with the state."""

from collections import Counter
from typing import Any

from msgspec.structs import replace

from solvent import margin
from solvent.engine import State, apply, book_of, commands, decode, encode, fold
from solvent.engine.books import is_priced, model_of, settled_book
from solvent.engine.events import Acted, AnyEvent, Moved, Stalled
from solvent.engine.foresight import foresee
from solvent.margin import Refused, lending, risk_limit, tiered
from solvent.margin.parts import FeedReading, FundingNote
from solvent.money import Ratio
from solvent.runtime.watching import Watch
from tests.oracles.bookkeeper import Bookkeeper

ACCOUNTS = tuple(digit * 32 for digit in "0a5f")
NOBODY = "e" * 32
USD = 10**6
TIERS = tiered.tier_table(((0, 40), (10_000 * USD, 25), (50_000 * USD, 10), (100_000 * USD, 5)))
BTC = tiered.Market(name="BTC", size_decimals=5, tiers=TIERS, partial_notional=5_000 * USD)
STRICT = tiered.Market(
    name="MEME", size_decimals=0, tiers=tiered.tier_table(((0, 10),)), mode=tiered.Mode.STRICT_ISOLATED
)
WETH = replace(margin.preset("wETH/SOL"), max_debt_per_position=40 * 10**9, max_debt_per_market=50 * 10**9)
MARKETS: dict[str, Any] = {
    "BTC": BTC,
    "MEME": STRICT,
    "XBTUSDTM": margin.preset("XBTUSDTM"),
    "wETH/SOL": WETH,
}
FUNDS = {"USDC": 20_000 * USD, "USDT": 20_000 * 10**10, "SOL": 100 * 10**9, "wETH": 2 * 10**8}
KINDS: dict[str, Any] = {"BTC": tiered, "MEME": tiered, "XBTUSDTM": risk_limit}
WHALE, WHALES = "d" * 32, {"USDC": 2**70, "USDT": 2**80, "SOL": 100_000 * 10**9, "wETH": 2**66}
START = {
    "BTC": {"mark": 60_000},
    "MEME": {"mark": 10},
    "XBTUSDTM": {"mark": 60_000},
    "wETH/SOL": {"collateral_usd": 2_000, "loan_usd": 100},
}
CENT = 100


class Life:
    """One venue: commands go in, and after each one everything is checked."""

    def __init__(self, seen: Counter[str]) -> None:
        self.seen = seen
        self.state = State()
        self.keeper = Bookkeeper()
        self.watch = Watch()
        self.unnamed: set[str] = set()
        self.payloads: list[bytes] = []
        self.marks: list[tuple[int, str]] = []
        self.now_ms = 1_000
        self.digest = self.state.hash()
        self.prices = {
            name: {feed: usd * CENT for feed, usd in feeds.items()} for name, feeds in START.items()
        }
        self.requests: list[str] = []
        self._begin()

    def _begin(self) -> None:
        for account in ACCOUNTS:
            self.must(commands.OpenAccount(account=account, identities=(f"solana:{account}",)))
            for asset, units in FUNDS.items():
                self.deposit(account, asset, units)
        self.must(commands.Declare(role="swap_desk", asset="SOL", units=10**12))
        self.must(commands.Declare(role="swap_desk", asset="wETH", units=10**10))
        self.must(commands.Declare(role="keeper", asset="SOL", units=15 * 10**9))
        self.must(commands.Declare(role="insurance", asset="USDT", units=20 * 10**10))
        for name, market in MARKETS.items():
            self.must(commands.CreateMarket(name=name, market=market))
            if name != "MEME":
                self.tick(name, {})

    def open_market(self, name: str, market: Any, usd: dict[str, int]) -> None:
        """Open one more market, and price it."""
        self.prices[name] = {feed: price * CENT for feed, price in usd.items()}
        self.must(commands.CreateMarket(name=name, market=market))
        self.tick(name, {})

    def deposit(self, account: str, asset: str, units: int) -> None:
        """Bring an amount in, requested and confirmed."""
        request = f"d{len(self.payloads)}"
        self.must(commands.Deposit(account=account, asset=asset, units=units, request_id=request))
        self.must(commands.Confirm(request_id=request))

    def must(self, command: Any) -> tuple[AnyEvent, ...]:
        """Carry out what may not be refused."""
        answer = self.ask(command)
        assert not isinstance(answer, Refused), (command, answer)
        return answer

    def ask(self, command: Any) -> tuple[AnyEvent, ...] | Refused:
        """Carry out a command and hold the engine to its promises."""
        answer = apply(self.state, command, now_ms=self.now_ms, candidates=self._watched)
        if isinstance(answer, Refused):
            self.seen[f"refused {answer.code}"] += 1
            assert self.state.hash() == self.digest, answer
            return answer
        self.watch.hear(answer)
        # Orders that were reached in this very tick are all that the index has not heard of.
        filled = {event.account for event in answer if isinstance(event, Acted) and event.cause == "reached"}
        assert self.unnamed <= filled, (command, self.unnamed)
        self.unnamed = set()
        for event in answer:
            self._note(event)
            payload = encode(event)
            self.payloads.append(payload)
            self.keeper.read(payload)
        self.keeper.check()
        self._compare()
        self.digest = self.state.hash()
        self.marks.append((len(self.payloads), self.digest))
        return answer

    def _watched(self, state: State, market: str) -> set[str]:
        """Return whom the index names, and remember who is due without being named."""
        named = set(self.watch(state, market))
        model = model_of(state.markets[market])
        self.unnamed = {
            account
            for account in state.positions[market].keys() - named
            if model.breach(settled_book(state, market, account, now_ms=self.now_ms), now_ms=self.now_ms)
        }
        return named

    def _compare(self) -> None:
        """Assert that bookkeeper and engine hold the same ledger, and that nobody is left unhealthy by it."""
        assert self.state.ledger() == {key: units for key, units in self.keeper.ledger.items() if units}
        assert self.state.reserved == {key: units for key, units in self.keeper.reserved.items() if units}
        assert self.state.outbox.keys() == self.keeper.waiting.keys()

    def _note(self, event: AnyEvent) -> None:
        if isinstance(event, Stalled):
            self.seen["keeper without funds"] += 1
        if isinstance(event, Moved):
            self.seen[f"moved {event.cause}"] += 1
        if not isinstance(event, Acted):
            return
        self.seen[f"{event.model} {event.cause} {event.action.verb.value}"] += 1
        self.seen["protocol redeemed"] += event.account == "protocol"
        working = event.working
        if event.cause == "liquidation" and event.model == "tiered":
            self.seen[f"tiered step {working.plan.step.value}"] += 1
        if event.cause == "liquidation" and event.model == "risk_limit":
            self.seen[f"takeover covered {event.action.covered}"] += 1
        if isinstance(working, lending.Liquidated):
            self.seen["bad debt"] += bool(working.bad_debt)
            self.seen["partial offer"] += event.action.offer is not None
        if isinstance(working, risk_limit.Moved):
            self.seen["entry re-based"] += working.entry_moved

    def act(self, account: str, market: str, action: Any) -> tuple[AnyEvent, ...] | Refused:
        """Act for one account; nobody else's wallet, position or debt may be the worse for it."""
        self.ask(commands.Touch(market=market))
        others = [other for other in ACCOUNTS if other != account]
        seen = {other: self.keeper.health(other) for other in others}
        owed = {other: self.keeper.debts(other) for other in others}
        was_healthy = self._breach(market, account) is None
        guards = self._guards(market, account, action)
        self._foresee_alike(commands.Act(account=account, market=market, action=action))
        answer = self.ask(commands.Act(account=account, market=market, action=action, guards=guards))
        assert not isinstance(answer, Refused) or answer.code != "QUOTE_MOVED", (action, answer)
        for other in others:
            assert self.keeper.health(other) == seen[other], (account, action, other)
            after = self.keeper.debts(other)
            assert all(after[name] <= debt for name, debt in owed[other].items()), (action, other)
        if was_healthy:
            assert self._breach(market, account) is None, action
        return answer

    def _foresee_alike(self, command: commands.Act) -> None:
        """Assert that guards which bind nothing change nothing: with them a whole book is put together."""
        guarded = replace(command, guards=commands.ActGuards())
        seen, whole = (foresee(self.state, one, now_ms=self.now_ms) for one in (command, guarded))
        assert seen == whole, command
        if not isinstance(seen, Refused):
            self.seen[f"foreseen {command.action.verb.value}"] += 1

    def _guards(self, market: str, account: str, action: Any) -> commands.ActGuards | None:
        """Return the bounds that a preview gives now, without any tolerance: they hold when it is done."""
        kept = self.state.markets[market]
        if not is_priced(kept) or not isinstance(action, model_of(kept).STORED["action"]):
            return None
        book = book_of(self.state, market, account)
        seen = margin.preview(book, action, now_ms=self.now_ms, tolerance=Ratio(0, 1))
        if isinstance(seen, Refused):
            return None
        bounds = {name: getattr(seen.guards, name) for name in commands.ActGuards.__struct_fields__}
        return commands.ActGuards(**bounds)

    def limits(self, market: str, account: str) -> tuple[Any, Any]:
        """Return the maxima of an account in a market now, and its book."""
        book = book_of(self.state, market, account)
        return model_of(self.state.markets[market]).limits(book, now_ms=self.now_ms), book

    def _breach(self, market: str, account: str) -> str | None:
        kept = self.state.markets[market]
        if not is_priced(kept):
            return None
        book = book_of(self.state, market, account)
        return model_of(kept).breach(book, now_ms=self.now_ms)

    def tick(self, market: str, factors: dict[str, int], *, age_ms: int = 0) -> None:
        """Move prices by per mille and tick; note tier edges that positions crossed."""
        before = self._tiers()
        for feed, per_mille in factors.items():
            self.prices[market][feed] = max(1, self.prices[market][feed] * per_mille // 1_000)
        readings = tuple(
            FeedReading(feed=feed, price=Ratio(cents, CENT), at_ms=max(0, self.now_ms - age_ms))
            for feed, cents in self.prices[market].items()
        )
        self._tick(commands.Tick(market=market, readings=readings))
        for account, tier in self._tiers().items():
            old = before.get(account, tier)
            self.seen["tier edge crossed upward"] += tier > old
            self.seen["tier edge crossed downward"] += tier < old

    def _tick(self, command: commands.Tick) -> None:
        """Tick, also on a twin whose accounts came in the opposite order: the same events, to the byte."""
        twin = apply(self.twin(), command, now_ms=self.now_ms)
        answer = self.must(command)
        assert not isinstance(twin, Refused), twin
        assert [encode(event) for event in twin] == [encode(event) for event in answer]

    def twin(self) -> State:
        """Return the same state with every account inserted in the opposite order."""
        twin = State()
        for name, value in vars(self.state).items():
            setattr(twin, name, _backwards(value))
        return twin

    def hold(self, market: str) -> None:
        """Tick with the readings that are there, published when they were: taken, and ageing on."""
        readings = self.state.markets[market].readings
        if readings:
            self._tick(commands.Tick(market=market, readings=readings))

    def come_back(self) -> None:
        """Stop, and go on with what the journalled bytes say."""
        again = State()
        for payload in self.payloads:
            fold(again, decode(payload))
        assert again.hash() == self.digest
        self.state, self.watch = again, Watch()

    def bring_the_whale(self) -> None:
        """Open an account with more of each asset than 64 bits count, which lends 100,000 SOL."""
        self.must(commands.OpenAccount(account=WHALE))
        for asset, units in WHALES.items():
            self.deposit(WHALE, asset, units)
        self.must(commands.Act(account=WHALE, market="wETH/SOL", action=lending.Supply(WHALES["SOL"])))
        assert self.state.supplies["wETH/SOL"][WHALE] > 2**64

    def restart(self, market: str) -> None:
        """Resume a market and bring its prices back to the beginning, fresh."""
        self.ask(commands.SetPaused(market=market, paused=False))
        self.prices[market] = {feed: usd * CENT for feed, usd in START[market].items()}
        self.tick(market, {})

    def _tiers(self) -> dict[tuple[str, int], int]:
        if "BTC" not in self.state.markets or not self.state.markets["BTC"].readings:
            return {}
        tiers = {}
        for account, position in self.state.positions["BTC"].items():
            if position.size:
                book = book_of(self.state, "BTC", account)
                tiers[account, position.size] = TIERS.tier_at(abs(position.size) * book.mark)
        return tiers

    def fund(self, market: str, per_million: int) -> None:
        """Note a funding at the present moment; one that is not due yet is refused."""
        note = FundingNote(
            at_ms=self.now_ms,
            price=Ratio(self.prices[market].get("mark", CENT), CENT),
            rate=Ratio(per_million, 10**6),
        )
        early = replace(note, at_ms=self.now_ms + 1)
        self.ask(commands.SetFunding(market=market, note=early))
        self.ask(commands.SetFunding(market=market, note=note))

    def leave(self, account: str) -> None:
        """Whoever owes nothing takes everything out, whatever else is the case: orders, positions, coins.

        Only a contract's position waits for a mark that is not too old.
        """
        self.cancel_all(account)
        self.tick("XBTUSDTM", {})
        for market, kind in KINDS.items():
            position = self.state.positions.get(market, {}).get(account)
            is_open = position is not None and (position.size if kind is tiered else position.lots)
            if is_open and self._breach(market, account) is None:
                self.must(commands.Act(account=account, market=market, action=kind.Close()))
                self.seen["closed to leave"] += 1
        market = "wETH/SOL"
        position = self.state.positions[market].get(account)
        if position is not None and not position.borrow_shares:
            self.must(commands.Act(account=account, market=market, action=lending.Take(position.collateral)))
            self.seen["left without debt"] += 1
        claim = self.limits(market, account)[0]["redeem"].amount.units
        if claim:
            self.must(commands.Act(account=account, market=market, action=lending.Redeem(claim)))
        for asset in FUNDS:
            self._withdraw_all(account, asset)
        assert not any(self.keeper.health(account)["wallet"].values())

    def _withdraw_all(self, account: str, asset: str) -> None:
        held, request = self.state.balance(f"wallet:{account}", asset), f"w{len(self.payloads)}"
        if held:
            self.must(
                commands.Withdraw(
                    account=account, asset=asset, units=held, address="home", request_id=request
                )
            )
            self.must(commands.Confirm(request_id=request))

    def repay(self, account: str) -> None:
        """Whoever owes repays in full, whatever else is the case."""
        market = "wETH/SOL"
        position = self.state.positions[market].get(account)
        if position is None or not position.borrow_shares:
            return
        self.must(commands.Touch(market=market))
        owed = self.keeper.debts(account)[market]
        self.deposit(account, "SOL", owed)
        self.must(commands.Act(account=account, market=market, action=lending.Repay(owed)))
        left = self.state.positions[market].get(account)
        assert left is None or left.borrow_shares == 0
        self.seen["repaid in full"] += 1

    def cancel_all(self, account: str) -> None:
        """After cancelling everything nothing is reserved any more."""
        for market, kinds in (("BTC", tiered), ("XBTUSDTM", risk_limit)):
            for order in self.state.orders[market].get(account, ()):
                self.must(commands.Act(account=account, market=market, action=kinds.Cancel(order.order_id)))
        assert not any(owner == account for owner, _ in self.state.reserved)

    def replay(self, stop: int) -> None:
        """Fold the journalled bytes again: the same hash after every command up to `stop` of them."""
        again, done = State(), 0
        for count, digest in self.marks[:stop]:
            for payload in self.payloads[done:count]:
                fold(again, decode(payload))
            done = count
            assert again.hash() == digest, count


def _backwards(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _backwards(value[key]) for key in reversed(value)}
