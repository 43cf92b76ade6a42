"""A table beside another one is as a copy of it would be, and leaves the other as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.engine.beside import Beside

KEYS = st.integers(0, 5)
TABLES = st.dictionaries(KEYS, st.integers())
# What is written, or none for a key that is taken out.
CHANGES = st.lists(st.tuples(KEYS, st.none() | st.integers()), max_size=20)


@given(TABLES, CHANGES)
def test_it_is_what_a_copy_would_be_in_value_and_in_order(
    table: dict[int, int], changes: list[tuple[int, int | None]]
) -> None:
    before, copy, beside = dict(table), dict(table), Beside(table)
    for key, value in changes:
        if value is None:
            assert beside.pop(key, None) == copy.pop(key, None)
        else:
            beside[key] = copy[key] = value
        assert list(beside.items()) == list(copy.items())
        assert len(beside) == len(copy)
        assert [key in beside for key in range(6)] == [key in copy for key in range(6)]
    assert list(table.items()) == list(before.items())


def test_what_was_taken_out_cannot_be_taken_out_again() -> None:
    beside = Beside({1: 2})
    del beside[1]
    with pytest.raises(KeyError):
        del beside[1]
    with pytest.raises(KeyError):
        beside[1]
