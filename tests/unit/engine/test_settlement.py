"""Value across the boundary: requested, waiting, confirmed or given back; and between wallets."""

from solvent.engine import commands, ledger
from solvent.margin import Refused, tiered
from tests.unit.engine.venues import ALICE, BOB, Venue, funded_venue


def usdc(venue: Venue, account: str) -> int:
    return venue.state.balance(ledger.wallet(account), "USDC")


def withdrawal(units: int, request_id: str = "w1") -> commands.Withdraw:
    return commands.Withdraw(account=ALICE, asset="USDC", units=units, address="so1", request_id=request_id)


def test_a_deposit_credits_only_when_it_is_confirmed() -> None:
    venue = funded_venue()
    venue.do(commands.Deposit(account=ALICE, asset="USDC", units=5, request_id="d1"))
    assert usdc(venue, ALICE) == 10_000_000_000
    venue.do(commands.Confirm(request_id="d1"))
    assert usdc(venue, ALICE) == 10_000_000_005
    assert venue.state.outbox == {}


def test_a_failed_deposit_moves_nothing() -> None:
    venue = funded_venue()
    venue.do(commands.Deposit(account=ALICE, asset="USDC", units=5, request_id="d1"))
    venue.do(commands.Confirm(request_id="d1", done=False))
    assert usdc(venue, ALICE) == 10_000_000_000


def test_a_withdrawal_leaves_the_wallet_at_once_and_waits() -> None:
    venue = funded_venue()
    venue.do(withdrawal(4_000_000_000))
    assert usdc(venue, ALICE) == 6_000_000_000
    assert venue.state.balance(ledger.outgoing("w1"), "USDC") == 4_000_000_000
    assert venue.state.outbox["w1"].address == "so1"
    venue.do(commands.Confirm(request_id="w1"))
    assert venue.state.balance(ledger.outgoing("w1"), "USDC") == 0
    assert usdc(venue, ALICE) == 6_000_000_000


def test_a_failed_withdrawal_goes_back_to_its_wallet() -> None:
    venue = funded_venue()
    venue.do(withdrawal(4_000_000_000))
    venue.do(commands.Confirm(request_id="w1", done=False))
    assert usdc(venue, ALICE) == 10_000_000_000


def test_a_request_is_confirmed_once_and_its_id_is_never_used_again() -> None:
    venue = funded_venue()
    venue.do(withdrawal(1))
    venue.do(commands.Confirm(request_id="w1"))
    twice = venue.ask(commands.Confirm(request_id="w1"))
    again = venue.ask(withdrawal(1))
    assert isinstance(twice, Refused)
    assert isinstance(again, Refused)
    assert (twice.code, again.code) == ("REQUEST_UNKNOWN", "REQUEST_EXISTS")


def test_what_resting_orders_reserve_cannot_leave_the_wallet() -> None:
    venue = funded_venue()
    venue.act(ALICE, "BTC-PERP", tiered.Order(order_id="1", size=20_000, limit_price=500_000))
    refused = venue.ask(withdrawal(9_500_000_001))
    assert isinstance(refused, Refused)
    assert (refused.code, refused["free"]) == ("INSUFFICIENT_BALANCE", 9_500_000_000)
    venue.do(commands.Transfer(account=ALICE, receiver=BOB, asset="USDC", units=9_500_000_000))
    assert (usdc(venue, ALICE), usdc(venue, BOB)) == (500_000_000, 19_500_000_000)


def test_cancelling_gives_the_reservation_back_and_forgets_it() -> None:
    venue = funded_venue()
    venue.act(ALICE, "BTC-PERP", tiered.Order(order_id="1", size=20_000, limit_price=500_000))
    assert venue.state.reserved == {(ALICE, "USDC"): 500_000_000}
    venue.act(ALICE, "BTC-PERP", tiered.Cancel("1"))
    assert venue.state.reserved == {}
    assert venue.state.orders["BTC-PERP"] == {}


def test_opening_an_account_binds_its_identities_and_more_can_follow() -> None:
    venue = Venue()
    venue.do(commands.OpenAccount(account=ALICE, identities=("solana:a",)))
    venue.do(commands.BindIdentity(account=ALICE, identity="ethereum:0x1"))
    assert venue.state.accounts == {ALICE: ("solana:a", "ethereum:0x1")}
    assert venue.state.identities == {"solana:a": ALICE, "ethereum:0x1": ALICE}
