"""An auditor that trusts nobody: its books come from the journal's bytes and from what clients were told.

Written from the rules (double entry, who may be negative, shares, reservations, one answer to one key),
not from the engine: it reads JSON, knows no type of the product, and never asks the engine what should be so.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

VIRTUAL_SHARES = 10**6
MAY_BE_NEGATIVE = ("world", "house", "backstop")
BUCKET, OUTGOING = "position:", "outgoing:"


class Violation(Exception):
    """Something that may never be: which rule, and what was found."""

    def __init__(self, rule: str, found: str) -> None:
        self.rule = rule
        self.found = found
        super().__init__(f"{rule}: {found}")


class Told(Struct, frozen=True, kw_only=True):
    """An answer as a client reads it; `events` stay bytes."""

    accepted: bool
    seq: int = 0
    events: tuple[msgspec.Raw, ...] = ()
    code: str = ""
    message: str = ""
    terms: dict[str, Any] = {}


class Auditor:
    """Ledger, positions, pools, orders, claims and answers, and what may never be of them."""

    def __init__(self, codes: Iterable[str]) -> None:
        self.seen: Counter[str] = Counter()
        self.seq = 0
        self.now_ms = 0
        self.ledger: dict[tuple[str, str], int] = defaultdict(int)
        self.waiting: dict[str, dict[str, Any]] = {}
        self.ended: dict[str, bool] = {}
        self.reserved: dict[tuple[str, str], int] = {}
        self._codes = frozenset(codes)
        self._payloads: list[bytes] = []
        self._owners: list[tuple[str, str] | None] = []
        self.answers: dict[tuple[str, str], bytes] = {}
        self._markets: dict[str, dict[str, Any]] = {}
        self._models: dict[str, str] = {}
        self._pools: dict[str, dict[str, Any] | None] = {}
        self._positions: dict[tuple[str, str], dict[str, Any]] = {}
        self._orders: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._claims: dict[tuple[str, str], int] = {}

    # What the journal says.

    def read(self, payload: bytes) -> None:
        """Take one event in."""
        event = json.loads(payload)
        rule = "time never runs backwards"
        if event["at_ms"] < self.now_ms:
            raise Violation(rule, f"{event['at_ms']} after {self.now_ms}")
        self.now_ms = event["at_ms"]
        self.seq += 1
        self._payloads.append(payload)
        self._owners.append(None)
        self._move(event.get("moves", []))
        kind = event["event"]
        self.seen[f"event {kind}"] += 1
        if kind == "market_created":
            self._markets[event["name"]] = event["market"]
            self._models[event["name"]] = event["model"]
            self._pools[event["name"]] = event["pool"]
        elif kind in ("pool_accrued", "market_paused"):
            self._pools[event["market"]] = event["pool"]
        elif kind == "acted":
            self._acted(event)
        elif kind == "settlement_requested":
            self.waiting[event["request_id"]] = event
        elif kind == "settlement_ended":
            self._ended(event)

    def reread(self, payloads: Iterable[bytes]) -> None:
        """Hold a journal that was opened again to what was read from it before."""
        rule = "what was acknowledged is in the journal"
        found = list(payloads)[: self.seq]
        if len(found) != self.seq:
            raise Violation(rule, f"{self.seq} events were there, {len(found)} are left")
        for number, (kept, before) in enumerate(zip(found, self._payloads, strict=True), start=1):
            if kept != before:
                raise Violation(rule, f"event {number} was {before!r} and is {kept!r}")

    def _move(self, moves: list[list[Any]]) -> None:
        sums: dict[str, int] = defaultdict(int)
        for name, asset, units in moves:
            sums[asset] += units
            self.ledger[name, asset] += units
        if any(sums.values()):
            raise Violation("every movement is balanced", str(dict(sums)))

    def _ended(self, event: dict[str, Any]) -> None:
        name = event["request_id"]
        if name not in self.waiting:
            raise Violation("a request ends once", f"{name} ended and was not open")
        request = self.waiting.pop(name)
        self.ended[name] = event["done"]
        self.seen[f"{request['direction']} {'done' if event['done'] else 'failed'}"] += 1

    def _acted(self, event: dict[str, Any]) -> None:
        key = (event["market"], event["account"])
        before = self._positions.get(key, {})
        debts = self._debts(event) if event["cause"] == "command" else {}
        self._positions[key] = event["position"] or {}
        self._orders[key] = event["orders"]
        self._claims[key] = event["supply_shares"]
        if event["pool"] is not None:
            self._pools[event["market"]] = event["pool"]
        if event["reserved"] is not None:
            self.reserved[event["account"], event["reserved_asset"]] = event["reserved"]
        self._others_are_left_alone(event, debts)
        self._note(event, before)

    def _debts(self, event: dict[str, Any]) -> dict[str, int]:
        """Return what everybody owes to the pool before an action that comes in the second of its accrual."""
        market, pool = event["market"], self._pools[event["market"]]
        if pool is None or event["pool"] is None or pool["last_s"] != event["pool"]["last_s"]:
            return {}
        return self._owed(market)

    def _owed(self, market: str) -> dict[str, int]:
        pool = self._pools[market]
        assert pool is not None, market
        assets, shares = pool["borrow_assets"] + 1, pool["borrow_shares"] + VIRTUAL_SHARES
        return {
            account: -(-position.get("borrow_shares", 0) * assets // shares)
            for (name, account), position in self._positions.items()
            if name == market
        }

    def _others_are_left_alone(self, event: dict[str, Any], debts: dict[str, int]) -> None:
        """Hold a command to its own account: health worsens by prices and time, and by nobody else."""
        account = event["account"]
        if event["cause"] != "command":
            return
        own = (f"wallet:{account}", f"{BUCKET}{event['market']}:{account}")
        for name, asset, units in event["moves"]:
            is_foreign = name.startswith(("wallet:", BUCKET)) and name not in own
            rule = "an action leaves other accounts alone"
            if is_foreign and units:
                raise Violation(rule, f"{account} moved {units} {asset} of {name}")
        after = self._owed(event["market"]) if debts else {}
        for other, owed in debts.items():
            rule = "an action raises nobody else's debt"
            worse = other != account and after.get(other, 0) > owed
            if worse:
                raise Violation(rule, f"{other} owes {after[other]} after {owed}")

    def _note(self, event: dict[str, Any], before: dict[str, Any]) -> None:
        """Count what was seen, for the list of what has to be seen sometimes."""
        model, cause, verb = event["model"], event["cause"], event["action"]["verb"]
        working = event["working"] or {}
        self.seen[f"{model} {cause} {verb}"] += 1
        if cause == "liquidation" and model == "tiered":
            self.seen[f"tiered step {working['plan']['step']}"] += 1
        if cause == "liquidation" and model == "risk_limit":
            self.seen[f"takeover {'by insurance' if event['action']['covered'] else 'by the house'}"] += 1
        if cause == "liquidation" and model == "lending":
            self.seen["bad debt"] += bool(working["bad_debt"])
            self.seen["keeper pays a part"] += event["action"]["offer"] is not None
        if working.get("entry_moved"):
            self.seen["entry re-based"] += 1
        after = event["position"] or {}
        if any(before.get(held, 0) * after.get(held, 0) < 0 for held in ("size", "lots")):
            self.seen["position turned round"] += 1

    # What clients were told.

    def hear(self, account: str, key: str, body: bytes) -> Told:
        """Take an answer in: the same as before under this key, and about events that the journal holds."""
        first = self.answers.setdefault((account, key), body)
        rule = "a key has one answer, byte for byte"
        if first != body:
            raise Violation(rule, f"{key} was told {first[:300]!r} and then {body[:300]!r}")
        told: Told = msgspec.json.decode(body, type=Told)
        if told.accepted:
            self.claim(account, key, told)
        else:
            self._refused(told)
        return told

    def hear_reuse(self, body: bytes) -> None:
        """Take the answer in that a key with another body got: refused, and the first answer stays."""
        told: Told = msgspec.json.decode(body, type=Told)
        found = f"{told.code or 'accepted'}"
        if told.code != "KEY_REUSED":
            raise Violation("a key with another body is refused", found)
        self.seen["key reused"] += 1

    def claim(self, account: str, key: str, told: Told) -> None:
        """Note that these events are what this command did; no event is done by two."""
        start = told.seq - len(told.events)
        rule = "what was acknowledged is in the journal"
        if told.seq > self.seq:
            raise Violation(rule, f"{key} was told seq {told.seq}, the journal ends at {self.seq}")
        for number, raw in enumerate(told.events, start=start):
            kept = self._payloads[number]
            if bytes(raw) != kept:
                raise Violation(rule, f"{key} was told {bytes(raw)!r}, kept is {kept!r}")
            owner = self._owners[number]
            mine = owner in (None, (account, key))
            if not mine:
                raise Violation("no event is done by two commands", f"event {number + 1}: {owner} and {key}")
            self._owners[number] = (account, key)

    def _refused(self, told: Told) -> None:
        self.seen[f"refused {told.code}"] += 1
        rule = "a refusal has a documented code, a sentence and its numbers"
        found = f"{told.code}: {told.message} {told.terms}"
        if told.code not in self._codes:
            raise Violation(rule, f"the code is unknown: {found}")
        if " " not in told.message:
            raise Violation(rule, f"there is no sentence: {found}")
        if not bool(told.terms):
            raise Violation(rule, f"there are no numbers: {found}")

    def observe(self, what: str, *, must: bool, accepted: bool, code: str) -> None:
        """Hold an answer to what the library said beforehand."""
        rule = "the maximum is accepted" if must else "one unit above the maximum is refused"
        if accepted is not must:
            raise Violation(rule, f"{what} was {'accepted' if accepted else code}")
        self.seen["maximum accepted" if must else "above the maximum refused"] += 1

    # What may never be.

    def check(self) -> None:
        """Hold the books to everything that has to be so after every command."""
        totals: dict[str, int] = defaultdict(int)
        for (name, asset), units in self.ledger.items():
            totals[asset] += units
            fine = units >= 0 or name in MAY_BE_NEGATIVE or name.startswith(BUCKET)
            if not fine:
                raise Violation("nothing is negative that may not be", f"{name} holds {units} {asset}")
        if any(totals.values()):
            raise Violation("every asset sums to zero", str(dict(totals)))
        checks = {"tiered": self._tiered, "risk_limit": self._risk_limit, "lending": self._lending}
        for (market, account), position in self._positions.items():
            checks[self._models[market]](market, account, position)
        for market, pool in self._pools.items():
            if pool is not None:
                self._pool(market, pool)
        self._reservations()
        self._outbox()

    def check_acknowledged(self, stored: Callable[[str, str], bytes | None]) -> None:
        """Hold the journal to every answer that was given, and each event to one of them."""
        for (account, key), body in self.answers.items():
            kept = stored(account, key)
            rule = "an answer that was given is kept"
            if kept != body:
                raise Violation(rule, f"{key} was told {body[:300]!r}, kept is {kept!r:.300}")
        nameless = [number for number, owner in enumerate(self._owners, start=1) if owner is None]
        rule = "every event is what one answered command did"
        if nameless:
            raise Violation(rule, f"events {nameless[:5]}: {self._payloads[nameless[0] - 1]!r:.300}")

    def check_state(
        self, balances: Mapping[tuple[str, str], int], reserved: Mapping[tuple[str, str], int]
    ) -> None:
        """Hold the venue's memory to the books."""
        for what, theirs, ours in (
            ("balance", balances, self.ledger),
            ("reservation", reserved, self.reserved),
        ):
            for key in {*theirs, *ours}:
                found, right = theirs.get(key, 0), ours.get(key, 0)
                rule = "the venue remembers what the journal says"
                if found != right:
                    raise Violation(rule, f"{what} {key}: {found} remembered, {right} in the journal")

    def _tiered(self, market: str, account: str, position: dict[str, Any]) -> None:
        contract = f"{self._markets[market]['name']}-PERP"
        self._bucket(market, account, {"USDC": position.get("cash", 0), contract: position.get("size", 0)})
        flat = position.get("size") or not position.get("cash")
        if not bool(flat):
            raise Violation("a flat position holds nothing", f"{account} in {market}: {position}")

    def _risk_limit(self, market: str, account: str, position: dict[str, Any]) -> None:
        terms = self._markets[market]
        own = position["init"] + position["cross"] - position["loss"] - position["cost"]
        self._bucket(market, account, {terms["settle"]["symbol"]: own, terms["name"]: position["lots"]})
        flat = position["lots"] or not own
        if not bool(flat):
            raise Violation("a flat position holds nothing", f"{account} in {market}: {position}")

    def _lending(self, market: str, account: str, position: dict[str, Any]) -> None:
        held, owed = position.get("collateral", 0), position.get("borrow_shares", 0)
        self._bucket(market, account, {self._markets[market]["collateral"]["symbol"]: held})
        rule = "collateral and debt are never negative, and no debt is without collateral"
        if not (held >= 0 <= owed and (held > 0 or not owed)):
            raise Violation(rule, f"{account}: {position}")

    def _bucket(self, market: str, account: str, held: dict[str, int]) -> None:
        for asset, units in held.items():
            kept = self.ledger[f"{BUCKET}{market}:{account}", asset]
            rule = "a position holds what its bucket holds"
            if kept != units:
                raise Violation(rule, f"{account} in {market}: {units} {asset}, its bucket {kept}")

    def _pool(self, market: str, pool: dict[str, Any]) -> None:
        cash, owed, supplied = pool["cash"], pool["borrow_assets"], pool["supply_assets"]
        least = min(cash, owed, supplied, pool["locked"], pool["borrow_shares"], pool["supply_shares"])
        if least < 0:
            raise Violation("nothing is negative that may not be", f"{market}: {pool}")
        if cash + owed != supplied + pool["locked"]:
            raise Violation("cash + B = S + locked", f"{market}: {pool}")
        vault = self.ledger[f"pool:{market}", self._markets[market]["loan"]["symbol"]]
        if cash != vault:
            raise Violation("a pool's cash is in its vault", f"{market}: {cash}, its vault {vault}")
        debts = sum(
            position.get("borrow_shares", 0)
            for (name, _), position in self._positions.items()
            if name == market
        )
        lent = sum(shares for (name, _), shares in self._claims.items() if name == market)
        rule = "shares sum to their totals"
        if debts != pool["borrow_shares"]:
            raise Violation(rule, f"{market}: debts {debts}, pool {pool}")
        lent += pool["protocol_shares"]
        if lent != pool["supply_shares"]:
            raise Violation(rule, f"{market}: claims {lent}, pool {pool}")

    def _reservations(self) -> None:
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for (market, account), orders in self._orders.items():
            model = self._models[market]
            asset = "USDC" if model == "tiered" else self._markets[market].get("settle", {}).get("symbol", "")
            for order in orders:
                sums[account, asset] += order["reserved"]
        for key in {*sums, *self.reserved}:
            found, right = self.reserved.get(key, 0), sums.get(key, 0)
            rule = "reservations are what orders hold"
            if found != right:
                raise Violation(rule, f"{key}: {found} reserved, orders hold {right}")

    def _outbox(self) -> None:
        for (name, asset), units in self.ledger.items():
            if name.startswith(OUTGOING):
                request = self.waiting.get(name.removeprefix(OUTGOING))
                right = request["units"] if request else 0
                rule = "what waits to leave is what was asked to leave"
                if units != right:
                    raise Violation(rule, f"{name} holds {units} {asset}, asked {right}")
