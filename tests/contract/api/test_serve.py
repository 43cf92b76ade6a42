"""`solvent serve` from outside: ready, used, ended in order, killed, and started again."""

import json
import signal
import socket
import subprocess
import sys
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

from solvent.engine import State
from solvent.journal import open_journal
from tests.contract.api.serving import ROOT, WAIT_S, refused, served, state_in

pytestmark = pytest.mark.slow

EXAMPLES = {"wETH/SOL", "PUMP/SOL", "BTC-PERP", "ETH-PERP", "XBTUSDTM"}
HOUR = 3_600_000


def recorded(found: Any) -> dict[str, int]:
    return {feed["symbol"]: feed["recording_ms"] for feed in found["feeds"] if feed["recording_ms"]}


def holdings(state: State, account: str) -> dict[str, Any]:
    """Return what an account has, whatever its id is."""
    return {
        "wallet": sorted(
            (asset, units) for (name, asset), units in state.ledger().items() if name == f"wallet:{account}"
        ),
        "positions": sorted(name for name, held in state.positions.items() if account in held),
        "lent": {name: sum(held.values()) for name, held in state.supplies.items()},
    }


def owner(state: State) -> str:
    (account,) = (account for identity, account in state.identities.items() if identity.startswith("solana:"))
    return account


def test_a_served_sandbox_is_used_ended_in_order_and_goes_on_when_it_is_started_again(
    tmp_path: Path,
) -> None:
    with served(tmp_path) as first:
        venue, wallet = first.get("/venue"), first.get("/sandbox")
        names = {market["name"] for market in first.get("/markets")["items"]}
        assert {"wETH/SOL", "wBTC/SOL", "PUMP/SOL", "BTC-PERP", "XBTUSDTM", "XBTUSDM"} <= names
        assert len(first.get("/markets/wETH~SOL/candles?interval=1m&limit=300")["items"]) == 300
        before = recorded(first.get("/venue"))
        code, told = first.end()
    assert code == 0, told
    assert "ended on SIGTERM" in told
    assert wallet["wallet"]["secret_key_base64"] not in told
    state = state_in(tmp_path)
    assert set(holdings(state, wallet["account"])["positions"]) >= EXAMPLES
    with served(tmp_path) as second:
        assert second.get("/venue")["id"] == venue["id"]
        assert second.get("/sandbox") == wallet
        after = recorded(second.get("/venue"))
        code, _ = second.end(signal.SIGINT)
    assert code == 0
    # It goes on from where it was; the time in between is not part of it.
    assert all(before[symbol] <= after[symbol] < before[symbol] + HOUR for symbol in before)
    assert holdings(state_in(tmp_path), wallet["account"]) == holdings(state, wallet["account"])


