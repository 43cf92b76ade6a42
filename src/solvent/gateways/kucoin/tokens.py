"""Tokens that let a client in at the WebSocket, once and soon."""

from solvent.gateways.kucoin.answers import Answer, done
from solvent.gateways.kucoin.desk import Asked, Desk
from solvent.gateways.kucoin.letting_in import Token

PATH = "/ws"
TOKEN_BYTES = 24
EXPIRES_MS = 60_000
PING_INTERVAL_MS, PING_TIMEOUT_MS = 18_000, 10_000


async def public(desk: Desk, asked: Asked) -> Answer:
    """Hand a token out for what anybody may hear."""
    return _handed_out(desk, asked, account="", key_id="")


async def private(desk: Desk, asked: Asked) -> Answer:
    """Hand a token out for an account's own topics too."""
    assert asked.caller is not None
    return _handed_out(desk, asked, account=asked.caller.account, key_id=asked.caller.key_id)


def _handed_out(desk: Desk, asked: Asked, *, account: str, key_id: str) -> Answer:
    text = desk.house.vault.random(TOKEN_BYTES).hex()
    expires_ms = desk.house.wall_ms() + EXPIRES_MS
    desk.tokens.hand_out(text, Token(expires_ms=expires_ms, account=account, key_id=key_id))
    return done(
        {
            "token": text,
            "instanceServers": [
                {
                    "endpoint": f"{asked.base}{PATH}",
                    "encrypt": asked.base.startswith("wss"),
                    "protocol": "websocket",
                    "pingInterval": PING_INTERVAL_MS,
                    "pingTimeout": PING_TIMEOUT_MS,
                }
            ],
        }
    )
