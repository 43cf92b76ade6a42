"""The venue's clocks never run backwards."""

import pytest

from solvent.runtime import RealClock, RuntimeRefused, VirtualClock

SECOND_NS = 1_000_000_000


def test_a_machine_whose_clock_jumps_back_holds_the_venues_time(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([5 * SECOND_NS, 3 * SECOND_NS, 6 * SECOND_NS])
    monkeypatch.setattr("solvent.runtime.clock.time.time_ns", lambda: next(moments))
    clock = RealClock()
    assert [clock.now_ms() for _ in range(3)] == [5_000, 5_000, 6_000]


def test_a_clock_begins_no_earlier_than_the_journal_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solvent.runtime.clock.time.time_ns", lambda: 0)
    assert RealClock(not_before_ms=7).now_ms() == 7


def test_a_virtual_clock_stands_still_until_it_is_advanced() -> None:
    clock = VirtualClock(10)
    assert clock.now_ms() == clock.now_ms() == 10
    assert clock.advance(5) == 15
    assert clock.now_ms() == 15


def test_a_virtual_clock_takes_no_step_back() -> None:
    clock = VirtualClock(10)
    with pytest.raises(RuntimeRefused, match="never runs backwards"):
        clock.advance(-1)
    assert clock.now_ms() == 10
