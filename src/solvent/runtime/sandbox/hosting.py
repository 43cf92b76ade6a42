"""A sandbox as a profile of a house: prepared at each opening, driven by its feeds, turned by its user."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from solvent.engine import State, commands
from solvent.margin import registry
from solvent.money import Amount, Ratio
from solvent.prices import ScriptedMove, Tick
from solvent.runtime.clock import Clock, VirtualClock, wall_ms
from solvent.runtime.driving import Driving
from solvent.runtime.errors import RuntimeRefused
from solvent.runtime.hosting import House, Profile
from solvent.runtime.sandbox import cast
from solvent.runtime.sandbox.faults import Faults
from solvent.runtime.sandbox.feeds import Feeds, last_published_ms, require_symbol, sources_of
from solvent.runtime.sandbox.preparing import assets_of, prepare
from solvent.runtime.sandbox.turnings import Turnings
from solvent.runtime.sandbox.wallet import Wallet, open_wallet
from solvent.runtime.secrecy import Vault
from solvent.runtime.settings import SettingRefused, Settings, read_settings, table
from solvent.runtime.venue import Venue

NAME = "sandbox"
REQUEST_BYTES = 12


class SandboxProfile(Profile, frozen=True, kw_only=True):
    """The profile of a house that is a sandbox, and the sandbox itself."""

    sandbox: "Sandbox"


def sandbox_settings(settings: Settings, sources: Mapping[str, str]) -> Settings:
    """Return the settings with the sandbox's own values where nobody gave one."""
    own = {"recording_from": cast.ENTERED_MS, "recording_speed": cast.SPEED}
    return replace(settings, **{name: value for name, value in own.items() if sources[name] == "default"})


