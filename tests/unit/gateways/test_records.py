"""Records: what the committed events tell of an account, the same after a restart."""

from pathlib import Path

from solvent.engine import commands
from solvent.gateways import records as records_module
from solvent.gateways.records import Records
from solvent.gateways.rows import FillRow, MoveKind, News, OrderStatus
from solvent.margin import tiered
from solvent.money import Ratio
from tests.unit.gateways.houses import ALICE, BOB, HOUR_MS, Hand, by_hand

BTC = "BTC-PERP"
USD = 10**6


def begun(folder: Path | str = ":memory:") -> Hand:
    hand = Hand(folder)
    hand.fund(ALICE, "USDC", 10_000 * USD)
    hand.price(BTC, "60000")
    return hand


def limit(order_id: str, size: int, price: int) -> tiered.Order:
    return tiered.Order(order_id=order_id, size=size, limit_price=price * 10)


def test_a_fill_tells_its_price_its_fee_and_the_position_before_it() -> None:
    with by_hand() as hand:
        hand.fund(ALICE, "USDC", 10_000 * USD)
        hand.price(BTC, "60000")
        records = Records(hand.house)
        opened = hand.act(ALICE, BTC, tiered.Open(size=1_000))
        hand.price(BTC, "63000")
        closed = hand.act(ALICE, BTC, tiered.Close(size=400))
        second, first = records.fills(ALICE)
    assert (first.seq, first.order_seq, first.size, first.start) == (opened, opened, 1_000, 0)
    assert (first.price, first.value, first.fee) == (Ratio(60_000, 1), 600 * USD, 270_000)
    assert (second.seq, second.size, second.start) == (closed, -400, 1_000)
    assert (second.price, second.fee) == (Ratio(63_000, 1), 113_400)
    assert second.closed_pnl == Ratio(12 * USD, 1)
    assert second.is_taker


def test_an_order_rests_and_is_filled_by_the_maker_fee_at_its_limit() -> None:
    with by_hand() as hand:
        hand.fund(ALICE, "USDC", 10_000 * USD)
        hand.price(BTC, "60000")
        records = Records(hand.house)
        placed = hand.act(ALICE, BTC, limit("one", 1_000, 59_000))
        (resting,) = records.open_orders(ALICE)
        assert (resting.seq, resting.size, resting.status) == (placed, 1_000, OrderStatus.OPEN)
        assert records.order(ALICE, placed) == resting
        hand.price(BTC, "58900")
        assert not records.open_orders(ALICE)
        done = records.order_by_id(ALICE, "one")
    assert done is not None
    assert (done.seq, done.status, done.at_ms) == (placed, OrderStatus.FILLED, resting.at_ms)
    assert done.fill is not None
    assert (done.fill.order_seq, done.fill.cause, done.fill.is_taker) == (placed, "reached", False)
    assert (done.fill.price, done.fill.fee) == (Ratio(59_000, 1), 88_500)


def test_an_order_taken_back_is_cancelled_and_one_that_cannot_be_filled_is_dropped() -> None:
    with by_hand() as hand:
        hand.fund(ALICE, "USDC", 1_000 * USD)
        hand.price(BTC, "60000")
        records = Records(hand.house)
        hand.act(ALICE, BTC, limit("one", 1_000, 59_000))
        hand.act(ALICE, BTC, limit("two", 1_000, 58_000))
        hand.act(ALICE, BTC, tiered.Cancel("one"))
        hand.act(ALICE, BTC, tiered.Open(size=-1_000))
        hand.act(
            ALICE, BTC, tiered.Order(order_id="three", size=1_000, limit_price=570_000, reduce_only=True)
        )
        hand.act(ALICE, BTC, tiered.Close())
        hand.price(BTC, "56900")
        found = {row.order_id: row.status for row in records.orders(ALICE) if row.order_id}
    assert found == {
        "one": OrderStatus.CANCELLED,
        "two": OrderStatus.FILLED,
        "three": OrderStatus.DROPPED,
    }


