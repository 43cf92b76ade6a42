"""How often somebody may call: each call has a weight, and weights have a budget for half a minute."""

from collections.abc import Callable

from solvent.gateways.kucoin.answers import Declined, Headers

WINDOW_MS = 30_000
BANNED_MS = 10_000
BUDGET = 2_000
CALLERS_MAX = 10_000
TOO_MANY = "200002"


class _Spent:
    __slots__ = ("banned_until_ms", "began_ms", "weight")

    def __init__(self, began_ms: int) -> None:
        self.began_ms = began_ms
        self.weight = 0
        self.banned_until_ms = 0


class Budgets:
    """What each account, and each address without one, has spent of its budget."""

    def __init__(self, *, budget: int, wall_ms: Callable[[], int]) -> None:
        self._budget = budget
        self._wall_ms = wall_ms
        self._spent: dict[str, _Spent] = {}

    def take(self, caller: str, weight: int) -> Headers:
        """Spend a call's weight, and return the headers that tell what is left.

        Errors: `Declined` for ten seconds once more is asked than there is.
        """
        now_ms = self._wall_ms()
        spent = self._spent.get(caller)
        if spent is None or now_ms - spent.began_ms >= WINDOW_MS:
            banned_until_ms = 0 if spent is None else spent.banned_until_ms
            spent = self._begin(caller, now_ms)
            spent.banned_until_ms = banned_until_ms
        if now_ms < spent.banned_until_ms:
            raise self._too_many(spent.banned_until_ms - now_ms)
        if spent.weight + weight > self._budget:
            spent.banned_until_ms = now_ms + BANNED_MS
            raise self._too_many(BANNED_MS)
        spent.weight += weight
        return (
            ("gw-ratelimit-limit", str(self._budget)),
            ("gw-ratelimit-remaining", str(self._budget - spent.weight)),
            ("gw-ratelimit-reset", str(spent.began_ms + WINDOW_MS - now_ms)),
        )

    def _begin(self, caller: str, now_ms: int) -> _Spent:
        if len(self._spent) >= CALLERS_MAX:
            gone = [
                name
                for name, one in self._spent.items()
                if now_ms - one.began_ms >= WINDOW_MS and now_ms >= one.banned_until_ms
            ]
            for name in gone or list(self._spent)[:1]:
                del self._spent[name]
        spent = self._spent[caller] = _Spent(now_ms)
        return spent

    def _too_many(self, left_ms: int) -> Declined:
        return Declined(
            TOO_MANY,
            f"Too many requests in a short period of time: {self._budget} of weight may be asked in "
            f"{WINDOW_MS // 1000} s, try again in {left_ms} ms.",
        )
