"""An independent bookkeeper: it reads the journal's bytes alone and adds up what they say.

Written from the rules of the design (double entry, who may be negative, shares, reservations, time),
not from the engine: plain dicts of plain JSON, no type of the product.
"""

import json
from collections import defaultdict
from typing import Any

VIRTUAL_SHARES = 10**6
MAY_BE_NEGATIVE = ("world", "house", "backstop")


class Bookkeeper:
    """Ledger, positions, pools, orders and claims as the events alone tell them."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.ledger: dict[tuple[str, str], int] = defaultdict(int)
        self.markets: dict[str, dict[str, Any]] = {}
        self.models: dict[str, str] = {}
        self.pools: dict[str, dict[str, Any] | None] = {}
        self.positions: dict[tuple[str, str], dict[str, Any]] = {}
        self.orders: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.claims: dict[tuple[str, str], int] = {}
        self.reserved: dict[tuple[str, str], int] = {}
        self.waiting: dict[str, dict[str, Any]] = {}

    def read(self, payload: bytes) -> None:
        """Take one event in."""
        event = json.loads(payload)
        assert event["at_ms"] >= self.now_ms, "time runs backwards"
        self.now_ms = event["at_ms"]
        self._move(event.get("moves", []))
        kind = event["event"]
        if kind == "market_created":
            self.markets[event["name"]] = event["market"]
            self.models[event["name"]] = event["model"]
            self.pools[event["name"]] = event["pool"]
        elif kind in ("pool_accrued", "market_paused"):
            self._pool(event["market"], event["pool"], is_loss=False)
        elif kind == "acted":
            self._acted(event)
        elif kind == "settlement_requested":
            self.waiting[event["request_id"]] = event
        elif kind == "settlement_ended":
            del self.waiting[event["request_id"]]

    def _move(self, moves: list[list[Any]]) -> None:
        sums: dict[str, int] = defaultdict(int)
        for name, asset, units in moves:
            sums[asset] += units
            self.ledger[name, asset] += units
        assert not any(sums.values()), f"unbalanced: {dict(sums)}"

    def _acted(self, event: dict[str, Any]) -> None:
        key = (event["market"], event["account"])
        self.positions[key] = event["position"] or {}
        self.orders[key] = event["orders"]
        self.claims[key] = event["supply_shares"]
        if event["pool"] is not None:
            is_loss = event["cause"] == "liquidation" and event["working"]["bad_debt"] > 0
            self._pool(event["market"], event["pool"], is_loss=is_loss)
        if event["reserved"] is not None:
            self.reserved[event["account"], event["reserved_asset"]] = event["reserved"]

    def _pool(self, market: str, after: dict[str, Any] | None, *, is_loss: bool) -> None:
        """Keep a pool; a share of it may only become worth less where debt was written off.

        When the last debt is repaid, what the virtual shares were owed of it is taken off: that much at most.
        """
        before = self.pools[market]
        self.pools[market] = after
        if before is None or after is None or is_loss:
            return
        dust = 0
        if before["borrow_shares"] and not after["borrow_shares"]:
            dust = 2 * (before["borrow_assets"] + 1) // (before["borrow_shares"] + VIRTUAL_SHARES) + 2
            dust *= VIRTUAL_SHARES
        was = (before["supply_assets"] + 1) * (after["supply_shares"] + VIRTUAL_SHARES)
        now = (after["supply_assets"] + 1 + dust) * (before["supply_shares"] + VIRTUAL_SHARES)
        assert now >= was, f"a share of {market} fell without bad debt"

    def check(self) -> None:
        """Assert everything that has to hold after every command."""
        totals: dict[str, int] = defaultdict(int)
        for (name, asset), units in self.ledger.items():
            totals[asset] += units
            is_bucket = name.startswith("position:")
            assert units >= 0 or name in MAY_BE_NEGATIVE or is_bucket, f"{name} holds {units} {asset}"
        assert not any(totals.values()), f"not conserved: {dict(totals)}"
        for (market, account), position in self.positions.items():
            getattr(self, f"_check_{self.models[market]}")(market, account, position)
        for market, pool in self.pools.items():
            if pool is not None:
                self._check_pool(market, pool)
        self._check_reservations()
        self._check_outbox()
        self._check_buckets()

    def _check_buckets(self) -> None:
        """Assert that a bucket that holds anything belongs to a position, or is the backstop's."""
        for (name, asset), units in self.ledger.items():
            if units and name.startswith("position:"):
                market, account = name.removeprefix("position:").rsplit(":", 1)
                owned = account == "backstop" or (market, account) in self.positions
                assert owned, f"{name} holds {units} {asset} and is nobody's"

    def _check_tiered(self, market: str, account: str, position: dict[str, Any]) -> None:
        bucket, contract = f"position:{market}:{account}", f"{self.markets[market]['name']}-PERP"
        assert self.ledger[bucket, "USDC"] == position["cash"], (market, account)
        assert self.ledger[bucket, contract] == position["size"], (market, account)

    def _check_risk_limit(self, market: str, account: str, position: dict[str, Any]) -> None:
        bucket, terms = f"position:{market}:{account}", self.markets[market]
        own = position["init"] + position["cross"] - position["loss"]
        assert self.ledger[bucket, terms["settle"]["symbol"]] == own - position["cost"], (market, account)
        assert self.ledger[bucket, terms["name"]] == position["lots"], (market, account)

    def _check_lending(self, market: str, account: str, position: dict[str, Any]) -> None:
        bucket, token = f"position:{market}:{account}", self.markets[market]["collateral"]["symbol"]
        held = position.get("collateral", 0)
        assert self.ledger[bucket, token] == held >= 0, (market, account)
        assert held or not position, "a position without collateral and debt is kept"

    def _check_pool(self, market: str, pool: dict[str, Any]) -> None:
        cash, owed, supplied = pool["cash"], pool["borrow_assets"], pool["supply_assets"]
        assert min(cash, owed, supplied, pool["locked"]) >= 0, pool
        assert cash + owed == supplied + pool["locked"], "cash + B = S + locked"
        assert owed <= supplied + pool["locked"], "borrowed exceeds supplied by more than locked interest"
        assert cash == self.ledger[f"pool:{market}", self.markets[market]["loan"]["symbol"]]
        held = [position for (name, _), position in self.positions.items() if name == market]
        assert sum(position.get("borrow_shares", 0) for position in held) == pool["borrow_shares"]
        lent = sum(shares for (name, _), shares in self.claims.items() if name == market)
        assert lent + pool["protocol_shares"] == pool["supply_shares"], "shares of supply"

    def _check_reservations(self) -> None:
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for (market, account), orders in self.orders.items():
            for order in orders:
                sums[account, self._settle_asset(market)] += order["reserved"]
        for key in {*sums, *self.reserved}:
            assert sums.get(key, 0) == self.reserved.get(key, 0), f"reservations of {key}"

    def _settle_asset(self, market: str) -> str:
        return "USDC" if self.models[market] == "tiered" else str(self.markets[market]["settle"]["symbol"])

    def _check_outbox(self) -> None:
        for (name, asset), units in self.ledger.items():
            if name.startswith("outgoing:"):
                request = self.waiting.get(name.removeprefix("outgoing:"))
                assert units == (request["units"] if request else 0), (name, asset)

    def health(self, account: str) -> dict[str, Any]:
        """Return all of an account that another's action must not touch, debts in lamports rounded up."""
        seen: dict[str, Any] = {"wallet": self._wallet(account)}
        for (market, owner), position in self.positions.items():
            pool = self.pools[market]
            if owner == account and pool is None:
                seen[market] = position
            elif owner == account:
                seen[market] = position.get("collateral", 0)
        return seen

    def debts(self, account: str) -> dict[str, int]:
        """Return what an account owes to each pool as of its last accrual, in lamports, rounded up."""
        owed = {}
        for (market, owner), position in self.positions.items():
            pool = self.pools[market]
            if owner == account and pool is not None:
                shares = position.get("borrow_shares", 0)
                owed[market] = -(
                    -shares * (pool["borrow_assets"] + 1) // (pool["borrow_shares"] + VIRTUAL_SHARES)
                )
        return owed

    def _wallet(self, account: str) -> dict[str, int]:
        name = f"wallet:{account}"
        return {asset: units for (owner, asset), units in self.ledger.items() if owner == name and units}
