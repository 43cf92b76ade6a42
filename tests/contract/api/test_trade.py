"""`solvent trade` against a served sandbox: the four jobs, refusals, wallets, and what it does not sign."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from nacl.signing import SigningKey

from tests.contract.api.serving import Served, served
from tests.unit.cli.calling import Called, Solvent

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("trade")) as found:
        found.http.post("/sandbox/clock", json={"op": "pause"}).raise_for_status()
        yield found


@pytest.fixture
def trade(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sandbox: Served) -> Any:
    solvent = Solvent(monkeypatch, capsys)

    def call(*arguments: str, **more: Any) -> Called:
        return solvent("trade", *arguments, "--url", sandbox.url, **more)

    return call


def free(trade: Any, asset: str) -> Decimal:
    balances = trade("wallet", "--json").json["balances"]
    return Decimal(next(one["free"] for one in balances if one["asset"] == asset))


@pytest.mark.parametrize(
    ("verb", "market", "asset"),
    [
        ("take", "PUMP/SOL", "PUMP"),
        ("borrow", "wETH/SOL", "SOL"),
        ("take", "BTC-PERP", "USDC"),
        ("take", "XBTUSDTM", "USDT"),
    ],
)
def test_each_of_the_four_jobs_pays_the_previewed_maximum_into_the_wallet(
    trade: Any, verb: str, market: str, asset: str
) -> None:
    before = free(trade, asset)
    quoted = trade(verb, market, "max", "--preview", "--json")
    assert (quoted.code, quoted.json["accepted"]) == (0, True)
    assert free(trade, asset) == before
    done = trade(verb, market, quoted.json["fields"]["amount"], "--yes", "--json")
    assert done.code == 0
    assert free(trade, asset) == before + Decimal(quoted.json["fields"]["amount"])


def test_a_withdrawal_is_told_in_tables_with_what_may_still_leave(trade: Any) -> None:
    told = trade("take", "BTC-PERP", "1", "--yes")
    assert told.code == 0
    assert "Preview of take 1 on BTC-PERP: now → after" in told.out
    assert "wallet +1 USDC" in told.out
    assert "you can take out now" in told.out


def test_what_comes_out_goes_back_in(trade: Any) -> None:
    before = free(trade, "SOL")
    assert trade("borrow", "wETH/SOL", "0.01", "--yes").code == 0
    assert trade("repay", "wETH/SOL", "0.01", "--yes").code == 0
    assert trade("add", "BTC-PERP", "1", "--yes").code == 0
    assert free(trade, "SOL") == before


def test_any_action_has_its_fields_by_name(trade: Any) -> None:
    assert trade("act", "wETH/SOL", "supply", "amount=1", "--yes").code == 0
    bad = trade("act", "wETH/SOL", "supply", "amount", "--yes")
    assert (bad.code, "give NAME=VALUE" in bad.said) == (2, True)
    twice = trade("act", "wETH/SOL", "supply", "amount=1", "amount=2", "--yes")
    assert (twice.code, "amount is given twice" in twice.said) == (2, True)


def test_more_than_the_maximum_is_refused_with_what_would_be_accepted(trade: Any) -> None:
    refused = trade("take", "BTC-PERP", "1000000", "--yes")
    assert refused.code == 3
    assert "BELOW_TRANSFER_FLOOR" in refused.said
    assert "Would be accepted:" in refused.said
    told = trade("take", "BTC-PERP", "1000000", "--yes", "--json")
    assert (told.code, told.json["code"]) == (3, "BELOW_TRANSFER_FLOOR")


def test_a_maximum_of_zero_says_where_it_opens_up(trade: Any) -> None:
    told = trade("limits", "ETH-PERP")
    assert "TEN_PERCENT_NOTIONAL" in told.out
    assert "opens up above" in " ".join(told.out.split())


def test_nothing_is_signed_where_nobody_can_agree(trade: Any) -> None:
    before = free(trade, "USDC")
    told = trade("take", "BTC-PERP", "1")
    assert (told.code, "add --yes to sign" in told.said) == (2, True)
    assert free(trade, "USDC") == before


def test_an_unknown_market_is_named_with_those_there_are(trade: Any) -> None:
    told = trade("limits", "DOGE-PERP")
    assert (told.code, "no market is named 'DOGE-PERP'" in told.said) == (2, True)


def test_a_wallet_file_signs_for_its_own_account(trade: Any, tmp_path: Path) -> None:
    key = SigningKey.generate()
    path = tmp_path / "id.json"
    path.write_text(json.dumps(list(bytes(key) + bytes(key.verify_key))))
    stranger = trade("positions", "--wallet", str(path))
    assert stranger.code == 2
    assert "Traceback" not in stranger.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2]", "holds 2 bytes; a key has 64"),
        ("no", "is no key file"),
        (json.dumps([300] * 64), "is no key file"),
        (json.dumps([1] * 64), "a public key that is not its secret's"),
    ],
)
def test_a_file_that_is_no_wallet_is_said_to_be_none(
    trade: Any, tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "wallet.json"
    path.write_text(text)
    told = trade("wallet", "--wallet", str(path))
    assert (told.code, said in told.said) == (2, True)


def test_a_wallet_file_that_is_not_there_is_named(trade: Any, tmp_path: Path) -> None:
    told = trade("wallet", "--wallet", str(tmp_path / "none.json"))
    assert (told.code, "cannot be read" in told.said) == (2, True)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "ftp://x", "nonsense"])
def test_an_address_where_no_venue_answers_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    told = Solvent(monkeypatch, capsys)("trade", "positions", "--url", url)
    assert told.code == 2
    assert "solvent serve" in told.said or "give one such as http://127.0.0.1:8420" in told.said


@contextmanager
def answering(status: int, body: str) -> Iterator[str]:
    """Answer every request in one way, as some other program at the address would."""

    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Other)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("status", [200, 404, 422, 500])
@pytest.mark.parametrize(
    "body", ["", "no", "[1]", "{}", '{"wallet": {"name": "x", "secret_key_base64": "?"}}', '{"code": 1}']
)
def test_another_program_at_the_address_is_said_to_be_no_venue(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], status: int, body: str
) -> None:
    with answering(status, body) as url:
        told = Solvent(monkeypatch, capsys)("trade", "wallet", "--url", url)
    assert (told.code, "check --url" in told.said) == (2, True)


def test_the_variable_that_names_a_venue_is_no_mistake_of_the_settings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOLVENT_URL", "http://127.0.0.1:1")
    assert Solvent(monkeypatch, capsys)("settings").code == 0


def test_who_is_near_is_listed_without_saying_whose_it_is(trade: Any) -> None:
    told = trade("near", "ETH-PERP", "--within", "50%", "--json")
    assert told.code == 0
    assert [one["liquidates"] for one in told.json["items"]] == ["below"]
    shown = trade("near", "PUMP/SOL", "--within", "50%", "--move=-20%", "--limit", "1")
    assert shown.code == 0
    assert " due " in shown.out
    assert "2 found, 1 of them due, 0 bankrupt; the first 1 are shown." in shown.out
    refused = trade("near", "ETH-PERP", "--within", "70%")
    assert refused.code != 0
    assert "give 0 to 50%" in refused.err
