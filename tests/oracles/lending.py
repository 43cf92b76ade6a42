"""The lending market again, from its specification alone: Fractions, plain loops, state that changes.

Nothing here is shared with the package under test but the names of things.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

YEAR = 31_536_000
WAD = 10**18


@dataclass(kw_only=True)
class Rules:
    m: Fraction = Fraction(7, 10)
    liquidation: Fraction = Fraction(3, 4)
    emergency: Fraction = Fraction(4, 5)
    target: Fraction = Fraction(7, 10)
    p: Fraction = Fraction(1, 10)
    p_emergency: Fraction = Fraction(3, 20)
    protocol_share: Fraction = Fraction(1, 10)
    oi: Fraction = Fraction(1, 100)
    of: Fraction = Fraction(1, 100)
    window: int = 259_200
    reserve: Fraction = Fraction(1, 5)
    sell_fee: Fraction = Fraction(1, 100)
    min_debt: int = 10**8
    slippage: Fraction = Fraction(0)


@dataclass(kw_only=True)
class World:
    """One market with one account that borrows and lends, and others who only hold shares."""

    rules: Rules
    price: Fraction  # lamports per base unit
    S: int = 0
    Ssh: int = 0
    B: int = 0
    Bsh: int = 0
    cash: int = 0
    streams: list[list[int]] = field(default_factory=list)  # amount, start, released so far
    last_s: int = 0
    protocol: int = 0
    C: int = 0
    bsh: int = 0
    net_in: int = 0
    own: int = 0
    wallet: int = 0
    wallet_tokens: int = 0

    @property
    def locked(self) -> int:
        return sum(amount - released for amount, _, released in self.streams)

    @property
    def D(self) -> int:  # noqa: N802 - the spec's letter
        return ceil(Fraction(self.bsh) * (self.B + 1) / (self.Bsh + 10**6))

    @property
    def V(self) -> Fraction:  # noqa: N802
        return self.C * self.price

    def claim(self) -> int:
        return floor(Fraction(self.own) * (self.S + 1) / (self.Ssh + 10**6))

    def accrue(self, now_s: int) -> None:
        t = now_s - self.last_s
        whole = self.B + self.cash
        used = floor(Fraction(self.B * WAD, whole)) if whole else 0
        zero, kink_rate, full, kink = (int(x * WAD) for x in map(Fraction, ("0.15", "0.7", "4", "0.7")))
        if used <= kink:
            apr = zero + floor(Fraction((kink_rate - zero) * used, kink))
        else:
            apr = kink_rate + floor(Fraction((full - kink_rate) * (used - kink), WAD - kink))
        x1 = floor(Fraction(apr, YEAR)) * t
        x2 = floor(Fraction(x1 * x1, 2 * WAD))
        x3 = floor(Fraction(x2 * x1, 3 * WAD))
        interest = floor(Fraction(self.B * (x1 + x2 + x3), WAD))
        self.B += interest
        self.S += interest
        fee = floor(interest * self.rules.reserve)
        shares = floor(Fraction(fee * (self.Ssh + 10**6), self.S - fee + 1))
        self.Ssh += shares
        self.protocol += shares
        for stream in self.streams:
            amount, start, released = stream
            now = floor(Fraction(amount * min(now_s - start, self.rules.window), self.rules.window))
            self.S += now - released
            stream[2] = now
        self.streams = [s for s in self.streams if now_s - s[1] < self.rules.window]
        self.last_s = now_s

    def _lend(self, b: int) -> None:
        oi, of = ceil(b * self.rules.oi), ceil(b * self.rules.of)
        owed = b + oi + of
        minted = ceil(Fraction(owed) * (self.Bsh + 10**6) / (self.B + 1))
        fee_shares = floor(Fraction(of) * (self.Ssh + 10**6) / (self.S + 1))
        self.bsh += minted
        self.Bsh += minted
        self.B += owed
        self.cash -= b
        self.S += of
        self.Ssh += fee_shares
        self.protocol += fee_shares
        if oi:
            self.streams.append([oi, self.last_s, 0])

    def _pay(self, a: int) -> None:
        debt = self.D
        partly = floor(Fraction(a) * (self.Bsh + 10**6) / (self.B + 1))
        burned = self.bsh if a == debt else partly
        self.cash += a
        if a > self.B:
            self.S += a - self.B
            self.B = 0
        else:
            self.B -= a
        self.bsh -= burned
        self.Bsh -= burned
        self._sweep()

    def _sweep(self) -> None:
        if self.Bsh == 0:
            self._lose(self.B)

    def _lose(self, bad: int) -> None:
        if bad > self.S:
            self.S += self.locked
            self.streams = []
        self.B -= bad
        self.S -= bad

    def _forget(self) -> None:
        if self.C == 0 and self.bsh == 0:
            self.net_in = 0

    def add(self, tokens: int) -> None:
        self.C += tokens
        self.wallet_tokens -= tokens
        self.net_in += floor(tokens * self.price)

    def take(self, tokens: int) -> None:
        self.C -= tokens
        self.wallet_tokens += tokens
        self.net_in -= floor(tokens * self.price)
        self._forget()

    def borrow(self, b: int) -> None:
        self._lend(b)
        self.wallet += b
        self.net_in -= b

    def repay(self, amount: int) -> None:
        taken = min(amount, self.D)
        self._pay(taken)
        self.wallet -= taken
        self.net_in += taken
        self._forget()

    def open(self, margin: int, b: int) -> None:
        out = floor((margin + b) * (1 - self.rules.slippage) / self.price)
        self._lend(b)
        self.C += out
        self.wallet -= margin
        self.net_in += margin

    def close(self, sold: int, *, cover: bool = False) -> None:
        out = floor(sold * self.price * (1 - self.rules.slippage))
        debt = self.D
        surplus = max(0, out - debt)
        fee = ceil(surplus * self.rules.sell_fee)
        short = max(0, debt - out) if cover and sold == self.C else 0
        paid = surplus - fee - short
        if min(out, debt) + short:
            self._pay(min(out, debt) + short)
        self.C -= sold
        self.wallet += paid
        self.net_in -= paid
        self._forget()

    def supply(self, a: int) -> None:
        shares = floor(Fraction(a) * (self.Ssh + 10**6) / (self.S + 1))
        self.own += shares
        self.Ssh += shares
        self.S += a
        self.cash += a
        self.wallet -= a

    def redeem(self, a: int) -> None:
        shares = ceil(Fraction(a) * (self.Ssh + 10**6) / (self.S + 1))
        self.own -= shares
        self.Ssh -= shares
        self.S -= a
        self.cash -= a
        self.wallet += a

    def proposal(self) -> tuple[Fraction, int, int]:
        """Return (penalty, repayment, tokens seized) of a full liquidation."""
        r, debt, value = self.rules, self.D, self.V
        p = r.p_emergency if debt >= r.emergency * value else r.p
        if value <= debt:
            return Fraction(0), min(debt, ceil(value)), self.C
        capped = min(p, value / debt - 1)
        if capped < p:
            return capped, debt, self.C
        x = ceil((debt - r.target * value) / (1 - r.target * (1 + p)))
        if 0 < debt - x < r.min_debt:
            x = debt
        return p, x, min(self.C, floor(x * (1 + p) / self.price))

    def liquidate(self, offer: int | None) -> None:
        penalty, x, seized = self.proposal()
        if offer is not None and offer < x:
            x, seized = offer, min(self.C, floor(offer * (1 + penalty) / self.price))
        if x:
            self._pay(x)
        self.C -= seized
        if self.C == 0 and self.bsh:
            bad = min(self.D, self.B)
            self.Bsh -= self.bsh
            self.bsh = 0
            self._lose(bad)
            self._sweep()
        self._forget()

    def is_liquidatable(self) -> bool:
        return self.rules.liquidation * self.V < self.D

    def max_take(self) -> int:
        if self.D == 0:
            return self.C
        return max(0, self.C - ceil(self.D / (self.rules.m * self.price)))
