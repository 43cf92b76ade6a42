"""The door: what an inner limit would stumble over is refused there, and the venue goes on for the others."""

from collections.abc import Iterator
from typing import Any

import pytest

from solvent import margin
from solvent.engine import commands
from solvent.engine.commands import AnyCommand
from solvent.journal import open_journal
from solvent.margin import tiered
from solvent.margin.parts import FeedReading
from solvent.money import Ratio
from solvent.runtime import RuntimeRefused, Venue, VirtualClock
from solvent.runtime.loading import replay

ALICE, BOB = "a" * 32, "b" * 32
HUGE = "x" * (2 << 20)
LONG = "x" * 201
MANY_DIGITS = 10**120


@pytest.fixture
def venue() -> Iterator[Venue]:
    with Venue(open_journal(":memory:", venue_id="0" * 32), clock=VirtualClock()) as opened:
        opened.ask(commands.CreateMarket(name="BTC", market=margin.preset("BTC-PERP")), key="market")
        for account in (ALICE, BOB):
            opened.ask(commands.OpenAccount(account=account), key=account)
        opened.ask(commands.Deposit(account=ALICE, asset="USDC", units=5, request_id="first"), key="deposit")
        opened.settle_outbox()
        yield opened


def transfer(units: Any) -> AnyCommand:
    return commands.Transfer(account=ALICE, receiver=BOB, asset="USDC", units=units)


def withdrawal(request_id: str, address: str = "there") -> AnyCommand:
    return commands.Withdraw(account=ALICE, asset="USDC", units=1, address=address, request_id=request_id)


def priced(feed: str, price: int = 60_000) -> AnyCommand:
    return commands.Tick(market="BTC", readings=(FeedReading(feed=feed, price=Ratio(price, 1)),))


def of_action(action: Any) -> AnyCommand:
    return commands.Act(account=ALICE, market="BTC", action=action)


TOO_MUCH: dict[str, AnyCommand] = {
    "a long address": withdrawal("next", LONG),
    "a huge address": withdrawal("next", HUGE),
    "a request id too long for its confirmation": withdrawal(LONG),
    "a request id that cannot be printed": withdrawal("a\nb"),
    "no request id": withdrawal(""),
    "text that is no Unicode": withdrawal("\ud800"),
    "a huge asset": commands.Declare(role="keeper", asset=HUGE, units=1),
    "no asset": commands.Declare(role="keeper", asset="", units=1),
    "a huge role": commands.Declare(role=HUGE, asset="USDC", units=1),
    "an unknown account, huge": commands.Transfer(account=HUGE, receiver=BOB, asset="USDC", units=1),
    "an unknown market, huge": commands.Touch(market=HUGE),
    "an unknown request, huge": commands.Confirm(request_id=HUGE),
    "a huge name": commands.CreateMarket(name=HUGE, market=margin.preset("ETH-PERP")),
    "no name": commands.CreateMarket(name="", market=margin.preset("ETH-PERP")),
    "a huge identity": commands.BindIdentity(account=ALICE, identity=HUGE),
    "no identity": commands.OpenAccount(account="c" * 32, identities=("",)),
    "too many identities": commands.OpenAccount(
        account="c" * 32, identities=tuple(f"key:{number:040}" for number in range(2_000))
    ),
    "a huge feed": priced(HUGE),
    "a price of many digits": priced("mark", 10**200),
    "an amount of many digits": transfer(MANY_DIGITS),
    "an amount of many digits below zero": transfer(-MANY_DIGITS),
    "an amount of more digits than Python writes": transfer(10**5_000),
    "an amount that is a float": transfer(1.5),
    "an amount that is a truth": transfer(True),
    "an amount that is a text": transfer("1"),
    "no amount": transfer(None),
    "an action with a float": of_action(tiered.Take(1.5)),  # type: ignore[arg-type]
    "an action with a truth": of_action(tiered.Take(True)),
    "an action of many digits": of_action(tiered.Take(MANY_DIGITS)),
    "an action of many digits below zero": of_action(tiered.Add(-MANY_DIGITS)),
    "an action of a huge account": commands.Act(account=HUGE, market="BTC", action=tiered.Take(1)),
    "an action of no account's name": commands.Act(
        account=1,  # type: ignore[arg-type]
        market="BTC",
        action=tiered.Take(1),
    ),
    "an action in a market that cannot be printed": commands.Act(
        account=ALICE, market="B\nTC", action=tiered.Take(1)
    ),
    "an action that is none": of_action(object()),
    "an action that is a kind of actions": of_action(tiered.Take),
    "no command": None,  # type: ignore[dict-item]
    "what is no command": object(),  # type: ignore[dict-item]
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_cannot_be_kept_is_refused_and_the_venue_goes_on(venue: Venue, name: str) -> None:
    before = venue.state.hash()
    with pytest.raises(RuntimeRefused, match="give") as alone:
        venue.submit(TOO_MUCH[name], key="hostile")
    with pytest.raises(RuntimeRefused, match="give") as asked:
        venue.submit(TOO_MUCH[name], key="hostile", request=b"what was asked")
    assert str(alone.value) == str(asked.value)
    assert venue.state.hash() == before
    assert venue.ask(transfer(1), key="hostile").is_accepted
    assert replay(venue.journal).hash() == venue.state.hash()


def test_none_of_a_group_is_carried_out_where_one_cannot_be_kept(venue: Venue) -> None:
    before = venue.state.hash()
    with pytest.raises(RuntimeRefused):
        venue.submit_together([("good", transfer(1)), ("bad", transfer(MANY_DIGITS))])
    assert venue.state.hash() == before


@pytest.mark.parametrize("text", ["x" * 120, "x" * 121, "x" * 200, "ä" * 200, '"' * 100, "\\" * 3, "~ !"])
def test_what_is_looked_at_closer_is_kept_as_what_is_plain_at_a_glance(venue: Venue, text: str) -> None:
    assert venue.ask(withdrawal("next", text), key="next").is_accepted
    with pytest.raises(RuntimeRefused, match="characters; give at most 200 printable ones"):
        venue.submit(withdrawal("other", f"{text}\x7f"), key="other")


def test_the_longest_texts_and_numbers_are_kept(venue: Venue) -> None:
    assert venue.ask(withdrawal("r" * 200, "ä" * 200), key="longest").is_accepted
    assert venue.settle_outbox() == 1
    units = MANY_DIGITS - 1
    assert venue.ask(commands.Declare(role="keeper", asset="USDC", units=units), key="most").is_accepted
    assert replay(venue.journal).balance("keeper", "USDC") == units


@pytest.mark.parametrize("odd", [None, LONG, "a\nb", 7])
@pytest.mark.parametrize("others", [0, 1])
def test_of_what_asks_together_each_name_is_looked_at(venue: Venue, odd: Any, others: int) -> None:
    good = [of_action(tiered.Add(1))] * others
    for account, market in ((odd, odd), (odd, "BTC"), (ALICE, odd)):
        wrong = commands.Act(account=account, market=market, action=tiered.Add(1))
        keyed = [(f"key {number}", command) for number, command in enumerate([*good, wrong, wrong])]
        before = venue.at_rest(lambda state: state.hash()).result()
        with pytest.raises(RuntimeRefused):
            venue.submit_together(keyed, account=ALICE, request=b"asked")
        assert venue.at_rest(lambda state: state.hash()).result() == before
