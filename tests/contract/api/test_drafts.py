"""From a form to a signature: the service takes the texts that it writes; quotes hold or say why not."""

import asyncio
import random
from typing import Any

import pytest

from solvent.api import intents
from solvent.api.wishes import Act, Batch, Deposit, Withdraw
from solvent.margin import Verb, registry
from tests.contract.api.stage import PRICES, Stage, Wallet, on_stage, tick

OPEN = Act(verb="open", market="BTC-PERP", fields=(("size", "0.01"),))
KEY = "ab" * 16
FORMS: dict[str, tuple[dict[str, Any], str]] = {
    "a withdrawal of collateral": (
        {"action": "act", "verb": "take", "market": "wETH/SOL", "fields": {"amount": "0.50"}},
        "Withdraw 0.5 wETH from your position in wETH/SOL to your wallet",
    ),
    "a loan": (
        {"action": "act", "verb": "borrow", "market": "wETH/SOL", "fields": {"amount": "1,000"}},
        "Borrow 1000 SOL against your position in wETH/SOL to your wallet",
    ),
    "all of a supply": (
        {"action": "act", "verb": "redeem", "market": "wETH/SOL", "fields": {"amount": "max"}},
        "Redeem all of your supply in wETH/SOL to your wallet",
    ),
    "an opening": (
        {
            "action": "act",
            "verb": "open",
            "market": "wETH/SOL",
            "fields": {"slippage": "1.0%", "leverage": "2", "margin": "5", "borrow": ""},
        },
        "Open or increase your position in wETH/SOL: margin 5, leverage 2, slippage 1%",
    ),
    "a payment": (
        {"action": "transfer", "asset": "SOL", "amount": "1.0", "receiver": "b" * 32},
        f"Pay 1 SOL from your wallet to the account {'b' * 32}",
    ),
    "a deposit": ({"action": "deposit", "asset": "SOL", "amount": "1"}, "Deposit 1 SOL into your wallet"),
    "a withdrawal": (
        {"action": "withdraw", "asset": "SOL", "amount": "1", "address": "1" * 32},
        f"Send 1 SOL from your wallet to the address {'1' * 32}",
    ),
    "an end of a key": ({"action": "revoke_key", "key": KEY}, f"Revoke the API key {KEY}"),
    "a new key": (
        {"action": "create_key", "label": "bot", "scopes": ["read"], "key_expires_ms": 1_790_000_000_000},
        'Create the API key "bot" that may read',
    ),
    "a batch": (
        {
            "action": "batch",
            "steps": [
                {"action": "deposit", "asset": "SOL", "amount": "1"},
                {"action": "act", "verb": "add", "market": "BTC-PERP", "fields": {"amount": "5"}},
            ],
        },
        (
            "Do 2 things, one after the other: Deposit 1 SOL into your wallet; "
            "Add 5 USDC from your wallet to your position in BTC-PERP"
        ),
    ),
}


def test_what_a_form_asks_is_written_as_it_is_signed() -> None:
    async def play(stage: Stage) -> None:
        for name, (form, sentence) in FORMS.items():
            answer = await stage.post("/intents/draft", {**form, "account": "a" * 32})
            assert answer.status_code == 200, (name, answer.text)
            found = answer.json()
            read = intents.parse(found["text"])
            assert found["text"].split("\n")[1] == f"You ask to: {sentence}", name
            assert (read.venue, read.account) == (stage.house.venue_id, "a" * 32)
            assert (read.nonce, read.expires_ms) == (found["nonce"], found["expires_ms"])
            assert read.expires_ms == stage.wall.now_ms + 600_000

    on_stage(play)


BAD_FORMS: dict[str, tuple[dict[str, Any], str]] = {
    "an action that is not known": ({"action": "steal"}, "FIELD_INVALID"),
    "a field of another action": (
        {"action": "deposit", "asset": "SOL", "amount": "1", "key": KEY},
        "FIELD_UNKNOWN",
    ),
    "a field that the verb does not have": (
        {"action": "act", "verb": "take", "market": "BTC-PERP", "fields": {"sum": "1"}},
        "FIELD_UNKNOWN",
    ),
    "a market that there is not": (
        {"action": "act", "verb": "take", "market": "GOLD", "fields": {"amount": "1"}},
        "MARKET_UNKNOWN",
    ),
    "a number that is none": ({"action": "deposit", "asset": "SOL", "amount": "one"}, "FIELD_INVALID"),
    "a key's label over two lines": (
        {"action": "create_key", "label": "a\nb", "scopes": ["read"], "key_expires_ms": 1_790_000_000_000},
        "INTENT_INVALID",
    ),
    "a nonce that is too short": (
        {"action": "deposit", "asset": "SOL", "amount": "1", "nonce": "n"},
        "INTENT_INVALID",
    ),
    "a moment between two seconds": (
        {"action": "deposit", "asset": "SOL", "amount": "1", "expires_ms": 1_790_000_000_001},
        "INTENT_INVALID",
    ),
    "a step that is no step": (
        {"action": "batch", "steps": [{"action": "revoke_key"}]},
        "FIELD_INVALID",
    ),
    "a batch of nothing": ({"action": "batch", "steps": []}, "INTENT_INVALID"),
    "a guard that is not known": (
        {
            "action": "act",
            "verb": "take",
            "market": "BTC-PERP",
            "fields": {"amount": "1"},
            "guards": {"price": "1"},
        },
        "INTENT_INVALID",
    ),
}


