"""Faults on request, made, listed, taken back and played again; for this machine alone."""

import asyncio
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody
from msgspec import Meta, Struct

from solvent.api.problems import Code, Problem
from solvent.api.routes.sandbox import TAG, Asking, as_of_now, of_this_machine
from solvent.api.shapes import Asked, AsOf
from solvent.runtime import House
from solvent.runtime.sandbox import SandboxProfile
from solvent.runtime.sandbox.faults import (
    DELAY_MS_MAX,
    OF_MARKETS,
    PPM,
    WHILE_MS_MAX,
    Faults,
    Fired,
    Kind,
    Log,
    Rule,
    Surface,
)

MS_PER_S = 1_000


class FaultAsked(Asked, frozen=True, kw_only=True):
    """What is to go wrong: `kind`, and for which requests.

    `surface` is `native`, `hyperliquid`, `kucoin` or `any`; `path` the path behind a gateway's prefix, with
    `*` for any letters; `action` the type of an action of Hyperliquid. It goes wrong `times` times, or for
    `for_ms` of the machine's time, or until it is taken back, at a chance of `chance_ppm` drawn from `seed`.
    `delay` needs `delay_ms`. `stale_prices` needs a `market`, and `margin_tier` its other table as well, such
    as `0/20, 150000000/10`.
    """

    kind: Kind
    surface: Surface = Surface.ANY
    path: str = "*"
    action: str | None = None
    market: str | None = None
    tiers: str | None = None
    delay_ms: Annotated[int, Meta(ge=0, le=DELAY_MS_MAX)] = 0
    times: Annotated[int, Meta(ge=1)] | None = None
    for_ms: Annotated[int, Meta(ge=1, le=WHILE_MS_MAX)] | None = None
    chance_ppm: Annotated[int, Meta(ge=0, le=PPM)] = PPM
    seed: int = 0


class FaultLogAsked(Asked, frozen=True, kw_only=True):
    """A log as it was answered, to be played again: a rule fires at exactly the requests at which it did."""

    rules: list[Rule]
    fired: list[Fired]


class FaultsShape(Struct, frozen=True, kw_only=True):
    """The rules in force."""

    in_force: list[Rule]
    as_of: AsOf


class FaultLogShape(Struct, frozen=True, kw_only=True):
    """Every rule that was made since the log was cleared, and each time that one fired."""

    rules: list[Rule]
    fired: list[Fired]
    as_of: AsOf


@post("/sandbox/faults", tags=[TAG], status_code=200, opt={"problems": (403, 404)})
async def make_fault(
    house: NamedDependency[House], request: Asking, data: JSONBody[FaultAsked]
) -> FaultsShape:
    """Let something go wrong from now on."""
    faults = _faults(house, request)
    rule = _rule(house, data)
    await _retier(house, [rule])
    faults.add(rule)
    _silence(house, faults)
    return _shape(house, faults)


@get("/sandbox/faults", tags=[TAG], opt={"problems": (403, 404)})
async def list_faults(house: NamedDependency[House], request: Asking) -> FaultsShape:
    """List what is to go wrong."""
    return _shape(house, _faults(house, request))


@delete("/sandbox/faults", tags=[TAG], status_code=200, opt={"problems": (403, 404)})
async def take_fault_back(
    house: NamedDependency[House], request: Asking, number: FromQuery[int | None] = None
) -> FaultsShape:
    """Take a fault back by its number, or all of them; the log stays."""
    faults = _faults(house, request)
    faults.remove(number)
    _silence(house, faults)
    return _shape(house, faults)


@get("/sandbox/faults/log", tags=[TAG], opt={"problems": (403, 404)})
async def fault_log(house: NamedDependency[House], request: Asking) -> FaultLogShape:
    """Tell every fault that was made, and each time that it happened."""
    log = _faults(house, request).log
    return FaultLogShape(rules=list(log.rules), fired=list(log.fired), as_of=as_of_now(house))


