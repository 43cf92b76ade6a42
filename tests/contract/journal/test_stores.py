"""Which stores the contract was held against, said loudly where one is not here."""

import os
from collections.abc import Callable

import pytest

from tests import postgres
from tests.contract.journal.stores import POSTGRESQL, STORES


def test_the_contract_is_held_against_postgresql_or_the_run_says_that_it_was_not(
    tell: Callable[[str], None],
) -> None:
    if postgres.ABSENT is None:
        assert POSTGRESQL in STORES
        return
    words = f"NOT RUN: the journal's tests on PostgreSQL, as {postgres.ABSENT}"
    if os.environ.get("CI"):
        pytest.fail(words)
    tell(words)
