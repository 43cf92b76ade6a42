"""Every call of the venue that this gateway knows: answered as there, with a difference, or refused."""

from solvent.gateways.calls import Call, Verdict
from solvent.gateways.hyperliquid.wishes import NOT_OFFERED

OWN_NUMBERS = "`hash`, `tid` and `oid` are this venue's own; an order's number is that of its event."
HOUSE_BOOK = (
    "The best level on each side is the house's quote, told as 1,000,000 coins although it has no bound; "
    "behind it stand the resting orders. Levels are not summed up: `nSigFigs` and `mantissa` change nothing."
)
AT_ONCE = "Told whole on subscribing, and again at each change."

_INFO: dict[str, str] = {
    "meta": "Lists the venue's own markets; the second of one coin goes by its market's name.",
    "spotMeta": "There is no spot market: USDC is the only token.",
    "spotMetaAndAssetCtxs": "There is no spot market: no contexts.",
    "allMids": "The middle is the mark.",
    "metaAndAssetCtxs": (
        "`prevDayPx` is the oldest mark of the last 24 hours that was heard since the gateway was opened."
    ),
    "marginTable": "",
    "l2Book": HOUSE_BOOK,
    "perpDexs": "There is no other dex.",
    "exchangeStatus": "",
    "fundingHistory": "`premium` is 0.0, as there is no book whose impact prices it could come from.",
    "clearinghouseState": "Positions are isolated; `crossMarginSummary` is the account's cash.",
    "spotClearinghouseState": "The only balance is the USDC that was moved out of perp cash.",
    "activeAssetData": "",
    "openOrders": OWN_NUMBERS,
    "frontendOpenOrders": OWN_NUMBERS,
    "orderStatus": OWN_NUMBERS,
    "historicalOrders": OWN_NUMBERS,
    "userFills": OWN_NUMBERS,
    "userFillsByTime": OWN_NUMBERS,
    "userFunding": "`nSamples` is always 1.",
    "userNonFundingLedgerUpdates": OWN_NUMBERS,
    "userRole": "",
    "extraAgents": "",
    "userFees": "There is no schedule of fees by volume: rates are those of the first market.",
    "userRateLimit": "",
    "userAbstraction": "Always `default`.",
}
_ACTIONS: dict[str, str] = {
    "order": (
        "A fill is whole and at the house's quote; resting orders fill when the quote reaches their price, "
        "and not with each other. Trigger orders and groupings are refused, builder fees are not charged. At "
        "most 200 orders of an account rest in a market; one more, and any while the market is paused, is "
        "refused in this venue's own words."
    ),
    "cancel": "",
    "cancelByCloid": "",
    "updateLeverage": "Cross margin is refused: `Cross margin is not allowed for this asset.`",
    "updateIsolatedMargin": "",
    "topUpIsolatedOnlyMargin": "",
    "usdClassTransfer": "What leaves perp cash is put aside; there is no spot market to use it in.",
    "usdSend": "An address that nobody registered is refused, never created.",
    "withdraw3": "There is no fee.",
    "approveAgent": (
        "An agent signs for 180 days, or until the earlier moment that its name ends with (`bot valid_until "
        "1790000000000`); then it keeps its name until another takes it. One whose address is an account's "
        "is refused."
    ),
    "noop": "",
}
_STREAMS: dict[str, str] = {
    "allMids": AT_ONCE,
    "l2Book": HOUSE_BOOK,
    "bbo": HOUSE_BOOK,
    "trades": OWN_NUMBERS,
    "activeAssetCtx": AT_ONCE,
    "activeAssetData": AT_ONCE,
    "userEvents": OWN_NUMBERS,
    "userFills": OWN_NUMBERS,
    "orderUpdates": OWN_NUMBERS,
    "userFundings": "`nSamples` is always 1.",
    "userNonFundingLedgerUpdates": OWN_NUMBERS,
    "clearinghouseState": AT_ONCE,
    "spotState": "The only balance is the USDC that was moved out of perp cash.",
    "webData2": "Tells the account's state and open orders, not what the venue's own page shows beside.",
}
# Questions and streams of the venue's that are answered with 422, or with an error on the stream.
_REFUSED_INFO = (
    "candleSnapshot",
    "delegations",
    "delegatorHistory",
    "delegatorRewards",
    "delegatorSummary",
    "perpDeployAuctionStatus",
    "portfolio",
    "referral",
    "spotDeployState",
    "subAccounts",
    "userDexAbstraction",
    "userToMultiSigSigners",
    "userTwapSliceFills",
    "userVaultEquities",
)
_REFUSED_STREAMS = ("candle", "notification", "post")
SHAPE_REFUSED = "HTTP 422, `Failed to deserialize the JSON body into the target type`."


def _rows(route: str, known: dict[str, str]) -> list[Call]:
    return [
        Call(
            name=f"{route} {name}",
            route=route,
            verdict=Verdict.DIFFERS if differs else Verdict.SUPPORTED,
            differs=differs,
        )
        for name, differs in known.items()
    ]


SUPPORTED: tuple[Call, ...] = (
    *_rows("/info", _INFO),
    *(
        Call(name=f"/info {name}", route="/info", verdict=Verdict.REFUSED, differs=SHAPE_REFUSED)
        for name in _REFUSED_INFO
    ),
    *_rows("/exchange", _ACTIONS),
    *(
        Call(
            name=f"/exchange {name}",
            route="/exchange",
            verdict=Verdict.REFUSED,
            differs=f"`Unsupported action: {name}`",
        )
        for name in NOT_OFFERED
    ),
    *_rows("/ws", _STREAMS),
    *(
        Call(
            name=f"/ws {name}",
            route="/ws",
            verdict=Verdict.REFUSED,
            differs="An `error` message on the stream.",
        )
        for name in _REFUSED_STREAMS
    ),
)
