"""An open sandbox in an event loop, on a time that the test advances."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from solvent.runtime import House, Settings, open_house
from solvent.runtime.sandbox import Sandbox, sandbox_settings
from solvent.runtime.settings import table

DEFAULTS = {row.name: "default" for row in table()}


@asynccontextmanager
async def opened(folder: Path, **given: Any) -> AsyncIterator[tuple[House, Sandbox]]:
    """Open a sandbox whose readers are told in this loop."""
    given = {"data_folder": str(folder), "clock": "virtual", **given}
    settings = sandbox_settings(Settings(**given), DEFAULTS | dict.fromkeys(given, "given"))
    sandbox = Sandbox(settings)
    post = asyncio.get_running_loop().call_soon_threadsafe
    house = await asyncio.to_thread(open_house, settings, profile=sandbox.profile, post=post)
    try:
        yield house, sandbox
    finally:
        await asyncio.to_thread(house.close)


async def advanced(house: House, by_ms: int) -> None:
    """Move time on, and let the readers be told."""
    await asyncio.to_thread(house.advance, by_ms)
    await settled()


async def settled() -> None:
    """Let everything that was posted to the loop be done."""
    for _ in range(3):
        await asyncio.to_thread(lambda: None)
