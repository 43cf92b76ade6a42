"""Signatures: the specification's vectors, versions, encoded queries, the venue's checks in order."""

import pytest

from solvent.gateways.kucoin.signing import Secrets, Signed, signature_of, signed_text
from tests.unit.gateways.kucoin.serving import ALICE, BEGAN_MS, BOB, Served

POSITION = "/api/v1/position"
TARGET = f"{POSITION}?symbol=XBTUSDTM"
BODY = b'{"symbol":"XBTUSDTM","withdrawAmount":"0.1"}'
WITHDRAW = "/api/v1/margin/withdrawMargin"


@pytest.mark.parametrize(
    ("method", "target", "body", "signature"),
    [
        (
            "GET",
            "/api/v1/margin/maxWithdrawMargin?symbol=XBTUSDTM",
            b"",
            "AMX1A7IjzYasiNQ8x/sk+pxdyxjzBWEpLfR20+9DqM0=",
        ),
        ("POST", WITHDRAW, BODY, "5KrQueRQTUCZ8wi7+4R/HsfJq27MKGX9SloiwwMy8Bc="),
        ("GET", "/api/v1/positions?currency=a b", b"", "A+l3Yn4hrOLgpjRWlBMidzATsUCcbIexPP8eM3spf1w="),
    ],
)
def test_the_vectors_of_the_specification_are_met(
    method: str, target: str, body: bytes, signature: str
) -> None:
    text = signed_text("1700000000000", Signed(method=method, target=target, body=body), target)

    assert signature_of("solvent-secret", text) == signature


def test_a_passphrase_is_signed_as_the_specification_has_it() -> None:
    assert signature_of("solvent-secret", b"solvent-passphrase") == (
        "tQOlG5zXqxzmPUodMwDfzRwtrczYENmHhGTWGXgnP6Y="
    )


@pytest.mark.parametrize("sent", ["a+b", "a%20b"])
def test_a_query_is_decoded_to_what_was_signed(sent: str) -> None:
    found = Signed(method="GET", target=f"/api/v1/positions?currency={sent}&x", body=b"")

    assert found.decoded_target == "/api/v1/positions?currency=a b&x"


def test_a_target_without_a_query_has_nothing_to_decode() -> None:
    assert Signed(method="GET", target="/api/v1/a%20b", body=b"").decoded_target is None


@pytest.mark.parametrize("version", ["1", "2", "3"])
def test_every_version_lets_the_owner_in(version: str) -> None:
    with Served() as served:
        headers = served.signed(served.key(), "GET", TARGET, version=version)

        assert served.request("GET", TARGET, headers=headers)[1]["code"] == "200000"


@pytest.mark.parametrize("sent", ["USD+T", "USD%20T"])
def test_a_query_signed_before_it_was_encoded_is_accepted(sent: str) -> None:
    with Served() as served:
        headers = served.signed(served.key(), "GET", "/api/v1/positions?currency=USD T")

        assert served.request("GET", f"/api/v1/positions?currency={sent}", headers=headers)[1]["data"] == []


def test_a_query_signed_as_it_was_sent_is_accepted() -> None:
    with Served() as served:
        target = "/api/v1/positions?currency=USD%20T"

        headers = served.signed(served.key(), "GET", target)
        assert served.request("GET", target, headers=headers)[1]["data"] == []


def test_the_prefix_of_a_mount_is_not_signed_even_where_it_is_left_in_the_path() -> None:
    with Served() as served:
        headers = served.signed(served.key(), "GET", TARGET)

        assert served.request("GET", f"/kucoin{TARGET}", headers=headers)[1]["code"] == "200000"


def code_with(**changed: str) -> str:
    with Served() as served:
        headers = served.signed(served.key(), "GET", TARGET, **changed)
        status, found, _ = served.request("GET", TARGET, headers=headers)
    assert status == 200
    code: str = found["code"]
    return code


@pytest.mark.parametrize("name", ["key", "sign", "timestamp", "passphrase"])
def test_a_missing_header_is_400001(name: str) -> None:
    assert code_with(**{name: ""}) == "400001"


def test_an_unknown_version_is_400001() -> None:
    assert code_with(key_version="4") == "400001"


@pytest.mark.parametrize("shift_ms", [5_001, -5_001])
def test_a_timestamp_more_than_five_seconds_off_is_400002(shift_ms: int) -> None:
    assert code_with(timestamp=str(BEGAN_MS + shift_ms)) == "400002"


@pytest.mark.parametrize("text", ["now", "1.7e12", "-1", "1" * 17, "\u0661"])
def test_a_timestamp_that_is_no_number_is_400002(text: str) -> None:
    assert code_with(timestamp=text.encode().decode("latin-1")) == "400002"


def test_an_unknown_key_is_400003() -> None:
    assert code_with(key="f" * 32) == "400003"


def test_a_wrong_passphrase_is_400004() -> None:
    assert code_with(passphrase="wrong") == "400004"


