"""A virtual time that passes at a multiple of the machine's."""

from threading import Event

import pytest

from solvent.money import Ratio
from solvent.runtime import RuntimeRefused
from solvent.runtime.flowing import STOPS_MAX, Flow

WAIT_S = 10
SECOND_NS = 1_000_000_000


class Machine:
    """A steady clock that moves on by a second at each reading."""

    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        self.now_ns += SECOND_NS
        return self.now_ns


@pytest.mark.parametrize(("speed", "by_ms"), [(Ratio(60, 1), 60_000), (Ratio(1, 2), 500)])
def test_what_passes_is_the_machines_time_times_the_speed(speed: Ratio, by_ms: int) -> None:
    passed: list[tuple[int, int]] = []
    enough = Event()

    def advance(by: int, step: int) -> None:
        passed.append((by, step))
        if len(passed) == 3:
            enough.set()

    flow = Flow(advance, speed, on_stop=lambda _: None, clock_ns=Machine())
    assert enough.wait(WAIT_S)
    flow.close()
    assert set(passed) == {(by_ms, by_ms // STOPS_MAX)}
    assert flow.speed == speed


def test_a_time_that_is_too_slow_for_a_millisecond_adds_up() -> None:
    passed: list[int] = []
    enough = Event()

    def advance(by: int, _: int) -> None:
        passed.append(by)
        enough.set()

    flow = Flow(advance, Ratio(1, 2_500), on_stop=lambda _: None, clock_ns=Machine())
    assert enough.wait(WAIT_S)
    flow.close()
    assert passed[0] == 1


def test_what_ends_it_is_told() -> None:
    told: list[str] = []
    ended = Event()

    def fail(_: int, __: int) -> None:
        raise RuntimeRefused("the venue is gone")

    def stop(reason: str) -> None:
        told.append(reason)
        ended.set()

    flow = Flow(fail, Ratio(1, 1), on_stop=stop, clock_ns=Machine())
    assert ended.wait(WAIT_S)
    flow.close()
    assert told == ["time stopped: the venue is gone"]
