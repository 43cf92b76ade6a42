"""A served venue for row 19: the service with both gateways beside it, as `serve` joins them.

Each account has a wallet's key for the service, an address for Hyperliquid's gateway and an API key for
KuCoin's, and a position in a market of either. Run in the product's environment:
`python -m benchmarks.gateway_server FOLDER ACCOUNTS`.
"""

import asyncio
import sys
from pathlib import Path

import uvicorn

from benchmarks import gateway_wallets, http_server
from benchmarks.http_server import OPEN_RATE
from benchmarks.kucoin_load import key_id
from benchmarks.workload import MARK, NOW_MS, opened
from solvent import margin
from solvent.api import create_app
from solvent.api.limits import Caps
from solvent.engine import commands
from solvent.engine.keys import SCOPES
from solvent.gateways import hyperliquid, kucoin
from solvent.gateways.failures import SHAPES
from solvent.gateways.guarding import Application, Guard
from solvent.gateways.mounting import Mount, Mounted
from solvent.margin import risk_limit
from solvent.margin.parts import FeedReading
from solvent.runtime import Profile, Settings, Venue, open_house
from solvent.runtime.listening import Names

CONTRACT = "XBTUSDTM"
LOTS, LEVERAGE, TETHER = 10, 2, 10_000 * 10**10
ENDLESS = 10**12
LOOPBACK = "127.0.0.1"


def begin(accounts: int) -> Profile:
    """Return the venue's beginning of rows 14 to 16, with an address bound to each account."""
    begun = opened(accounts)
    wallets = http_server.begin(begun)

    def prepare(venue: Venue) -> None:
        wallets.prepare(venue)
        reading = FeedReading(feed="mark", price=MARK, at_ms=NOW_MS)
        keyed: list[tuple[str, commands.AnyCommand]] = [
            ("contract", commands.CreateMarket(name=CONTRACT, market=margin.preset(CONTRACT))),
            ("contract price", commands.Tick(market=CONTRACT, readings=(reading,))),
        ]
        for number, account in enumerate(begun.accounts):
            keyed += _known_to_gateways(number, account)
        for answer in [venue.submit(command, key=key) for key, command in keyed]:
            reply = answer.result()
            # The settlement's worker may have confirmed a deposit first.
            assert reply.is_accepted or reply.read()["code"] == "REQUEST_UNKNOWN", reply.read()

    return Profile(name="bench", prepare=prepare)


def _known_to_gateways(number: int, account: str) -> list[tuple[str, commands.AnyCommand]]:
    """Return what makes an account known to both gateways, with a position in the contract."""
    paid = f"tether {number}"
    opening = risk_limit.Open(lots=LOTS, leverage=LEVERAGE)
    return [
        (
            f"address {number}",
            commands.BindIdentity(account=account, identity=f"ethereum:{gateway_wallets.address(number)}"),
        ),
        (
            f"key {number}",
            commands.GrantKey(
                account=account, key_id=key_id(number), label="bench", scopes=SCOPES, expires_ms=2**50
            ),
        ),
        (paid, commands.Deposit(account=account, asset="USDT", units=TETHER, request_id=paid)),
        (f"{paid} confirmed", commands.Confirm(request_id=paid)),
        (f"contract {number}", commands.Act(account=account, market=CONTRACT, action=opening)),
    ]


async def serve(folder: Path, accounts: int) -> None:
    """Serve until killed; prints the address and the venue's id once requests are taken."""
    settings = Settings(
        data_folder=str(folder / "venue"), clock="virtual", waiting_commands_max=1_000_000, profile="plain"
    )
    loop = asyncio.get_running_loop()
    profile = begin(accounts)
    house = await asyncio.to_thread(
        lambda: open_house(settings, profile=profile, post=loop.call_soon_threadsafe)
    )
    await asyncio.sleep(0)
    caps = Caps(
        address_rate=OPEN_RATE, address_burst=OPEN_RATE, account_rate=OPEN_RATE, account_burst=OPEN_RATE
    )
    free = hyperliquid.Caps(weight_max=ENDLESS, requests_free=ENDLESS)
    apps: dict[str, Application] = {
        "hyperliquid": hyperliquid.application(house, caps=free),
        "kucoin": kucoin.application(house, budget=ENDLESS),
    }
    mounts = [
        Mount(name=name, app=Guard(app, names=Names((LOOPBACK,)), shape=SHAPES[name]))
        for name, app in apps.items()
    ]
    joined = Mounted(create_app(house, caps=caps), mounts)
    config = uvicorn.Config(joined, port=0, access_log=False, log_level="warning")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    print(port, house.venue_id, flush=True)
    await task


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
