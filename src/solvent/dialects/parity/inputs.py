"""The inputs of one case: read exactly, by name, and every one of them read."""

from collections.abc import Iterator

from solvent.dialects.errors import DialectError
from solvent.dialects.payload import Node, decimals_of
from solvent.margin.seam import InputRefused
from solvent.money import MoneyError, Ratio


class CaseFailed(DialectError):
    """A case that the library cannot compute, with its reason."""


# What a formula may raise on inputs that no venue would print, such as a division by a price of zero.
SURPRISES = (ValueError, ArithmeticError, LookupError, AssertionError)


def reason_of(error: Exception) -> str:
    """Say why a case failed: the room's own sentence, or what the formula stumbled over."""
    if isinstance(error, DialectError | MoneyError | InputRefused):
        return str(error)
    return f"the formulas do not hold for these inputs ({type(error).__name__}: {error})"


class Inputs:
    """The fields of `given`, with a tally of those that were read.

    An input that no formula reads would make a case look checked that is not: `unread` names it.
    """

    def __init__(self, given: Node) -> None:
        self.given = given
        self.read: set[str] = {"op"}

    def __contains__(self, name: str) -> bool:
        return name in self.given.names

    def node(self, name: str) -> Node:
        """Return an input that must be there."""
        self.read.add(name)
        return self.given[name]

    def given_or_null(self, name: str) -> Node:
        """Return an input, or a null node where it is absent."""
        self.read.add(name)
        return self.given.maybe(name)

    def ratio(self, name: str, default: Ratio | None = None, *, signed: bool = False) -> Ratio:
        """Return a number exactly; one below zero only where it has a meaning."""
        node = self.given_or_null(name)
        if node.is_null and default is not None:
            return default
        number = self.node(name).number()
        if number.num < 0 and not signed:
            raise node.refused("a number of at least 0")
        return number

    def units(self, name: str, decimals: int, *, signed: bool = False) -> int:
        """Return a number as an integer of 10^-decimals."""
        units = self.node(name).units(decimals)
        if units < 0 and not signed:
            raise self.node(name).refused("a number of at least 0")
        return units

    def units_or(self, name: str, decimals: int, default: int, *, signed: bool = False) -> int:
        """Return a number as an integer of 10^-decimals, or a default where it is absent or null."""
        node = self.given_or_null(name)
        return default if node.is_null else self.units(name, decimals, signed=signed)

    def whole(self, name: str, *, signed: bool = False) -> int:
        """Return a whole number."""
        return self.units(name, 0, signed=signed)

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a flag."""
        node = self.given_or_null(name)
        return default if node.is_null else node.flag()

    def text(self, name: str, default: str | None = None) -> str:
        """Return a string."""
        node = self.given_or_null(name)
        if node.is_null and default is not None:
            return default
        return self.node(name).text()

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """Return one of some strings."""
        found = self.text(name, default)
        if found not in choices:
            raise self.node(name).refused(" or ".join(choices))
        return found

    def items(self, name: str) -> Iterator[Node]:
        """Yield the items of a list."""
        return self.node(name).items()

    def decimals(self, *names: str) -> int:
        """Return how many decimals the given numbers need together; absent ones need none."""
        needed = [self._decimals(name) for name in names if name in self]
        return max(needed, default=0)

    def _decimals(self, name: str) -> int:
        found = decimals_of(self.ratio(name, signed=True))
        assert found is not None, "a decimal number ends"
        return found

    def skip(self, *names: str) -> None:
        """Count inputs as read that only describe the case."""
        self.read.update(names)

    @property
    def unread(self) -> tuple[str, ...]:
        """The inputs that nothing has read."""
        return tuple(name for name in self.given.names if name not in self.read)
