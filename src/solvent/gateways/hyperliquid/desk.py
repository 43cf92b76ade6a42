"""What every call works with: the house as this venue's words have it, coins, addresses, books."""

from collections.abc import Iterable
from hashlib import blake2b

from msgspec import Struct

from solvent.dialects.hyperliquid import format_price
from solvent.engine import State
from solvent.engine.books import is_priced, parts_of, settled_book
from solvent.gateways.hyperliquid.marks import Marks
from solvent.gateways.records import Records
from solvent.gateways.rows import MoveKind
from solvent.margin import tiered
from solvent.margin.tiered.orders import house_quote
from solvent.money import Ratio
from solvent.runtime import House

USDC = tiered.USD.symbol
IDENTITY = "ethereum:"
MS_PER_S = 1_000


class Coin(Struct, frozen=True, kw_only=True):
    """One market: its asset id, its name here, its name in the venue, and its parameters."""

    asset: int
    name: str
    market: str
    terms: tiered.Market

    def price(self, units: int) -> str:
        """Write a price that is counted in price units."""
        return format_price(Ratio(units, self.terms.price_scale), self.terms.size_decimals)


class Quote(Struct, frozen=True, gc=False, kw_only=True):
    """A coin's prices in price units: what buys and sells fill at, the mark and the oracle."""

    bid: int
    ask: int
    mark: int
    oracle: int


class Desk:
    """A house and its records; everything is read in the event loop's thread and never kept over a pause."""

    def __init__(self, house: House, records: Records) -> None:
        self.house = house
        self.records = records
        self.marks = Marks(house)
        # By market: the second of the wall clock that it was summed up in, and the sum.
        self._interest: dict[str, tuple[int, int]] = {}
        self._markets = 0
        self._coins: tuple[Coin, ...] = ()

    @property
    def state(self) -> State:
        """The readers' state.

        Errors: `VenueStopped`.
        """
        return self.house.follower.state

    def now_ms(self) -> int:
        """Return the venue's moment."""
        return self.house.now_ms()

    # Coins.

    def coins(self) -> tuple[Coin, ...]:
        """Return the venue's tiered markets in the order in which they were created."""
        markets = self.state.markets
        is_known = len(markets) == self._markets
        if is_known:
            # Parameters may change under a name; a look at each costs less than making them anew.
            for coin in self._coins:
                if markets[coin.market].market is not coin.terms:
                    is_known = False
        if not is_known:
            names = [name for name, kept in markets.items() if kept.model == tiered.NAME]
            self._markets, self._coins = len(markets), tuple(_named(names, self.state))
        return self._coins

    def coin(self, name: str) -> Coin | None:
        """Return a coin by its name; none for one that is not listed."""
        return next((coin for coin in self.coins() if coin.name == name), None)

    def coin_of(self, market: str) -> Coin | None:
        """Return a market's coin; none for a market of another model."""
        return next((coin for coin in self.coins() if coin.market == market), None)

    def asset(self, number: int) -> Coin | None:
        """Return a coin by its asset id; none for one that is not listed."""
        coins = self.coins()
        return coins[number] if 0 <= number < len(coins) else None

    def quote(self, coin: Coin) -> Quote | None:
        """Return a coin's prices; none before its first."""
        kept = self.state.markets[coin.market]
        if not is_priced(kept):
            return None
        book = tiered.assemble(parts_of(self.state, coin.market, ""))
        return Quote(bid=house_quote(book, -1), ask=house_quote(book, 1), mark=book.mark, oracle=book.oracle)

    def open_interest(self, coin: Coin) -> int:
        """Return the larger side's size of all positions, at most a second old; the house holds the rest."""
        second = self.house.wall_ms() // MS_PER_S
        known = self._interest.get(coin.market)
        if known is None or known[0] != second:
            sizes = [held.size for held in self.state.positions[coin.market].values()]
            longs, shorts = sum(size for size in sizes if size > 0), -sum(size for size in sizes if size < 0)
            known = self._interest[coin.market] = (second, max(longs, shorts))
        return known[1]

    # Accounts.

    def account(self, address: str) -> str | None:
        """Return the account that an address is an identity of; an agent's is none."""
        return self.state.identities.get(f"{IDENTITY}{address}")

    def address(self, account: str) -> str:
        """Return an account's address, or its id where it has none."""
        known = self.state.accounts.get(account, ())
        return next((one.removeprefix(IDENTITY) for one in known if one.startswith(IDENTITY)), account)

    def cash(self, account: str | None) -> int:
        """Return an account's perp cash in micro-USD."""
        return 0 if account is None else self.state.balance(f"wallet:{account}", USDC)

    def aside(self, account: str | None) -> int:
        """Return what an account has put aside, which is its spot balance."""
        return 0 if account is None else self.state.balance(f"aside:{account}", USDC)

    def withdrawable(self, account: str | None) -> int:
        """Return the cash that no resting order reserves."""
        reserved = 0 if account is None else self.state.reserved.get((account, USDC), 0)
        return max(0, self.cash(account) - reserved)

    def position(self, coin: Coin, account: str | None) -> tiered.Position | None:
        """Return an account's position as it is kept; none where it never had one nor a setting."""
        found: tiered.Position | None = self.state.positions[coin.market].get(account or "")
        return found

    def book(self, coin: Coin, account: str) -> tiered.Book:
        """Return an account's book with funding settled; the coin must have a price."""
        found: tiered.Book = settled_book(self.state, coin.market, account, now_ms=self.now_ms())
        return found

    def held(self, account: str | None) -> list[tuple[Coin, tiered.Book]]:
        """Return the books in which an account holds a position."""
        if account is None:
            return []
        return [
            (coin, self.book(coin, account))
            for coin in self.coins()
            if (position := self.position(coin, account)) is not None and position.size
        ]

    def is_funded(self, account: str) -> bool:
        """Tell whether an account ever had dollars here."""
        if self.cash(account) or self.aside(account) or self.held(account):
            return True
        if any(True for _ in self.records.fills(account)):
            return True
        came = (MoveKind.DEPOSIT, MoveKind.RECEIVED, MoveKind.PAID_OUT)
        return any(row.asset == USDC and row.kind in came for row in self.records.moves(account))

    def volume(self, account: str) -> int:
        """Return what an account has traded in micro-USD."""
        return sum(self.records.traded(account, coin.market) for coin in self.coins())

    def hash(self, seq: int) -> str:
        """Return what stands for a transaction's hash: always the same of one event, and of no other."""
        digest = blake2b(f"{seq}".encode(), key=self.house.venue_id.encode()[:64], digest_size=32)
        return f"0x{digest.hexdigest()}"


def _named(names: Iterable[str], state: State) -> Iterable[Coin]:
    """Name coins after their markets' own names, or as the venue does where such a name is taken."""
    taken: set[str] = set()
    for asset, name in enumerate(names):
        terms: tiered.Market = state.markets[name].market
        coin = name if terms.name in taken else terms.name
        taken.add(coin)
        yield Coin(asset=asset, name=coin, market=name, terms=terms)
