"""What an action would do is told as carrying it out tells it, and nothing is changed."""

from solvent.engine import Code, apply, commands
from solvent.engine.foresight import _shadow, foresee
from solvent.margin import Refused, lending, tiered
from tests.unit.engine.venues import ALICE, funded_venue


def test_foreseen_events_are_those_of_carrying_it_out_and_the_state_stays() -> None:
    venue = funded_venue()
    for market, action in (
        ("BTC-PERP", tiered.Open(size=20_000)),
        ("wETH/SOL", lending.Supply(5 * 10**9)),
    ):
        command = commands.Act(account=ALICE, market=market, action=action)
        before = venue.state.hash()
        foreseen = foresee(venue.state, command, now_ms=0)
        assert venue.state.hash() == before
        assert not isinstance(foreseen, Refused)
        assert foreseen == venue.do(command)


def test_a_foreseen_close_forgets_nothing_of_the_position_that_is_there() -> None:
    venue = funded_venue()
    venue.must(ALICE, "wETH/SOL", lending.Supply(10**9))
    redeem = commands.Act(account=ALICE, market="wETH/SOL", action=lending.Redeem())
    assert not isinstance(foresee(venue.state, redeem, now_ms=0), Refused)
    assert venue.state.supplies["wETH/SOL"][ALICE] > 0


def test_what_a_foreseen_event_emptied_is_empty_for_what_follows_it() -> None:
    venue = funded_venue()
    venue.must(ALICE, "wETH/SOL", lending.Supply(10**9))
    redeem = commands.Act(account=ALICE, market="wETH/SOL", action=lending.Redeem())
    shadow = _shadow(venue.state, "wETH/SOL")
    assert not isinstance(apply(shadow, redeem, now_ms=0), Refused)
    assert ALICE not in shadow.supplies["wETH/SOL"]
    assert isinstance(apply(shadow, redeem, now_ms=0), Refused)
    assert venue.state.supplies["wETH/SOL"][ALICE] > 0


def test_a_foreseen_refusal_is_the_one_that_would_be_given() -> None:
    venue = funded_venue()
    for command, code in (
        (commands.Act(account="f" * 32, market="BTC-PERP", action=tiered.Add(1)), Code.ACCOUNT_UNKNOWN),
        (commands.Act(account=ALICE, market="nowhere", action=tiered.Add(1)), Code.MARKET_UNKNOWN),
        (commands.Act(account=ALICE, market="BTC-PERP", action=tiered.Add(1)), "NO_POSITION"),
    ):
        refused = foresee(venue.state, command, now_ms=0)
        assert isinstance(refused, Refused)
        assert (refused.code, refused) == (code, venue.ask(command))
