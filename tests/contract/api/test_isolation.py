"""Who may do what: nobody reaches another's things, and a session or a key never what needs a wallet."""

import json
import logging
from typing import Any

import pytest

from solvent.api.keys import SCOPE_OF
from solvent.api.wishes import Act, Deposit, RevokeKey, Transfer, Withdraw
from solvent.margin import Verb
from tests.contract.api.stage import BASE, Program, Stage, User, on_stage

PRIVATE = (
    "/account",
    "/wallet",
    "/positions",
    "/positions/BTC-PERP",
    "/ledger",
    "/events",
    "/orders",
    "/keys",
)
OPEN = Act(verb="open", market="BTC-PERP", fields=(("size", "0.01"),))
ORDER = Act(
    verb="order", market="BTC-PERP", fields=(("size", "0.01"), ("limit", "50000"), ("id", "adas-own"))
)
SEND = Withdraw(asset="SOL", amount="1", address="1" * 32)
# The fields of each verb, good enough to be read.
FIELDS: dict[Verb, dict[str, str]] = {
    Verb.OPEN: {"size": "0.01"},
    Verb.CLOSE: {},
    Verb.ORDER: {"size": "0.01", "limit": "50000"},
    Verb.CANCEL: {"id": "none"},
    Verb.SET_LEVERAGE: {"leverage": "2"},
    Verb.SET_LEVEL: {"level": "1"},
    Verb.SUPPLY: {"amount": "1"},
    Verb.REDEEM: {"amount": "1"},
    Verb.ADD: {"amount": "1"},
    Verb.TAKE: {"amount": "1"},
    Verb.BORROW: {"amount": "1"},
    Verb.REPAY: {"amount": "1"},
    Verb.TOP_UP: {"leverage": "1"},
    Verb.FILL: {},
    Verb.LIQUIDATE: {},
    Verb.DELEVERAGE: {},
}


def market_of(verb: Verb) -> str:
    if verb is Verb.SET_LEVEL:
        return "XBTUSDTM"
    lending = (Verb.SUPPLY, Verb.REDEEM, Verb.BORROW, Verb.REPAY, Verb.LIQUIDATE)
    return "wETH/SOL" if verb in lending else "BTC-PERP"


async def busy(stage: Stage) -> tuple[User, Program]:
    """Return a user who has one of everything, and its key."""
    ada = await stage.user()
    for ask in (OPEN, ORDER, SEND, Deposit(asset="SOL", amount="3")):
        await ada.must(ask)
    return ada, await ada.key("read", "trade", "margin")


def test_nobody_reads_anything_of_anybody_elses() -> None:
    async def play(stage: Stage) -> None:
        ada, bot = await busy(stage)
        eve = await stage.user()
        owned = [ada.account, ada.wallet.public_key, bot.id, "adas-own", *stage.house.follower.state.requests]
        hers = " ".join([(await ada.read(path)).text for path in PRIVATE])
        for path in PRIVATE:
            answer = await eve.read(path)
            assert answer.status_code == 200, answer.text
            assert not [name for name in owned if name in answer.text], path
        assert ada.account in hers
        assert bot.id in hers
        assert "adas-own" in hers

    on_stage(play)


def test_anothers_cursor_leads_to_ones_own_things_only() -> None:
    async def play(stage: Stage) -> None:
        ada, _ = await busy(stage)
        eve = await stage.user()
        for path in ("/ledger", "/events"):
            cursor = (await ada.read(f"{path}?limit=1")).json()["next"]
            assert cursor is not None
            answer = await eve.read(f"{path}?after={cursor}&limit=500")
            assert answer.status_code in (200, 400)
            assert ada.account not in answer.text

    on_stage(play)


