"""A scenario played: each step becomes commands of the venue, and each answer a line."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from solvent import margin
from solvent.cli.exits import Complaint
from solvent.cli.venue import recorded, words
from solvent.cli.venue.fields import RECORDED, Step
from solvent.cli.venue.scenario import Scenario
from solvent.engine import book_of, commands
from solvent.engine.books import is_priced
from solvent.engine.commands import AnyCommand
from solvent.margin import InputRefused, registry
from solvent.margin.parts import FeedReading, FundingNote
from solvent.margin.wording import shown
from solvent.money import Amount, MoneyError
from solvent.prices import Kind
from solvent.runtime import Venue, VirtualClock, account_id, identity_of

HOUR_MS = 3_600_000
MAX = "max"
Watched = Callable[[Iterable[int]], Iterable[int]]


class Told(Struct, frozen=True, kw_only=True):
    """One line of the story: when, who, what and what came of it; `code` is a refusal's.

    `unmet` names the expectation that the step did not meet.
    """

    step: int
    at_ms: int
    who: str
    what: str
    result: str
    code: str | None = None
    is_expected: bool = False
    unmet: str | None = None


class Player:
    """Plays the steps of one scenario on one venue, in order."""

    def __init__(
        self,
        venue: Venue,
        clock: VirtualClock,
        scenario: Scenario,
        tell: Callable[[Told], None],
        watch: Watched,
    ) -> None:
        self._venue = venue
        self._clock = clock
        self._scenario = scenario
        self._tell = tell
        self._watch = watch
        self._asked = 0
        self._happened: set[str] = set()
        self._steps: Mapping[str, Callable[[Step], list[Told]]] = {
            "open_accounts": self._open_accounts, "deposit": self._deposit, "fund": self._fund,
            "create_market": self._create_market, "price": self._price, "walk": self._walk,
            "funding": self._funding, "act": self._act, "pause": self._pause, "resume": self._pause,
            "withdraw": self._withdraw, "confirm": self._confirm,
        }  # fmt: skip

    def play(self) -> None:
        """Play every step, and tell each.

        Errors: `Complaint` naming the step whose text the model cannot read.
        """
        for step in self._scenario.steps:
            ahead_ms = step.wait_ms if step.from_ms is None else step.from_ms - self._clock.now_ms()
            self._clock.advance(ahead_ms)
            self._happened = set()
            try:
                lines = self._steps[step.do](step)
            except (InputRefused, MoneyError) as error:
                raise Complaint(f"step {step.number}: fields: {error}") from error
            for line in self._judged(step, lines):
                self._tell(line)

    def _judged(self, step: Step, lines: list[Told]) -> list[Told]:
        """Mark a refusal that was expected, and name the expectation that was not met."""
        *before, last = lines
        if step.expect is None:
            return lines
        if step.expect not in self._happened:
            return [*before, replace(last, unmet=step.expect)]
        return [replace(line, is_expected=line.code == step.expect) for line in lines]

    def _ask(self, step: Step, command: AnyCommand) -> dict[str, Any]:
        self._asked += 1
        answer = self._venue.ask(command, key=f"{step.number}-{self._asked}").read()
        if answer["accepted"]:
            for event in answer["events"]:
                self._happened |= {event["event"], event.get("cause", event["event"])}
        else:
            self._happened.add(answer["code"])
        return answer

    def _line(self, step: Step, who: str, what: str, answer: dict[str, Any], result: str = "done") -> Told:
        """Tell one answer: what came of it, or the refusal's sentence."""
        refused = not answer["accepted"]
        return Told(
            step=step.number,
            at_ms=self._clock.now_ms(),
            who=who,
            what=step.note or what,
            result=answer["message"] if refused else result,
            code=answer["code"] if refused else None,
        )

    def _wallet(self, name: str, amount: Amount) -> str:
        held = self._venue.state.balance(f"wallet:{account_id(name)}", amount.asset.symbol)
        return f"wallet {Amount(held, amount.asset)}"

    def _open_accounts(self, step: Step) -> list[Told]:
        lines = []
        for name in step.given["accounts"]:
            command = commands.OpenAccount(account=account_id(name), identities=(identity_of(name),))
            lines.append(
                self._line(step, name, "open an account", self._ask(step, command), account_id(name))
            )
        return lines

    def _deposit(self, step: Step) -> list[Told]:
        name, amount = step.given["account"], step.given["amount"]
        request = f"deposit-{step.number}"
        answer = self._ask(
            step,
            commands.Deposit(
                account=account_id(name), asset=amount.asset.symbol, units=amount.units, request_id=request
            ),
        )
        if answer["accepted"]:
            answer = self._ask(step, commands.Confirm(request_id=request))
        return [self._line(step, name, f"deposit {amount}", answer, self._wallet(name, amount))]

    def _fund(self, step: Step) -> list[Told]:
        role, amount = step.given["role"], step.given["amount"]
        answer = self._ask(step, commands.Declare(role=role, asset=amount.asset.symbol, units=amount.units))
        held = Amount(self._venue.state.balance(role, amount.asset.symbol), amount.asset)
        return [self._line(step, role, f"declare {amount}", answer, f"holds {held}")]

    def _create_market(self, step: Step) -> list[Told]:
        name = step.given["market"]
        market = margin.preset(step.given.get("preset", name))
        answer = self._ask(step, commands.CreateMarket(name=name, market=market))
        return [self._line(step, name, "create the market", answer, registry.of(market).TITLE)]

    def _price(self, step: Step) -> list[Told]:
        name, feeds, now_ms = step.given["market"], step.given["feeds"], self._clock.now_ms()
        if feeds == RECORDED:
            readings, kind = recorded.readings(self._market(name), now_ms)
        else:
            kind = Kind.SCRIPTED
            readings = tuple(
                FeedReading(feed=feed, price=price, at_ms=now_ms) for feed, price in feeds.items()
            )
        answer = self._ask(step, commands.Tick(market=name, readings=readings))
        what = f"{kind} price"
        return [self._line(step, name, what, answer, words.prices(readings)), *self._acted(step, answer)]

    def _walk(self, step: Step) -> list[Told]:
        """Publish the recorded closes hour by hour, and tell what they set off."""
        start_ms = self._clock.now_ms()
        until_ms = step.given["until"].from_start(start_ms)
        names, lines, hours = step.given["markets"], [], 0
        for now_ms in self._watch(range(start_ms + HOUR_MS, until_ms + 1, HOUR_MS)):
            self._clock.advance(now_ms - self._clock.now_ms())
            hours += 1
            for name in names:
                readings, _ = recorded.readings(self._market(name), now_ms)
                answer = self._ask(step, commands.Tick(market=name, readings=readings))
                lines += self._acted(step, answer)
            if "stop" in step.given and "liquidation" in self._happened:
                break
        else:
            self._clock.advance(until_ms - self._clock.now_ms())
        now_ms = self._clock.now_ms()
        last = [words.prices(recorded.readings(self._market(name), now_ms)[0]) for name in names]
        told = self._line(
            step,
            ", ".join(names),
            "recorded prices",
            {"accepted": True},
            f"{hours} hours played, now {'; '.join(last)}",
        )
        return [*lines, told]

    def _market(self, name: str) -> Any:
        return self._venue.state.markets[name].market

    def _acted(self, step: Step, answer: dict[str, Any]) -> list[Told]:
        """Tell what a tick set off: fills, liquidations, deleveraging, and those that had to wait."""
        if not answer["accepted"]:
            return []
        state, now_ms = self._venue.state, self._clock.now_ms()
        return [
            Told(step=step.number, at_ms=now_ms, who=who, what=what, result=result)
            for who, what, result in words.set_off(state, answer["events"])
        ]

    def _funding(self, step: Step) -> list[Told]:
        name, rate, price = (step.given[field] for field in ("market", "rate", "price"))
        note = FundingNote(at_ms=self._clock.now_ms(), price=price, rate=rate)
        answer = self._ask(step, commands.SetFunding(market=name, note=note))
        return [self._line(step, name, f"funding of {shown(rate, '%')}", answer, "due when next touched")]

    def _act(self, step: Step) -> list[Told]:
        name, market, verb = (step.given[field] for field in ("account", "market", "verb"))
        state, account = self._venue.state, account_id(name)
        if market not in state.markets or not is_priced(state.markets[market]):
            raise Complaint(
                f"step {step.number}: {market} has no price yet; put a price step before this one"
            )
        book = book_of(state, market, account)
        fields = self._with_maximum(book, verb, step.given.get("fields", {}))
        action = margin.action(book, verb, **fields)
        answer = self._ask(step, commands.Act(account=account, market=market, action=action))
        what = words.action(verb, step.given.get("fields", {}), market)
        result = ""
        if answer["accepted"]:
            (event,) = answer["events"]
            result = words.moved(state, event, account) + words.standing(state, market, account)
        return [self._line(step, name, what, answer, result)]

    def _with_maximum(self, book: Any, verb: margin.Verb, fields: dict[str, str]) -> dict[str, str]:
        """Return the fields with the maximum of the moment in the place of `max`."""
        if fields.get("amount") != MAX:
            return fields
        try:
            most = margin.limits(book, now_ms=self._clock.now_ms())[verb]
        except KeyError:
            return fields
        return {**fields, "amount": most.amount.plain}

    def _pause(self, step: Step) -> list[Told]:
        name, paused = step.given["market"], step.do == "pause"
        answer = self._ask(step, commands.SetPaused(market=name, paused=paused))
        return [self._line(step, name, step.do, answer)]

    def _withdraw(self, step: Step) -> list[Told]:
        name, amount = step.given["account"], step.given["amount"]
        answer = self._ask(
            step,
            commands.Withdraw(
                account=account_id(name),
                asset=amount.asset.symbol,
                units=amount.units,
                address=step.given["address"],
                request_id=f"withdrawal-{step.number}",
            ),
        )
        result = f"on its way to {step.given['address']}; {self._wallet(name, amount)}"
        return [self._line(step, name, f"withdraw {amount}", answer, result)]

    def _confirm(self, step: Step) -> list[Told]:
        """Let the settlement do what waits in the outbox, or fail it."""
        done = step.given.get("done", True)
        waiting = tuple(self._venue.state.outbox)
        what = "confirm what waits" if done else "fail what waits"
        if not waiting:
            return [self._line(step, "settlement", what, {"accepted": True}, "nothing waits")]
        return [
            self._line(
                step,
                "settlement",
                what,
                self._ask(step, commands.Confirm(request_id=request, done=done)),
                f"{request} {'done' if done else 'failed, and back in its wallet'}",
            )
            for request in waiting
        ]
