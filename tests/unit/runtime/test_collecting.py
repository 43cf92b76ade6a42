"""A serving process looks for cyclic garbage seldom, but does not stop looking."""

import gc

from solvent.runtime.collecting import collect_seldom


def test_the_collector_runs_seldom_and_is_not_turned_off() -> None:
    before = gc.get_threshold()
    try:
        collect_seldom()
        assert gc.get_threshold()[0] > before[0]
        assert gc.isenabled()
    finally:
        gc.set_threshold(*before)
