"""Each request reaches the gateway whose prefix or port it came to, and everything else the service."""

from typing import Any

import pytest

from solvent.gateways.mounting import GATEWAYS, Mount, Mounted
from tests.unit.gateways.calling import Telling, called, scope_of


@pytest.fixture
def parts() -> dict[str, Telling]:
    return {name: Telling(name) for name in ("service", *GATEWAYS)}


@pytest.fixture
def mounted(parts: dict[str, Telling]) -> Mounted:
    ports = {"hyperliquid": 3001, "kucoin": None}
    mounts = [Mount(name=name, app=parts[name], port=ports[name]) for name in GATEWAYS]
    return Mounted(parts["service"], mounts)


@pytest.mark.parametrize(
    ("path", "port", "reached"),
    [
        ("/", 8420, "service"),
        ("/api/v1/venue", 8420, "service"),
        ("/hyperliquid/exchange", 8420, "hyperliquid"),
        ("/hyperliquid", 8420, "hyperliquid"),
        ("/hyperliquids/exchange", 8420, "service"),
        ("/kucoin/api/v1/position", 8420, "kucoin"),
        ("/exchange", 3001, "hyperliquid"),
        ("/kucoin/api/v1/position", 3001, "hyperliquid"),
        ("/api/v1/venue", 3001, "hyperliquid"),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_request_reaches_the_part_of_its_prefix_or_port(
    mounted: Mounted, parts: dict[str, Telling], path: str, port: int, reached: str, kind: str
) -> None:
    called(mounted, scope_of(path, port=port, kind=kind))
    assert [name for name, part in parts.items() if part.scopes] == [reached]


@pytest.mark.parametrize(
    ("path", "raw", "seen"),
    [
        ("/kucoin/api/v1/a b", b"/kucoin/api/v1/a%20b", ("/api/v1/a b", b"/api/v1/a%20b")),
        ("/kucoin", b"/kucoin", ("/", b"/")),
        ("/kucoin/", b"/kucoin/", ("/", b"/")),
    ],
)
def test_a_gateway_never_sees_its_prefix(
    mounted: Mounted, parts: dict[str, Telling], path: str, raw: bytes, seen: tuple[str, bytes]
) -> None:
    called(mounted, scope_of(path, raw=raw))
    (scope,) = parts["kucoin"].scopes
    assert (scope["path"], scope["raw_path"]) == seen
    assert scope["root_path"] == "/kucoin"


def test_on_a_port_of_its_own_a_gateway_stands_at_the_root(
    mounted: Mounted, parts: dict[str, Telling]
) -> None:
    called(mounted, scope_of("/info", port=3001))
    (scope,) = parts["hyperliquid"].scopes
    assert (scope["path"], scope["root_path"]) == ("/info", "")


def test_a_prefix_that_was_sent_otherwise_than_it_is_written_is_none(
    mounted: Mounted, parts: dict[str, Telling]
) -> None:
    called(mounted, scope_of("/kucoin/api/v1/position", raw=b"/%6bucoin/api/v1/position"))
    assert parts["service"].scopes


def test_what_is_neither_request_nor_socket_is_the_services(
    mounted: Mounted, parts: dict[str, Telling]
) -> None:
    lifespan: dict[str, Any] = {"type": "lifespan"}
    called(mounted, lifespan)
    assert parts["service"].scopes == [lifespan]
