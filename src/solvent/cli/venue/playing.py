"""A scenario played: each step becomes commands of the venue, and each answer a line."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from solvent import margin
from solvent.cli.exits import Complaint
from solvent.cli.venue import recorded, words
from solvent.cli.venue.fields import RECORDED, Step
from solvent.cli.venue.naming import name_of
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
from solvent.runtime.venue import OPERATOR

HOUR_MS = 3_600_000
# Steps of several commands: the last one that was begun may lack some of them.
SEVERAL = frozenset({"open_accounts", "deposit", "walk", "confirm"})
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
        *,
        until_ms: int | None = None,
    ) -> None:
        self._venue = venue
        self._clock = clock
        self._scenario = scenario
        self._tell = tell
        self._watch = watch
        self._until_ms = until_ms
        self._asked = 0
        self.played_before = 0
        self.stopped_before: int | None = None
        self.set_off: Counter[tuple[str, str, str]] = Counter()
        self._happened: set[str] = set()
        self._walked_to_ms = 0
        self._steps: Mapping[str, Callable[[Step], list[Told]]] = {
            "open_accounts": self._open_accounts, "bind": self._bind, "deposit": self._deposit,
            "grant_key": self._grant_key, "revoke_key": self._revoke_key,
            "approve_agent": self._approve_agent, "use_nonce": self._use_nonce,
            "set_aside": self._set_aside, "change_market": self._change_market,
            "fund": self._fund, "pay_out": self._pay_out, "transfer": self._transfer,
            "create_market": self._create_market, "price": self._price, "walk": self._walk,
            "funding": self._funding, "touch": self._touch, "collect": self._collect,
            "unwind": self._unwind, "act": self._act, "pause": self._pause, "resume": self._pause,
            "withdraw": self._withdraw, "confirm": self._confirm,
        }  # fmt: skip

    def play(self) -> None:
        """Play every step that was not played before, and tell each.

        Errors: `Complaint` naming the step whose text the model cannot read, and how many were played.
        """
        begun = [step.number for step in self._scenario.steps if self._was_asked(step.number, 1)]
        for step in self._scenario.steps:
            moment_ms = self._clock.now_ms() + step.wait_ms if step.from_ms is None else step.from_ms
            if self._is_late(moment_ms):
                self.stopped_before = step.number
                break
            self._clock.advance(moment_ms - self._clock.now_ms())
            last = max(begun, default=0)
            if step.number < last or (step.number == last and step.do not in SEVERAL):
                self.played_before = step.number
                self._pass_over(step)
            elif not self._play(step):
                self.stopped_before = step.number
                break

    def _play(self, step: Step) -> bool:
        """Play one step; false where its walk was stopped on the way."""
        self._happened, self._asked = set(), 0
        try:
            lines = self._steps[step.do](step)
        except (InputRefused, MoneyError) as error:
            raise self._unplayable(step, f"fields: {error}") from error
        is_whole = step.do != "walk" or self._clock.now_ms() == self._walked_to_ms
        for line in self._judged(step, lines) if is_whole else lines:
            self._tell(line)
        return is_whole

    def _unplayable(self, step: Step, why: str) -> Complaint:
        played = f"; the {step.number - 1} steps before it are played" if step.number > 1 else ""
        return Complaint(f"step {step.number}: {why}{played}")

    def _is_late(self, moment_ms: int) -> bool:
        return self._until_ms is not None and moment_ms > self._until_ms

    def _key(self, number: int, place: int | str) -> str:
        return f"{self._scenario.digest}:{number}-{place}"

    def _was_asked(self, number: int, place: int) -> bool:
        return self._venue.journal.answer_of(OPERATOR, self._key(number, place)) is not None

    def _pass_over(self, step: Step) -> None:
        """Move on to the end of a walk that was played before."""
        if step.do != "walk":
            return
        until_ms = step.given["until"].from_start(self._clock.now_ms())
        ticks, market_count = 0, len(step.given["markets"])
        while self._was_asked(step.number, ticks + 1):
            ticks += 1
        if "stop" in step.given:
            until_ms = min(until_ms, self._clock.now_ms() + ticks // market_count * HOUR_MS)
        self._clock.advance(until_ms - self._clock.now_ms())

    def _judged(self, step: Step, lines: list[Told]) -> list[Told]:
        """Mark a refusal that was expected, and name the expectation that was not met."""
        *before, last = lines
        if step.expect is None:
            return lines
        if step.expect not in self._happened:
            return [*before, replace(last, unmet=step.expect)]
        return [replace(line, is_expected=line.code == step.expect) for line in lines]

    def _ask(self, step: Step, command: AnyCommand, place: str = "") -> dict[str, Any]:
        self._asked += 1
        answer = self._venue.ask(command, key=self._key(step.number, place or self._asked)).read()
        if answer["accepted"]:
            for event in answer["events"]:
                self._happened |= {event["event"], event.get("cause", event["event"])}
                self._count(event)
        else:
            self._happened.add(answer["code"])
        return answer

    def _count(self, event: Mapping[str, Any]) -> None:
        """Count what the engine did by itself, for the end of the story."""
        cause = event.get("cause", event["event"])
        if cause in ("liquidation", "deleveraging", "stalled"):
            who = name_of(self._venue.state, event["account"])
            self.set_off[cause, who, event["market"]] += 1

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
        request = self._request("deposit", step)
        answer = self._ask(
            step,
            commands.Deposit(
                account=account_id(name), asset=amount.asset.symbol, units=amount.units, request_id=request
            ),
        )
        if step.given.get("waits"):
            return [self._line(step, name, f"deposit {amount}", answer, f"{request} waits to be confirmed")]
        if answer["accepted"]:
            answer = self._ask(step, commands.Confirm(request_id=request))
        return [self._line(step, name, f"deposit {amount}", answer, self._wallet(name, amount))]

    def _request(self, kind: str, step: Step) -> str:
        """Name a request; one of a scenario that goes on in another's folder bears its own mark."""
        is_first = self._venue.journal.venue_id == self._scenario.digest
        return f"{kind}-{step.number}" if is_first else f"{kind}-{self._scenario.digest[:6]}-{step.number}"

    def _bind(self, step: Step) -> list[Told]:
        name, identity = step.given["account"], step.given["identity"]
        answer = self._ask(step, commands.BindIdentity(account=account_id(name), identity=identity))
        return [self._line(step, name, f"bind {identity}", answer)]

    def _grant_key(self, step: Step) -> list[Told]:
        name, key, scopes = (step.given[field] for field in ("account", "key", "scopes"))
        expires_ms = step.given["expires"].from_start(self._clock.now_ms())
        command = commands.GrantKey(
            account=account_id(name), key_id=key, label=key, scopes=scopes, expires_ms=expires_ms
        )
        answer = self._ask(step, command)
        return [self._line(step, name, f"grant key {key}", answer, f"may {', '.join(scopes)}")]

    def _revoke_key(self, step: Step) -> list[Told]:
        name, key = step.given["account"], step.given["key"]
        answer = self._ask(step, commands.RevokeKey(account=account_id(name), key_id=key))
        return [self._line(step, name, f"revoke key {key}", answer)]

    def _pay_out(self, step: Step) -> list[Told]:
        role, receiver, amount = (step.given[field] for field in ("role", "receiver", "amount"))
        command = commands.PayOut(
            role=role, receiver=account_id(receiver), asset=amount.asset.symbol, units=amount.units
        )
        answer, what = self._ask(step, command), f"pay {amount} to {receiver}"
        return [self._line(step, role, what, answer, f"{receiver}'s {self._wallet(receiver, amount)}")]

    def _transfer(self, step: Step) -> list[Told]:
        name, receiver, amount = (step.given[field] for field in ("account", "receiver", "amount"))
        command = commands.Transfer(
            account=account_id(name),
            receiver=account_id(receiver),
            asset=amount.asset.symbol,
            units=amount.units,
        )
        answer, what = self._ask(step, command), f"transfer {amount} to {receiver}"
        return [self._line(step, name, what, answer, self._wallet(name, amount))]

    def _approve_agent(self, step: Step) -> list[Told]:
        name, agent = step.given["account"], step.given["agent"]
        command = commands.ApproveAgent(
            account=account_id(name),
            agent=agent,
            name=step.given.get("name", ""),
            expires_ms=step.given["expires"].from_start(self._clock.now_ms()),
        )
        return [self._line(step, name, f"approve the agent {agent}", self._ask(step, command))]

    def _use_nonce(self, step: Step) -> list[Told]:
        name, signer, nonce = (step.given[field] for field in ("account", "signer", "nonce"))
        answer = self._ask(step, commands.UseNonce(account=account_id(name), signer=signer, nonce=nonce))
        return [self._line(step, name, f"use the number {nonce} of {signer}", answer)]

    def _set_aside(self, step: Step) -> list[Told]:
        name, amount, back = step.given["account"], step.given["amount"], step.given.get("back", False)
        command = commands.SetAside(
            account=account_id(name), asset=amount.asset.symbol, units=amount.units, back=back
        )
        what = f"bring {amount} back" if back else f"set {amount} aside"
        return [self._line(step, name, what, self._ask(step, command), self._wallet(name, amount))]

    def _touch(self, step: Step) -> list[Told]:
        name = step.given["market"]
        answer = self._ask(step, commands.Touch(market=name))
        return [self._line(step, name, "touch", answer, "interest up to now")]

    def _collect(self, step: Step) -> list[Told]:
        name, asked = step.given["market"], step.given.get("amount")
        answer = self._ask(step, commands.Collect(market=name, amount=asked and asked.units))
        what = f"collect {asked or 'all'} from {name}"
        return [self._line(step, "protocol", what, answer, self._own(answer))]

    def _unwind(self, step: Step) -> list[Told]:
        name = step.given["market"]
        answer = self._ask(step, commands.Unwind(market=name))
        return [self._line(step, "backstop", f"unwind {name}", answer, self._own(answer))]

    def _own(self, answer: dict[str, Any]) -> str:
        """Say what moved where one of the venue's own accounts acted."""
        state = self._venue.state
        if not answer["accepted"]:
            return ""
        return "; ".join(
            words.moved(state, event, "", beside=words.TOLD) for event in answer["events"] if "moves" in event
        )

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

    def _change_market(self, step: Step) -> list[Told]:
        name = step.given["market"]
        answer = self._ask(step, commands.ChangeMarket(name=name, market=step.given["rules"]))
        return [self._line(step, name, "change the margin table", answer, step.given["tiers"])]

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
        self._walked_to_ms = until_ms
        if self._is_late(until_ms):
            until_ms = self._until_ms or 0
        names, lines, hours = step.given["markets"], [], 0
        for now_ms in self._watch(range(start_ms + HOUR_MS, until_ms + 1, HOUR_MS)):
            self._clock.advance(now_ms - self._clock.now_ms())
            hours += 1
            for name in names:
                readings, _ = recorded.readings(self._market(name), now_ms)
                answer = self._ask(step, commands.Tick(market=name, readings=readings))
                lines += self._acted(step, answer)
            if "stop" in step.given and "liquidation" in self._happened:
                self._walked_to_ms = now_ms
                break
        else:
            self._clock.advance(until_ms - self._clock.now_ms())
        now_ms = self._clock.now_ms()
        last = [words.prices(recorded.readings(self._market(name), now_ms)[0]) for name in names]
        result = f"{hours} hours played, now {'; '.join(last)}"
        return [*lines, self._line(step, ", ".join(names), "recorded prices", {"accepted": True}, result)]

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
            raise self._unplayable(step, f"{market} has no price yet; put a price step before this one")
        book = book_of(state, market, account)
        fields = self._with_maximum(book, verb, step.given.get("fields", {}))
        action = margin.action(book, verb, **fields)
        answer = self._ask(step, commands.Act(account=account, market=market, action=action))
        what = words.action(verb, step.given.get("fields", {}), market)
        result = words.result(state, answer["events"][0]) if answer["accepted"] else ""
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
                request_id=self._request("withdrawal", step),
            ),
        )
        result = f"on its way to {step.given['address']}; {self._wallet(name, amount)}"
        return [self._line(step, name, f"withdraw {amount}", answer, result)]

    def _confirm(self, step: Step) -> list[Told]:
        """Let the settlement do what waits in the outbox, or fail it."""
        done = step.given.get("done", True)
        waiting = dict(self._venue.state.outbox)
        failed = {"deposit": "failed, and undone", "withdrawal": "failed, and back in its wallet"}
        what = "confirm what waits" if done else "fail what waits"
        if not waiting:
            return [self._line(step, "settlement", what, {"accepted": True}, "nothing waits")]
        return [
            self._line(
                step,
                "settlement",
                what,
                self._ask(step, commands.Confirm(request_id=request, done=done), request),
                f"{request} {'done' if done else failed[waiting[request].direction]}",
            )
            for request in waiting
        ]
