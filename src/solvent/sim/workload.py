"""A seed into steps: what users, lenders, prices, operators, fools and the power supply do to one venue.

The same seed gives the same steps on every machine. Faults are drawn apart, so that leaving them out changes
nothing else.
"""

from collections.abc import Callable
from typing import Any

from solvent.engine import commands
from solvent.margin import Verb, lending, risk_limit, tiered
from solvent.margin.parts import FeedReading, FundingNote
from solvent.money import Ratio
from solvent.sim.draws import Draws
from solvent.sim.stage import (
    ACCOUNTS,
    FUNDS,
    LENDERS,
    LENDING,
    MARKETS,
    NOBODY,
    RISK_LIMIT,
    START_CENTS,
    TIERED,
    WHALE,
    opening,
)
from solvent.sim.steps import (
    AnyStep,
    Ask,
    Burst,
    Fault,
    FaultKind,
    Funding,
    Misname,
    Portion,
    Quote,
    Reduce,
    Repeat,
    Rest,
    Settle,
    Spend,
    Trade,
    Wait,
)

PERPETUALS = (*TIERED, *RISK_LIMIT)
SECOND, HOUR, DAY = 1_000, 3_600_000, 86_400_000
CALM = (990, 995, 997, 998, 1_000, 1_000, 1_002, 1_003, 1_005, 1_010)
ROUGH = (940, 960, 975, 985, 995, 1_005, 1_015, 1_025, 1_040, 1_060)
GAPS = (400, 600, 750, 850, 900, 1_100, 1_180, 1_350, 1_700)
# Against a position at 20x or 40x, and a loan at its maximum.
FALLS = (3, 10, 13, 14, 15, 16, 18, 19, 25, 30, 45, 48, 60)
LOAN_FALLS = (20, 70, 90, 120, 160, 300, 600)
PER_MILLE = (1, 50, 250, 500, 900, 1_000)
FAULT_EVERY = 18
LENDING_VERBS = (Verb.TAKE, Verb.BORROW, Verb.ADD, Verb.SUPPLY, Verb.REDEEM, Verb.REPAY)
MARGIN_VERBS = (Verb.TAKE, Verb.TAKE, Verb.ADD)
HUGE = 10**40


def steps_of(seed: int, count: int, *, faults: bool = True) -> list[AnyStep]:
    """Return the opening and `count` steps of a seed, with faults in between where they are wanted."""
    chance, trouble = Workload(seed), Draws(seed, 3)
    steps = opening(seed)
    for _ in range(count):
        steps.extend(chance.next())
        if trouble.one_in(FAULT_EVERY):
            fault = Fault(kind=trouble.of(tuple(FaultKind)), asks_again=not trouble.one_in(4))
            steps.extend([fault] if faults else [])
    return steps


