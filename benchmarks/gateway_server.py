"""A served venue for row 19: the service with the Hyperliquid gateway beside it, as `serve` joins them.

Each account has two keys bound to it: a wallet's for the service, an address for the gateway. Run in the
product's environment: `python -m benchmarks.gateway_server FOLDER ACCOUNTS`.
"""

import asyncio
import sys
from pathlib import Path

import uvicorn

from benchmarks import gateway_wallets, http_server
from benchmarks.http_server import OPEN_RATE
from benchmarks.workload import opened
from solvent.api import create_app
from solvent.api.limits import Caps
from solvent.engine import commands
from solvent.gateways import hyperliquid
from solvent.gateways.failures import SHAPES
from solvent.gateways.guarding import Guard
from solvent.gateways.mounting import Mount, Mounted
from solvent.runtime import Profile, Settings, Venue, open_house
from solvent.runtime.listening import Names

NAME = "hyperliquid"
LOOPBACK = "127.0.0.1"


def begin(accounts: int) -> Profile:
    """Return the venue's beginning of rows 14 to 16, with an address bound to each account."""
    begun = opened(accounts)
    wallets = http_server.begin(begun)

    def prepare(venue: Venue) -> None:
        wallets.prepare(venue)
        waiting = [
            venue.submit(
                commands.BindIdentity(
                    account=account, identity=f"ethereum:{gateway_wallets.address(number)}"
                ),
                key=f"address {number}",
            )
            for number, account in enumerate(begun.accounts)
        ]
        for answer in waiting:
            assert answer.result().is_accepted, answer.result()

    return Profile(name="bench", prepare=prepare)


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
    gateway = hyperliquid.application(house, caps=hyperliquid.Caps(weight_max=10**12, requests_free=10**12))
    guarded = Guard(gateway, names=Names((LOOPBACK,)), shape=SHAPES[NAME])
    joined = Mounted(create_app(house, caps=caps), [Mount(name=NAME, app=guarded)])
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
