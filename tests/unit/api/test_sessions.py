from pathlib import Path

import pytest
from nacl.signing import SigningKey

from solvent.api.problems import Problem
from solvent.api.sessions import CHALLENGE_MS, FILE, SESSION_MS, SESSIONS_PER_ACCOUNT_MAX, Sessions
from solvent.api.signing import SigningRefused
from solvent.runtime import base58
from solvent.runtime.secrecy import Vault

VENUE, DOMAIN, NOW_MS = "5a" * 16, "127.0.0.1:8000", 1_790_000_000_000
WALLET = base58.encode(bytes(SigningKey(bytes(32)).verify_key))
OTHER = base58.encode(bytes(SigningKey(bytes(31) + b"1").verify_key))


class Clock:
    def __init__(self) -> None:
        self.now_ms = NOW_MS

    def __call__(self) -> int:
        return self.now_ms


def sessions(folder: Path | None = None, clock: Clock | None = None) -> Sessions:
    return Sessions(Vault(folder), venue_id=VENUE, wall_ms=clock or Clock())


def begin(kept: Sessions, wallet: str = WALLET, account: str = "a" * 32) -> str:
    text, _ = kept.challenge(wallet, domain=DOMAIN)
    kept.require_own(text, wallet, domain=DOMAIN)
    return kept.begin(text, wallet, account_of=lambda _: account)[0]


def test_a_challenge_is_a_text_that_wallets_know() -> None:
    text, expires_ms = sessions().challenge(WALLET, domain=DOMAIN)
    lines = text.split("\n")
    assert lines[0] == f"{DOMAIN} wants you to sign in with your Solana account:"
    assert lines[1:3] == [WALLET, ""]
    assert lines[3] == (
        f"Sign in to the Solvent venue {VENUE}. This lets the page read your account, and moves nothing."
    )
    assert [line.partition(": ")[0] for line in lines[5:]] == [
        "URI",
        "Version",
        "Nonce",
        "Issued At",
        "Expiration Time",
    ]
    assert lines[-2:] == ["Issued At: 2026-09-21T14:13:20Z", "Expiration Time: 2026-09-21T14:18:20Z"]
    assert expires_ms == NOW_MS + CHALLENGE_MS
    assert text != sessions().challenge(WALLET, domain=DOMAIN)[0]


def test_what_is_no_key_is_given_no_challenge() -> None:
    with pytest.raises(SigningRefused):
        sessions().challenge("alice", domain=DOMAIN)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (DOMAIN, "evil.example"),
        (VENUE, "0" * 32),
        (WALLET, OTHER),
        ("moves nothing", "moves everything"),
        ("Version: 1", "Version: 2"),
        ("Issued At: 2026", "Issued At: 2027"),
        ("Expiration Time: 2026", "Expiration Time: 2036"),
        ("14:18:20", "14:18:21"),
        ("Nonce: ", "Nonce: 00"),
        ("\n\n", "\n"),
        ("20Z", "20Z\n"),
    ],
)
def test_a_challenge_that_was_changed_anywhere_is_none_of_ours(old: str, new: str) -> None:
    kept = sessions()
    text, _ = kept.challenge(WALLET, domain=DOMAIN)
    assert old in text
    with pytest.raises(Problem, match="no challenge that was made here"):
        kept.require_own(text.replace(old, new), WALLET, domain=DOMAIN)


def test_a_challenge_is_for_its_wallet_its_domain_and_its_process() -> None:
    kept = sessions()
    text, _ = kept.challenge(WALLET, domain=DOMAIN)
    kept.require_own(text, WALLET, domain=DOMAIN)
    for wallet, domain, other in (
        (OTHER, DOMAIN, kept),
        (WALLET, "localhost:8000", kept),
        (WALLET, DOMAIN, sessions()),
    ):
        with pytest.raises(Problem):
            other.require_own(text, wallet, domain=domain)


def test_a_challenge_is_good_once_and_for_five_minutes() -> None:
    clock = Clock()
    kept = sessions(clock=clock)
    text, _ = kept.challenge(WALLET, domain=DOMAIN)
    clock.now_ms += CHALLENGE_MS - 1
    kept.require_own(text, WALLET, domain=DOMAIN)
    kept.begin(text, WALLET, account_of=lambda _: "a" * 32)
    with pytest.raises(Problem, match="was used"):
        kept.require_own(text, WALLET, domain=DOMAIN)
    late, _ = kept.challenge(WALLET, domain=DOMAIN)
    clock.now_ms += CHALLENGE_MS
    with pytest.raises(Problem, match="has expired"):
        kept.require_own(late, WALLET, domain=DOMAIN)


def test_a_token_is_known_by_its_digest_alone(tmp_path: Path) -> None:
    kept = sessions(tmp_path)
    token = begin(kept)
    assert len(token) == 43
    session = kept.find(token)
    assert session is not None
    assert session.account == "a" * 32
    assert token.encode() not in (tmp_path / FILE).read_bytes()
    assert kept.find(session.digest) is None
    assert kept.find("") is None


def test_sessions_outlive_a_restart_and_ended_ones_do_not(tmp_path: Path) -> None:
    kept = sessions(tmp_path)
    stays, goes = begin(kept), begin(kept)
    kept.end(goes)
    kept.end(goes)
    again = sessions(tmp_path)
    assert again.find(stays) is not None
    assert again.find(goes) is None


def test_a_session_lasts_a_day() -> None:
    clock = Clock()
    kept = sessions(clock=clock)
    token = begin(kept)
    clock.now_ms += SESSION_MS - 1
    assert kept.find(token) is not None
    clock.now_ms += 1
    assert kept.find(token) is None


def test_of_an_accounts_many_sessions_the_oldest_ends() -> None:
    kept = sessions()
    other = begin(kept, OTHER, "b" * 32)
    tokens = [begin(kept) for _ in range(SESSIONS_PER_ACCOUNT_MAX + 2)]
    assert [kept.find(token) is not None for token in tokens] == [False] * 2 + [
        True
    ] * SESSIONS_PER_ACCOUNT_MAX
    assert kept.find(other) is not None


@pytest.mark.parametrize("damaged", [b"", b"{", b"[1]", b'[{"digest":"x"}]', b"\xff"])
def test_of_a_file_that_is_not_whole_nobody_is_signed_in(tmp_path: Path, damaged: bytes) -> None:
    token = begin(sessions(tmp_path))
    (tmp_path / FILE).write_bytes(damaged)
    kept = sessions(tmp_path)
    assert kept.find(token) is None
    assert kept.find(begin(kept)) is not None