class Workload:
    """What comes next, drawn from a seed; the prices walk on from step to step."""

    def __init__(self, seed: int) -> None:
        self._draws = Draws(seed, 2)
        self._cents = {name: dict(feeds) for name, feeds in START_CENTS.items()}
        self._mood = self._draws.of((CALM, ROUGH, ROUGH))
        self._orders = 0
        self._traded = (WHALE, MARKETS[0])

    def next(self) -> list[AnyStep]:
        """Return the next step, or the few that belong together."""
        draw = self._draws.weighed(
            (
                (14, self._tick),
                (6, self._gap),
                (14, self._trade),
                (8, self._brink),
                (5, self._reduce),
                (12, self._margin),
                (8, self._greed),
                (5, self._harvest),
                (7, self._lending),
                (6, self._rest),
                (3, self._setting),
                (5, self._money),
                (3, self._funding),
                (7, self._wait),
                (6, self._nonsense),
                (5, self._repeat),
                (3, self._burst),
                (2, self._pause),
                (3, self._settle),
                (3, self._leave),
            )
        )
        return draw()

    def _tick(self) -> list[AnyStep]:
        return self._move(self._draws.of(MARKETS), self._mood)

    def _gap(self) -> list[AnyStep]:
        """Let a price jump, for a few ticks; sometimes it comes back to where it began."""
        market = self._draws.of(MARKETS)
        if self._draws.one_in(3):
            self._cents[market] = dict(START_CENTS[market])
        return [
            step
            for _ in range(self._draws.between(1, 3))
            for step in (*self._move(market, GAPS), Wait(ms=SECOND))
        ]

    def _move(self, market: str, factors: tuple[int, ...]) -> list[AnyStep]:
        """Move each feed of a market, within a hundredth and a hundred times of where it began."""
        cents = self._cents[market]
        for feed, first in START_CENTS[market].items():
            moved = cents[feed] * self._draws.of(factors) // 1_000
            cents[feed] = min(max(moved, first // 100), first * 100)
        age_ms = self._draws.of((0, 0, 0, 0, 0, 0, 5 * SECOND, 90 * SECOND))
        quote = Quote(market=market, cents=tuple(cents.items()), age_ms=age_ms)
        # A reading is as old as it is and no older than the last one.
        return [Wait(ms=age_ms), quote] if age_ms and not self._draws.one_in(4) else [quote]

    def _fresh(self, market: str) -> Quote:
        return Quote(market=market, cents=tuple(self._cents[market].items()))

    def _trade(self) -> list[AnyStep]:
        market, account = self._draws.of((*MARKETS, *PERPETUALS)), self._draws.of(ACCOUNTS)
        self._traded = (account, market)
        leverage = self._draws.of((1, 5, 10, 20, 25, 39, 40, 50, 100))
        if market in LENDING:
            leverage = self._draws.of((10, 15, 20, 25, 30, 33))
        steps: list[AnyStep] = [self._fresh(market)]
        if market in TIERED:
            steps.append(self._act(account, market, tiered.SetLeverage(leverage)))
        side, part = self._draws.of((1, -1)), self._draws.of((50, 300, 700, 900, 970))
        steps.append(Trade(account=account, market=market, side=side, leverage=leverage, per_mille=part))
        return steps

    def _brink(self) -> list[AnyStep]:
        """Let somebody go to the edge of what is allowed, and the price a step or two beyond it."""
        account, market = self._draws.of(ACCOUNTS), self._draws.of(MARKETS)
        self._traded = (account, market)
        self._cents[market] = dict(START_CENTS[market])
        side = 1 if market in LENDING else self._draws.of((1, -1))
        steps: list[AnyStep] = [self._fresh(market), Reduce(account=account, market=market)]
        if market in TIERED:
            steps.append(self._act(account, market, tiered.SetLeverage(40)))
        leverage = 33 if market in LENDING else self._draws.of((20, 40))
        steps.append(Trade(account=account, market=market, side=side, leverage=leverage, per_mille=930))
        falls = LOAN_FALLS if market in LENDING else FALLS
        feed = next(iter(START_CENTS[market]))
        for _ in range(self._draws.between(1, 2)):
            fall = self._draws.of(falls)
            self._cents[market][feed] = self._cents[market][feed] * (1_000 - side * fall) // 1_000
            steps += [Wait(ms=SECOND), self._fresh(market)]
        return steps

    def _somewhere(self) -> tuple[str, str]:
        """Return an account and a market: one time in two those of the last trade."""
        if self._draws.one_in(2):
            return self._traded
        return self._draws.of(ACCOUNTS), self._draws.of(MARKETS)

    def _reduce(self) -> list[AnyStep]:
        account, market = self._somewhere()
        return [Reduce(account=account, market=market, per_mille=self._draws.of(PER_MILLE))]

    def _margin(self) -> list[AnyStep]:
        account, market = self._somewhere()
        verb = self._draws.of(LENDING_VERBS if market in LENDING else MARGIN_VERBS)
        part, beyond = self._draws.of(PER_MILLE), self._draws.of((-1, 0, 0, 1, 10**6))
        return [Portion(account=account, market=market, verb=verb, per_mille=part, beyond=beyond)]

    def _greed(self) -> list[AnyStep]:
        """Ask for one unit more than the maximum, then for the maximum, then for one unit more again."""
        account, market = self._somewhere()
        verb = self._draws.of(LENDING_VERBS[:5] if market in LENDING else MARGIN_VERBS)
        fresh: list[AnyStep] = [] if self._draws.one_in(4) else [self._fresh(market)]
        return fresh + [
            Portion(account=account, market=market, verb=verb, beyond=beyond) for beyond in (1, 0, 1)
        ]

    def _harvest(self) -> list[AnyStep]:
        """Let somebody with more margin or profit than is needed take all of it out."""
        account, market = self._draws.of(ACCOUNTS), self._draws.of(PERPETUALS)
        self._traded = (account, market)
        side, gain = self._draws.of((1, -1)), self._draws.of((0, 10, 50, 200))
        steps: list[AnyStep] = [self._fresh(market)]
        if market in TIERED:
            steps.append(self._act(account, market, tiered.SetLeverage(self._draws.of((1, 5)))))
        steps.append(Trade(account=account, market=market, side=side, leverage=4, per_mille=600))
        if market in TIERED:
            steps.append(self._act(account, market, tiered.SetLeverage(self._draws.of((10, 40)))))
        mark = self._cents[market]["mark"]
        self._cents[market]["mark"] = mark * (1_000 + side * gain) // 1_000
        return [
            *steps,
            self._fresh(market),
            *(
                Portion(account=account, market=market, verb=verb, per_mille=part, beyond=beyond)
                for verb, part, beyond in (
                    (Verb.TAKE, 1_000, 1),
                    (Verb.TAKE, self._draws.of((300, 1_000)), 0),
                    (Verb.TAKE, 1_000, 1),
                    (Verb.ADD, self._draws.of((100, 1_000)), 0),
                )
            ),
        ]

    def _lending(self) -> list[AnyStep]:
        """Let a lender come, so that there is something to borrow, and somebody borrow it."""
        market, owner = LENDING[0], self._draws.of(ACCOUNTS)
        supply = Portion(
            account=self._draws.of(LENDERS),
            market=market,
            verb=Verb.SUPPLY,
            per_mille=self._draws.of((200, 500)),
        )
        side: list[AnyStep] = [
            Trade(
                account=owner, market=market, side=1, leverage=self._draws.of((15, 20, 25, 30)), per_mille=100
            )
        ]
        if self._draws.one_in(2):
            side = [
                Portion(account=owner, market=market, verb=Verb.ADD, per_mille=self._draws.of((300, 900))),
                Portion(
                    account=owner, market=market, verb=Verb.BORROW, per_mille=self._draws.of((500, 1_000))
                ),
            ]
        return [self._fresh(market), supply, *side]

    def _rest(self) -> list[AnyStep]:
        account, market = self._draws.of(ACCOUNTS), self._draws.of(PERPETUALS)
        self._orders += 1
        order_id = str(self._orders if not self._draws.one_in(5) else max(1, self._orders - 1))
        if self._draws.one_in(4):
            kind = tiered.Cancel if market in TIERED else risk_limit.Cancel
            return [self._act(account, market, kind(order_id))]
        side = self._draws.of((1, -1))
        away = self._draws.of((-20, 1, 5, 20, 60))
        setting = [self._act(account, market, tiered.SetLeverage(20))] if market in TIERED else []
        steps: list[AnyStep] = [
            self._fresh(market),
            *setting,
            Rest(
                account=account,
                market=market,
                order_id=order_id,
                side=side,
                price_per_mille=1_000 - side * away,
                per_mille=self._draws.of((50, 300, 900)),
                leverage=self._draws.of((5, 10, 20)),
                reduce_only=self._draws.one_in(5),
            ),
        ]
        if self._draws.one_in(2):
            mark = self._cents[market]["mark"]
            self._cents[market]["mark"] = mark * (1_000 - side * max(0, away + 1)) // 1_000
            steps += [Wait(ms=SECOND), self._fresh(market)]
        return steps

    def _setting(self) -> list[AnyStep]:
        account, market = self._draws.of(ACCOUNTS), self._draws.of(PERPETUALS)
        if market in TIERED:
            chosen: Any = tiered.SetLeverage(self._draws.between(0, 41), cross=self._draws.one_in(8))
        else:
            chosen = risk_limit.SetLevel(self._draws.between(0, 13))
        return [self._act(account, market, chosen)]

    def _money(self) -> list[AnyStep]:
        account, asset = self._draws.of(ACCOUNTS), self._draws.of(tuple(FUNDS))
        if self._draws.one_in(3):
            request = f"in-{self._draws.below(10**9)}"
            units = FUNDS[asset] * self._draws.of((1, 10, 500)) // 10
            deposit = commands.Deposit(account=account, asset=asset, units=units, request_id=request)
            return [Ask(command=deposit)]
        receiver = self._draws.of((None, *ACCOUNTS))
        part, beyond = self._draws.of((10, 300, 1_000)), self._draws.of((0, 0, 1))
        return [Spend(account=account, asset=asset, per_mille=part, beyond=beyond, receiver=receiver)]

    def _funding(self) -> list[AnyStep]:
        rate = self._draws.of((-20_000, -100, 12, 100, 3_000, 50_000))
        return [Funding(market=self._draws.of(PERPETUALS), per_million=rate), Wait(ms=1)]

    def _wait(self) -> list[AnyStep]:
        return [
            Wait(ms=self._draws.of((1, 999, SECOND, 12 * SECOND, 31 * SECOND, HOUR, 8 * HOUR, DAY, 9 * DAY)))
        ]

    def _repeat(self) -> list[AnyStep]:
        return [Repeat(back=self._draws.between(1, 60), changed=self._draws.one_in(3))]

    def _burst(self) -> list[AnyStep]:
        """Hand several commands in at once, one of them perhaps twice."""
        parts = [
            step
            for _ in range(self._draws.between(2, 5))
            for step in self._draws.of((self._trade, self._margin, self._money))()
        ]
        if self._draws.one_in(2):
            parts.append(Repeat(back=self._draws.between(1, 3)))
        return [Burst(steps=tuple(parts))]

    def _pause(self) -> list[AnyStep]:
        if self._draws.one_in(2):
            return [Ask(command=commands.SetPaused(market=market, paused=False)) for market in MARKETS]
        return [Ask(command=commands.SetPaused(market=self._draws.of(MARKETS), paused=True))]

    def _settle(self) -> list[AnyStep]:
        return [Settle()]

    def _leave(self) -> list[AnyStep]:
        """Let somebody repay and close all there is, take it out of the market, and send it home."""
        account = self._draws.of(ACCOUNTS)
        steps: list[AnyStep] = []
        for market in MARKETS:
            steps += [self._fresh(market), Reduce(account=account, market=market)]
            if market in LENDING:
                steps += [
                    Portion(account=account, market=market, verb=verb)
                    for verb in (Verb.REPAY, Verb.TAKE, Verb.REDEEM)
                ]
        if account not in (*LENDERS, WHALE):
            steps.append(Spend(account=account, asset=self._draws.of(tuple(FUNDS)), per_mille=1_000))
        return steps

    def _act(self, account: str, market: str, action: Any) -> Ask:
        return Ask(command=commands.Act(account=account, market=market, action=action))

    def _nonsense(self) -> list[AnyStep]:
        """Ask for what cannot be: every room must refuse it and change nothing."""
        if self._draws.one_in(12):
            return [Misname(key=self._draws.of(("", "k" * 257, "two\nlines")))]
        account, market = self._draws.of(ACCOUNTS), self._draws.of(MARKETS)
        units = self._draws.of((0, -1, -(10**12), HUGE, 10**18))
        makes: tuple[Callable[[], Any], ...] = (
            lambda: self._foolish_act(account, market, units),
            lambda: self._foolish_act(account, market, units),
            lambda: self._foolish_act(account, market, units),
            lambda: self._foolish_money(account, units),
            lambda: self._foolish_market(market, units),
        )
        return [Ask(command=self._draws.of(makes)())]

    def _foolish_act(self, account: str, market: str, units: int) -> commands.Act:
        actions: tuple[Any, ...] = (
            lending.Take(units),
            lending.Borrow(units),
            lending.Add(units),
            lending.Repay(units),
            lending.Supply(units),
            lending.Redeem(units),
            lending.Open(margin=units, leverage=Ratio(self._draws.of((-1, 0, 5, 90)), 10)),
            lending.Open(margin=10**9, borrow=units),
            lending.Close(tokens=units),
            lending.Close(fraction=Ratio(self._draws.of((-1, 0, 3)), 2)),
            lending.Liquidate(units),
            tiered.Take(units),
            tiered.Add(units),
            tiered.Open(size=units),
            tiered.Close(size=units),
            tiered.SetLeverage(units),
            tiered.TopUp(Ratio(units, 3)),
            tiered.Order(order_id="fool", size=units, limit_price=self._draws.of((units, 600_000))),
            tiered.Cancel("nothing"),
            tiered.Liquidate(),
            risk_limit.Take(units),
            risk_limit.Add(units),
            risk_limit.Open(lots=units, leverage=self._draws.of((units, 10))),
            risk_limit.Open(lots=5, leverage=self._draws.of((0, -1, 126))),
            risk_limit.Close(lots=units),
            risk_limit.SetLevel(units),
            risk_limit.Order(order_id="fool", lots=units, leverage=5, limit_price=Ratio(60_000, 1)),
            risk_limit.Order(order_id="fool", lots=5, leverage=5, limit_price=Ratio(units, 7)),
            risk_limit.Cancel("nothing"),
            risk_limit.Deleverage(lots=1, price=Ratio(1, 1)),
        )
        owner = self._draws.of((account, account, account, account, NOBODY, ""))
        where = self._draws.of((market, market, market, market, "NO-SUCH-MARKET"))
        return commands.Act(account=owner, market=where, action=self._draws.of(actions))

    def _foolish_money(self, account: str, units: int) -> Any:
        asset, request = self._draws.of((*FUNDS, "NOSUCH")), self._draws.of(("first-0-SOL", "fool", "fool-2"))
        choices: tuple[Any, ...] = (
            commands.Deposit(account=account, asset=asset, units=min(units, 0), request_id=request),
            commands.Deposit(account=NOBODY, asset=asset, units=5, request_id=request),
            commands.Withdraw(account=account, asset=asset, units=units, address="", request_id=request),
            commands.Withdraw(account=account, asset=asset, units=HUGE, address="x", request_id=request),
            commands.Transfer(account=account, receiver=NOBODY, asset=asset, units=units),
            commands.Transfer(account=account, receiver=account, asset=asset, units=units),
            commands.Confirm(request_id=self._draws.of(("never", "first-0-SOL")), done=self._draws.one_in(2)),
            commands.Declare(role=self._draws.of(("keeper", "thief")), asset=asset, units=min(units, 0)),
            commands.OpenAccount(account=self._draws.of((account, "short", ""))),
        )
        return self._draws.of(choices)

    def _foolish_market(self, market: str, units: int) -> Any:
        note = FundingNote(at_ms=self._draws.of((0, -5)), price=Ratio(1, 1), rate=Ratio(1, 100))
        choices: tuple[Any, ...] = (
            commands.Tick(market=market, readings=()),
            commands.Tick(market=market, readings=(FeedReading(feed="mark", price=Ratio(min(units, 0), 1)),)),
            commands.Tick(market="NO-SUCH-MARKET", readings=()),
            commands.SetFunding(market=market, note=note),
            commands.SetFunding(market="NO-SUCH-MARKET", note=note),
            commands.Touch(market=self._draws.of((market, "NO-SUCH-MARKET"))),
            commands.SetPaused(market="NO-SUCH-MARKET", paused=True),
            commands.CreateMarket(name=market, market=None),
            commands.CreateMarket(name="NEW", market="no market at all"),
        )
        return self._draws.of(choices)
