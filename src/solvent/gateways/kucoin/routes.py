"""Every path that is known here, what it needs and what it weighs."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from solvent.gateways.kucoin import account, history, margin, market, orders, positions, spot, tokens
from solvent.gateways.kucoin.answers import Answer
from solvent.gateways.kucoin.authority import Permission
from solvent.gateways.kucoin.desk import Asked, Desk

Handler = Callable[[Desk, Asked], Awaitable[Answer]]
PUBLIC, ANY, GENERAL, FUTURES = Permission.PUBLIC, Permission.ANY, Permission.GENERAL, Permission.FUTURES
USUAL_WEIGHT = 2


class Route(Struct, frozen=True):
    """One call: what carries it out, who may ask, and what it costs of the budget."""

    handler: Handler
    permission: Permission
    weight: int = USUAL_WEIGHT


# A path may have one variable, written {}.
ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "/api/v1/margin/maxWithdrawMargin"): Route(margin.max_withdraw, GENERAL, 10),
    # The permission to withdraw is looked at after the request's shape, as margin's own refusals are.
    ("POST", "/api/v1/margin/withdrawMargin"): Route(margin.withdraw, ANY, 10),
    ("POST", "/api/v1/position/margin/deposit-margin"): Route(margin.deposit, FUTURES, 4),
    ("POST", "/api/v1/position/risk-limit-level/change"): Route(margin.change_level, FUTURES),
    ("GET", "/api/v1/position"): Route(positions.details, GENERAL),
    ("GET", "/api/v2/position"): Route(positions.details_listed, GENERAL),
    ("GET", "/api/v1/positions"): Route(positions.positions, GENERAL),
    ("GET", "/api/v1/history-positions"): Route(history.closed_positions, GENERAL),
    ("GET", "/api/v2/position/getMarginMode"): Route(positions.margin_mode, GENERAL),
    ("POST", "/api/v2/position/changeMarginMode"): Route(positions.change_margin_mode, FUTURES),
    ("POST", "/api/v2/position/batchChangeMarginMode"): Route(positions.change_margin_modes, FUTURES),
    ("GET", "/api/v2/position/getPositionMode"): Route(positions.position_mode, GENERAL),
    ("POST", "/api/v2/position/switchPositionMode"): Route(positions.switch_position_mode, FUTURES),
    ("GET", "/api/v2/getMaxOpenSize"): Route(positions.max_open_size, GENERAL),
    ("GET", "/api/v1/account-overview"): Route(account.overview, GENERAL, 5),
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
    ("POST", "/api/v1/orders"): Route(orders.place, FUTURES),
    ("DELETE", "/api/v1/orders"): Route(orders.cancel_all, FUTURES),
    ("DELETE", "/api/v3/orders"): Route(orders.cancel_all, FUTURES),
    ("DELETE", "/api/v1/orders/client-order/{}"): Route(orders.cancel_by_client_oid, FUTURES),
    ("DELETE", "/api/v1/orders/{}"): Route(orders.cancel, FUTURES),
    ("GET", "/api/v1/orders"): Route(history.orders, GENERAL),
    ("GET", "/api/v1/orders/byClientOid"): Route(history.order_by_client_oid, GENERAL),
    ("GET", "/api/v1/orders/{}"): Route(history.order, GENERAL),
    ("GET", "/api/v1/fills"): Route(history.fills, GENERAL),
    ("GET", "/api/v1/funding-history"): Route(history.fundings, GENERAL),
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
