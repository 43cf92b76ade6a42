"""What an amount's text comes to, where a verb of a market is read from its amount and nothing else."""

from msgspec import Struct

from solvent.api.wishes import Act
from solvent.money import Asset, parse_units

AMOUNT = "amount"
# A market's name, and a verb's.
MarketVerb = tuple[str, str]


class Counted(Struct, frozen=True, gc=False, array_like=True):
    """What such a verb's amount counts."""

    asset: Asset

    def units(self, text: str) -> int | None:
        """Return the units of an amount's text; none of one that is no number, such as `max`.

        Errors: `NumberRefused`.
        """
        return parse_units(text, self.asset.decimals, name=AMOUNT) if text[:1].isdigit() else None

    def units_of(self, act: Act) -> int | None:
        """Return the units of an action that was signed; none where there is more to it than its amount.

        Errors: `NumberRefused`.
        """
        # An asset is named where an amount is a number, so that the field is the amount.
        is_alone = len(act.fields) == 1 and act.asset == self.asset.symbol and not act.guards
        return self.units(act.fields[0][1]) if is_alone else None
