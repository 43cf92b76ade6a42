"""The fourth model, known for the length of one test."""

from collections.abc import Iterator

import pytest

from solvent.margin import Model, registry
from tests.toy import model as gold_jar


@pytest.fixture
def jar() -> Iterator[Model]:
    """Register the toy model, and forget it afterwards."""
    registry.register(gold_jar)
    yield gold_jar
    registry.withdraw(gold_jar.NAME)