@post("/sandbox/faults/replay", tags=[TAG], status_code=200, opt={"problems": (403, 404)})
async def replay_faults(
    house: NamedDependency[House], request: Asking, data: JSONBody[FaultLogAsked]
) -> FaultsShape:
    """Begin anew with a log's faults: each happens at exactly the requests at which it did."""
    faults = _faults(house, request)
    await _retier(house, data.rules)
    faults.replay(Log(rules=tuple(data.rules), fired=tuple(data.fired)))
    _silence(house, faults)
    return _shape(house, faults)


def _rule(house: House, data: FaultAsked) -> Rule:
    is_of_market = data.kind in OF_MARKETS
    if (data.kind is Kind.MARGIN_TIER) != (data.tiers is not None):
        needs = "needs" if data.tiers is None else "has no"
        raise Problem(Code.FIELD_INVALID, f"{data.kind.value} {needs} tiers", terms={"field": "tiers"})
    if is_of_market != (data.market is not None):
        raise Problem(
            Code.FIELD_INVALID,
            f"{data.kind.value} {'needs a' if is_of_market else 'has no'} market",
            terms={"field": "market"},
        )
    _require_fitting(data)
    if is_of_market and data.market not in house.follower.state.markets:
        raise Problem(Code.NOT_FOUND, f"there is no market {data.market!r}")
    return msgspec.convert(msgspec.structs.asdict(data), Rule)


def _require_fitting(data: FaultAsked) -> None:
    """Check that a fault is given what it needs, and nothing that it would overlook.

    Errors: `Problem`.
    """
    kind = data.kind
    if (kind is Kind.DELAY) != (data.delay_ms > 0):
        needs = "needs a delay_ms above zero" if kind is Kind.DELAY else "has no delay_ms"
        raise Problem(Code.FIELD_INVALID, f"{kind.value} {needs}", terms={"field": "delay_ms"})
    if kind not in OF_MARKETS:
        return
    meant_for_requests = {
        "surface": data.surface is not Surface.ANY,
        "path": data.path != "*",
        "action": data.action is not None,
        "times": data.times is not None,
        "chance_ppm": data.chance_ppm != PPM,
        "for_ms": data.for_ms is not None and kind is Kind.MARGIN_TIER,
    }
    for name, is_given in meant_for_requests.items():
        if is_given:
            detail = f"{kind.value} has no {name}, as it meets no request"
            raise Problem(Code.FIELD_INVALID, detail, terms={"field": name})


async def _retier(house: House, rules: Iterable[Rule]) -> None:
    """Change the margin tables that are to change.

    Errors: `Problem`; those of `Sandbox.retiered`.
    """
    assert isinstance(house.profile, SandboxProfile)
    sandbox = house.profile.sandbox
    for rule in rules:
        if rule.kind is Kind.MARGIN_TIER and rule.market is not None and rule.tiers is not None:
            command = sandbox.retiered(house.follower.state, rule.market, rule.tiers)
            reply = await house.submit(command, key=sandbox.new_request())
            if not reply.is_accepted:
                raise Problem(Code.FIELD_INVALID, reply.read()["message"])


def _silence(house: House, faults: Faults) -> None:
    """Let the markets hear no price whose prices are to get old, and all others theirs; again as one ends."""
    house.driver.silence(
        rule.market for rule in faults.rules if rule.kind is Kind.STALE_PRICES and rule.market is not None
    )
    left_ms = faults.first_end_ms(Kind.STALE_PRICES)
    if left_ms is not None:
        asyncio.get_running_loop().call_later((left_ms + 1) / MS_PER_S, _silence, house, faults)


def _shape(house: House, faults: Faults) -> FaultsShape:
    return FaultsShape(in_force=list(faults.rules), as_of=as_of_now(house))


def _faults(house: House, request: Asking) -> Faults:
    return of_this_machine(house, request).faults


HANDLERS: tuple[Any, ...] = (make_fault, list_faults, take_fault_back, fault_log, replay_faults)
