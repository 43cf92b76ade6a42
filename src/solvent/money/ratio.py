"""An exact rational as two integers; rounded only where it is shown."""

from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from solvent.money.errors import NumberFault, NumberRefused
from solvent.money.notation import format_ratio, format_units, parse_decimal
from solvent.money.rounding import Rounding, divide, power_of_ten

LOG10_OF_2 = (30_103, 100_000)


class Ratio(Struct, frozen=True, gc=False, eq=False, order=False):
    """num / den, exact and not reduced; den is positive.

    Prices, rates and leverage leave the library like this. Equal values are equal and hash alike
    whatever their terms. There is no arithmetic here: sums about money are done on integers.
    """

    num: int
    den: int

    def require_exact(self) -> None:
        """Check a ratio that was built by hand: two ints, and a divisor above zero.

        Building one checks nothing, since every figure of the library is one: a check would cost a preview
        a third more. The library's face asks here, and so does everything that shows a ratio.
        Errors: `NumberRefused`.
        """
        if type(self.num) is not int or type(self.den) is not int:
            raise NumberRefused(
                NumberFault.NOT_A_NUMBER,
                name="ratio",
                found=(self.num, self.den),
                accepted='two ints, or Ratio.parse("0.75")',
            )
        if self.den <= 0:
            raise NumberRefused(
                NumberFault.OUT_OF_RANGE,
                name="ratio",
                found=(self.num, self.den),
                accepted="a divisor above zero, or Ratio.make for one below zero",
            )

    @classmethod
    def make(cls, num: int, den: int) -> "Ratio":
        """Build num / den for a divisor of either sign.

        Errors: `ZeroDivisionError` for den = 0.
        """
        if den > 0:
            return cls(num, den)
        if den == 0:
            raise ZeroDivisionError("a ratio needs a divisor other than zero")
        return cls(-num, -den)

    @classmethod
    def parse(cls, value: str | Decimal, *, name: str = "number", signed: bool = False) -> "Ratio":
        """Read "0.75", "0.5%" or a Decimal exactly.

        Errors: `NumberRefused`.
        """
        percent = isinstance(value, str) and value.rstrip(" ").endswith("%")
        plain = value.rstrip(" ")[:-1] if percent and isinstance(value, str) else value
        digits, exponent = parse_decimal(plain, name=name, signed=signed)
        exponent -= 2 if percent else 0
        if exponent >= 0:
            return cls(digits * 10**exponent, 1)
        return cls(digits, 10**-exponent)

    @classmethod
    def parse_positive(cls, value: str | Decimal, *, name: str = "number") -> "Ratio":
        """Read a number above zero.

        Errors: `NumberRefused`.
        """
        ratio = cls.parse(value, name=name)
        if ratio.num == 0:
            raise NumberRefused(
                NumberFault.OUT_OF_RANGE, name=name, found=str(value), accepted="a number above zero"
            )
        return ratio

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ratio):
            return NotImplemented
        return self.num * other.den == other.num * self.den

    def __ne__(self, other: object) -> bool:
        """Written out, as a Struct's own `!=` would compare the terms: 1/2 and 2/4 would differ."""
        if not isinstance(other, Ratio):
            return NotImplemented
        return self.num * other.den != other.num * self.den

    def __hash__(self) -> int:
        return hash(self.fraction)

    def __lt__(self, other: "Ratio") -> bool:
        return self.num * other.den < other.num * self.den

    def __le__(self, other: "Ratio") -> bool:
        return self.num * other.den <= other.num * self.den

    def __gt__(self, other: "Ratio") -> bool:
        return self.num * other.den > other.num * self.den

    def __ge__(self, other: "Ratio") -> bool:
        return self.num * other.den >= other.num * self.den

    @property
    def fraction(self) -> Fraction:
        """The same value in lowest terms, for readers who want arithmetic."""
        return Fraction(self.num, self.den)

    def units(self, decimals: int, rounding: Rounding) -> int:
        """Return the value as an integer of 10^-decimals, rounded as named."""
        return divide(self.num * 10**decimals, self.den, rounding)

    def text(
        self,
        decimals: int,
        rounding: Rounding,
        *,
        grouped: bool = False,
        strip: bool = True,
        decimals_min: int = 0,
    ) -> str:
        """Write at most `decimals` places, rounded as named."""
        return format_ratio(
            self.num,
            self.den,
            decimals=decimals,
            rounding=rounding,
            grouped=grouped,
            strip=strip,
            decimals_min=decimals_min,
        )

    def significant(self, digits: int, rounding: Rounding, *, grouped: bool = False) -> str:
        """Write `digits` significant digits without an exponent, trailing zeros dropped.

        A carry that lengthens the number (9.99 to 10.0) costs one trailing zero, never a digit.
        """
        self.require_exact()
        if self.num == 0:
            return "0"
        places = digits - 1 - self._magnitude()
        units = divide(self.num * 10 ** max(places, 0), self.den * 10 ** max(-places, 0), rounding)
        return format_units(units * 10 ** max(-places, 0), max(places, 0), grouped=grouped)

    def _magnitude(self) -> int:
        """Return the power of ten of the first digit: 0 for 1 up to 9.99…, -1 for 0.1.

        Estimated from the lengths in bits, never above it and at most two below, then corrected:
        Python does not write out very long ints, and an entry price may have such terms.
        """
        num, den = abs(self.num), self.den
        power = (num.bit_length() - den.bit_length() - 1) * LOG10_OF_2[0] // LOG10_OF_2[1] - 1
        while _is_at_least(num, den, power + 1):
            power += 1
        return power

    def __str__(self) -> str:
        return self.significant(15, Rounding.HALF_EVEN)


def _is_at_least(num: int, den: int, power: int) -> bool:
    """Tell whether num / den is at least 10^power."""
    return num * power_of_ten(max(-power, 0)) >= den * power_of_ten(max(power, 0))