def test_funding_is_told_hour_by_hour_before_and_after_it_is_settled() -> None:
    with by_hand() as hand:
        hand.fund(ALICE, "USDC", 10_000 * USD)
        hand.price(BTC, "63000")
        records = Records(hand.house)
        hand.act(ALICE, BTC, tiered.Open(size=1_000))
        for _ in range(2):
            hand.pay_funding(BTC, "63000", "0.0000125")
        owed = records.fundings(ALICE)
        assert [(row.credit, row.size, row.rate) for row in owed] == [(-7_875, 1_000, Ratio(1, 80_000))] * 2
        assert owed[0].at_ms - owed[1].at_ms == HOUR_MS
        hand.price(BTC, "63000")
        hand.act(ALICE, BTC, tiered.Close())
        hand.pay_funding(BTC, "63000", "0.0000125")
        assert records.fundings(ALICE) == owed
        (closed,) = records.closed(ALICE)
    assert (closed.size, closed.pnl, closed.funding, closed.fees) == (1_000, Ratio(0, 1), -15_750, 567_000)
    assert (closed.entry, closed.exit) == (Ratio(63_000, 1), Ratio(63_000, 1))


def test_a_flip_ends_one_position_and_begins_another() -> None:
    with by_hand() as hand:
        hand.fund(ALICE, "USDC", 10_000 * USD)
        hand.price(BTC, "60000")
        records = Records(hand.house)
        hand.act(ALICE, BTC, tiered.Open(size=1_000))
        hand.price(BTC, "61000")
        hand.act(ALICE, BTC, limit("flip", -3_000, 60_000))
        hand.price(BTC, "60500")
        hand.act(ALICE, BTC, tiered.Close())
        second, first = records.closed(ALICE)
    assert (first.size, first.entry, first.exit) == (1_000, Ratio(60_000, 1), Ratio(61_000, 1))
    assert first.pnl == Ratio(10 * USD, 1)
    assert (second.size, second.entry, second.exit) == (-2_000, Ratio(61_000, 1), Ratio(60_500, 1))
    assert second.pnl == Ratio(10 * USD, 1)


def test_a_liquidation_tells_the_position_and_the_price_it_was_judged_at() -> None:
    with by_hand() as hand:
        hand.fund(ALICE, "USDC", 1_000 * USD)
        hand.price(BTC, "60000")
        records = Records(hand.house)
        hand.act(ALICE, BTC, tiered.Open(size=10_000))
        hand.price(BTC, "57600")
        (liquidated,) = records.liquidations(ALICE)
        fill = next(iter(records.fills(ALICE)))
        (closed,) = records.closed(ALICE)
    assert (liquidated.size, liquidated.price) == (10_000, Ratio(57_600, 1))
    assert fill.is_liquidation
    assert (fill.size, fill.start, closed.cause) == (-10_000, 10_000, "liquidation")


def test_money_that_comes_goes_and_comes_back_is_told() -> None:
    with by_hand() as hand:
        records = Records(hand.house)
        hand.fund(ALICE, "USDC", 100 * USD)
        hand.do(commands.Transfer(account=ALICE, receiver=BOB, asset="USDC", units=10 * USD))
        for request, done in (("out", True), ("back", False)):
            hand.do(
                commands.Withdraw(account=ALICE, asset="USDC", units=USD, address="0xabc", request_id=request)
            )
            hand.do(commands.Confirm(request_id=request, done=done))
        hand.do(commands.Declare(role="insurance", asset="USDC", units=USD))
        hand.do(commands.PayOut(role="insurance", receiver=BOB, asset="USDC", units=USD))
        mine = [(row.kind, row.units, row.other) for row in records.moves(ALICE)]
        his = [(row.kind, row.units, row.other) for row in records.moves(BOB)]
    assert mine == [
        (MoveKind.RETURNED, USD, "0xabc"),
        (MoveKind.WITHDRAWAL, -USD, "0xabc"),
        (MoveKind.WITHDRAWAL, -USD, "0xabc"),
        (MoveKind.SENT, -10 * USD, BOB),
        (MoveKind.DEPOSIT, 100 * USD, ""),
    ]
    assert his == [(MoveKind.PAID_OUT, USD, "insurance"), (MoveKind.RECEIVED, 10 * USD, ALICE)]


def test_margin_moves_are_told_with_their_sign() -> None:
    with by_hand() as hand:
        hand.fund(ALICE, "USDC", 10_000 * USD)
        hand.price(BTC, "60000")
        records = Records(hand.house)
        hand.act(ALICE, BTC, tiered.Open(size=1_000))
        hand.act(ALICE, BTC, tiered.Add(100 * USD))
        hand.act(ALICE, BTC, tiered.Take(50 * USD))
        assert [row.units for row in records.margin_moves(ALICE)] == [-50 * USD, 100 * USD]


