"""A number of units of one asset."""

from decimal import Decimal

from msgspec import Struct

from solvent.money.errors import AssetMismatch, NumberFault, NumberRefused
from solvent.money.notation import format_units, parse_units


class Asset(Struct, frozen=True, gc=False):
    """A currency or token: its symbol and how many decimals its smallest unit has."""

    symbol: str
    decimals: int


class Amount(Struct, frozen=True, gc=False, order=False):
    """`units` of 10^-decimals of `asset`; may be negative; never made from a float.

    All four comparisons are written out: a Struct answers those that are missing with "not
    supported", so `functools.total_ordering` would add none.
    """

    units: int
    asset: Asset

    def __post_init__(self) -> None:
        """Refuse a float, or anything else but an int, before it is believed.

        Errors: `NumberRefused`.
        """
        if type(self.units) is not int:
            raise NumberRefused(
                NumberFault.NOT_A_NUMBER,
                name="units",
                found=self.units,
                accepted='an int of the smallest unit, or Amount.parse("1.5", asset)',
            )

    @classmethod
    def parse(
        cls, value: str | Decimal, asset: Asset, *, name: str = "amount", signed: bool = False
    ) -> "Amount":
        """Read whole units of the asset exactly; a trailing symbol of that asset is allowed.

        Errors: `NumberRefused`; more decimals than the asset has are refused, not rounded.
        """
        plain = value.removesuffix(asset.symbol) if isinstance(value, str) else value
        return cls(parse_units(plain, asset.decimals, name=name, signed=signed), asset)

    @property
    def decimal(self) -> Decimal:
        """The exact value in whole units."""
        return Decimal(format_units(self.units, self.asset.decimals, strip=False))

    @property
    def plain(self) -> str:
        """The exact value in whole units as bare text: `34285.714285`."""
        return format_units(self.units, self.asset.decimals)

    def __add__(self, other: "Amount") -> "Amount":
        self._same_asset(other)
        return Amount(self.units + other.units, self.asset)

    def __sub__(self, other: "Amount") -> "Amount":
        self._same_asset(other)
        return Amount(self.units - other.units, self.asset)

    def __neg__(self) -> "Amount":
        return Amount(-self.units, self.asset)

    def __lt__(self, other: "Amount") -> bool:
        self._same_asset(other)
        return self.units < other.units

    def __le__(self, other: "Amount") -> bool:
        self._same_asset(other)
        return self.units <= other.units

    def __gt__(self, other: "Amount") -> bool:
        self._same_asset(other)
        return self.units > other.units

    def __ge__(self, other: "Amount") -> bool:
        self._same_asset(other)
        return self.units >= other.units

    def __bool__(self) -> bool:
        return self.units != 0

    def __str__(self) -> str:
        return f"{format_units(self.units, self.asset.decimals, grouped=True)} {self.asset.symbol}"

    def _same_asset(self, other: "Amount") -> None:
        if self.asset != other.asset:
            raise AssetMismatch(self.asset.symbol, other.asset.symbol)