def test_anothers_things_are_as_unknown_as_those_that_never_were() -> None:
    async def play(stage: Stage) -> None:
        ada, bot = await busy(stage)
        eve = await stage.user()
        nothing = "0" * 32
        pairs: list[tuple[Any, Any, dict[str, str], dict[str, str]]] = [
            (RevokeKey(key=bot.id), RevokeKey(key=nothing), {}, {}),
            (SEND, SEND, {"account": ada.account}, {"account": nothing}),
            (OPEN, OPEN, {"account": ada.account}, {"account": nothing}),
        ]
        before = stage.house.follower.state.hash()
        for real, unreal, real_changes, unreal_changes in pairs:
            found = await eve.send(real, **real_changes)
            missing = await eve.send(unreal, **unreal_changes)
            assert (found.status_code, missing.status_code) == (404, 404)
            assert _nameless(found.text, ada, bot, nothing) == _nameless(missing.text, ada, bot, nothing)
        cancel = [
            await eve.send(Act(verb="cancel", market="BTC-PERP", fields=(("id", name),)))
            for name in ("adas-own", "nobodys")
        ]
        assert [answer.status_code for answer in cancel] == [422, 422]
        assert cancel[0].json()["code"] == cancel[1].json()["code"]
        assert stage.house.follower.state.hash() == before

    on_stage(play)


def _nameless(text: str, ada: User, bot: Program, nothing: str) -> dict[str, Any]:
    for name in (ada.account, bot.id, nothing):
        text = text.replace(name, "…")
    found: dict[str, Any] = json.loads(text)
    found.pop("request_id")
    return found


def test_what_is_private_is_told_to_nobody_who_is_not_known() -> None:
    async def play(stage: Stage) -> None:
        ada, bot = await busy(stage)
        for path in PRIVATE:
            for headers in (
                {},
                {"Authorization": "Bearer "},
                {"Authorization": "Bearer " + "A" * 43},
                {"Authorization": ada.token},
                {"Authorization": f"Bearer {ada.token[:-1]}"},
                {"Authorization": f"Bearer {ada.wallet.public_key}"},
                {"Cookie": f"solvent={ada.token}"},
                {"Solvent-Key": bot.id},
            ):
                answer = await stage.client.get(BASE + path, headers=headers)
                assert answer.status_code == 401, (path, headers)
                assert answer.json()["code"] in ("NOT_AUTHENTICATED", "KEY_SIGNATURE_INVALID")

    on_stage(play)


@pytest.mark.parametrize("verb", list(Verb))
def test_a_key_does_what_its_scopes_say_and_nothing_else(verb: Verb) -> None:
    needed = SCOPE_OF.get(verb)
    engine_own = (Verb.FILL, Verb.LIQUIDATE, Verb.DELEVERAGE)
    assert (needed is None) == (verb in engine_own)

    async def play(stage: Stage) -> None:
        ada = await stage.user()
        for scopes in (("read",), ("trade",), ("margin",), ("read", "trade", "margin")):
            bot = await ada.key(*scopes)
            answer = await bot.act(market_of(verb), verb.value, **FIELDS[verb])
            if needed in scopes:
                assert answer.status_code in (200, 422), answer.text
            else:
                assert (answer.status_code, answer.json()["code"]) == (403, "NOT_ALLOWED"), (
                    scopes,
                    answer.text,
                )

    on_stage(play)


def test_a_session_and_a_key_that_reads_move_nothing() -> None:
    async def play(stage: Stage) -> None:
        ada, _ = await busy(stage)
        reader = await ada.key("read")
        before = stage.house.follower.state.hash()
        body = {"command": "act", "market": "BTC-PERP", "verb": "add", "fields": {"amount": "1"}}
        by_session = await stage.client.post(
            f"{BASE}/commands",
            json=body,
            headers={"Authorization": f"Bearer {ada.token}", "Idempotency-Key": "command-1"},
        )
        assert (by_session.status_code, by_session.json()["code"]) == (403, "NOT_ALLOWED")
        for verb in Verb:
            answer = await reader.act(market_of(verb), verb.value, **FIELDS[verb])
            assert answer.status_code == 403, verb
        for path in ("/intents", "/batches"):
            for ask in (SEND, Transfer(asset="SOL", amount="1", receiver="a" * 32), OPEN):
                unsigned = {
                    "text": ada.text(ask),
                    "public_key": ada.wallet.public_key,
                    "signature": ada.token,
                }
                answer = await stage.client.post(
                    BASE + path, json=unsigned, headers={"Authorization": f"Bearer {ada.token}"}
                )
                assert answer.status_code in (400, 401), answer.text
        assert stage.house.follower.state.hash() == before

    on_stage(play)