def test_what_was_read_from_the_journal_is_what_was_heard(tmp_path: Path) -> None:
    with by_hand(tmp_path) as hand:
        records = Records(hand.house)
        hand.fund(ALICE, "USDC", 1_000 * USD)
        hand.price(BTC, "60000")
        hand.act(ALICE, BTC, tiered.Open(size=10_000))
        hand.act(ALICE, BTC, limit("rests", 100, 50_000))
        hand.act(ALICE, BTC, tiered.Add(10 * USD))
        hand.pay_funding(BTC, "60000", "0.0000125")
        hand.price(BTC, "57600")
        heard = told(records)
        day = records.day(BTC)
    with by_hand(tmp_path) as hand:
        assert told(Records(hand.house)) == heard
        assert Records(hand.house).day(BTC) == day == (6_000 * USD + 5_760 * USD, 20_000)


def told(records: Records) -> list[list[object]]:
    liquidations = [(row.seq, row.size, row.price) for row in records.liquidations(ALICE)]
    orders = [(row.seq, row.order_id, row.status, row.fill) for row in records.orders(ALICE)]
    return [
        list(records.fills(ALICE)),
        list(orders),
        list(records.fundings(ALICE)),
        list(records.moves(ALICE)),
        list(records.margin_moves(ALICE)),
        list(liquidations),
        list(records.closed(ALICE)),
        [records.traded(ALICE, BTC)],
    ]


def test_what_rests_since_before_the_first_event_read_is_known_under_a_number_of_its_own(
    tmp_path: Path,
) -> None:
    with by_hand(tmp_path) as hand:
        hand.fund(ALICE, "USDC", 10_000 * USD)
        hand.price(BTC, "60000")
        hand.act(ALICE, BTC, tiered.Open(size=1_000))
        hand.act(ALICE, BTC, limit("rests", 100, 50_000))
        hand.pay_funding(BTC, "60000", "0.0000125")
        hand.price(BTC, "60000")
        limit_before = records_module.EVENTS_READ_MAX
        records_module.EVENTS_READ_MAX = 1
        try:
            one, two = Records(hand.house), Records(hand.house)
        finally:
            records_module.EVENTS_READ_MAX = limit_before
        (resting,) = one.open_orders(ALICE)
        assert resting.seq == two.open_orders(ALICE)[0].seq >= 1 << 52
        assert [row.credit for row in one.fundings(ALICE)] == [-7_500]
        hand.act(ALICE, BTC, tiered.Close())
        (closed,) = one.closed(ALICE)
    assert closed.entry is None


def test_listeners_are_told_the_rows_of_each_batch() -> None:
    with by_hand() as hand:
        hand.fund(ALICE, "USDC", 10_000 * USD)
        hand.price(BTC, "60000")
        records = Records(hand.house)
        heard: list[News] = []
        leave = records.subscribe(heard.append)
        seq = hand.act(ALICE, BTC, tiered.Open(size=1_000))
        leave()
        hand.act(ALICE, BTC, tiered.Close())
    (news,) = heard
    assert news.committed.seq == seq
    assert [type(row).__name__ for row in news.rows] == ["FillRow", "OrderRow"]
    assert isinstance(news.rows[0], FillRow)


def test_nothing_is_kept_of_an_account_that_nobody_knows() -> None:
    with by_hand() as hand:
        records = Records(hand.house)
        assert not list(records.fills("nobody"))
        assert not records._shelves
        assert records.day(BTC) == (0, 0)
        assert not list(records.trades(BTC))


def test_what_is_put_aside_and_brought_back_is_told_and_so_are_numbers_that_signers_used() -> None:
    with by_hand() as hand:
        records = Records(hand.house)
        hand.fund(ALICE, "USDC", 100 * USD)
        hand.do(commands.SetAside(account=ALICE, asset="USDC", units=10 * USD))
        hand.do(commands.SetAside(account=ALICE, asset="USDC", units=4 * USD, back=True))
        hand.do(commands.BindIdentity(account=ALICE, identity="ethereum:0x1"))
        assert records.requests(ALICE) == 0
        for nonce in (5, 6):
            hand.do(commands.UseNonce(account=ALICE, signer="ethereum:0x1", nonce=nonce))
        told = [(row.kind, row.units) for row in records.moves(ALICE)]
        assert (records.requests(ALICE), records.requests(BOB)) == (2, 0)
    assert told == [
        (MoveKind.BROUGHT_BACK, 4 * USD),
        (MoveKind.SET_ASIDE, -10 * USD),
        (MoveKind.DEPOSIT, 100 * USD),
    ]
