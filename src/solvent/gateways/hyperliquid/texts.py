"""The engine's refusals in Hyperliquid's words.

Texts of the venue itself are as its clients know them. What has none there is told in the engine's sentence.
"""

from collections.abc import Mapping
from typing import Any

Words = Mapping[str, str]
UNKNOWN_ASSET = "Unknown asset. asset={asset}"
# Of an order's own outcome, or of a cancellation's: these name the asset.
OF_ORDERS: Words = {
    "INSUFFICIENT_MARGIN": "Insufficient margin to place order. asset={asset}",
    "MIN_ORDER_VALUE": "Order must have minimum value of $10. asset={asset}",
    "REDUCE_ONLY_WOULD_INCREASE": "Reduce only order would increase position. asset={asset}",
    "NO_MATCH": "Order could not immediately match against any resting orders. asset={asset}",
    "TICK_INVALID": "Price must be divisible by tick size. asset={asset}",
    "SIZE_INVALID": "Order has invalid size. asset={asset}",
    "WOULD_MATCH": ("Post only order would have immediately matched, bbo was {bid}@{ask}. asset={asset}"),
    "ORDER_NOT_FOUND": "Order was never placed, already canceled, or filled. asset={asset}",
    "PRICE_INVALID": "Mark price is stale. asset={asset}",
    "PRICE_UNKNOWN": "Mark price is stale. asset={asset}",
    "LIQUIDATION_IN_PROGRESS": "Position is being liquidated. asset={asset}",
    "LEVERAGE_ABOVE_TIER": "Leverage exceeds the maximum of the margin tier. asset={asset}",
    "UNKNOWN_ASSET": UNKNOWN_ASSET,
}
# Of a whole action.
OF_ACTIONS: Words = {
    "BELOW_TRANSFER_FLOOR": "Position does not have sufficient margin for reduction.",
    "INSUFFICIENT_WITHDRAWABLE": "Account does not have sufficient margin available for increase.",
    "NOT_ISOLATED": "Position does not use isolated margin.",
    "AMOUNT_ZERO": "Update to isolated margin cannot be zero",
    "NO_POSITION": "Cannot update margin for empty position.",
    "STRICT_ISOLATED": (
        "Cannot remove isolated margin for this asset. To remove margin, reduce the position."
    ),
    "UNKNOWN_USER": "Unknown user while updating isolated margin.",
    "NOT_STRICT_ISOLATED": "Asset not strict isolated",
    "CROSS_NOT_ALLOWED": "Cross margin is not allowed for this asset.",
    "LEVERAGE_INVALID": "Invalid leverage value",
    "MODE_SWITCH_WITH_POSITION": "Cannot switch leverage type with open position.",
    "LEVERAGE_DECREASE_MARGIN": (
        "Isolated position does not have sufficient margin available to decrease leverage. "
        "To decrease leverage, add margin to the position."
    ),
    "PRICE_INVALID": OF_ORDERS["PRICE_INVALID"],
    "PRICE_UNKNOWN": OF_ORDERS["PRICE_UNKNOWN"],
    "LIQUIDATION_IN_PROGRESS": OF_ORDERS["LIQUIDATION_IN_PROGRESS"],
    "UNKNOWN_ASSET": UNKNOWN_ASSET,
}
# Of a transfer between purses, accounts, or out of the venue.
OF_TRANSFERS: Words = {
    "INSUFFICIENT_BALANCE": "Insufficient withdrawable balance.",
    "AMOUNT_ZERO": "Insufficient withdrawable balance.",
}
OF_AGENTS: Words = {
    "AGENT_TAKEN": "Extra agent already used.",
    "AGENTS_FULL": "Too many extra agents.",
    "AGENT_INVALID": "Invalid agent name.",
}
EXPIRED = "Action already expired"
DUPLICATE_NONCE = "Invalid nonce: duplicate nonce {nonce}"
NONCE_OUTSIDE = "Invalid nonce: {nonce} is outside the accepted window"
NO_SUCH_USER = "User or API Wallet {address} does not exist."
NEVER_FUNDED = "Must deposit before performing actions. User: {address}"
BUDGET_SPENT = (
    "Too many cumulative requests sent ({used} > {most}) for cumulative volume traded ${volume}. "
    "Place taker orders to free up 1 request per USDC traded."
)
NO_VAULT = "Vault not registered: {address}"
NO_TRIGGERS = "Trigger orders are not supported. asset={asset}"
UNSUPPORTED = "Unsupported action: {type}"


def of_nonce(fault: str, nonce: int) -> str:
    """Return why a nonce is not taken: it was used, or it is below all that are kept."""
    words = DUPLICATE_NONCE if fault == "NONCE_USED" else NONCE_OUTSIDE
    return words.format(nonce=nonce)


def told(words: Words, code: str, message: str, **parts: Any) -> str:
    """Return the venue's text of a refusal, or the engine's sentence where it has none."""
    found = words.get(code)
    return message if found is None else found.format(**parts)
