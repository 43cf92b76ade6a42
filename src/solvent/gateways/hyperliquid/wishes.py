"""Actions as they are wished for: each read strictly from its body, nothing looked up."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from msgspec import Struct

from solvent.gateways.hyperliquid.bodies import Fields, Misshapen
from solvent.margin import tiered
from solvent.money import Ratio

TIFS = {"Gtc": tiered.Tif.GTC, "Ioc": tiered.Tif.IOC, "Alo": tiered.Tif.ALO}
NO_GROUPING = "na"
GROUPINGS = (NO_GROUPING, "normalTpsl", "positionTpsl")
# What an agent's name may go on with: when it signs no more, in milliseconds.
VALID_UNTIL = " valid_until "
MOMENT = re.compile(r"[0-9]{1,15}")


class Ticket(Struct, frozen=True, kw_only=True):
    """One order as it came; `tif` is none for an order that waits for a trigger."""

    asset: int
    is_buy: bool
    price: str
    size: str
    reduce_only: bool
    tif: tiered.Tif | None
    cloid: str | None


class Orders(Struct, frozen=True, kw_only=True):
    """Orders, each to be handled by itself, in this order."""

    tickets: tuple[Ticket, ...]
    grouping: str


class Gone(Struct, frozen=True, kw_only=True):
    """One order to be cancelled, by its number or by its client's id."""

    asset: int
    oid: int | None = None
    cloid: str | None = None


class Cancels(Struct, frozen=True, kw_only=True):
    """Orders to be cancelled."""

    gone: tuple[Gone, ...]


class Leverage(Struct, frozen=True, kw_only=True):
    """A setting of a coin."""

    asset: int
    leverage: int
    is_cross: bool


class Margin(Struct, frozen=True, kw_only=True):
    """Micro-dollars into a position, below zero out of it."""

    asset: int
    units: int


class TopUp(Struct, frozen=True, kw_only=True):
    """What a strictly isolated position lacks to a leverage."""

    asset: int
    leverage: Ratio


class ClassTransfer(Struct, frozen=True, kw_only=True):
    """Micro-dollars between perp cash and what is put aside."""

    units: int
    to_perp: bool
    subaccount: str | None


class Send(Struct, frozen=True, kw_only=True):
    """Micro-dollars to another account, or out of the venue."""

    destination: str
    units: int
    is_withdrawal: bool


class Agent(Struct, frozen=True, kw_only=True):
    """Another address that shall sign, up to a moment of the wall clock where one is named."""

    address: str
    name: str
    until_ms: int | None


class Nothing(Struct, frozen=True):
    """Nothing but the nonce."""


Wish = Orders | Cancels | Leverage | Margin | TopUp | ClassTransfer | Send | Agent | Nothing
# The field of a user-signed action that repeats the nonce.
NONCE_FIELDS: Mapping[str, Literal["time", "nonce"]] = {
    "usdSend": "time",
    "withdraw3": "time",
    "usdClassTransfer": "nonce",
    "approveAgent": "nonce",
}


def _orders(fields: Fields) -> Orders:
    grouping = fields.found.get("grouping")
    if grouping not in GROUPINGS and not isinstance(grouping, dict):
        raise Misshapen("grouping is unknown")
    if fields.has("builder"):
        builder = fields.object("builder")
        builder.address("b")
        builder.integer("f")
    return Orders(
        tickets=tuple(_ticket(one) for one in fields.objects("orders")),
        grouping=grouping if isinstance(grouping, str) else "priority",
    )


def _ticket(fields: Fields) -> Ticket:
    return Ticket(
        asset=fields.integer("a"),
        is_buy=fields.flag("b"),
        price=fields.number("p"),
        size=fields.number("s"),
        reduce_only=fields.flag("r"),
        tif=_tif(fields.object("t")),
        cloid=fields.cloid("c") if fields.has("c") else None,
    )


def _tif(kind: Fields) -> tiered.Tif | None:
    if kind.has("trigger"):
        trigger = kind.object("trigger")
        trigger.flag("isMarket")
        trigger.number("triggerPx")
        trigger.text("tpsl")
        return None
    found = TIFS.get(kind.object("limit").text("tif"))
    if found is None:
        raise Misshapen("tif is unknown")
    return found


