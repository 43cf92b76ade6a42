"""An address is told from a folder, and is never shown with a password."""

from pathlib import Path

import pytest

from solvent.journal import is_address, shown

SHOWN = {
    "postgresql://u:secret@h:5432/db?sslmode=require&password=secret&sslpassword=x": (  # not-a-secret: ours
        "postgresql://u@h:5432/db?sslmode=require"
    ),
    "postgres://u:secret@one,two:5433/db?target_session_attrs=read-write": (  # not-a-secret: made up
        "postgres://u@one,two:5433/db?target_session_attrs=read-write"
    ),
    "postgresql://u:se/secret@x@h/db": "postgresql://u@h/db",
    "postgresql:///db?host=/var/run/postgresql&options=-csearch_path%3Da": (
        "postgresql:///db?host=/var/run/postgresql&options=-csearch_path=a"
    ),
    "postgresql:/u:secret@h/db": "postgresql:///u@h/db",
    "postgresql://:secret@h/db": "postgresql://@h/db",
    "postgresql://h/db?p%61ssword=secret&user=a": "postgresql://h/db?user=a",
    "postgresql://u:secret@[h/db": "postgresql://…",
    "postgresql://u:secret": "postgresql://…",
    " POSTGRESQL://u:secret@h/db": "postgresql://u@h/db",
}


@pytest.mark.parametrize("address", SHOWN)
def test_an_address_is_shown_without_its_password(address: str) -> None:
    assert is_address(address)
    assert shown(address) == SHOWN[address]


@pytest.mark.parametrize("place", ["solvent-data", "./postgresql", ":memory:", Path("/tmp/a"), "http://h/db"])
def test_a_folder_is_no_address_and_is_shown_as_it_is(place: Path | str) -> None:
    assert not is_address(place)
    assert shown(place) == str(place)