def test_a_form_that_cannot_be_written_is_refused_by_its_name() -> None:
    async def play(stage: Stage) -> None:
        met = {}
        for name, (form, _) in BAD_FORMS.items():
            answer = await stage.post("/intents/draft", {"account": "a" * 32, **form})
            assert answer.status_code in (400, 404), answer.text
            met[name] = answer.json()["code"]
        assert met == {name: code for name, (_, code) in BAD_FORMS.items()}

    on_stage(play)


def test_a_newcomer_opens_an_account_and_signs_in_with_what_the_service_drafts() -> None:
    async def play(stage: Stage) -> None:
        wallet = Wallet(40)
        challenge = (await stage.post("/sessions/challenges", {"public_key": wallet.public_key})).json()
        signed = wallet.signed(challenge["text"])
        unknown = await stage.post("/sessions", signed)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "ACCOUNT_UNKNOWN")
        draft = await stage.post("/intents/draft", {"action": "open_account", "identity": wallet.identity})
        opened = await stage.post("/intents", wallet.signed(draft.json()["text"]))
        account = opened.json()["reply"]["account"]
        assert stage.house.follower.state.identities == {wallet.identity: account}
        session = await stage.post("/sessions", signed)
        assert session.json()["account"] == account
        assert session.json()["scopes"] == ["read"]
        cookie = session.headers["set-cookie"]
        assert cookie.startswith(f"solvent-{stage.house.venue_id[:16]}=")
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Path=/api" in cookie
        # The client keeps the cookie as a browser does.
        assert (await stage.client.get("/api/v1/account")).json()["account"] == account
        again = await stage.post("/sessions", signed)
        assert (again.status_code, again.json()["code"]) == (401, "CHALLENGE_INVALID")

    on_stage(play)


@pytest.mark.parametrize(
    ("mark", "moved"), [("60000", None), ("60200", None), ("60500", "price_max"), ("59000", "price_min")]
)
def test_a_quote_is_carried_out_as_shown_or_names_the_guard_that_moved(mark: str, moved: str | None) -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        await ada.must(OPEN)
        headers = {"Authorization": f"Bearer {ada.token}"}
        asked = {"market": "BTC-PERP", "verb": "add", "fields": {"amount": "50"}, "tolerance": "0.005"}
        quote = (await stage.client.post("/api/v1/quotes", json=asked, headers=headers)).json()
        held = ada.held("USDC")
        stage.house.advance(1_000)
        tick(stage.house.venue, "BTC-PERP", mark=mark)
        answer = await stage.post("/intents", ada.wallet.signed(quote["intent"]["text"]))
        if moved is None:
            assert answer.status_code == 200, answer.text
            assert ada.held("USDC") == held - 50_000_000
        else:
            found = answer.json()
            assert (answer.status_code, found["code"], found["terms"]["guard"]) == (422, "QUOTE_MOVED", moved)
            assert ada.held("USDC") == held

    on_stage(play)


def test_what_is_deposited_arrives_and_what_is_sent_has_left() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        for ask in (
            Deposit(asset="SOL", amount="2.5"),
            Withdraw(asset="SOL", amount="1", address=ada.wallet.public_key),
        ):
            await ada.must(ask)
        await asyncio.to_thread(stage.house.venue.settle_outbox)
        state, held = await asyncio.to_thread(
            stage.house.venue.at_rest(
                lambda state: (dict(state.outbox), state.balance(f"wallet:{ada.account}", "SOL"))
            ).result
        )
        assert (state, held) == ({}, 101_500_000_000)

    on_stage(play)


def test_one_action_and_a_batch_have_an_address_each() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        for path, ask in (("/batches", OPEN), ("/intents", Batch(steps=(OPEN,)))):
            answer = await stage.post(path, ada.wallet.signed(ada.text(ask)))
            assert (answer.status_code, answer.json()["code"]) == (400, "INTENT_INVALID")

    on_stage(play)


ODD = ("0.1", "max", "0", "-1", "1e18", "1e-9", "1" * 100, "NaN", "1%", "GTC", "yes", "5", "")


def test_odd_numbers_in_signed_texts_are_refused_and_never_a_fault() -> None:
    chance, met = random.Random(4), set[int]()

    async def play(stage: Stage) -> None:
        ada = await stage.user()
        bot = await ada.key("trade", "margin")
        for _ in range(300):
            market, verb = chance.choice(list(PRICES)), chance.choice(list(Verb))
            kept = stage.house.follower.state.markets[market]
            known = registry.by_name(kept.model).ACTION_FIELDS.get(verb, ())
            fields = {field.name: chance.choice(ODD) for field in known}
            form = {"action": "act", "account": ada.account, "market": market, "verb": verb, "fields": fields}
            answers = [await stage.post("/intents/draft", form), await bot.act(market, verb.value, **fields)]
            if answers[0].status_code == 200:
                answers.append(await stage.post("/intents", ada.wallet.signed(answers[0].json()["text"])))
            for answer in answers:
                assert answer.status_code < 500, (form, answer.text)
            met.update(answer.status_code for answer in answers)

    on_stage(play)
    assert met == {200, 400, 403, 422}
