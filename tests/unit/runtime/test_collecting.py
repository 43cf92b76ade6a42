"""A serving process looks for cyclic garbage seldom, but does not stop looking."""

import gc

from solvent.runtime.collecting import collect_seldom

# Another test of this process may have served already.
AS_PYTHON_STARTS = (700, 10, 10)


def test_the_collector_runs_seldom_and_is_not_turned_off() -> None:
    before = gc.get_threshold()
    try:
        gc.set_threshold(*AS_PYTHON_STARTS)
        collect_seldom()
        assert gc.get_threshold()[0] > AS_PYTHON_STARTS[0]
        assert gc.isenabled()
    finally:
        gc.set_threshold(*before)