@pytest.mark.parametrize("command", ["transfer", "withdraw", "deposit", "create_key", "Act", ""])
def test_a_key_cannot_ask_for_what_leaves_the_account(command: str) -> None:
    async def play(stage: Stage) -> None:
        bot = await (await stage.user()).key("read", "trade", "margin")
        body = json.dumps({"command": command, "market": "BTC-PERP", "verb": "add"}).encode()
        headers = bot.headers("POST", "/commands", body, idempotency="command-1")
        answer = await stage.raw("/commands", body, headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "FIELD_INVALID"), answer.text

    on_stage(play)


def test_a_key_that_has_expired_or_was_revoked_is_good_for_nothing_at_once() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        short, long = await ada.key("read", "trade", lasts_ms=1_000), await ada.key("read", "trade")
        assert [(await bot.get("/account")).status_code for bot in (short, long)] == [200, 200]
        first = await long.act("BTC-PERP", "open", key="command-1", size="0.01")
        stage.wall.now_ms += 1_000
        assert (await short.get("/account")).json()["code"] == "KEY_EXPIRED"
        await ada.must(RevokeKey(key=long.id))
        for answer in (
            await long.get("/account"),
            await long.act("BTC-PERP", "close"),
            await long.act("BTC-PERP", "open", key="command-1", size="0.01"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (401, "KEY_REVOKED")
        assert first.status_code == 200
        assert (await ada.send(RevokeKey(key=long.id))).json()["code"] == "KEY_REVOKED"

    on_stage(play)


def test_a_session_ends_at_once_and_after_a_day() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        other = await ada.sign_in()
        headers = {"Authorization": f"Bearer {other}"}
        assert (await stage.client.delete(f"{BASE}/sessions", headers=headers)).status_code == 204
        assert (await stage.client.get(f"{BASE}/account", headers=headers)).status_code == 401
        assert (await stage.client.delete(f"{BASE}/sessions", headers=headers)).status_code == 401
        assert (await ada.read("/account")).status_code == 200
        stage.wall.now_ms += 24 * 3_600_000
        assert (await ada.read("/account")).status_code == 401

    on_stage(play)


def test_fields_that_are_the_services_own_cannot_be_set() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        signed = ada.wallet.signed(ada.text(OPEN))
        for name in ("account", "scopes", "is_repeat", "events", "key"):
            for path in ("/intents", "/batches", "/sessions"):
                answer = await stage.post(path, {**signed, name: "x"})
                assert (answer.status_code, answer.json()["code"]) == (400, "FIELD_UNKNOWN"), (path, name)

    on_stage(play)


def test_no_secret_is_in_a_log_or_in_an_error(caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []
    secrets: list[str] = []

    async def play(stage: Stage) -> None:
        ada = await stage.user()
        bot = await ada.key("read", "trade")
        secrets.extend([ada.token, bot.secret])
        await bot.get("/account")
        wrong = bot.headers("POST", "/commands", b"{}", idempotency="command-1")
        secrets.append(wrong["Solvent-Signature"])
        told.append((await stage.raw("/commands", b"{ }", wrong)).text)
        told.append((await bot.act("BTC-PERP", "take", amount="1")).text)
        told.append((await bot.act("GOLD", "open", size="1")).text)
        signed = ada.wallet.signed(ada.text(SEND))
        secrets.append(signed["signature"])
        told.append((await stage.post("/intents", {**signed, "text": signed["text"] + "x"})).text)
        told.append((await stage.post("/intents", {**signed, "token": ada.token})).text)
        told.append((await stage.client.get(f"{BASE}/account?token={ada.token}")).text)
        told.append((await ada.read("/keys")).text)
        stage.house.close()
        told.append((await ada.send(SEND)).text)

    with caplog.at_level(logging.DEBUG):
        on_stage(play)
    # The address of a request is the client's own log, not the service's.
    told += [
        record.getMessage() + str(record.exc_text) for record in caplog.records if record.name != "httpx"
    ]
    assert told
    assert not [secret for secret in secrets for text in told if secret in text]