def _cancels(fields: Fields) -> Cancels:
    return Cancels(
        gone=tuple(Gone(asset=one.integer("a"), oid=one.integer("o")) for one in fields.objects("cancels"))
    )


def _cancels_by_cloid(fields: Fields) -> Cancels:
    return Cancels(
        gone=tuple(
            Gone(asset=one.integer("asset"), cloid=one.cloid("cloid")) for one in fields.objects("cancels")
        )
    )


def _leverage(fields: Fields) -> Leverage:
    return Leverage(
        asset=fields.integer("asset"), leverage=fields.integer("leverage"), is_cross=fields.flag("isCross")
    )


def _margin(fields: Fields) -> Margin:
    # It says neither the side nor the direction; and yet it must be there.
    fields.flag("isBuy")
    return Margin(asset=fields.integer("asset"), units=fields.integer("ntli", least=-(1 << 63)))


def _top_up(fields: Fields) -> TopUp:
    return TopUp(asset=fields.integer("asset"), leverage=fields.ratio("leverage"))


def _class_transfer(fields: Fields) -> ClassTransfer:
    amount, marker, subaccount = fields.text("amount").partition(" subaccount:")
    units = Fields({"amount": amount}).usd("amount")
    return ClassTransfer(
        units=units,
        to_perp=fields.flag("toPerp"),
        subaccount=Fields({"address": subaccount}).address("address") if marker else None,
    )


def _send(fields: Fields) -> Send:
    return Send(
        destination=fields.address("destination"),
        units=fields.usd("amount"),
        is_withdrawal=fields.text("type") == "withdraw3",
    )


def _agent(fields: Fields) -> Agent:
    told = fields.text("agentName") if fields.has("agentName") else ""
    name, marker, until = told.partition(VALID_UNTIL)
    if marker and MOMENT.fullmatch(until) is None:
        raise Misshapen("the agent's end is no moment")
    return Agent(address=fields.address("agentAddress"), name=name, until_ms=int(until) if marker else None)


READERS: Mapping[str, Callable[[Fields], Wish]] = {
    "order": _orders,
    "cancel": _cancels,
    "cancelByCloid": _cancels_by_cloid,
    "updateLeverage": _leverage,
    "updateIsolatedMargin": _margin,
    "topUpIsolatedOnlyMargin": _top_up,
    "usdClassTransfer": _class_transfer,
    "usdSend": _send,
    "withdraw3": _send,
    "approveAgent": _agent,
    "noop": lambda _: Nothing(),
}
# The venue has them, and this one has not.
NOT_OFFERED = (
    "agentEnableDexAbstraction",
    "agentSetAbstraction",
    "approveBuilderFee",
    "batchModify",
    "borrowLend",
    "cDeposit",
    "claimRewards",
    "convertToMultiSigUser",
    "createSubAccount",
    "createVault",
    "CSignerAction",
    "CValidatorAction",
    "cWithdraw",
    "evmUserModify",
    "gossipPriorityBid",
    "linkStakingUser",
    "modify",
    "multiSig",
    "perpDeploy",
    "registerReferrer",
    "reserveRequestWeight",
    "scheduleCancel",
    "sendAsset",
    "sendToEvmWithData",
    "setDisplayName",
    "setReferrer",
    "spotDeploy",
    "spotSend",
    "spotUser",
    "subAccountModify",
    "subAccountSpotTransfer",
    "subAccountTransfer",
    "tokenDelegate",
    "twapCancel",
    "twapOrder",
    "userDexAbstraction",
    "userPortfolioMargin",
    "userSetAbstraction",
    "vaultDistribute",
    "vaultModify",
    "vaultTransfer",
)


def read(fields: Fields) -> Wish:
    """Read an action.

    Errors: `Misshapen`, also for an action that nobody knows.
    """
    reader = READERS.get(fields.text("type"))
    if reader is None:
        raise Misshapen("the action is unknown")
    return reader(fields)


def signed_fields(kind: str, fields: Fields) -> dict[str, Any]:
    """Return the fields that a user-signed action's message is made of, with their types checked.

    Errors: `Misshapen`.
    """
    said = dict(fields.found)
    fields.text("hyperliquidChain")
    if kind == "approveAgent":
        # Of an agent without a name the client signs an empty one, and then leaves it out.
        said["agentName"] = fields.text("agentName") if fields.has("agentName") else ""
    fields.integer(NONCE_FIELDS[kind])
    return said
