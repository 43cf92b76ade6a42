"""What the committed events tell of each account: read from the journal once, and followed from there.

Everything happens in the thread of `House.follower`: a reply is told after the rows that came of it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any

from msgspec.structs import replace

from solvent.engine import decode, ledger
from solvent.engine.events import (
    Acted,
    AnyEvent,
    FundingNoted,
    Moved,
    NonceUsed,
    Priced,
    SettlementEnded,
    SettlementRequested,
)
from solvent.gateways.lives import Life, closing_part, fee_part
from solvent.gateways.rows import (
    ClosedRow,
    FillRow,
    FundingRow,
    LiquidationRow,
    MarginRow,
    MoveKind,
    MoveRow,
    News,
    OrderRow,
    OrderStatus,
    Row,
)
from solvent.gateways.shelves import Shelf, Tape
from solvent.gateways.workings import Deal, deal_of, field, margin_moved, price_of, size_of
from solvent.margin import Verb
from solvent.margin.parts import FundingNote, Parts
from solvent.runtime import STREAM, Committed, House

# What is read of the journal's end when a gateway is opened; older events tell it nothing.
EVENTS_READ_MAX = 200_000
READ_AT_ONCE = 5_000
PLACING = (Verb.ORDER, Verb.OPEN, Verb.CLOSE)
_TOLD_KINDS = frozenset(
    str(kind.__struct_config__.tag)
    for kind in (Acted, FundingNoted, Moved, NonceUsed, SettlementRequested, SettlementEnded)
)
_PRICED = str(Priced.__struct_config__.tag)

Key = tuple[str, str]


class Records:
    """Fills, orders, fundings and moves of money by account, newest first, at most 2,000 of each."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._shelves: defaultdict[str, Shelf] = defaultdict(Shelf)
        self._tapes: defaultdict[str, Tape] = defaultdict(Tape)
        self._positions: dict[Key, Any] = {}
        self._lives: dict[Key, Life] = {}
        self._notes: defaultdict[str, list[FundingNote]] = defaultdict(list)
        self._requests: dict[str, SettlementRequested] = {}
        self._priced: Priced | bytes | None = None
        self._listeners: list[Callable[[News], None]] = []
        self._rows: list[Row] = []
        self._read()
        house.follower.subscribe(self._hear)

    # What is asked.

    def fills(self, account: str) -> Iterable[FillRow]:
        """Return an account's fills."""
        return reversed(self._shelf(account).fills)

    def orders(self, account: str) -> Iterable[OrderRow]:
        """Return an account's open orders, and then those that are done."""
        return self._shelf(account).orders()

    def open_orders(self, account: str, market: str | None = None) -> list[OrderRow]:
        """Return what rests, in every market or in one."""
        return [row for row in self.orders(account) if row.is_open and market in (None, row.market)]

    def order(self, account: str, seq: int) -> OrderRow | None:
        """Return an account's order by its number."""
        return self._shelf(account).order(seq)

    def order_by_id(self, account: str, order_id: str) -> OrderRow | None:
        """Return the newest order that an account placed under an id."""
        return self._shelf(account).order_by_id(order_id)

    def fundings(self, account: str) -> list[FundingRow]:
        """Return an account's fundings, those included that its positions have not been settled for yet."""
        now_ms = self._house.now_ms()
        owed = [
            row
            for market in self._notes
            if (account, market) in self._positions
            for row in self._funded((account, market), self._positions[account, market], now_ms)
        ]
        kept = self._shelf(account).fundings
        return sorted([*kept, *owed], key=lambda row: (row.at_ms, row.market), reverse=True)

    def moves(self, account: str) -> Iterable[MoveRow]:
        """Return what came into an account's wallets and left them."""
        return reversed(self._shelf(account).moves)

    def margin_moves(self, account: str) -> Iterable[MarginRow]:
        """Return what was moved between an account's wallet and its positions."""
        return reversed(self._shelf(account).margin)

    def liquidations(self, account: str) -> Iterable[LiquidationRow]:
        """Return the liquidations of an account's positions."""
        return reversed(self._shelf(account).liquidations)

    def closed(self, account: str) -> Iterable[ClosedRow]:
        """Return the positions that have ended."""
        return reversed(self._shelf(account).closed)

    def opened(self, account: str, market: str) -> tuple[int, int]:
        """Return the seq and the moment of an open position's first fill; zeros where it is not known."""
        life = self._lives.get((account, market))
        return (0, 0) if life is None else (life.opened_seq, life.opened_ms)

    def trades(self, market: str) -> Iterable[FillRow]:
        """Return a market's fills, whoever's they are."""
        return reversed(self._tapes[market].fills) if market in self._tapes else ()

    def day(self, market: str) -> tuple[int, int]:
        """Return the value and the size that were traded in a market in the last 24 hours."""
        return self._tapes[market].day(self._house.now_ms()) if market in self._tapes else (0, 0)

    def traded(self, account: str, market: str) -> int:
        """Return the value that an account has traded in a market."""
        return self._shelf(account).traded.get(market, 0)

    def requests(self, account: str) -> int:
        """Return how many numbers an account's signers have used up."""
        return self._shelf(account).requests

    def subscribe(self, listener: Callable[[News], None]) -> Callable[[], None]:
        """Tell a listener the rows of every batch from now on; returns what takes it off again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _shelf(self, account: str) -> Shelf:
        """Return what is kept of an account, and keep nothing of one that nobody knows."""
        return self._shelves[account] if account in self._shelves else Shelf()

    # What is read and heard.

    def _read(self) -> None:
        journal, state = self._house.venue.journal, self._house.follower.state
        after = begin = max(0, state.seq - EVENTS_READ_MAX)
        while after < state.seq:
            for record in journal.read(STREAM, after, min(READ_AT_ONCE, state.seq - after)):
                if record.kind in _TOLD_KINDS:
                    self._fold(record.seq, decode(record.payload))
                elif record.kind == _PRICED:
                    self._priced = record.payload
                after = record.seq
        if begin:
            self._add_older()
        self._rows.clear()

    def _add_older(self) -> None:
        """Take over from the state what rests, is held or is owed since before the first event read."""
        state = self._house.follower.state
        for market, held in state.orders.items():
            for account, orders in held.items():
                for order in orders:
                    if (market, order.order_id) not in self._shelves[account].open:
                        self._shelves[account].open[market, order.order_id] = _older(account, market, order)
        for market, positions in state.positions.items():
            for account, position in positions.items():
                self._positions.setdefault((account, market), position)
            known = {note.at_ms for note in self._notes[market]}
            older = [note for note in state.markets[market].funding if note.at_ms not in known]
            self._notes[market] = sorted([*older, *self._notes[market]], key=lambda note: note.at_ms)

    def _hear(self, committed: Committed) -> None:
        first = committed.seq - len(committed.events) + 1
        for seq, event in enumerate(committed.events, start=first):
            self._fold(seq, event)
        rows, self._rows = tuple(self._rows), []
        for listener in tuple(self._listeners):
            listener(News(committed=committed, rows=rows))

    def _fold(self, seq: int, event: AnyEvent) -> None:
        match event:
            case Acted():
                self._acted(seq, event)
            case Priced():
                self._priced = event
            case FundingNoted():
                self._notes[event.market].append(event.note)
            case Moved():
                self._moved(seq, event)
            case NonceUsed():
                self._shelves[event.account].requests += 1
            case SettlementRequested():
                self._requested(seq, event)
            case SettlementEnded():
                self._ended(seq, event)
            case _:
                pass

    # Money between wallets.

    def _requested(self, seq: int, event: SettlementRequested) -> None:
        self._requests[event.request_id] = event
        if event.moves:
            self._move(seq, event.at_ms, event, MoveKind.WITHDRAWAL, -event.units)

    def _ended(self, seq: int, event: SettlementEnded) -> None:
        asked = self._requests.pop(event.request_id, None)
        if asked is None:
            return
        if asked.moves and not event.done:
            self._move(seq, event.at_ms, asked, MoveKind.RETURNED, asked.units)
        elif not asked.moves and event.done:
            self._move(seq, event.at_ms, asked, MoveKind.DEPOSIT, asked.units)

    def _move(self, seq: int, at_ms: int, asked: SettlementRequested, kind: MoveKind, units: int) -> None:
        row = MoveRow(
            seq=seq,
            at_ms=at_ms,
            account=asked.account,
            asset=asked.asset,
            units=units,
            kind=kind,
            other=asked.address,
            request_id=asked.request_id,
        )
        self._keep(self._shelves[asked.account].moves, row)

    def _moved(self, seq: int, event: Moved) -> None:
        if event.cause not in _CAUSES:
            return
        for place, move in enumerate(event.moves):
            role, _, account = move.name.partition(":")
            kind = _CAUSES[event.cause][move.units > 0]
            if role != "wallet" or kind is None:
                continue
            # Who sends to himself is on both sides.
            others = [one.name for other, one in enumerate(event.moves) if other != place]
            row = MoveRow(
                seq=seq,
                at_ms=event.at_ms,
                account=account,
                asset=move.asset,
                units=move.units,
                kind=kind,
                other=others[0].removeprefix("wallet:") if others else "",
            )
            self._keep(self._shelves[account].moves, row)

    # Actions.

    def _acted(self, seq: int, event: Acted) -> None:
        key = (event.account, event.market)
        if event.account in ledger.ROLES:
            return
        shelf, before = self._shelves[event.account], self._positions.get(key)
        self._note_funding(key, before, event.at_ms)
        market = self._house.follower.state.markets[event.market].market
        deal = deal_of(event.working, market)
        fill = None if deal is None else self._fill(seq, event, deal)
        self._note_orders(seq, event, fill)
        moved = margin_moved(event.action.verb, event.working)
        if moved:
            row = MarginRow(
                seq=seq, at_ms=event.at_ms, account=event.account, market=event.market, units=moved
            )
            self._keep(shelf.margin, row)
        if event.action.verb is Verb.LIQUIDATE:
            self._keep(shelf.liquidations, self._liquidated(seq, event, before, market))
        if fill is not None:
            self._live(key, fill, before=before, working=event.working)
        if size_of(event.position):
            self._positions[key] = event.position
            return
        self._positions.pop(key, None)
        life = self._lives.pop(key, None)
        if life is not None:
            ended = life.ended(
                seq=seq, at_ms=event.at_ms, account=event.account, market=event.market, cause=event.cause
            )
            self._keep(shelf.closed, _with_totals(ended, before, event.working))

    def _fill(self, seq: int, event: Acted, deal: Deal) -> FillRow:
        action = event.action
        order_id = _name_of(action)
        placed = self._shelves[event.account].open.get((event.market, order_id))
        is_resting = action.verb is Verb.FILL
        row = FillRow(
            seq=seq,
            at_ms=event.at_ms,
            account=event.account,
            market=event.market,
            cause=event.cause,
            order_seq=placed.seq if is_resting and placed is not None else seq,
            order_id=order_id,
            size=deal.size,
            start=size_of(event.position) - deal.size,
            price=deal.price,
            value=deal.value,
            fee=deal.fee,
            closed_pnl=deal.closed_pnl,
            is_taker=not (is_resting and action.maker),
        )
        shelf = self._shelves[event.account]
        self._keep(shelf.fills, row)
        self._tapes[event.market].add(row)
        shelf.traded[event.market] = shelf.traded.get(event.market, 0) + row.value
        return row

    def _note_orders(self, seq: int, event: Acted, fill: FillRow | None) -> None:
        """Place what the action placed, and end what does not rest any more."""
        shelf, action, market = self._shelves[event.account], event.action, event.market
        resting = {order.order_id: order for order in event.orders}
        if action.verb in PLACING and (fill is not None or _name_of(action) in resting):
            row = OrderRow(
                seq=seq,
                at_ms=event.at_ms,
                account=event.account,
                market=market,
                order_id=_name_of(action),
                action=action,
                size=size_of(resting[_name_of(action)]) if fill is None else fill.size,
                status=OrderStatus.OPEN if fill is None else OrderStatus.FILLED,
                status_ms=event.at_ms,
                status_seq=seq,
                fill=fill,
            )
            if fill is None:
                shelf.open[market, row.order_id] = row
                self._rows.append(row)
            else:
                self._keep(shelf.done, row)
        for of_market, order_id in [kept for kept in shelf.open if kept[0] == market]:
            if order_id not in resting:
                is_filled = fill is not None and action.verb is Verb.FILL and action.order_id == order_id
                is_asked = event.cause == "command"
                left = OrderStatus.CANCELLED if is_asked else OrderStatus.DROPPED
                done = replace(
                    shelf.open.pop((of_market, order_id)),
                    status=OrderStatus.FILLED if is_filled else left,
                    status_ms=event.at_ms,
                    status_seq=seq,
                    fill=fill if is_filled else None,
                )
                self._keep(shelf.done, done)

    def _liquidated(self, seq: int, event: Acted, before: Any, market: Any) -> LiquidationRow:
        """Return a step of a liquidation: it follows the price that called for it."""
        if isinstance(self._priced, bytes):
            found = decode(self._priced)
            assert isinstance(found, Priced), found
            self._priced = found
        readings = () if self._priced is None else self._priced.readings
        return LiquidationRow(
            seq=seq,
            at_ms=event.at_ms,
            account=event.account,
            market=event.market,
            size=size_of(before),
            price=price_of(readings[0].price if readings else 0, market),
            working=event.working,
            before=before,
        )

    def _live(self, key: Key, fill: FillRow, *, before: Any, working: Any) -> None:
        """Go on with the life of a position, end it, begin the next one."""
        closing = closing_part(fill)
        opening = fill.size - closing
        life = self._lives.get(key)
        if life is None:
            life = self._lives[key] = Life(
                opened_ms=fill.at_ms, opened_seq=fill.seq, is_whole=fill.start == 0
            )
        fee = fee_part(fill, closing)
        if closing:
            life.close(fill, closing, fee=fee)
        if opening and closing:
            ended = life.ended(
                seq=fill.seq, at_ms=fill.at_ms, account=fill.account, market=fill.market, cause=fill.cause
            )
            self._keep(self._shelves[fill.account].closed, _with_totals(ended, before, working))
            life = self._lives[key] = Life(opened_ms=fill.at_ms, opened_seq=fill.seq, is_whole=True)
        if opening:
            life.open(fill, opening, fee=fill.fee - fee, held=fill.start + fill.size)

    # Funding.

    def _note_funding(self, key: Key, position: Any, now_ms: int) -> None:
        for row in self._funded(key, position, now_ms):
            self._keep(self._shelves[key[0]].fundings, row)
            if key in self._lives:
                self._lives[key].fund(row.credit)

    def _funded(self, key: Key, position: Any, now_ms: int) -> list[FundingRow]:
        """Return each funding that a position owes up to a moment, as margin settles it."""
        account, name = key
        notes = self._notes.get(name)
        if not notes or not size_of(position) or notes[-1].at_ms <= position.settled_ms:
            return []
        kept = self._house.follower.state.markets[name]
        model, owed = (
            kept.terms.model,
            Parts(market=kept.market, position=position, readings=kept.readings, funding=tuple(notes)),
        )
        book = model.assemble(owed)
        due = {note.at_ms: note for note in notes}
        rows = []
        for one in book.funding:
            if one.at_ms > now_ms:
                break
            settled = model.settle(replace(book, funding=(one,)), now_ms=now_ms)
            symbol = kept.terms.symbols[0]
            held = [model.holdings(kept.market, each.position)[symbol] for each in (book, settled)]
            note = due[one.at_ms]
            rows.append(
                FundingRow(
                    at_ms=one.at_ms,
                    account=account,
                    market=name,
                    size=size_of(position),
                    price=note.price,
                    rate=note.rate,
                    credit=held[1] - held[0],
                )
            )
            book = settled
        return rows

    def _keep(self, kept: Any, row: Row) -> None:
        kept.append(row)
        self._rows.append(row)


# What each cause of a movement means for the wallet that pays, and for the one that receives.
_CAUSES: dict[str, tuple[MoveKind | None, MoveKind | None]] = {
    "transfer": (MoveKind.SENT, MoveKind.RECEIVED),
    "paid_out": (None, MoveKind.PAID_OUT),
    "set_aside": (MoveKind.SET_ASIDE, None),
    "brought_back": (None, MoveKind.BROUGHT_BACK),
}


def _name_of(action: Any) -> str:
    """Return what an action's order is called; empty where it is called nothing."""
    found = getattr(action, "order_id", "")
    return found if isinstance(found, str) else ""


def _with_totals(ended: ClosedRow, before: Any, working: Any) -> ClosedRow:
    return replace(
        ended,
        before=before,
        realised_pnl=field(working, "realised_pnl"),
        withdraw_pnl=field(working, "withdraw_pnl"),
    )


def _older(account: str, market: str, order: Any) -> OrderRow:
    """Return an order that was placed before the first event read, under a number of its own."""
    digest = blake2b(f"{account}/{market}/{order.order_id}".encode(), digest_size=6).digest()
    return OrderRow(
        seq=(1 << 52) + int.from_bytes(digest),
        at_ms=0,
        account=account,
        market=market,
        order_id=order.order_id,
        action=order,
        size=size_of(order),
        status=OrderStatus.OPEN,
        status_ms=0,
        status_seq=0,
    )