class Sandbox:
    """What a house's profile `sandbox` does, and what its user may do to it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._wallet: Wallet | None = None
        self._clock: Clock | None = None
        self.faults = Faults(wall_ms=wall_ms, now_ms=self._now_ms)
        self._feeds: Feeds | None = None

    @property
    def profile(self) -> SandboxProfile:
        """What a house is opened with."""
        return SandboxProfile(
            name=NAME, entrust=self._entrust, prepare=self._prepare, drive=self._drive, sandbox=self
        )

    @property
    def wallet(self) -> Wallet:
        """The wallet, with its secret; of the folder's owner alone."""
        assert self._wallet is not None, "open the house first"
        return self._wallet

    @property
    def feeds(self) -> Feeds:
        """The feeds, to be turned through `House.turn`."""
        assert self._feeds is not None, "open the house first"
        return self._feeds

    def tick_at(self, symbol: str, venue_ms: int) -> Tick | None:
        """Return a symbol's price at a past moment of the venue, or none."""
        return self.feeds.tick_at(symbol, venue_ms)

    def symbols_of(self, market: str) -> Mapping[str, str]:
        """Return the symbol of each of a market's feeds; empty for a market that is not driven."""
        drive = cast.MARKETS.get(market)
        return {} if drive is None else drive.symbols

    def speed(self, text: str) -> Ratio:
        """Read a speed as the setting `recording_speed` is read.

        Errors: `RuntimeRefused` for one that is out of its limits.
        """
        try:
            return read_settings(flags={"recording_speed": text}).settings.recording_speed
        except SettingRefused as error:
            accepted = next(row.accepted for row in table() if row.name == "recording_speed")
            raise RuntimeRefused(f"speed is {text!r}; give {accepted}") from error

    def new_request(self) -> str:
        """Return an id of a deposit that nobody used before."""
        return f"faucet-{self._vault.random(REQUEST_BYTES).hex()}"

    # What takes time: not in an event loop's thread.

    def shock(self, house: House, market: str, *, price: Ratio | None, change: Ratio | None) -> str:
        """Let a market's price jump to a price, or by a part of it; returns the symbol that does.

        With two feeds the price is the first counted in the second. With neither the shock is taken back.
        Errors: `RuntimeRefused` for a market that is not driven; `PricesError` for a price too far off.
        """
        symbol = require_symbol(market)

        def turn(now_ms: int) -> None:
            if price is None and change is None:
                self.feeds.calm(symbol, now_ms)
            else:
                self.feeds.shock(symbol, self._usd(market, price, change, now_ms), now_ms)

        house.turn(turn)
        return symbol

    def script(self, house: House, market: str, moves: Sequence[ScriptedMove]) -> str:
        """Let a market's price make these moves, one after the other; returns the symbol that does.

        With two feeds a price is the first counted in the second, as that stands now. Without moves the
        script is taken back.
        Errors: as `shock`.
        """
        symbol = require_symbol(market)

        def turn(now_ms: int) -> None:
            if moves:
                aimed = [
                    move if move.to is None else replace(move, to=self._usd(market, move.to, None, now_ms))
                    for move in moves
                ]
                self.feeds.script(symbol, aimed, now_ms)
            else:
                self.feeds.release(symbol, now_ms)

        house.turn(turn)
        return symbol

    def retiered(self, state: State, market: str, tiers: str) -> commands.ChangeMarket:
        """Return the command that gives a market another margin table, written as its model writes it.

        Errors: `RuntimeRefused` for a market that there is not, or that has no table; `InputRefused`,
                `NumberRefused` for a table that is none.
        """
        if market not in state.markets:
            raise RuntimeRefused(f"there is no market {market!r}")
        kept = state.markets[market]
        retiered = getattr(registry.by_name(kept.model), "retiered", None)
        if retiered is None:
            raise RuntimeRefused(f"{market} has no margin table, as it is of the model {kept.model}")
        return commands.ChangeMarket(name=market, market=retiered(kept.market, tiers))

    def _usd(self, market: str, price: Ratio | None, change: Ratio | None, now_ms: int) -> Ratio:
        """Return what the first feed's symbol must cost in dollars."""
        first, *others = (self.feeds.now(symbol, now_ms) for symbol in cast.MARKETS[market].symbols.values())
        if price is None:
            assert change is not None
            return Ratio(first.num * (change.den + change.num), first.den * change.den)
        return Ratio(price.num * others[0].num, price.den * others[0].den) if others else price

    def amount(self, state: State, asset: str, text: str) -> Amount:
        """Read an amount of play money.

        Errors: `RuntimeRefused` for an asset that no market counts in, and for more than is given at once;
                `NumberRefused` for a bad number.
        """
        assets = assets_of(state)
        if asset not in assets:
            raise RuntimeRefused(f"no market counts in {asset!r}; there are {', '.join(sorted(assets))}")
        amount = Amount.parse(text, assets[asset])
        if not 0 < amount.units <= cast.FUND_MAX * 10 ** assets[asset].decimals:
            raise RuntimeRefused(
                f"{amount} of play money was asked for; ask for more than 0, up to {cast.FUND_MAX}"
            )
        return amount

    def _now_ms(self) -> int:
        assert self._clock is not None, "open the house first"
        return self._clock.now_ms()

    # The house's own three calls.

    def _entrust(self, vault: Vault) -> None:
        self._vault = vault

    def _prepare(self, venue: Venue) -> None:
        self._clock = venue.clock
        if isinstance(venue.clock, VirtualClock) and venue.clock.now_ms() < cast.ENTERED_MS:
            # A new venue's virtual time begins where the recording is entered, not in 1970.
            venue.clock.advance(cast.ENTERED_MS - venue.clock.now_ms())
        self._wallet = open_wallet(self._vault)
        self._turnings = Turnings(venue.journal, venue.at_rest, venue.clock)
        if self._turnings.is_empty:
            sources = sources_of(self._settings)
            by_symbol = {symbol: source for source in sources.values() for symbol in source.symbols}
            recorded = sources[cast.RECORDING].symbols
            prepare(
                venue,
                self._wallet,
                lambda symbol, at_ms: (
                    by_symbol[symbol],
                    at_ms if symbol in recorded else cast.PUMP_ENTERED_MS,
                ),
            )

    def _drive(self, settings: Settings, venue: Venue) -> Iterable[Driving]:
        published_ms = venue.at_rest(last_published_ms).result()
        self._feeds = Feeds(settings, self._turnings, now_ms=venue.clock.now_ms(), published_ms=published_ms)
        return tuple(self._feeds.driving())
