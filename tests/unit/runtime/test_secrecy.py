"""The venue's private files: drawn once, its owner's alone, whole or as before."""

import os
import stat
from pathlib import Path

import pytest

from solvent.runtime import RuntimeRefused
from solvent.runtime.secrecy import FILE, Vault


def test_the_secret_is_drawn_once_and_found_again(tmp_path: Path) -> None:
    first = Vault(tmp_path).secret
    assert len(first) == 32
    assert Vault(tmp_path).secret == first
    assert Vault(None).secret != Vault(None).secret


def test_the_secret_is_its_owners_alone_whatever_the_mask_is(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        vault = Vault(tmp_path)
        vault.keep("sessions", b"1")
    finally:
        os.umask(before)
    for name in (FILE, "sessions"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    assert Vault(tmp_path).secret
    (tmp_path / FILE).chmod(0o640)
    with pytest.raises(RuntimeRefused, match="chmod 600"):
        Vault(tmp_path)


@pytest.mark.parametrize("data", [b"", b"short", bytes(33)])
def test_a_secret_that_is_not_whole_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / FILE
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(RuntimeRefused, match="has not 32 bytes"):
        Vault(tmp_path)


@pytest.mark.parametrize("is_lasting", [True, False])
def test_what_is_kept_is_found_and_replaced(tmp_path: Path, is_lasting: bool) -> None:
    vault = Vault(tmp_path if is_lasting else None)
    assert vault.kept("sessions") is None
    vault.keep("sessions", b"1")
    vault.keep("sessions", b"2")
    assert vault.kept("sessions") == b"2"
    assert (Vault(tmp_path).kept("sessions") == b"2") == is_lasting


def test_what_was_half_written_before_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "sessions.new").write_bytes(b"half")
    vault = Vault(tmp_path)
    vault.keep("sessions", b"whole")
    assert vault.kept("sessions") == b"whole"


def test_a_folder_that_cannot_be_written_or_read_is_told(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    (tmp_path / "sessions").mkdir()
    with pytest.raises(RuntimeRefused, match="cannot be written"):
        vault.keep("sessions", b"1")
    with pytest.raises(RuntimeRefused, match="cannot be read"):
        vault.kept("sessions")


def test_chance_does_not_repeat() -> None:
    vault = Vault(None)
    assert len({vault.random(16) for _ in range(100)}) == 100
