"""A served venue for rows 14 to 16: the product's own service, and two ways beside it on the same server.

`/bench/parse` reads and verifies the same signed request and does nothing; `/bench/naive` carries it out in
one SQLite transaction of its own. Run in the product's environment:
`python -m benchmarks.http_server FOLDER ACCOUNTS`, with `inline` behind it to commit in the event loop.
"""

import asyncio
import os
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import msgspec
import uvicorn
from msgspec import Struct
from uvicorn.loops.auto import auto_loop_factory

from benchmarks import http_wallets
from benchmarks.naive import Naive
from benchmarks.workload import NOW_MS, Opened, opened
from solvent.api import app
from solvent.api.acting import Acting
from solvent.api.answers import Sent
from solvent.api.express import ExpressProtocol
from solvent.api.intents import Intent
from solvent.api.lane import Plain, Way, reading
from solvent.api.limits import Caps
from solvent.api.routes.commands import CommandAsked, proved
from solvent.api.routes.commands import read as read_command
from solvent.api.routes.intents import IntentAsked
from solvent.api.signing import Signature
from solvent.engine import commands
from solvent.runtime import House, Profile, Settings, Venue, open_house
from solvent.runtime.asked import Asked
from solvent.runtime.clock import VirtualClock
from solvent.runtime.collecting import collect_seldom
from solvent.runtime.secrecy import FILE, OWNERS_ALONE, Vault

Commit = Literal["thread", "inline"]
OPEN_RATE = 10**7
# The keys end in the year 3000.
KEYS_END_MS = 32_503_680_000_000


class Read(Struct, frozen=True):
    """What was read, and that nothing was done."""

    account: str
    nonce: str


def begin(begun: Opened) -> Profile:
    """Return a venue's beginning: its accounts, each with a wallet's key bound to it."""

    def prepare(venue: Venue) -> None:
        assert isinstance(venue.clock, VirtualClock), venue.clock
        venue.clock.advance(NOW_MS - venue.clock.now_ms())
        bound = [
            commands.BindIdentity(account=account, identity=f"solana:{http_wallets.public_key(number)}")
            for number, account in enumerate(begun.accounts)
        ]
        granted = [
            commands.GrantKey(
                account=account,
                key_id=http_wallets.key_id(number),
                label="bench",
                scopes=("margin",),
                expires_ms=KEYS_END_MS,
            )
            for number, account in enumerate(begun.accounts)
        ]
        waiting = [
            (command, venue.submit(command, key=f"begin {number}"))
            for number, command in enumerate([*begun.commands, *bound, *granted])
        ]
        for command, answer in waiting:
            # The settlement's worker may have confirmed a deposit first.
            assert answer.result().is_accepted or isinstance(command, commands.Confirm), answer.result()

    def entrust(vault: Vault) -> None:
        assert vault.secret == http_wallets.VENUE_SECRET, "the load cannot sign for other keys"

    return Profile(name="bench", prepare=prepare, entrust=entrust)


def beside(house: House, folder: Path) -> Any:
    """Return the two other ways; they have the short one, as what they are compared with."""
    naive = Naive(folder / "naive.sqlite", house.follower.state)

    def parse(acting: Acting, _: Plain, data: IntentAsked) -> Sent:
        intent = _proved(acting, data)
        return _sent(msgspec.json.encode(Read(intent.account, intent.nonce)))

    def one_by_one(acting: Acting, _: Plain, data: IntentAsked) -> Sent:
        intent = _proved(acting, data)
        (command,) = acting.commanding.commanded(house.follower.state, intent)
        asked = Asked(
            commands=(command,), account=intent.account, key=intent.nonce, request=data.text.encode()
        )
        return _sent(naive.carry_out(asked))

    def parse_key(acting: Acting, plain: Plain, _: CommandAsked) -> Sent:
        caller, key = proved(acting, plain)
        return _sent(msgspec.json.encode(Read(caller.account, key)))

    def one_by_one_key(acting: Acting, plain: Plain, data: CommandAsked) -> Sent:
        caller, key = proved(acting, plain)
        command = acting.commanding.act(
            house.follower.state,
            account=caller.account,
            market=data.market,
            verb=data.verb,
            fields=data.fields,
            guards=data.guards,
        )
        asked = Asked(commands=(command,), account=caller.account, key=f"key:{key}", request=plain.body)
        return _sent(naive.carry_out(asked))

    read = reading(IntentAsked)
    return SimpleNamespace(
        HANDLERS=(),
        WAYS={
            "/bench/parse": Way(read, parse),
            "/bench/naive": Way(read, one_by_one),
            "/bench/key-parse": Way(read_command, parse_key),
            "/bench/key-naive": Way(read_command, one_by_one_key),
        },
    )


def _proved(acting: Acting, data: IntentAsked) -> Intent:
    return acting._proved(data.text, Signature(data.public_key, data.signature), None)  # noqa: SLF001


def _sent(body: bytes) -> Sent:
    return Sent(status=200, media_type="application/json", body=body, is_repeat=False)


def _keep_secret(folder: Path) -> None:
    """Begin a venue's folder with the secret that the load knows, too."""
    folder.mkdir(mode=0o700)
    handle = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNERS_ALONE)
    with os.fdopen(handle, "wb") as file:
        file.write(http_wallets.VENUE_SECRET)


async def serve(folder: Path, accounts: int, commit: Commit) -> None:
    """Serve until killed; prints the address and the venue's id once requests are taken."""
    settings = Settings(
        data_folder=str(folder / "venue"),
        clock="virtual",
        commit=commit,
        waiting_commands_max=1_000_000,
        profile="plain",
    )
    _keep_secret(Path(settings.data_folder))
    profile = begin(opened(accounts))
    loop = asyncio.get_running_loop()
    house = await asyncio.to_thread(
        lambda: open_house(settings, profile=profile, post=loop.call_soon_threadsafe)
    )
    await asyncio.sleep(0)
    app.ROUTES = (*app.ROUTES, beside(house, folder))
    caps = Caps(
        address_rate=OPEN_RATE,
        address_burst=OPEN_RATE,
        account_rate=OPEN_RATE,
        account_burst=OPEN_RATE,
        stream_rate=OPEN_RATE,
        stream_burst=OPEN_RATE,
    )
    gate = app.build(house, static=None, caps=caps)
    config = uvicorn.Config(
        gate,
        http=partial(ExpressProtocol, express=app.express_of(gate)),  # type: ignore[arg-type]
        port=0,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_level="warning",
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    print(port, house.venue_id, flush=True)
    await task


if __name__ == "__main__":
    collect_seldom()
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(serve(Path(sys.argv[1]), int(sys.argv[2]), "inline" if "inline" in sys.argv else "thread"))
