"""One account over the native interface and a gateway at once, both over HTTP to one server."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import httpx
import pytest

from solvent.cli.trade.connection import Connection
from solvent.testing import Sandbox
from tests.contract.gateways.test_lost_answers import Hyperliquid

pytestmark = pytest.mark.slow

MARKET = "BTC-PERP"
EACH, ASKED, GOOD = 8, 16, 5
MICRO = 10**6
TOO_MUCH = "Position does not have sufficient margin for reduction."


def native(mine: Connection, amount: Decimal) -> Callable[[], bool]:
    """Return what takes an amount through the native interface, written and signed beforehand."""
    wish = {"action": "act", "market": MARKET, "verb": "take", "fields": {"amount": f"{amount}"}}
    text = mine.post("/intents/draft", {**wish, "account": mine.account})["text"]
    body = {"text": text, "public_key": mine.wallet.public_key, "signature": mine.wallet.sign(text)}

    def take() -> bool:
        answer = httpx.post(f"{mine.url}/api/v1/intents", json=body)
        if answer.status_code != 200:
            assert (answer.status_code, answer.json()["code"]) == (422, "BELOW_TRANSFER_FLOOR")
        return answer.status_code == 200

    return take


def through(bot: Hyperliquid, amount: Decimal) -> Callable[[], bool]:
    """Return what takes an amount through the gateway, signed beforehand."""
    ntli = -int(amount * MICRO)
    body = bot.signed({"type": "updateIsolatedMargin", "asset": 0, "isBuy": True, "ntli": ntli})

    def take() -> bool:
        found = bot.send(body)
        assert found["status"] == "ok" or found["response"] == TOO_MUCH
        return bool(found["status"] == "ok")

    return take


def test_takings_over_both_interfaces_at_once_share_one_floor() -> None:
    with Sandbox.started() as venue, Connection(venue.url, None) as mine:
        bot = Hyperliquid(venue, account=mine.account)
        most = most_of(mine)
        # So that of all that is asked only some may leave, whoever comes first.
        amount = (most / (GOOD + Decimal("0.5"))).quantize(Decimal("0.000001"))
        before = bot.raw_usd
        takings = [make for _ in range(EACH) for make in (native(mine, amount), through(bot, amount))]
        assert len(takings) == ASKED
        with ThreadPoolExecutor(ASKED) as pool:
            done = list(pool.map(lambda take: take(), takings))
        assert sum(done) == GOOD
        assert before - bot.raw_usd == GOOD * amount
        assert most_of(mine) == most - GOOD * amount


def most_of(mine: Connection) -> Decimal:
    """Return the most that may leave now."""
    return Decimal(mine.post(f"/markets/{MARKET}/limits", {})["limits"]["take"]["amount"])
