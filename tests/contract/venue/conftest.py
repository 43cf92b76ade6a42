"""What the tests under faults share: a way to tell figures."""

from collections.abc import Callable

import pytest


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Return what passes a line on to the end of the run, where it is printed."""

    def say(line: str) -> None:
        record_property("told", line)

    return say
