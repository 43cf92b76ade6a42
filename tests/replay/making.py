"""How a journal of a release is made: `python -m tests.replay.making FOLDER` plays a story of every event.

It is run once for each format, when that format is released; what it made is kept and must always load.
"""

import json
import sys
from pathlib import Path
from typing import Any

from solvent import margin
from solvent.engine import commands
from solvent.journal import open_journal
from solvent.margin import lending, risk_limit, tiered
from solvent.margin.parts import FeedReading, FundingNote
from solvent.money import Ratio
from solvent.runtime import STREAM, Venue, VirtualClock, load
from solvent.runtime.snapshots import Snapshotter

ALICE, BOB, CAROL, LENDER = ("a" * 32, "b" * 32, "0" * 32, "c" * 32)
FUNDS = {"USDC": 20_000 * 10**6, "SOL": 1_000 * 10**9, "wETH": 100 * 10**8, "USDT": 10_000 * 10**10}
BTC, XBT, WETH = "BTC-PERP", "XBTUSDTM", "wETH/SOL"
VENUE_ID = "f" * 32


class Story:
    """A venue on a journal, and commands that it accepts, each under a key of its own."""

    def __init__(self, folder: Path) -> None:
        self.clock = VirtualClock(1_700_000_000_000)
        self.venue = Venue(open_journal(folder, venue_id=VENUE_ID), clock=self.clock)
        self.asked = 0

    def do(self, command: Any, *, is_accepted: bool = True) -> None:
        self.asked += 1
        reply = self.venue.ask(command, key=f"key {self.asked}")
        assert reply.is_accepted == is_accepted, (command, reply.body)

    def act(self, account: str, market: str, action: Any) -> None:
        self.do(commands.Act(account=account, market=market, action=action))

    def price(self, market: str, **feeds: str) -> None:
        now_ms = self.clock.advance(1_000)
        readings = tuple(
            FeedReading(feed=feed, price=Ratio.parse(text), at_ms=now_ms) for feed, text in feeds.items()
        )
        self.do(commands.Tick(market=market, readings=readings))

    def deposit(self, account: str, asset: str, units: int) -> None:
        request = f"{account[:1]} {asset} {self.asked}"
        self.do(commands.Deposit(account=account, asset=asset, units=units, request_id=request))
        self.do(commands.Confirm(request_id=request))


def begin(story: Story) -> None:
    for account in (ALICE, BOB, CAROL, LENDER):
        story.do(commands.OpenAccount(account=account, identities=(f"solana:{account}",)))
        for asset, units in FUNDS.items():
            story.deposit(account, asset, units)
    story.do(commands.BindIdentity(account=ALICE, identity='name:Ünïcode "✓"'))
    for asset in ("SOL", "wETH"):
        story.do(commands.Declare(role="swap_desk", asset=asset, units=3**100))
    for name in (BTC, XBT, WETH):
        story.do(commands.CreateMarket(name=name, market=margin.preset(name)))
    story.price(BTC, mark="60000")
    story.price(XBT, mark="60000")
    story.price(WETH, collateral_usd="2000", loan_usd="100")


def play_tiered(story: Story) -> None:
    for account, leverage, size in ((ALICE, 40, 500_000), (CAROL, 10, -100_000), (BOB, 40, -300_000)):
        story.act(account, BTC, tiered.SetLeverage(leverage))
        story.act(account, BTC, tiered.Open(size=size))
    note = FundingNote(
        at_ms=story.clock.now_ms(), price=Ratio(60_000, 1), rate=Ratio.parse("0.0000125", signed=True)
    )
    story.do(commands.SetFunding(market=BTC, note=note))
    story.act(BOB, BTC, tiered.Add(10**6))
    story.price(BTC, mark="59200")
    story.price(BTC, mark="58000")
    story.price(BTC, mark="60000")
    story.act(LENDER, BTC, tiered.SetLeverage(40))
    story.act(LENDER, BTC, tiered.Open(size=500_000))
    story.price(BTC, mark="58900")
    story.act(CAROL, BTC, tiered.Order(order_id="é", size=100, limit_price=570_000))
    story.act(CAROL, BTC, tiered.Order(order_id="2", size=100, limit_price=580_000))
    story.price(BTC, mark="57900")


def play_risk_limit(story: Story) -> None:
    story.act(ALICE, XBT, risk_limit.Open(lots=10, leverage=20))
    story.act(BOB, XBT, risk_limit.Open(lots=-10, leverage=20))
    story.price(XBT, mark="56000")
    story.do(commands.Declare(role="insurance", asset="USDT", units=10**12))
    story.act(ALICE, XBT, risk_limit.Open(lots=10, leverage=20))
    story.price(XBT, mark="53000")
    story.act(CAROL, XBT, risk_limit.Open(lots=7, leverage=5))
    order = risk_limit.Order(order_id="1", lots=1, leverage=5, limit_price=Ratio(50_000, 1))
    story.act(CAROL, XBT, order)


def play_lending(story: Story) -> None:
    story.price(WETH, collateral_usd="2000", loan_usd="100")
    story.act(LENDER, WETH, lending.Supply(100 * 10**9))
    for account in (ALICE, BOB, CAROL):
        story.act(account, WETH, lending.Open(margin=10 * 10**9, leverage=Ratio(3, 1)))
    story.price(WETH, collateral_usd="1800", loan_usd="100")
    story.do(commands.Declare(role="keeper", asset="SOL", units=100 * 10**9))
    story.price(WETH, collateral_usd="1800", loan_usd="100")
    story.clock.advance(3_600_000)
    story.do(commands.Touch(market=WETH))
    story.do(commands.SetPaused(market=WETH, paused=True))
    story.do(commands.SetPaused(market=WETH, paused=False))
    story.price(WETH, collateral_usd="1200", loan_usd="100")


def end(story: Story) -> None:
    story.do(commands.Transfer(account=ALICE, receiver=BOB, asset="SOL", units=1))
    story.do(commands.Transfer(account=ALICE, receiver=BOB, asset="SOL", units=10**40), is_accepted=False)
    for request, done in (("sent", True), ("failed", False), ("wäits", None)):
        command = commands.Withdraw(account=BOB, asset="SOL", units=5, address="so1", request_id=request)
        story.do(command)
        if done is not None:
            story.do(commands.Confirm(request_id=request, done=done))
    story.do(commands.Deposit(account=BOB, asset="USDC", units=2**65, request_id="waits as well"))


def made(folder: Path) -> None:
    """Make a journal and write down what it comes to."""
    story = Story(folder)
    begin(story)
    play_tiered(story)
    play_risk_limit(story)
    play_lending(story)
    Snapshotter(story.venue.journal, story.venue, saved_seq=0, events_between=1).tend()
    end(story)
    story.venue.close()
    with open_journal(folder) as journal:
        state, loaded = load(journal)
        told = {
            "events": loaded.events,
            "snapshot_seq": loaded.snapshot_seq,
            "state_hash": state.hash(),
            "head_hash": journal.head(STREAM).hash.hex(),
            "answers": story.asked,
            "balances": {
                f"{name} {asset}": str(units) for (name, asset), units in sorted(state.ledger().items())
            },
        }
    (folder / "lock").unlink()
    (folder / "expected.json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    made(Path(sys.argv[1]))
