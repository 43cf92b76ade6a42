"""Who takes part in the demo's venue, with what, in which markets; all of it fixed."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from solvent import margin
from solvent.cli.demo import money_market
from solvent.cli.venue.recorded import SYMBOLS
from solvent.engine import commands
from solvent.engine.commands import AnyCommand
from solvent.margin import registry
from solvent.margin.parts import FeedReading, housed
from solvent.money import Amount, Asset, format_moment
from solvent.prices import Cursor, Kind, Path, ReplayFeed
from solvent.runtime import account_id, identity_of

MARKETS = ("wETH/SOL", "BTC-PERP", "XBTUSDTM")
LENDERS = {"lena": "800", "luis": "400"}
FUNDED = (
    ("keeper", "500 SOL"),
    ("swap_desk", "10000 SOL"),
    ("swap_desk", "1000 wETH"),
    ("insurance", "10000 USDT"),
)
WALLETS = {
    "lena": "800 SOL",
    "luis": "400 SOL",
    "tara": f"{money_market.OWN_SOL} SOL",
    "bela": "100 SOL",
    "hugo": "1000 USDC",
    "kira": "1000 USDT",
    "sara": "300 USDT",
}
# Never drawn from: the demo stops at recorded closes alone.
SEED = 1


class Opening(Struct, frozen=True):
    """Who opens what, and the fields of the action."""

    who: str
    market: str
    fields: Mapping[str, str]
    told: str


OPENINGS = (
    Opening("tara", "wETH/SOL", {"margin": money_market.OWN_SOL, "leverage": "3"}, "3x, 10 SOL of her own"),
    Opening("bela", "wETH/SOL", {"margin": "100", "leverage": "1.8"}, "1.8x, 100 SOL of her own"),
    Opening("hugo", "BTC-PERP", {"size": "0.05"}, "long 0.05 BTC at 10x"),
    Opening("kira", "XBTUSDTM", {"lots": "50", "leverage": "5"}, "long 50 lots at 5x"),
    Opening("sara", "XBTUSDTM", {"lots": "-50", "leverage": "20"}, "short 50 lots at 20x"),
)


def assets() -> dict[str, Asset]:
    """Return the assets of the three markets by symbol."""
    markets = [margin.preset(name) for name in MARKETS]
    return {
        asset.symbol: asset
        for market in markets
        for asset in housed(registry.of(market)).wallet_assets(market)
    }


def amount(text: str) -> Amount:
    """Read an amount such as `800 SOL`."""
    number, _, symbol = text.partition(" ")
    return Amount.parse(number, assets()[symbol])


def preparation() -> Iterator[AnyCommand]:
    """Yield what makes markets, funds the venue's own accounts, and asks for everybody's deposit."""
    for name in MARKETS:
        yield commands.CreateMarket(name=name, market=margin.preset(name))
    for role, text in FUNDED:
        found = amount(text)
        yield commands.Declare(role=role, asset=found.asset.symbol, units=found.units)
    for name, text in WALLETS.items():
        found, account = amount(text), account_id(name)
        yield commands.OpenAccount(account=account, identities=(identity_of(name),))
        yield commands.Deposit(
            account=account,
            asset=found.asset.symbol,
            units=found.units,
            request_id=f"deposit-of-{name}",
        )


class Recording:
    """The replayed recording as ticks of the three markets."""

    def __init__(self, start_ms: int) -> None:
        path = Path(closes=money_market.closes(), seed=SEED)
        self._feed = ReplayFeed(path, Cursor(venue_ms=start_ms, source_ms=start_ms))

    def ticks(self, now_ms: int) -> Iterator[commands.Tick]:
        """Yield a tick of each market at a moment at which there is a recorded close."""
        for market in MARKETS:
            yield commands.Tick(
                market=market,
                readings=tuple(
                    self._reading(feed, symbol, now_ms) for feed, symbol in SYMBOLS[market].items()
                ),
            )

    def _reading(self, feed: str, symbol: str, now_ms: int) -> FeedReading:
        tick = self._feed.read(symbol, now_ms)
        assert tick.kind is Kind.RECORDED, format_moment(now_ms)
        return FeedReading(feed=feed, price=tick.price, at_ms=now_ms)
