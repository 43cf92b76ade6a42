"""How each call of the venue is answered, for the documentation and for those who start a gateway."""

from solvent.gateways.calls import Call, Verdict

S, D, R = Verdict.SUPPORTED, Verdict.DIFFERS, Verdict.REFUSED
MARGIN, MARKET, ORDERS, CCXT, WS = (
    "Margin and position",
    "Market",
    "Orders and history",
    "ccxt only",
    "WebSocket",
)
_ROWS: tuple[tuple[str, str, Verdict, str], ...] = (
    ("GET /api/v1/margin/maxWithdrawMargin", MARGIN, S, ""),
    (
        "POST /api/v1/margin/withdrawMargin",
        MARGIN,
        D,
        "A bizNo in the body, or the header Idempotency-Key, makes a repeat safe; the venue has neither.",
    ),
    ("POST /api/v1/position/margin/deposit-margin", MARGIN, S, ""),
    ("GET /api/v1/position", MARGIN, S, ""),
    ("GET /api/v2/position", MARGIN, S, ""),
    ("GET /api/v1/positions", MARGIN, S, ""),
    (
        "GET /api/v1/history-positions",
        MARGIN,
        D,
        "An account's last 2,000 are kept; leverage is cost over own margin before the end.",
    ),
    ("GET /api/v1/contracts/risk-limit/{symbol}", MARGIN, S, ""),
    (
        "POST /api/v1/position/risk-limit-level/change",
        MARGIN,
        D,
        "It is decided at once, and refused in the answer; the venue decides later and tells the WebSocket.",
    ),
    ("GET /api/v2/position/getMarginMode", MARGIN, S, ""),
    (
        "POST /api/v2/position/changeMarginMode",
        MARGIN,
        D,
        "ISOLATED is the only mode; CROSS is answered 330005.",
    ),
    (
        "POST /api/v2/position/batchChangeMarginMode",
        MARGIN,
        D,
        "CROSS is answered 330005, or in errors 50002 where every contract is held or ordered.",
    ),
    ("GET /api/v2/position/getPositionMode", MARGIN, S, ""),
    (
        "POST /api/v2/position/switchPositionMode",
        MARGIN,
        D,
        "One-way is the only mode; hedge is answered 330011.",
    ),
    ("GET /api/v2/getMaxOpenSize", MARGIN, S, ""),
    ("GET /api/v1/account-overview", MARGIN, S, ""),
    ("POST /api/v1/position/margin/auto-deposit-status", MARGIN, R, "404000: auto-deposit is not offered."),
    ("POST /api/v2/changeCrossUserLeverage", MARGIN, R, "404000: leverage rides on the order."),
    (
        "GET /api/v1/contracts/active",
        MARKET,
        D,
        "Only perpetuals with a price; the day's figures begin when the service began.",
    ),
    ("GET /api/v1/contracts/{symbol}", MARKET, D, "The day's figures begin when the service began."),
    ("GET /api/v1/mark-price/{symbol}/current", MARKET, D, "One feed is mark and index."),
    ("GET /api/v1/funding-rate/{symbol}/current", MARKET, D, "The next rate is expected to be the last one."),
    ("GET /api/v1/ticker", MARKET, D, "The quote is the house's, and good for one order of any size."),
    ("GET /api/v1/level2/depth20", MARKET, D, "One level a side: the house's quote."),
    ("GET /api/v1/level2/depth100", MARKET, D, "One level a side: the house's quote."),
    ("GET /api/v1/level2/snapshot", MARKET, D, "One level a side: the house's quote."),
    ("GET /api/v1/timestamp", MARKET, S, ""),
    ("GET /api/v1/status", MARKET, S, ""),
    (
        "POST /api/v1/orders",
        ORDERS,
        D,
        (
            "A market order fills at the house's quote, whole and at once; stop, hidden and iceberg orders "
            "and forceHold are answered 400100, CROSS 330005, LONG and SHORT 330011; an IOC order that "
            "matches nothing is answered 300008 and a postOnly one that would match 300012, not cancelled; a "
            "repeated clientOid returns the first order."
        ),
    ),
    ("DELETE /api/v1/orders/{orderId}", ORDERS, S, ""),
    ("DELETE /api/v1/orders/client-order/{clientOid}", ORDERS, S, ""),
    ("DELETE /api/v1/orders", ORDERS, S, ""),
    ("DELETE /api/v3/orders", ORDERS, S, ""),
    ("GET /api/v1/orders", ORDERS, D, "An account's open orders and the last 2,000 that are done."),
    ("GET /api/v1/orders/{orderId}", ORDERS, S, ""),
    ("GET /api/v1/orders/byClientOid", ORDERS, S, ""),
    (
        "GET /api/v1/fills",
        ORDERS,
        D,
        "The last 2,000; a takeover is told as one fill at the bankruptcy price.",
    ),
    (
        "GET /api/v1/funding-history",
        ORDERS,
        D,
        "An account's last 2,000; the id is the funding's moment; forward=false is answered 400100.",
    ),
    ("POST /api/v1/st-orders", ORDERS, R, "404000: stop orders are not offered."),
    ("POST /api/v1/orders/multi", ORDERS, R, "404000: place orders one by one."),
    ("GET /api/v1/stopOrders", ORDERS, R, "404000: stop orders are not offered."),
    ("GET /api/v3/currencies", CCXT, D, "The contracts' coins, without chains."),
    ("GET /api/v3/margin/symbols", CCXT, D, "Empty: only futures are traded here."),
    ("GET /api/v1/isolated/symbols", CCXT, D, "Empty: only futures are traded here."),
    ("GET /api/v1/hf/accounts/opened", CCXT, S, ""),
    ("GET /api/ua/v1/account/mode", CCXT, D, "Always CLASSIC."),
    ("POST /api/v1/bullet-public", WS, D, "A token is good once, for a minute."),
    (
        "POST /api/v1/bullet-private",
        WS,
        D,
        "A token is good once, for a minute; a revoked key ends the connection.",
    ),
    ("topic /contract/position", WS, D, "As the mark moves, a position is told once a second at most."),
    ("topic /contract/positionAll", WS, D, "As the mark moves, a position is told once a second at most."),
    ("topic /contractAccount/wallet", WS, S, ""),
    ("topic /contractMarket/tickerV2", WS, D, "Told ten times a second at most."),
    ("topic /contract/instrument", WS, D, "Told ten times a second at most."),
)
SUPPORTED: tuple[Call, ...] = tuple(
    Call(name=name, route=route, verdict=verdict, differs=differs) for name, route, verdict, differs in _ROWS
)