def test_a_plain_passphrase_is_400004_where_it_must_be_signed() -> None:
    with Served() as served:
        key = served.key()
        headers = served.signed(key, "GET", TARGET, passphrase=key.secrets.passphrase)

        assert served.request("GET", TARGET, headers=headers)[1]["code"] == "400004"


def test_a_wrong_signature_is_400005() -> None:
    assert code_with(sign="AAAA") == "400005"


def test_the_checks_come_in_the_venues_order() -> None:
    wrong = {"key": "f" * 32, "timestamp": "1", "passphrase": "wrong", "sign": "wrong"}
    told = []
    for name in ("timestamp", "key", "passphrase", "sign"):
        told.append(code_with(**wrong))
        del wrong[name]

    assert told == ["400002", "400003", "400004", "400005"]


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", f"{POSITION}?symbol=XBTUSDM", b""),
        ("GET", "/api/v2/position?symbol=XBTUSDTM", b""),
        ("GET", TARGET, b"{}"),
    ],
)
def test_a_signature_of_another_request_is_400005(method: str, target: str, body: bytes) -> None:
    with Served() as served:
        headers = served.signed(served.key(), "GET", TARGET)

        assert served.request(method, target, body, headers)[1]["code"] == "400005"


def test_a_changed_amount_is_400005() -> None:
    with Served() as served:
        served.open(10)
        headers = served.signed(served.key(), "POST", WITHDRAW, BODY)
        forged = BODY.replace(b"0.1", b"0.2")

        assert served.request("POST", WITHDRAW, forged, headers)[1]["code"] == "400005"
        assert served.request("POST", WITHDRAW, BODY, headers)[1]["data"] == "0.1"


def test_a_request_replayed_after_its_window_is_400002() -> None:
    with Served() as served:
        headers = served.signed(served.key(), "GET", TARGET)
        served.wall_ms += 5_001

        assert served.request("GET", TARGET, headers=headers)[1]["code"] == "400002"


def test_another_accounts_secret_signs_for_nobody_else() -> None:
    with Served() as served:
        own, other = served.key(account=ALICE), served.key(account=BOB)
        own.secrets = other.secrets

        assert served.code("GET", POSITION, key=own, query={"symbol": "XBTUSDTM"}) == "400004"


def test_the_native_secret_is_not_the_gateways() -> None:
    from solvent.runtime.secrecy import api_secret

    with Served() as served:
        key = served.key()
        native = api_secret(served.house.vault.secret, key.key_id)
        assert len({native, key.secrets.secret, key.secrets.passphrase}) == 3
        key.secrets = Secrets(native, key.secrets.passphrase)

        assert served.code("GET", POSITION, key=key, query={"symbol": "XBTUSDTM"}) == "400004"


def test_a_key_without_the_permission_is_400007() -> None:
    with Served() as served:
        trader, reader = served.key("trade"), served.key("read")
        order = {"clientOid": "one", "symbol": "XBTUSDTM", "side": "buy", "type": "market", "size": 1}

        assert served.code("GET", POSITION, key=trader, query={"symbol": "XBTUSDTM"}) == "400007"
        assert served.code("POST", "/api/v1/orders", key=reader, body=order) == "400007"
        assert served.code("GET", POSITION, key=reader, query={"symbol": "none"}) == "200003"


def test_a_revoked_key_is_411100_once_everything_else_is_right() -> None:
    from solvent.engine import commands

    with Served() as served:
        key = served.key("read")
        served.do(commands.RevokeKey(account=ALICE, key_id=key.key_id))

        assert served.code("GET", POSITION, key=key, query={"symbol": "XBTUSDTM"}) == "411100"
        assert served.code("POST", "/api/v1/orders", key=key, body={}) == "400007"
        key.secrets = Secrets("wrong", key.secrets.passphrase)
        assert served.code("GET", POSITION, key=key, query={"symbol": "XBTUSDTM"}) == "400004"


def test_an_expired_key_is_400003() -> None:
    with Served() as served:
        key = served.key(expires_ms=BEGAN_MS + 1)
        assert served.call("GET", POSITION, key=key, query={"symbol": "XBTUSDTM"})["code"] == "200000"
        served.wall_ms += 1

        assert served.code("GET", POSITION, key=key, query={"symbol": "XBTUSDTM"}) == "400003"


def test_a_public_call_is_answered_unsigned_and_wrongly_signed() -> None:
    with Served() as served:
        wrong = {"KC-API-KEY": "nobody", "KC-API-SIGN": "wrong"}

        assert served.data("GET", "/api/v1/timestamp") == BEGAN_MS
        assert served.data("GET", "/api/v1/timestamp", headers=wrong) == BEGAN_MS


def test_brokers_headers_are_ignored() -> None:
    with Served() as served:
        headers = {"KC-API-PARTNER": "x", "KC-API-PARTNER-SIGN": "y", "KC-BROKER-NAME": "z"}

        assert served.data("GET", "/api/v1/positions", key=served.key(), headers=headers) == []
