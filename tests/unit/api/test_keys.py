import hypothesis
import pytest
from hypothesis import strategies as st

from solvent.api.keys import (
    SCOPE_OF,
    Signed,
    Signer,
    key_id_of,
    require_idempotency,
    require_signed,
    secret_of,
    signature_of,
)
from solvent.api.problems import Problem
from solvent.engine.keys import SCOPES, is_key_id

VENUE_SECRET, NOW_MS = bytes(range(32)), 1_790_000_000_000
KEY = key_id_of(venue_id="5a" * 16, account="a" * 32, nonce="nonce-01")


def signed(**changes: object) -> Signed:
    parts = {
        "key": KEY,
        "timestamp": str(NOW_MS),
        "method": "POST",
        "path": "/api/v1/commands?a=b",
        "idempotency": "command-1",
        "body": b"{}",
    }
    return Signed(**{**parts, **changes})  # type: ignore[arg-type]


def test_a_request_is_signed_as_it_is_written_down() -> None:
    # Computed with `openssl dgst -sha256 -hmac`, so that another program's signature is the same.
    assert signed().text() == (
        "1790000000000\nPOST\n/api/v1/commands?a=b\ncommand-1\n"
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    )
    assert signature_of("00" * 32, signed()) == (
        "a13f4b2f557aada02c900c79b08b74abf3224b167e1c1727238b310de50b3cda"
    )


def test_a_keys_id_and_secret_follow_from_its_intent_and_from_nothing_else() -> None:
    assert is_key_id(KEY)
    assert len(KEY) == 32
    others = {
        key_id_of(venue_id="00" * 16, account="a" * 32, nonce="nonce-01"),
        key_id_of(venue_id="5a" * 16, account="b" * 32, nonce="nonce-01"),
        key_id_of(venue_id="5a" * 16, account="a" * 32, nonce="nonce-02"),
    }
    assert len(others - {KEY}) == 3
    assert secret_of(VENUE_SECRET, KEY) == secret_of(VENUE_SECRET, KEY)
    assert secret_of(VENUE_SECRET, KEY) != secret_of(bytes(32), KEY)
    assert len(secret_of(VENUE_SECRET, KEY)) == 64


def headers(found: Signed, *, secret: str | None = None) -> dict[str, str]:
    own = secret or secret_of(VENUE_SECRET, found.key)
    return {
        "solvent-key": found.key,
        "solvent-timestamp": found.timestamp,
        "solvent-signature": signature_of(own, found),
        "idempotency-key": found.idempotency,
    }


def check(given: dict[str, str], found: Signed) -> str:
    return require_signed(
        given,
        method=found.method,
        path=found.path,
        body=found.body,
        venue_secret=VENUE_SECRET,
        wall_ms=NOW_MS,
    )


def test_what_a_key_signed_is_its_own() -> None:
    assert check(headers(signed()), signed()) == KEY


@pytest.mark.parametrize(
    "change",
    [
        {"method": "GET"},
        {"path": "/api/v1/commands"},
        {"path": "/api/v1/commands?a=c"},
        {"body": b"{} "},
        {"body": b""},
    ],
)
def test_another_request_under_the_same_signature_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Problem, match="does not fit this request"):
        check(headers(signed()), signed(**change))


def test_a_key_that_there_is_not_is_refused_as_a_wrong_signature_is() -> None:
    unknown = signed(key="0" * 32)
    told = []
    for given in (headers(unknown, secret="11" * 32), headers(signed(), secret="11" * 32)):
        with pytest.raises(Problem) as refused:
            check(given, signed())
        told.append((refused.value.code, refused.value.detail))
    assert told[0] == told[1]


@pytest.mark.parametrize("key", ["", "short", "a" * 65, "command 1", "command\n1", "cömmand-1"])
def test_an_idempotency_key_is_a_word_of_its_own(key: str) -> None:
    with pytest.raises(Problem, match="Idempotency-Key"):
        require_idempotency({"idempotency-key": key})
    assert require_idempotency({"idempotency-key": "command-1"}) == "command-1"


def test_every_scope_of_a_verb_is_one_that_a_key_can_have() -> None:
    assert {scope.value for scope in SCOPE_OF.values()} <= set(SCOPES)


def in_bytes(given: dict[str, str]) -> dict[bytes, bytes]:
    return {name.encode(): value.encode("latin-1") for name, value in given.items()}


ODD = st.sampled_from(["", "1", "0" * 64, "A" * 32, "\xe9" * 10, "-" * 8, "+1", " 1790000000000", "x" * 65])
APART_MS = st.sampled_from([0, 1, -1, 30_000, -30_000, 30_001, -30_001])


@hypothesis.given(
    body=st.binary(max_size=200),
    apart_ms=APART_MS,
    changes=st.dictionaries(
        st.sampled_from(["solvent-timestamp", "solvent-signature", "idempotency-key"]), ODD, max_size=2
    ),
    signed_path=st.sampled_from(["/api/v1/commands", "/api/v1/other"]),
)
def test_what_a_prepared_key_lets_pass_is_what_a_request_is_let_pass_for(
    body: bytes, apart_ms: int, changes: dict[str, str], signed_path: str
) -> None:
    path = "/api/v1/commands"
    found = signed(body=body, path=signed_path, idempotency="command-1", timestamp=str(NOW_MS + apart_ms))
    told = headers(found) | changes
    try:
        require_signed(told, method="POST", path=path, body=body, venue_secret=VENUE_SECRET, wall_ms=NOW_MS)
        wanted = require_idempotency(told).encode()
    except Problem:
        wanted = None
    signer = Signer(secret_of(VENUE_SECRET, KEY))
    assert signer.has_signed(in_bytes(told), path=path.encode(), body=body, wall_ms=NOW_MS) == wanted


def test_what_nobody_changed_passes_both_ways() -> None:
    found = signed(path="/api/v1/commands")
    signer = Signer(secret_of(VENUE_SECRET, KEY))
    assert check(headers(found), found) == KEY
    passed = signer.has_signed(in_bytes(headers(found)), path=b"/api/v1/commands", body=b"{}", wall_ms=NOW_MS)
    assert passed == b"command-1"
