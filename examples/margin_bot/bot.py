"""A bot that takes margin out of positions that won, and feeds those that lost; with its bug, and without.

It speaks to Hyperliquid through the official SDK, and knows nothing of Solvent: only the base URL differs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

ATTEMPTS = 5
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Held:
    """One isolated position, as the venue tells it."""

    coin: str
    value: Decimal
    margin: Decimal
    profit: Decimal
    raw: Decimal
    leverage: int

    @property
    def spare(self) -> Decimal:
        """What may leave: down to a tenth of the value, or to the initial margin, whichever is more."""
        return self.margin - max(self.value / 10, self.value / self.leverage)


class Bot:
    """Moves spare margin from winners to losers; each way of moving it is one that people write."""

    def __init__(self, exchange: Any, info: Any, address: str) -> None:
        self._exchange = exchange
        self._info = info
        self._address = address

    def run_once(self) -> Decimal:
        """Feed each loser what it lost, as far as the winners' spare margin goes; returns how much moved."""
        held = self.positions()
        winners = [one for one in held.values() if one.profit > 0]
        losers = [one for one in held.values() if one.profit < 0]
        moved = Decimal(0)
        for loser in losers:
            for winner in winners:
                spare = self.positions()[winner.coin].spare - CENT
                amount = min(-loser.profit, spare).quantize(CENT, rounding="ROUND_DOWN")
                if amount > 0:
                    self.move(winner.coin, -amount)
                    self.move(loser.coin, amount)
                    moved += amount
        return moved

    def positions(self) -> dict[str, Held]:
        """Read every position by its coin."""
        found = {}
        state = _patiently(lambda: self._info.user_state(self._address))
        for one in state["assetPositions"]:
            held = one["position"]
            found[held["coin"]] = Held(
                coin=held["coin"],
                value=Decimal(held["positionValue"]),
                margin=Decimal(held["marginUsed"]),
                profit=Decimal(held["unrealizedPnl"]),
                raw=Decimal(held["leverage"]["rawUsd"]),
                leverage=held["leverage"]["value"],
            )
        return found

    def move(self, coin: str, amount: Decimal) -> None:
        """Put margin into a position, or take it out."""
        raise NotImplementedError

    def _ask(self, coin: str, amount: Decimal) -> None:
        answer = self._exchange.update_isolated_margin(float(amount), coin)
        if answer["status"] != "ok":
            raise ValueError(f"{amount} on {coin} was refused: {answer['response']}")


class CarelessBot(Bot):
    """Asks again when no answer came. The venue may have done it: then it is done twice.

    The SDK signs each call with a nonce of its own, so that the venue sees two requests and not one.
    """

    def move(self, coin: str, amount: Decimal) -> None:
        """Ask until there is an answer."""
        _patiently(lambda: self._ask(coin, amount))


class CarefulBot(Bot):
    """Looks whether it was done before it asks again: what was put in is in `rawUsd`, to the micro-dollar."""

    def move(self, coin: str, amount: Decimal) -> None:
        """Ask until the position says that it was done."""
        wanted = self.positions()[coin].raw + amount
        for _ in range(ATTEMPTS):
            try:
                self._ask(coin, amount)
            except ValueError:
                raise
            except Exception:  # whatever it was, only the position knows what was done
                pass
            if self.positions()[coin].raw == wanted:
                return
        raise ConnectionError(f"{amount} on {coin} was not done in {ATTEMPTS} attempts")


def _patiently(work: Callable[[], Any]) -> Any:
    """Try again when the connection fails: right for reading, and wrong for anything that moves money."""
    for attempt in range(ATTEMPTS):
        try:
            return work()
        except ValueError:
            raise
        except Exception:
            if attempt == ATTEMPTS - 1:
                raise
    return None
