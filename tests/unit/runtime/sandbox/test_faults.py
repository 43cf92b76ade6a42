"""Rules of what goes wrong: which requests they meet, how often, by which chance, and the same once more."""

import msgspec
import pytest

from solvent.runtime import RuntimeRefused
from solvent.runtime.sandbox.faults import LOG_MAX, RULES_MAX, Arrived, Faults, Kind, Log, Rule, Surface

TAKE = Arrived(surface=Surface.KUCOIN, method="POST", path="/api/v1/margin/withdrawMargin")
EXCHANGE = Arrived(surface=Surface.HYPERLIQUID, method="POST", path="/exchange", action="order")


class Times:
    """A wall clock and a venue's, set by hand."""

    def __init__(self) -> None:
        self.wall, self.now = 1_000, 77

    def faults(self) -> Faults:
        return Faults(wall_ms=lambda: self.wall, now_ms=lambda: self.now)


@pytest.fixture
def times() -> Times:
    return Times()


def fired(faults: Faults, arrived: Arrived, count: int) -> list[bool]:
    return [bool(faults.meet(arrived)) for _ in range(count)]


def test_nothing_goes_wrong_unless_it_is_asked_for(times: Times) -> None:
    faults = times.faults()
    assert (faults.is_quiet, faults.rules, faults.meet(TAKE)) == (True, (), ())
    assert faults.log == Log(rules=(), fired=())


@pytest.mark.parametrize(
    ("rule", "meets"),
    [
        (Rule(kind=Kind.DELAY), True),
        (Rule(kind=Kind.DELAY, surface=Surface.KUCOIN), True),
        (Rule(kind=Kind.DELAY, surface=Surface.HYPERLIQUID), False),
        (Rule(kind=Kind.DELAY, path="/api/v1/margin/*"), True),
        (Rule(kind=Kind.DELAY, path="/api/v1/margin"), False),
        (Rule(kind=Kind.DELAY, path="/api/v1/Margin/*"), False),
        (Rule(kind=Kind.DELAY, action="order"), False),
    ],
)
def test_a_rule_meets_requests_by_where_they_come_in_and_by_their_path(
    times: Times, rule: Rule, meets: bool
) -> None:
    faults = times.faults()
    faults.add(rule)
    assert bool(faults.meet(TAKE)) == meets
    assert len(faults.log.fired) == meets


def test_a_rule_for_an_action_meets_no_other(times: Times) -> None:
    faults = times.faults()
    faults.add(Rule(kind=Kind.LOSE_RESPONSE, action="order"))
    cancel = msgspec.structs.replace(EXCHANGE, action="cancel")
    assert (fired(faults, cancel, 2), fired(faults, EXCHANGE, 1)) == ([False, False], [True])
    assert faults.may_meet(Surface.HYPERLIQUID, "/exchange")


def test_a_rule_ends_after_its_times_its_while_or_when_it_is_taken_back(times: Times) -> None:
    faults = times.faults()
    faults.add(Rule(kind=Kind.UNAVAILABLE, times=2))
    assert fired(faults, TAKE, 3) == [True, True, False]
    faults.add(Rule(kind=Kind.RATE_LIMIT, for_ms=60_000))
    times.wall += 59_999
    assert fired(faults, TAKE, 1) == [True]
    times.wall += 1
    assert (fired(faults, TAKE, 1), faults.is_quiet) == ([False], True)
    first, second = (faults.add(Rule(kind=Kind.DELAY)) for _ in range(2))
    faults.remove(first.id)
    assert faults.rules == (second,)
    faults.remove(None)
    assert faults.is_quiet
    with pytest.raises(RuntimeRefused, match=f"no rule in force has the number {first.id}"):
        faults.remove(first.id)


def test_a_chance_is_drawn_from_the_seed_and_comes_out_the_same_again(times: Times) -> None:
    def drawn(seed: int, ppm: int = 250_000) -> list[bool]:
        faults = times.faults()
        faults.add(Rule(kind=Kind.UNAVAILABLE, chance_ppm=ppm, seed=seed))
        return fired(faults, TAKE, 400)

    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)
    assert 60 <= sum(drawn(7)) <= 140
    assert not any(drawn(7, ppm=0))
    assert all(drawn(7, ppm=1_000_000))


def test_several_rules_fire_together_in_the_order_of_their_making(times: Times) -> None:
    faults = times.faults()
    made = [faults.add(Rule(kind=kind)) for kind in (Kind.DUPLICATE, Kind.DELAY)]
    assert list(faults.meet(TAKE)) == made


def test_the_log_tells_when_and_at_which_request(times: Times) -> None:
    faults = times.faults()
    faults.add(Rule(kind=Kind.LOSE_RESPONSE, chance_ppm=500_000, seed=3))
    outcomes = fired(faults, TAKE, 20)
    assert [one.met for one in faults.log.fired] == [place + 1 for place, hit in enumerate(outcomes) if hit]
    assert {(one.wall_ms, one.venue_ms, one.rule) for one in faults.log.fired} == {(1_000, 77, 1)}


def test_a_log_is_played_again_request_by_request(times: Times) -> None:
    faults = times.faults()
    faults.add(Rule(kind=Kind.LOSE_RESPONSE, chance_ppm=300_000, seed=11, for_ms=10, times=50))
    faults.add(Rule(kind=Kind.DELAY, surface=Surface.HYPERLIQUID, times=1))
    faults.add(Rule(kind=Kind.STALE_PRICES, market="BTC-PERP"))
    faults.add(Rule(kind=Kind.RATE_LIMIT, path="/never"))
    first = fired(faults, TAKE, 30)
    assert 0 < sum(first) < 30
    log = msgspec.json.decode(msgspec.json.encode(faults.log), type=Log)
    times.wall += 1_000_000
    again = times.faults()
    again.replay(log)
    assert fired(again, TAKE, 30) == first
    assert [rule.kind for rule in again.rules] == [Kind.STALE_PRICES]
    assert fired(again, EXCHANGE, 1) == [False]


def test_a_disconnection_without_a_while_is_over_at_once_and_is_told(times: Times) -> None:
    faults, heard = times.faults(), list[Rule]()
    faults.subscribe(heard.append)
    rule = faults.add(Rule(kind=Kind.DISCONNECT))
    assert (heard, faults.is_quiet) == ([rule], True)
    faults.add(Rule(kind=Kind.DISCONNECT, times=1))
    assert fired(faults, TAKE, 2) == [True, False]


def test_rules_and_their_log_have_an_end(times: Times) -> None:
    faults = times.faults()
    for _ in range(RULES_MAX):
        faults.add(Rule(kind=Kind.DELAY))
    with pytest.raises(RuntimeRefused, match="rules are in force"):
        faults.add(Rule(kind=Kind.DELAY))
    for _ in range(LOG_MAX // RULES_MAX + 1):
        faults.meet(TAKE)
    assert len(faults.log.fired) == LOG_MAX
    faults.forget()
    assert faults.log == Log(rules=(), fired=())
