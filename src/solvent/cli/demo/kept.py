"""Story 5: the four actions in a venue with a journal, killed half-way, liquidated, paid out, checked."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.progress import track

from solvent import margin
from solvent.cli import render
from solvent.cli.demo import borrow, cast, money_market, withdraw
from solvent.cli.demo.cast import Recording
from solvent.cli.demo.checking import check
from solvent.cli.demo.desk import VENUE_ID
from solvent.cli.demo.driving import Driver
from solvent.cli.demo.money_market import HOUR_MS, OPENED_MS
from solvent.cli.demo.stage import Stage
from solvent.cli.exits import Complaint
from solvent.cli.venue import words
from solvent.cli.venue.history import problems_told
from solvent.engine import commands
from solvent.journal import open_journal
from solvent.margin import Headline, Maximum, Preview, Verb
from solvent.margin.wording import in_words, with_unit
from solvent.money import Amount, Rounding, format_moment, parse_moment
from solvent.runtime import STREAM, account_id

TAKEN_MS = parse_moment("2024-01-27T00:00Z")
LAST_MS = parse_moment("2024-01-31T00:00Z")
HOURS_AT_ONCE = 6
HEARD = 10


def tell(stage: Stage, *, data: Path | None = None) -> None:
    """Tell the story, its journal in a folder that stays or in a temporary one."""
    with problems_told(), _folder(data) as folder:
        driver = Driver(folder, OPENED_MS)
        try:
            _Story(stage, driver, folder).tell()
        finally:
            driver.close()
    if data is not None:
        told = f"Kept in {data}: read it with `solvent replay`, `audit` and `show`."
        stage.out.print(render.words(told), soft_wrap=True)


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        with open_journal(data, venue_id=VENUE_ID) as journal:
            count = journal.last_seq(STREAM)
        if count:
            raise Complaint(
                f"--data {str(data)!r} holds a journal of {count} events already; give an empty folder"
            )
        yield data
        return
    with TemporaryDirectory(prefix="solvent-") as made:
        yield Path(made)


class _Story:
    """The scenes in their order, on one venue."""

    def __init__(self, stage: Stage, driver: Driver, folder: Path) -> None:
        self._stage = stage
        self._driver = driver
        self._folder = folder
        self._recording = Recording(OPENED_MS)

    def tell(self) -> None:
        """Tell every scene."""
        self._stage.title(5, "The same in a venue that is killed half-way")
        self._stage.source(
            f"Input: the replayed recording from {format_moment(OPENED_MS)} on, a recorded close an hour."
        )
        self._stage.say(
            "So far the library computed on values. Now a venue carries it out: a process of its own with "
            "three markets, one for each model, and a journal on disk. It answers a command once the answer "
            "is durable. All that this process can do is ask."
        )
        self._prepare()
        self._open()
        self._take("tara", "wETH/SOL", told="as in story 1", known=_story_1())
        half = _story_2()
        self._take("bela", "wETH/SOL", verb=Verb.BORROW, told=f"half of it, {half}, as in story 2", part=half)
        self._stage.say(f"The recording runs on, hour by hour, to {format_moment(TAKEN_MS)}:")
        self._run(range(OPENED_MS + HOUR_MS, TAKEN_MS + 1, HOUR_MS))
        self._take("hugo", "BTC-PERP", told="the rise has opened it, as in story 3")
        self._take("kira", "XBTUSDTM", told="half of the profit included, as in story 4")
        self._kill()
        self._liquidate()
        self._pay_out()
        check(self._stage, self._driver, self._folder)
        self._stage.conclude(
            "What was previewed is what was recorded, and one unit more was refused. The kill lost nothing "
            "that was answered and repeated nothing, and every unit is accounted for."
        )

    def _prepare(self) -> None:
        for command in cast.preparation():
            self._driver.insist(command)
        assert self._driver.settle() == len(cast.WALLETS)
        self._tick(OPENED_MS)
        for name, text in cast.LENDERS.items():
            self._act(name, "wETH/SOL", Verb.SUPPLY, amount=text)
        wallets = ", ".join(f"{name} {cast.amount(text)}" for name, text in cast.WALLETS.items())
        self._stage.say(f"Deposits, confirmed through the outbox: {wallets}. Lena and Luis lend all of it.")

    def _open(self) -> None:
        made = render.table(
            f"Opened at the prices of {format_moment(OPENED_MS)}",
            *((heading, "left") for heading in ("who", "market", "opens", "leverage", "liquidation at")),
        )
        for opening in cast.OPENINGS:
            if opening.market == "BTC-PERP":
                self._act(opening.who, opening.market, Verb.SET_LEVERAGE, leverage="10")
            self._act(opening.who, opening.market, Verb.OPEN, **opening.fields)
            headline = self._headline(opening.who, opening.market)
            cells = (opening.who, opening.market, opening.told, words.leverage(headline), _price(headline))
            made.add_row(*(render.words(cell) for cell in cells))
        self._stage.out.print()
        self._stage.out.print(made)

    def _take(
        self,
        who: str,
        market: str,
        *,
        told: str,
        verb: Verb = Verb.TAKE,
        known: Amount | None = None,
        part: Amount | None = None,
    ) -> None:
        """Ask for one unit too many, then for the maximum or a part of it, and compare with the preview."""
        most = self._most(who, market, verb)
        assert known in (None, most.amount), (known, most)
        assert most.amount.units > 0, most
        at = format_moment(self._driver.now_ms)
        asked = in_words(verb.value)
        self._stage.say(f"{at}, {who} on {market}: {asked} at most {most.amount} ({most.binding}); {told}.")
        more = Amount(most.amount.units + 1, most.amount.asset)
        refusal = self._answer(who, market, verb, amount=more.plain)
        assert not refusal["accepted"], refusal
        self._stage.point(f"✗ {more}: refused, {refusal['code']}", style="red")
        amount = part or most.amount
        count = self._as_previewed(who, market, verb, amount)
        headline = self._headline(who, market)
        self._stage.point(
            f"✓ {amount}: {count} figures previewed by the library, {count} recorded by the venue, all "
            f"equal; leverage {words.leverage(headline)}, liquidation at {_price(headline)}",
            style="green",
        )

    def _as_previewed(self, who: str, market: str, verb: Verb, amount: Amount) -> int:
        """Carry an action out and return how many figures of the view are those of its preview: all."""
        book = self._driver.book(who, market)
        action = margin.action(book, verb, amount=amount.plain)
        preview = margin.preview(book, action, now_ms=self._driver.now_ms)
        assert isinstance(preview, Preview), preview
        assert self._driver.act(who, market, action).reply.is_accepted, (who, verb)
        assert self._driver.rows(who, market) == preview.after, (who, verb)
        return len(preview.after)

    def _run(self, moments: Iterable[int], *, until: str | None = None) -> None:
        """Let the recording run, and tell what it set off; up to somebody's liquidation if asked."""
        for now_ms in _watched(moments):
            happened = [told for events in self._tick(now_ms) for told in self._set_off(events)]
            if until in [who for who, _ in happened]:
                break
        else:
            assert until is None, until

    def _tick(self, now_ms: int) -> list[list[dict[str, Any]]]:
        """Publish the closes of a moment; returns the events of each market's tick."""
        self._driver.now_ms = now_ms
        return [self._driver.insist(tick) for tick in self._recording.ticks(now_ms)]

    def _set_off(self, events: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str]]:
        """Tell what a tick set off, and yield whom it concerns and what happened."""
        told = [event for event in events if event["event"] != "priced"]
        if told:
            at = format_moment(self._driver.now_ms)
            for who, what, result in words.set_off(self._driver.look(), told):
                self._stage.point(f"{at}, {who} {what}: {result}", style="yellow")
                yield who, what

    def _kill(self) -> None:
        """Kill the venue's process while it works, and go on in a new one."""
        driver, hours = self._driver, HOURS_AT_ONCE
        sent = []
        for _ in range(hours):
            driver.now_ms += HOUR_MS
            sent += [driver.send(tick) for tick in self._recording.ticks(driver.now_ms)]
        before = [driver.hear() for _ in range(HEARD)][-1]
        driver.kill()
        self._stage.say(
            f"The next {hours} hours are sent at once, {len(sent)} commands. After {HEARD} answers the "
            "venue's process is killed (SIGKILL), with the others in its hands."
        )
        driver.restart()
        after = driver.folded(before.seq)
        assert after == before.state_hash, (after, before)
        self._stage.say(
            f"A new process opens the journal. The state hash at event {before.seq}, the last one answered:"
        )
        self._stage.point(f"{'before the kill':<26}{before.state_hash}")
        self._stage.point(f"{'after the restart':<26}{after}")
        for question in sent:
            assert driver.again(question).reply.is_accepted, question
        more = driver.look().seq - before.seq
        assert more == len(sent) - HEARD, more
        self._stage.say(
            f"All {len(sent)} commands are sent again under their keys: what had landed is answered as it "
            f"was answered then, the rest is done now. {more} events more than at the last answer, one for "
            f"each of the other {len(sent) - HEARD}: nothing is lost, and nothing is done twice."
        )

    def _liquidate(self) -> None:
        driver = self._driver
        first = withdraw.first_breach(driver.book("tara", "wETH/SOL"))
        self._stage.say("The recording runs on, until SOL has risen too far for the first position:")
        self._run(range(driver.now_ms + HOUR_MS, LAST_MS, HOUR_MS), until="tara")
        assert driver.now_ms == first, format_moment(first)
        eth, sol = (withdraw.rise(symbol, OPENED_MS, first) for symbol in ("ETH", "SOL"))
        self._stage.say(
            f"It is the hour that story 1 found. ETH is up {eth} % in dollars since the opening, but SOL "
            f"{sol} %, and the debt is in SOL. The keeper repaid a part of the debt and got wETH worth that "
            "and a bonus."
        )

    def _pay_out(self) -> None:
        """Close what is open, pay the lenders, and let one of them leave."""
        for opening in cast.OPENINGS:
            if opening.who != "sara":
                self._act(opening.who, opening.market, Verb.CLOSE)
        made = render.table(
            "The positions are closed and the lenders redeem",
            ("who", "left"),
            *((heading, "right") for heading in ("lent", "redeems", "interest")),
        )
        for name, text in cast.LENDERS.items():
            lent = cast.amount(f"{text} SOL")
            back = self._most(name, "wETH/SOL", Verb.REDEEM).amount
            self._act(name, "wETH/SOL", Verb.REDEEM, amount=back.plain)
            held = self._driver.look().balance(f"wallet:{account_id(name)}", "SOL")
            interest = Amount(held - lent.units, lent.asset)
            assert held == back.units > lent.units, (name, held)
            made.add_row(name, *(str(amount) for amount in (lent, back, interest)))
        self._stage.out.print()
        self._stage.out.print(made)
        self._leave("luis")

    def _leave(self, who: str) -> None:
        """Withdraw all of somebody's SOL through the outbox."""
        account = account_id(who)
        units = self._driver.look().balance(f"wallet:{account}", "SOL")
        withdrawal = commands.Withdraw(
            account=account, asset="SOL", units=units, address=f"{who}-at-home", request_id=f"all-of-{who}"
        )
        self._driver.insist(withdrawal)
        assert self._driver.settle() == 1
        self._stage.say(
            f"{who.capitalize()} withdraws {Amount(units, money_market.SOL)}: it waited in the outbox until "
            "the settlement confirmed it, and has left."
        )

    def _act(self, who: str, market: str, verb: Verb, **fields: str) -> None:
        answer = self._answer(who, market, verb, **fields)
        assert answer["accepted"], answer

    def _answer(self, who: str, market: str, verb: Verb, **fields: str) -> dict[str, Any]:
        action = margin.action(self._driver.book(who, market), verb, **fields)
        return self._driver.act(who, market, action).reply.read()

    def _most(self, who: str, market: str, verb: Verb) -> Maximum:
        return margin.limits(self._driver.book(who, market), now_ms=self._driver.now_ms)[verb]

    def _headline(self, who: str, market: str) -> Headline:
        return margin.headline(self._driver.book(who, market), now_ms=self._driver.now_ms)


def _story_1() -> Amount:
    """Return what story 1 takes."""
    return margin.limits(money_market.opened_3x(), now_ms=OPENED_MS)["take"].amount


def _story_2() -> Amount:
    """Return what story 2 borrows."""
    return borrow.half_of_most(borrow.calm(money_market.opened_3x()))


def _price(headline: Headline) -> str:
    """Write the first liquidation price with six digits, rounded toward caution."""
    price = headline.liquidation_prices[0]
    assert price.price is not None, headline
    toward = Rounding.FLOOR if price.above else Rounding.CEIL
    return with_unit(price.price.significant(6, toward, grouped=True), price.unit)


def _watched(moments: Iterable[int]) -> Iterable[int]:
    """Show how far the recording has run, where somebody watches."""
    return track(
        list(moments),
        description="the recording runs",
        console=render.console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