@pytest.mark.parametrize("steps", [0, 11, 27, 37, 50, 63])
def test_a_process_that_is_killed_while_it_begins_is_followed_by_one_that_finishes(
    tmp_path: Path, steps: int
) -> None:
    killed = subprocess.run(
        [sys.executable, "-m", "tests.contract.api.serving", str(steps), str(tmp_path)],
        capture_output=True,
        timeout=WAIT_S,
        cwd=ROOT,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed
    with served(tmp_path) as again:
        account = again.get("/sandbox")["account"]
        assert again.end()[0] == 0
    state = state_in(tmp_path)
    assert owner(state) == account
    found = holdings(state, account)
    assert set(found["positions"]) == EXAMPLES
    # Funded once: what the examples took is gone, and nothing came twice.
    wallet = dict(found["wallet"])
    assert (wallet["SOL"], wallet["wETH"], wallet["XBT"]) == (180 * 10**9, 2 * 10**8, 5 * 10**9)
    assert not state.outbox
    assert state.totals() == dict.fromkeys(state.totals(), 0)


@pytest.mark.parametrize("commit", ["thread", "inline"])
def test_a_process_that_is_killed_while_it_serves_loses_nothing_that_it_answered(
    tmp_path: Path, commit: str
) -> None:
    setting = ("--set", f"commit={commit}")
    with served(tmp_path, *setting) as first:
        account = first.get("/sandbox")["account"]
        body = {"account": account, "asset": "SOL", "amount": "7"}
        answer = first.http.post("/sandbox/fund", json=body)
        assert answer.status_code == 200, answer.text
        first.end(signal.SIGKILL)
    with served(tmp_path, *setting) as second:
        assert second.get("/sandbox")["account"] == account
        assert second.end()[0] == 0
    assert dict(holdings(state_in(tmp_path), account)["wallet"])["SOL"] == 187 * 10**9


def test_a_part_that_cannot_go_on_ends_the_process_with_its_reason(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.contract.api.serving", "broken", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        cwd=ROOT,
        check=False,
    )
    assert ended.returncode == 4, ended
    assert "stopped: prices stopped: the feed broke" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_who_watches_is_told_that_the_service_ends(tmp_path: Path) -> None:
    with served(tmp_path) as one:
        address = one.url.replace("http:", "ws:")
        with connect(f"{address}/api/v1/ws") as watched:
            watched.send(json.dumps({"op": "subscribe", "channel": "prices"}))
            assert json.loads(watched.recv())["op"] == "subscribed"
            first = json.loads(watched.recv())
            assert json.loads(watched.recv(timeout=WAIT_S))["n"] == first["n"] + 1
            code, _ = one.end()
            with pytest.raises(ConnectionClosed) as closed:
                watched.recv(timeout=WAIT_S)
    assert code == 0
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012


def test_who_signs_in_watches_his_position_until_he_signs_out(tmp_path: Path) -> None:
    with served(tmp_path) as one:
        wallet = one.get("/sandbox")["wallet"]
        key = SigningKey(b64decode(wallet["secret_key_base64"])[:32])
        asked = one.http.post("/sessions/challenges", json={"public_key": wallet["public_key"]}).json()
        signed = b64encode(key.sign(asked["text"].encode()).signature).decode()
        body = {"text": asked["text"], "public_key": wallet["public_key"], "signature": signed}
        answer = one.http.post("/sessions", json=body)
        assert answer.status_code == 200, answer.text
        (cookie,) = (f"{name}={value}" for name, value in one.http.cookies.items())
        address = f"{one.url.replace('http:', 'ws:')}/api/v1/ws"
        with connect(address, additional_headers={"Cookie": cookie}) as watched:
            watched.send(json.dumps({"op": "subscribe", "channel": "position", "market": "BTC-PERP"}))
            assert json.loads(watched.recv(timeout=WAIT_S))["op"] == "subscribed"
            shown = json.loads(watched.recv(timeout=WAIT_S))["data"]
            assert (shown["market"], shown["has_position"]) == ("BTC-PERP", True)
            assert one.http.delete("/sessions").status_code in (200, 204)
            with pytest.raises(ConnectionClosed) as closed:
                list(watched)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4001


def test_a_page_of_another_origin_hears_nothing(tmp_path: Path) -> None:
    with served(tmp_path) as one:
        address = one.url.replace("http:", "ws:")
        with (
            connect(f"{address}/api/v1/ws", origin=Origin("https://elsewhere.example")) as watched,
            pytest.raises(ConnectionClosed) as closed,
        ):
            watched.recv(timeout=WAIT_S)
        for path, header in (
            ("/sandbox", {"Origin": "https://elsewhere.example"}),
            ("/sandbox", {"Host": "elsewhere.example"}),
            ("/sandbox", {"Sec-Fetch-Site": "cross-site"}),
        ):
            answer = one.http.get(path, headers=header)
            assert answer.status_code in (400, 403)
            assert "secret_key" not in answer.text
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4003


def test_the_sandbox_wallet_is_not_handed_out_where_others_can_reach_it(tmp_path: Path) -> None:
    with served(tmp_path, "--host", "0.0.0.0") as one:
        port = one.url.rpartition(":")[2]
        answer = one.http.get(f"http://127.0.0.1:{port}/api/v1/sandbox")
        assert answer.status_code == 403, answer.text
        for name, status in ((socket.gethostname(), 200), ("elsewhere.example", 400)):
            answer = one.http.get(f"http://127.0.0.1:{port}/api/v1/venue", headers={"Host": name})
            assert answer.status_code == status, answer.text
        code, told = one.end()
    assert code == 0
    assert "0.0.0.0 can be reached by other machines" in " ".join(told.split())


def test_a_plain_venue_has_no_wallet_and_no_markets_of_its_own(tmp_path: Path) -> None:
    with open_journal(tmp_path, venue_id="0" * 32):
        pass
    with served(tmp_path, "--profile", "plain") as one:
        assert one.get("/venue")["id"] == "0" * 32
        assert one.get("/markets")["items"] == []
        assert one.http.get("/sandbox").status_code == 404
        assert one.end()[0] == 0


def test_what_cannot_be_served_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with served(tmp_path) as one, socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, told = refused("--port", "0", "--data", str(tmp_path))
        assert code == 2
        assert f"{tmp_path} is in use by the process {one.process.pid}; stop that one" in told
        code, told = refused("--port", port, "--data", str(tmp_path / "other"))
        assert code == 2
        assert f"127.0.0.1 port {port} cannot be listened at: another process listens there" in told
        assert not (tmp_path / "other").exists()
        assert one.get("/venue")["state"] == "ready"
    for flags, sentence in (
        (("--profile", "sandbx"), "--set profile is 'sandbx'; give sandbox or plain"),
        (("--set", "recording_speed=0"), "--set recording_speed is '0'; give a number above 0"),
        (("--set", "speed=1"), "is no setting; the nearest one is"),
        (("--port", "70000"), "--set port is '70000'; give a whole number from 0 to 65535"),
    ):
        code, told = refused(*flags)
        assert code == 2
        assert sentence in told
