"""What a served house lets its server answer by itself, and where."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from solvent.cli.serving import Place, Taken, application_of
from solvent.runtime import RuntimeRefused, open_house
from solvent.runtime.hosting import Profile
from solvent.runtime.sandbox.faults import Kind, Rule
from solvent.runtime.settings import Settings
from tests.unit.api.sandboxes import opened

PLACES = [Place(name="hyperliquid", url="", port=5), Place(name="kucoin", url="", port=None)]
OWN, GATEWAYS = 8420, 5


def test_the_server_answers_by_itself_at_the_services_own_port_while_nothing_goes_wrong(
    tmp_path: Path,
) -> None:
    async def play() -> None:
        async with opened(tmp_path) as (house, sandbox):
            is_open = application_of(house, PLACES).express.is_open
            assert [is_open(port) for port in (OWN, GATEWAYS, None)] == [True, False, False]
            sandbox.faults.add(Rule(kind=Kind.UNAVAILABLE))
            assert not is_open(OWN)
            sandbox.faults.remove(None)
            assert is_open(OWN)

    asyncio.run(play())


@pytest.mark.parametrize("gateways", ["none", "kucoin"])
def test_a_port_for_a_gateway_that_is_not_served_is_refused(gateways: Any) -> None:
    settings = Settings(port=0, gateways=gateways, hyperliquid_port=0)
    with pytest.raises(RuntimeRefused, match="the gateway hyperliquid is not served; add --gateway"):
        Taken(settings)


def test_a_venue_that_is_no_sandbox_has_no_faults_to_look_for() -> None:
    async def play() -> None:
        settings = Settings(data_folder=":memory:", clock="virtual")
        post = asyncio.get_running_loop().call_soon_threadsafe
        house = await asyncio.to_thread(open_house, settings, profile=Profile(name="plain"), post=post)
        try:
            assert application_of(house, []).express.is_open(OWN)
        finally:
            await asyncio.to_thread(house.close)

    asyncio.run(play())
