"""Signatures and texts that are not what they should be: refused by name, and nothing is done."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from nacl.signing import SigningKey

from solvent.api.wishes import Act, BindIdentity, CreateKey, Deposit, OpenAccount, Transfer, Withdraw
from solvent.runtime import base58
from tests.contract.api.stage import Program, Stage, User, Wallet, on_stage

Body = dict[str, Any]
SEND = Withdraw(asset="SOL", amount="1", address="11111111111111111111111111111111")
OTHER_VENUE = "0" * 32
SOON_MS = 1_790_000_100_000


def resigned(user: User, change: Callable[[str], str]) -> Body:
    """Return a text that the rightful wallet signed after it was changed."""
    return user.wallet.signed(change(user.text(SEND)))


def altered(user: User, change: Callable[[str], str]) -> Body:
    """Return a text that was changed after the rightful wallet signed it."""
    body = user.wallet.signed(user.text(SEND))
    return {**body, "text": change(body["text"])}


def replace(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text, (old, text)
        return text.replace(old, new, 1)

    return change


def turned(body: Body) -> Body:
    """Return the body with one bit of its signature turned."""
    raw = bytearray(base58.decode(base58.encode(SigningKey(bytes(32)).sign(b"").signature)))
    raw[0] ^= 1
    return {**body, "signature": base58.encode(bytes(raw))}


# What is sent, made of the victim and an attacker; the status and code that it meets.
FORGERIES: dict[str, tuple[Callable[[User, User], Body], int, str]] = {
    "another wallet's signature": (
        lambda ada, eve: {**eve.wallet.signed(ada.text(SEND)), "public_key": ada.wallet.public_key},
        401,
        "SIGNATURE_INVALID",
    ),
    "another wallet for the account": (
        lambda ada, eve: eve.wallet.signed(ada.text(SEND)),
        404,
        "ACCOUNT_UNKNOWN",
    ),
    "a wallet without an account": (lambda ada, _: Wallet(99).signed(ada.text(SEND)), 404, "ACCOUNT_UNKNOWN"),
    "an account that is not": (
        lambda ada, _: ada.wallet.signed(ada.text(SEND, account="f" * 32)),
        404,
        "ACCOUNT_UNKNOWN",
    ),
    "a bit of the signature": (
        lambda ada, _: turned(ada.wallet.signed(ada.text(SEND))),
        401,
        "SIGNATURE_INVALID",
    ),
    "half a signature": (
        lambda ada, _: {**ada.wallet.signed(ada.text(SEND)), "signature": "A" * 42 + "=="},
        400,
        "SIGNATURE_UNREADABLE",
    ),
    "no signature": (
        lambda ada, _: {**ada.wallet.signed(ada.text(SEND)), "signature": ""},
        400,
        "SIGNATURE_UNREADABLE",
    ),
    "a key that is none": (
        lambda ada, _: {**ada.wallet.signed(ada.text(SEND)), "public_key": "O0Il"},
        400,
        "SIGNATURE_UNREADABLE",
    ),
    "a key of small order": (
        lambda ada, _: {
            **ada.wallet.signed(ada.text(SEND)),
            "public_key": "1" * 32,
            "signature": base58.encode(b"\1" + bytes(63)),
        },
        401,
        "SIGNATURE_INVALID",
    ),
    "another amount": (
        lambda ada, _: altered(
            ada, lambda text: text.replace("1 SOL", "2 SOL").replace("amount: 1", "amount: 2")
        ),
        401,
        "SIGNATURE_INVALID",
    ),
    "another amount in the lines only": (
        lambda ada, _: resigned(ada, replace("amount: 1", "amount: 2")),
        400,
        "INTENT_INVALID",
    ),
    "another amount in the sentence only": (
        lambda ada, _: resigned(ada, replace("Send 1 SOL", "Send 0.1 SOL")),
        400,
        "INTENT_INVALID",
    ),
    "another address": (
        lambda ada, eve: altered(
            ada, lambda text: text.replace("11111111111111111111111111111111", eve.wallet.public_key)
        ),
        401,
        "SIGNATURE_INVALID",
    ),
    "another venue, resigned": (
        lambda ada, _: ada.wallet.signed(ada.text(SEND, venue=OTHER_VENUE)),
        400,
        "INTENT_OF_ANOTHER_VENUE",
    ),
    "another venue, altered": (
        lambda ada, _: (
            altered(ada, replace(OTHER_VENUE, ada.stage.house.venue_id))
            if OTHER_VENUE in ada.text(SEND)
            else {
                **ada.wallet.signed(ada.text(SEND, venue=OTHER_VENUE)),
                "text": ada.text(SEND, venue=OTHER_VENUE).replace(OTHER_VENUE, ada.stage.house.venue_id),
            }
        ),
        401,
        "SIGNATURE_INVALID",
    ),
    "another product": (
        lambda ada, _: resigned(ada, replace("Solvent intent", "Insolvent intent")),
        400,
        "INTENT_INVALID",
    ),
    "another version": (
        lambda ada, _: resigned(ada, replace("intent 1 for", "intent 2 for")),
        400,
        "INTENT_INVALID",
    ),
    "a line end behind the text": (
        lambda ada, _: resigned(ada, lambda text: text + "\n"),
        400,
        "INTENT_INVALID",
    ),
    "line ends of another system": (
        lambda ada, _: resigned(ada, lambda text: text.replace("\n", "\r\n")),
        400,
        "INTENT_INVALID",
    ),
    "a byte order mark": (lambda ada, _: resigned(ada, lambda text: "\ufeff" + text), 400, "INTENT_INVALID"),
    "a letter that looks the same": (
        lambda ada, _: resigned(ada, replace("SOL", "S\u041eL")),
        400,
        "INTENT_INVALID",
    ),
    "a letter of two parts": (
        lambda ada, _: resigned(ada, replace("SOL", "SO\u0301L")),
        400,
        "INTENT_INVALID",
    ),
    "a letter that nobody sees": (
        lambda ada, _: resigned(ada, replace("SOL", "SOL\u200b")),
        400,
        "INTENT_INVALID",
    ),
    "letters from right to left": (
        lambda ada, _: resigned(ada, replace("SOL", "\u202eLOS")),
        400,
        "INTENT_INVALID",
    ),
    "digits of another script": (
        lambda ada, _: resigned(ada, replace("amount: 1", "amount: \u0661")),
        400,
        "INTENT_INVALID",
    ),
    "a line twice": (
        lambda ada, _: resigned(ada, replace("amount: 1\n", "amount: 1\n" * 2)),
        400,
        "INTENT_INVALID",
    ),
    "a line more": (
        lambda ada, _: resigned(ada, lambda text: text + "\nguard.price_min: 1"),
        400,
        "INTENT_INVALID",
    ),
    "a line less": (
        lambda ada, _: resigned(ada, lambda text: text.rpartition("\n")[0]),
        400,
        "INTENT_INVALID",
    ),
    "half the text": (
        lambda ada, _: altered(ada, lambda text: text[: len(text) // 2]),
        400,
        "INTENT_INVALID",
    ),
    "a longer nonce": (lambda ada, _: altered(ada, replace("nonce: ", "nonce: A")), 401, "SIGNATURE_INVALID"),
    "a later moment": (
        lambda ada, _: altered(ada, lambda text: text.replace("expires: 2026", "expires: 2027")),
        401,
        "SIGNATURE_INVALID",
    ),
    "a number spelt otherwise": (
        lambda ada, _: resigned(ada, replace("amount: 1", "amount: 1.0")),
        400,
        "INTENT_INVALID",
    ),
    "a text that is too long": (
        lambda ada, _: resigned(ada, lambda text: text + "\n" + "x" * 9_000),
        400,
        "INTENT_INVALID",
    ),
    "no text": (lambda ada, _: ada.wallet.signed(""), 400, "INTENT_INVALID"),
    "a batch at the wrong address": (
        lambda ada, _: ada.wallet.signed(ada.text(SEND).replace("action: withdraw", "action: batch")),
        400,
        "INTENT_INVALID",
    ),
    "an account opened for another's wallet": (
        lambda _, eve: eve.wallet.signed(eve.text(OpenAccount(identity=Wallet(98).identity), account="new")),
        400,
        "INTENT_INVALID",
    ),
    "an account opened under another's id": (
        lambda ada, eve: eve.wallet.signed(
            eve.text(OpenAccount(identity=eve.wallet.identity), account=ada.account)
        ),
        400,
        "INTENT_INVALID",
    ),
    "a command for an account that is to come": (
        lambda ada, _: ada.wallet.signed(ada.text(SEND, account="new")),
        404,
        "ACCOUNT_UNKNOWN",
    ),
    "a wallet bound without its own signature": (
        lambda ada, _: ada.wallet.signed(ada.text(BindIdentity(identity=Wallet(97).identity))),
        401,
        "SIGNATURE_INVALID",
    ),
    "a signature beside that nobody asks for": (
        lambda ada, eve: {
            **ada.wallet.signed(ada.text(SEND)),
            "co_signature": {"public_key": eve.wallet.public_key, "signature": "A" * 86 + "=="},
        },
        400,
        "FIELD_INVALID",
    ),
    "a field that is not known": (
        lambda ada, _: {**ada.wallet.signed(ada.text(SEND)), "account": ada.account},
        400,
        "FIELD_UNKNOWN",
    ),
    "a key of scopes that there are not": (
        lambda ada, _: ada.wallet.signed(
            ada.text(CreateKey(label="bot", scopes=("read", "withdraw"), key_expires_ms=SOON_MS))
        ),
        422,
        "SCOPES_INVALID",
    ),
    "a key for ever": (
        lambda ada, _: ada.wallet.signed(
            ada.text(CreateKey(label="bot", scopes=("read",), key_expires_ms=4_000_000_000_000))
        ),
        400,
        "INTENT_INVALID",
    ),
    "fields in another order": (
        lambda ada, _: ada.wallet.signed(
            ada.text(Act(verb="open", market="BTC-PERP", fields=(("limit", "70000"), ("size", "0.01"))))
        ),
        400,
        "INTENT_INVALID",
    ),
    "an amount of another asset": (
        lambda ada, _: ada.wallet.signed(
            ada.text(Act(verb="supply", market="wETH/SOL", fields=(("amount", "1"),), asset="wETH"))
        ),
        400,
        "INTENT_INVALID",
    ),
    "an amount of no asset": (
        lambda ada, _: ada.wallet.signed(
            ada.text(Act(verb="supply", market="wETH/SOL", fields=(("amount", "1"),), asset="SOL"))
            .replace("field.amount: 1 SOL", "field.amount: 1")
            .replace("Supply 1 SOL", "Supply 1")
        ),
        400,
        "INTENT_INVALID",
    ),
    "an asset that there is not": (
        lambda ada, eve: ada.wallet.signed(
            ada.text(Transfer(asset="GOLD", amount="1", receiver=eve.account))
        ),
        400,
        "FIELD_INVALID",
    ),
    "an amount finer than its asset": (
        lambda ada, eve: ada.wallet.signed(
            ada.text(Transfer(asset="USDC", amount="0.0000001", receiver=eve.account))
        ),
        400,
        "FIELD_INVALID",
    ),
    "an address that is none": (
        lambda ada, _: ada.wallet.signed(ada.text(Withdraw(asset="SOL", amount="1", address="2" * 32))),
        400,
        "FIELD_INVALID",
    ),
}


def test_every_forgery_is_refused_by_its_name_and_nothing_is_done() -> None:
    met: dict[str, tuple[int, str]] = {}

    async def play(stage: Stage) -> None:
        ada, eve = await stage.user(), await stage.user()
        before = stage.house.follower.state.hash()
        for name, (forge, _, _) in FORGERIES.items():
            answer = await stage.post("/intents", forge(ada, eve))
            found = answer.json()
            met[name] = answer.status_code, found.get("code", "accepted")
            assert answer.headers["content-type"] == "application/problem+json", name
            assert len(found["detail"]) > 20, name
            assert stage.house.follower.state.hash() == before, name

    on_stage(play)
    assert met == {name: (status, code) for name, (_, status, code) in FORGERIES.items()}


def test_what_was_forged_here_is_accepted_as_it_should_be() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        found = await ada.must(SEND)
        assert [event["kind"] for event in found["reply"]["events"]] == ["settlement_requested"]
        assert ada.held("SOL") == 99 * 10**9

    on_stage(play)


@pytest.mark.parametrize(
    ("ahead_ms", "code"),
    [
        (-6_000, "INTENT_EXPIRED"),
        (-4_000, None),
        (0, None),
        (24 * 3_600_000, None),
        (24 * 3_600_000 + 5_000, None),
        (24 * 3_600_000 + 6_000, "INTENT_EXPIRES_TOO_LATE"),
    ],
)
def test_an_intent_is_good_until_its_moment_and_for_a_day_at_most(ahead_ms: int, code: str | None) -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        answer = await ada.send(SEND, expires_ms=stage.wall.now_ms + ahead_ms)
        assert answer.json().get("code") == code, answer.text

    on_stage(play)


def test_a_wallet_is_bound_when_both_have_signed_the_same_text() -> None:
    async def play(stage: Stage) -> None:
        ada, second = await stage.user(), Wallet(50)
        text = ada.text(BindIdentity(identity=second.identity))
        both = {**ada.wallet.signed(text), "co_signature": _without_text(second.signed(text))}
        wrong = {**both, "co_signature": _without_text(second.signed(text + " "))}
        other = {**both, "co_signature": _without_text(Wallet(51).signed(text))}
        for body in (wrong, other):
            assert (await stage.post("/intents", body)).json()["code"] == "SIGNATURE_INVALID"
        assert (await stage.post("/intents", both)).status_code == 200
        assert (await stage.post("/intents", second.signed(ada.text(SEND)))).status_code == 200
        opened = second.signed(ada.text(OpenAccount(identity=second.identity), account="new"))
        assert (await stage.post("/intents", opened)).json()["code"] == "IDENTITY_TAKEN"

    on_stage(play)


def _without_text(body: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in body.items() if name != "text"}


def test_a_challenge_is_no_intent_and_an_intent_is_no_challenge() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        asked = await stage.post("/sessions/challenges", {"public_key": ada.wallet.public_key})
        signed = ada.wallet.signed(asked.json()["text"])
        assert (await stage.post("/intents", signed)).json()["code"] == "INTENT_INVALID"
        answer = await stage.post("/sessions", ada.wallet.signed(ada.text(SEND)))
        assert answer.json()["code"] == "CHALLENGE_INVALID"

    on_stage(play)


def forged_command(
    program: Program,
    headers: dict[str, str] | None = None,
    *,
    body: bytes | None = None,
    path: str = "/commands",
) -> tuple[str, bytes, dict[str, str]]:
    asked = json.dumps(
        {"command": "act", "market": "BTC-PERP", "verb": "open", "fields": {"size": "0.01"}}
    ).encode()
    good = program.headers("POST", "/commands", asked, idempotency="command-1")
    return path, asked if body is None else body, good | (headers or {})


COMMANDS: dict[str, tuple[Callable[[Program], tuple[str, bytes, dict[str, str]]], int, str]] = {
    "another body": (
        lambda bot: forged_command(
            bot, body=b'{"command":"act","market":"BTC-PERP","verb":"open","fields":{"size":"9"}}'
        ),
        401,
        "KEY_SIGNATURE_INVALID",
    ),
    "a space more": (lambda bot: forged_command(bot, body=b" {}"), 401, "KEY_SIGNATURE_INVALID"),
    "a query": (lambda bot: forged_command(bot, path="/commands?x=1"), 400, "PARAMETER_UNKNOWN"),
    "another idempotency key": (
        lambda bot: forged_command(bot, {"Idempotency-Key": "command-2"}),
        401,
        "KEY_SIGNATURE_INVALID",
    ),
    "another timestamp": (
        lambda bot: forged_command(bot, {"Solvent-Timestamp": str(bot.stage.wall.now_ms + 1)}),
        401,
        "KEY_SIGNATURE_INVALID",
    ),
    "another key's name": (
        lambda bot: forged_command(bot, {"Solvent-Key": "0" * 32}),
        401,
        "KEY_SIGNATURE_INVALID",
    ),
    "another secret": (
        lambda bot: forged_command(Program(bot.stage, bot.id, "0" * 64)),
        401,
        "KEY_SIGNATURE_INVALID",
    ),
    "half a signature": (
        lambda bot: forged_command(bot, {"Solvent-Signature": "ab" * 16}),
        401,
        "KEY_SIGNATURE_INVALID",
    ),
    "a signature in capitals": (
        lambda bot: forged_command(bot, {"Solvent-Signature": "AB" * 32}),
        401,
        "KEY_SIGNATURE_INVALID",
    ),
    "no signature": (
        lambda bot: forged_command(bot, {"Solvent-Signature": ""}),
        401,
        "KEY_SIGNATURE_INVALID",
    ),
    "a timestamp that is none": (
        lambda bot: forged_command(bot, {"Solvent-Timestamp": "now"}),
        401,
        "KEY_SIGNATURE_INVALID",
    ),
}


def test_every_request_that_no_key_signed_as_it_came_is_refused() -> None:
    met: dict[str, tuple[int, str]] = {}

    async def play(stage: Stage) -> None:
        bot = await (await stage.user()).key("read", "trade", "margin")
        before = stage.house.follower.state.hash()
        for name, (forge, _, _) in COMMANDS.items():
            answer = await stage.raw(*forge(bot))
            met[name] = answer.status_code, answer.json().get("code", "accepted")
        assert stage.house.follower.state.hash() == before
        assert (await stage.raw(*forged_command(bot))).status_code == 200

    on_stage(play)
    assert met == {name: (status, code) for name, (_, status, code) in COMMANDS.items()}


@pytest.mark.parametrize(
    ("apart_ms", "is_good"), [(-30_001, False), (-30_000, True), (30_000, True), (30_001, False)]
)
def test_a_signed_request_is_good_for_half_a_minute(apart_ms: int, is_good: bool) -> None:
    async def play(stage: Stage) -> None:
        bot = await (await stage.user()).key("read")
        headers = bot.headers("GET", "/account", at_ms=stage.wall.now_ms + apart_ms)
        answer = await stage.client.get("/api/v1/account", headers=headers)
        assert answer.json().get("code") == (None if is_good else "TIMESTAMP_OUT_OF_WINDOW")

    on_stage(play)


def test_a_command_without_an_idempotency_key_is_not_carried_out() -> None:
    async def play(stage: Stage) -> None:
        bot = await (await stage.user()).key("trade")
        body = b'{"command":"act","market":"BTC-PERP","verb":"open","fields":{"size":"0.01"}}'
        answer = await stage.raw("/commands", body, bot.headers("POST", "/commands", body))
        assert (answer.status_code, answer.json()["code"]) == (400, "IDEMPOTENCY_KEY_MISSING")

    on_stage(play)


def test_what_was_signed_for_one_venue_means_nothing_at_another_with_the_same_wallet() -> None:
    signed: list[dict[str, str]] = []
    accounts: set[str] = set()

    async def sign(stage: Stage) -> None:
        ada = await stage.user(seed=7)
        accounts.add(ada.account)
        asks = (SEND, Deposit(asset="SOL", amount="1"), Transfer(asset="SOL", amount="1", receiver="a" * 32))
        signed.extend(ada.wallet.signed(ada.text(ask)) for ask in asks)

    async def send(stage: Stage) -> None:
        ada = await stage.user(seed=7)
        accounts.add(ada.account)
        for body in signed:
            answer = await stage.post("/intents", body)
            assert (answer.status_code, answer.json()["code"]) == (400, "INTENT_OF_ANOTHER_VENUE")

    on_stage(sign)
    on_stage(send)
    assert (len(signed), len(accounts)) == (3, 2)
