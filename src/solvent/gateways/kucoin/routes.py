"""Every path that is known here, what it needs and what it weighs."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from solvent.gateways.kucoin import account, history, margin, market, orders, positions, spot, tokens
from solvent.gateways.kucoin.answers import PARAMETER, Answer, Declined
from solvent.gateways.kucoin.authority import Permission
from solvent.gateways.kucoin.desk import Asked, Desk
from solvent.gateways.kucoin.tickets import TAKEN

Handler = Callable[[Desk, Asked], Awaitable[Answer]]
PUBLIC, ANY, GENERAL, FUTURES = Permission.PUBLIC, Permission.ANY, Permission.GENERAL, Permission.FUTURES
USUAL_WEIGHT = 2
# The SDK repeats the variable of a path in the query, by one of these names.
VARIABLES = ("symbol", "orderId", "order-id", "clientOid")
PAGED = ("startAt", "endAt", "currentPage", "pageSize")


class Route(Struct, frozen=True):
    """One call: what carries it out, who may ask, what it costs of the budget, and what it may be given.

    `takes` are names of the body of a POST and of the query of any other method.
    """

    handler: Handler
    permission: Permission
    weight: int = USUAL_WEIGHT
    takes: tuple[str, ...] = ()


# A path may have one variable, written {}.
ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "/api/v1/margin/maxWithdrawMargin"): Route(
        margin.max_withdraw, GENERAL, 10, takes=("symbol", "positionSide")
    ),
    # The permission to withdraw is looked at after the request's shape, as margin's own refusals are.
    ("POST", "/api/v1/margin/withdrawMargin"): Route(
        margin.withdraw, ANY, 10, takes=("symbol", "withdrawAmount", "positionSide", "bizNo")
    ),
    ("POST", "/api/v1/position/margin/deposit-margin"): Route(
        margin.deposit, FUTURES, 4, takes=("symbol", "margin", "positionSide", "bizNo")
    ),
    ("POST", "/api/v1/position/risk-limit-level/change"): Route(
        margin.change_level, FUTURES, takes=("symbol", "level")
    ),
    ("GET", "/api/v1/position"): Route(positions.details, GENERAL, takes=("symbol", "positionSide")),
    ("GET", "/api/v2/position"): Route(positions.details_listed, GENERAL, takes=("symbol", "positionSide")),
    ("GET", "/api/v1/positions"): Route(positions.positions, GENERAL, takes=("currency",)),
    ("GET", "/api/v1/history-positions"): Route(
        history.closed_positions, GENERAL, takes=("symbol", "from", "to", "limit", "pageId")
    ),
    ("GET", "/api/v2/position/getMarginMode"): Route(positions.margin_mode, GENERAL, takes=("symbol",)),
    ("POST", "/api/v2/position/changeMarginMode"): Route(
        positions.change_margin_mode, FUTURES, takes=("symbol", "marginMode")
    ),
    ("POST", "/api/v2/position/batchChangeMarginMode"): Route(
        positions.change_margin_modes, FUTURES, takes=("symbols", "marginMode")
    ),
    ("GET", "/api/v2/position/getPositionMode"): Route(positions.position_mode, GENERAL),
    ("POST", "/api/v2/position/switchPositionMode"): Route(
        positions.switch_position_mode, FUTURES, takes=("positionMode",)
    ),
    ("GET", "/api/v2/getMaxOpenSize"): Route(
        positions.max_open_size, GENERAL, takes=("symbol", "price", "leverage")
    ),
    ("GET", "/api/v1/account-overview"): Route(account.overview, GENERAL, 5, takes=("currency",)),
    ("GET", "/api/v1/contracts/active"): Route(market.contracts, PUBLIC),
    ("GET", "/api/v1/contracts/risk-limit/{}"): Route(market.risk_limits, PUBLIC),
    ("GET", "/api/v1/contracts/{}"): Route(market.contract, PUBLIC),
    ("GET", "/api/v1/mark-price/{}/current"): Route(market.mark_price, PUBLIC),
    ("GET", "/api/v1/funding-rate/{}/current"): Route(market.funding_rate, PUBLIC),
    ("GET", "/api/v1/ticker"): Route(market.ticker, PUBLIC),
    ("GET", "/api/v1/level2/depth20"): Route(market.depth, PUBLIC),
    ("GET", "/api/v1/level2/depth100"): Route(market.depth, PUBLIC),
    ("GET", "/api/v1/level2/snapshot"): Route(market.depth, PUBLIC),
    ("GET", "/api/v1/timestamp"): Route(market.timestamp, PUBLIC),
    ("GET", "/api/v1/status"): Route(market.status, PUBLIC),
    ("POST", "/api/v1/orders"): Route(orders.place, FUTURES, takes=TAKEN),
    ("DELETE", "/api/v1/orders"): Route(orders.cancel_all, FUTURES, takes=("symbol",)),
    ("DELETE", "/api/v3/orders"): Route(orders.cancel_all, FUTURES, takes=("symbol",)),
    ("DELETE", "/api/v1/orders/client-order/{}"): Route(
        orders.cancel_by_client_oid, FUTURES, takes=("symbol",)
    ),
    ("DELETE", "/api/v1/orders/{}"): Route(orders.cancel, FUTURES),
    ("GET", "/api/v1/orders"): Route(
        history.orders, GENERAL, takes=("status", "symbol", "side", "type", *PAGED)
    ),
    ("GET", "/api/v1/orders/byClientOid"): Route(history.order_by_client_oid, GENERAL, takes=("clientOid",)),
    ("GET", "/api/v1/orders/{}"): Route(history.order, GENERAL),
    ("GET", "/api/v1/fills"): Route(
        history.fills, GENERAL, takes=("orderId", "symbol", "side", "type", "tradeTypes", *PAGED)
    ),
    ("GET", "/api/v1/funding-history"): Route(
        history.fundings,
        GENERAL,
        takes=("symbol", "startAt", "endAt", "reverse", "forward", "offset", "maxCount"),
    ),
    ("POST", "/api/v1/bullet-public"): Route(tokens.public, PUBLIC),
    ("POST", "/api/v1/bullet-private"): Route(tokens.private, GENERAL),
    ("GET", "/api/v3/currencies"): Route(spot.currencies, PUBLIC),
    ("GET", "/api/v3/margin/symbols"): Route(spot.margin_symbols, ANY),
    ("GET", "/api/v1/isolated/symbols"): Route(spot.isolated_symbols, ANY),
    ("GET", "/api/v1/hf/accounts/opened"): Route(spot.accounts_opened, ANY),
    ("GET", "/api/ua/v1/account/mode"): Route(spot.account_mode, ANY),
}
_WITH_VARIABLE = [
    (method, path.partition("{}"), route) for (method, path), route in ROUTES.items() if "{}" in path
]


def find(method: str, path: str) -> tuple[Route, str] | None:
    """Return the route of a path and the variable in it; none for what is not known here."""
    exact = ROUTES.get((method, path))
    if exact is not None:
        return exact, ""
    for of_method, (head, _, tail), route in _WITH_VARIABLE:
        named = path[len(head) : len(path) - len(tail)]
        is_same = of_method == method and path.startswith(head) and path.endswith(tail)
        if is_same and named and "/" not in named:
            return route, named
    return None


def require_known(route: Route, asked: Asked, *, method: str) -> None:
    """Check that a signed call overlooks nothing that it is given, such as a misspelt name.

    Errors: `Declined`.
    """
    has_body = method == "POST"
    known = (*route.takes, *(VARIABLES if asked.named else ()))
    for names, taken in (
        (asked.body.names, known if has_body else ()),
        (asked.query, () if has_body else known),
    ):
        unknown = [name for name in names if name not in taken]
        if unknown:
            there_are = f"there are {', '.join(taken)}" if taken else "none is taken"
            raise Declined(PARAMETER, f"{unknown[0]!r:.40} is not known here; {there_are}.")
