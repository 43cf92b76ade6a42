"""Once: the same request again gives the first answer byte for byte, whatever happened in between."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from solvent.api.acting import EXPIRY_MS_MAX, SKEW_MS
from solvent.api.commanding import Commanding
from solvent.api.wishes import Act, Batch, CreateKey, Deposit, OpenAccount, Transfer, Withdraw
from solvent.journal.records import RETENTION_MS_MIN
from tests.contract.api.stage import Stage, User, Wall, on_stage, staged, tick

OPEN = Act(verb="open", market="BTC-PERP", fields=(("size", "0.01"),))
TOO_MUCH = Act(verb="take", market="BTC-PERP", fields=(("amount", "1"),), asset="USDC")
SEND = Withdraw(asset="SOL", amount="1", address="1" * 32)


def is_repeat(answer: httpx.Response) -> bool:
    return bool(answer.headers.get("Idempotency-Replayed") == "true")


@pytest.mark.parametrize(("ask", "status"), [(OPEN, 200), (SEND, 200), (TOO_MUCH, 422)])
def test_the_same_text_again_gives_the_first_answer_byte_for_byte(ask: Any, status: int) -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        body = ada.wallet.signed(ada.text(ask))
        first = await stage.post("/intents", body)
        before = stage.house.follower.state.hash()
        stage.house.advance(1_000)
        tick(stage.house.venue, "BTC-PERP", mark="66000")
        # The settlement's worker confirms a withdrawal in its own time, which is one event more.
        while stage.house.venue.at_rest(lambda state: bool(state.outbox)).result():
            pass
        seq = stage.house.venue.at_rest(lambda state: state.seq).result()
        again = await stage.post("/intents", body)
        assert (first.status_code, again.status_code) == (status, status)
        assert again.content == first.content
        assert (is_repeat(first), is_repeat(again)) == (False, True)
        assert stage.house.follower.seq == seq
        assert stage.house.follower.state.hash() != before, "the price moved meanwhile"

    on_stage(play)


def test_a_signature_in_another_form_is_the_same_request() -> None:
    async def play(stage: Stage) -> None:
        import base64

        from solvent.runtime import base58

        ada = await stage.user()
        body = ada.wallet.signed(ada.text(OPEN))
        first = await stage.post("/intents", body)
        in_base58 = base58.encode(base64.b64decode(body["signature"]))
        again = await stage.post("/intents", {**body, "signature": in_base58})
        assert again.content == first.content
        assert is_repeat(again)

    on_stage(play)


def test_a_nonce_with_another_text_is_refused_and_nothing_is_done() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        assert (await ada.send(OPEN, nonce="my-nonce")).status_code == 200
        before = stage.house.follower.state.hash()
        other = Act(verb="open", market="BTC-PERP", fields=(("size", "0.02"),))
        later = stage.wall.now_ms + 120_000
        for answer in (
            await ada.send(other, nonce="my-nonce"),
            await ada.send(OPEN, nonce="my-nonce", expires_ms=later),
            await stage.post(
                "/batches", ada.wallet.signed(ada.text(Batch(steps=(OPEN, other)), nonce="my-nonce"))
            ),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "KEY_REUSED"), answer.text
        assert stage.house.follower.state.hash() == before

    on_stage(play)


def test_a_nonce_is_its_accounts_own() -> None:
    async def play(stage: Stage) -> None:
        ada, ben = await stage.user(), await stage.user()
        first = await ada.send(OPEN, nonce="same-nonce")
        other = await ben.send(OPEN, nonce="same-nonce")
        assert (first.status_code, other.status_code) == (200, 200)
        assert not is_repeat(other)

    on_stage(play)


def test_an_answer_is_given_again_after_the_intent_has_expired() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        batch = Batch(steps=(OPEN, TOO_MUCH))
        single, many = (ada.wallet.signed(ada.text(ask)) for ask in (SEND, batch))
        late = ada.wallet.signed(ada.text(SEND))
        first = await stage.post("/intents", single), await stage.post("/batches", many)
        stage.wall.now_ms += 6 * 24 * 3_600_000
        again = await stage.post("/intents", single), await stage.post("/batches", many)
        assert [one.content for one in again] == [one.content for one in first]
        assert all(is_repeat(one) for one in again)
        answer = await stage.post("/intents", late)
        assert (answer.status_code, answer.json()["code"]) == (400, "INTENT_EXPIRED")

    on_stage(play)


def test_what_was_signed_before_its_answer_was_forgotten_is_refused_and_never_done_again() -> None:
    """An intent ends long before its answer may be forgotten: who sends it again then is too late."""
    assert EXPIRY_MS_MAX + 2 * SKEW_MS < RETENTION_MS_MIN

    async def play(stage: Stage) -> None:
        ada = await stage.user()
        bodies = [ada.wallet.signed(ada.text(ask)) for ask in (OPEN, SEND, TOO_MUCH)]
        for body in bodies:
            await stage.post("/intents", body)
        house = stage.house
        while house.venue.at_rest(lambda state: bool(state.outbox)).result():
            pass
        stage.wall.now_ms += RETENTION_MS_MIN + 1
        late_ms = house.now_ms() + RETENTION_MS_MIN + 1
        pruned = house.venue.at_rest(lambda _: house.venue.journal.prune(now_ms=late_ms)).result()
        assert pruned.answers >= len(bodies)
        before = house.venue.at_rest(lambda state: state.hash()).result()
        for body in bodies:
            answer = await stage.post("/intents", body)
            assert (answer.status_code, answer.json()["code"]) == (400, "INTENT_EXPIRED")
        assert house.venue.at_rest(lambda state: state.hash()).result() == before

    on_stage(play)


def test_an_answer_is_given_again_after_a_restart_also_of_a_new_keys_secret(tmp_path: Path) -> None:
    wall = Wall()
    bodies: list[dict[str, str]] = []
    first: list[bytes] = []

    async def before() -> None:
        async with staged(str(tmp_path / "venue"), wall) as stage:
            ada = await stage.user(seed=3)
            key = CreateKey(label="bot", scopes=("read",), key_expires_ms=wall.now_ms + 60_000)
            for ask in (OPEN, SEND, TOO_MUCH, key):
                bodies.append(ada.wallet.signed(ada.text(ask)))
                first.append((await stage.post("/intents", bodies[-1])).content)

    async def after() -> None:
        async with staged(str(tmp_path / "venue"), wall) as stage:
            for late_ms in (0, 3_600_000):
                stage.wall.now_ms += late_ms
                answers = [await stage.post("/intents", body) for body in bodies]
                assert [answer.content for answer in answers] == first
                assert all(is_repeat(answer) for answer in answers)

    asyncio.run(before())
    asyncio.run(after())
    assert b"secret" in first[-1]


@pytest.mark.parametrize("steps", [3, 100])
def test_a_batch_is_answered_again_after_a_restart_from_the_one_key_of_all_its_steps(
    tmp_path: Path, steps: int
) -> None:
    wall = Wall()
    sent: list[tuple[dict[str, str], bytes]] = []

    async def before() -> None:
        async with staged(str(tmp_path / "venue"), wall) as stage:
            ada = await stage.user(seed=3)
            many = tuple(OPEN if number % 2 else TOO_MUCH for number in range(steps))
            body = ada.wallet.signed(ada.text(Batch(steps=many), nonce="of-all-steps"))
            sent.append((body, (await stage.post("/batches", body)).content))
            journal = stage.house.venue.journal
            assert journal.knows(ada.account, "intent:of-all-steps")
            assert not journal.knows(ada.account, "intent:of-all-steps/2")

    async def after() -> None:
        async with staged(str(tmp_path / "venue"), wall) as stage:
            ((body, first),) = sent
            before = stage.house.follower.state.hash()
            again = await stage.post("/batches", body)
            assert (again.content, is_repeat(again)) == (first, True)
            assert stage.house.follower.state.hash() == before

    asyncio.run(before())
    asyncio.run(after())


def test_a_batch_whose_steps_were_kept_under_keys_of_their_own_is_answered_again() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        steps = (OPEN, TOO_MUCH, OPEN)
        body = ada.wallet.signed(ada.text(Batch(steps=steps), nonce="kept-apart"))
        state, commanding = stage.house.follower.state, Commanding()
        keys = ("intent:kept-apart", "intent:kept-apart/2", "intent:kept-apart/3")
        keyed = [
            (
                key,
                commanding.act(
                    state,
                    account=ada.account,
                    market=step.market,
                    verb=step.verb,
                    fields=dict(step.fields),
                    guards={},
                ),
            )
            for key, step in zip(keys, steps, strict=True)
        ]
        await stage.house.submit_together(keyed, account=ada.account, request=body["text"].encode())
        before = stage.house.follower.state.hash()
        again = await stage.post("/batches", body)
        assert again.status_code == 200, again.text
        assert is_repeat(again)
        outcomes = again.json()["outcomes"]
        assert [one["accepted"] for one in outcomes] == [True, False, True]
        assert stage.house.follower.state.hash() == before

    on_stage(play)


def test_many_at_once_are_carried_out_once() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        body = ada.wallet.signed(ada.text(SEND))
        answers = await asyncio.gather(*(stage.post("/intents", body) for _ in range(40)))
        assert {answer.content for answer in answers} == {answers[0].content}
        assert sorted(is_repeat(answer) for answer in answers) == [False] + [True] * 39
        assert ada.held("SOL") == 99 * 10**9

    on_stage(play)


def test_of_two_texts_with_one_nonce_at_once_one_is_carried_out_whole() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        give = Transfer(asset="SOL", amount="1", receiver=(await stage.user()).account)
        for nonce in (f"together-{number}" for number in range(10)):
            bodies = [
                ("/intents", ada.wallet.signed(ada.text(give, nonce=nonce))),
                ("/batches", ada.wallet.signed(ada.text(Batch(steps=(give,) * 3), nonce=nonce))),
                ("/batches", ada.wallet.signed(ada.text(Batch(steps=(give,) * 5), nonce=nonce))),
            ]
            held = ada.held("SOL")
            answers = await asyncio.gather(*(stage.post(path, body) for path, body in bodies))
            assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
            winner = next(place for place, answer in enumerate(answers) if answer.status_code == 200)
            assert held - ada.held("SOL") == (1, 3, 5)[winner] * 10**9

    on_stage(play)


def test_who_stops_waiting_takes_nothing_back_and_can_ask_again() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        give = Transfer(asset="SOL", amount="1", receiver=(await stage.user()).account)
        for steps in range(40):
            body = ada.wallet.signed(ada.text(give))
            held = ada.held("SOL")
            gone = asyncio.ensure_future(stage.post("/intents", body))
            for _ in range(steps):
                await asyncio.sleep(0)
            gone.cancel()
            await asyncio.wait([gone])
            again = await stage.post("/intents", body)
            assert again.status_code == 200
            assert held - ada.held("SOL") == 10**9, steps

    on_stage(play)


def test_another_text_under_the_nonce_of_one_that_nobody_waits_for_is_not_half_done() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        give = Transfer(asset="SOL", amount="0.1", receiver=(await stage.user()).account)
        for steps in range(40):
            one, three = (
                ada.wallet.signed(ada.text(Batch(steps=(give,) * count), nonce=f"gone-{steps:04}"))
                for count in (1, 3)
            )
            held = ada.held("SOL")
            gone = asyncio.ensure_future(stage.post("/batches", one))
            for _ in range(steps):
                await asyncio.sleep(0)
            gone.cancel()
            answer = await stage.post("/batches", three)
            await asyncio.wait([gone])
            paid = (held - ada.held("SOL")) // 10**8
            assert (answer.status_code, paid) in ((200, 3), (409, 1)), steps

    on_stage(play)


def test_an_account_is_opened_once_for_a_wallet_however_often_it_is_asked() -> None:
    async def play(stage: Stage) -> None:
        ada = User(stage, (await stage.user()).wallet)
        text = ada.text(OpenAccount(identity=ada.wallet.identity), account="new")
        refused = await stage.post("/intents", ada.wallet.signed(text))
        assert (refused.status_code, refused.json()["code"]) == (422, "ACCOUNT_EXISTS")
        assert len(stage.house.follower.state.accounts) == 1

    on_stage(play)


def test_a_batch_is_one_commit_with_an_outcome_for_each_step() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        commits: list[int] = []
        stage.house.follower.subscribe(lambda committed: commits.append(len(committed.events)))
        steps = (OPEN, TOO_MUCH, Deposit(asset="SOL", amount="2"), SEND)
        body = ada.wallet.signed(ada.text(Batch(steps=steps)))
        answer = await stage.post("/batches", body)
        outcomes = answer.json()["outcomes"]
        assert [one["accepted"] for one in outcomes] == [True, False, True, True]
        assert outcomes[1]["problem"]["code"] == "BELOW_TRANSFER_FLOOR"
        assert outcomes[3]["reply"]["events"][0]["moves"][0]["amount"] == "-1"
        assert commits[0] == 3
        again = await stage.post("/batches", body)
        assert again.content == answer.content
        assert is_repeat(again)
        assert not is_repeat(answer)

    on_stage(play)


def test_a_batch_with_a_step_that_cannot_be_read_does_nothing() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        before = stage.house.follower.state.hash()
        bad = Act(verb="open", market="BTC-PERP", fields=(("size", "0.0000001"),))
        answer = await stage.post("/batches", ada.wallet.signed(ada.text(Batch(steps=(OPEN, bad)))))
        assert (answer.status_code, answer.json()["code"]) == (400, "FIELD_INVALID")
        assert stage.house.follower.state.hash() == before

    on_stage(play)


def test_a_hundred_steps_are_carried_out_under_one_signature() -> None:
    async def play(stage: Stage) -> None:
        ada, ben = await stage.user(), await stage.user()
        give = Transfer(asset="SOL", amount="0.5", receiver=ben.account)
        answer = await stage.post("/batches", ada.wallet.signed(ada.text(Batch(steps=(give,) * 100))))
        assert [one["accepted"] for one in answer.json()["outcomes"]] == [True] * 100
        assert ada.held("SOL") == 50 * 10**9

    on_stage(play)


def test_a_command_of_a_key_is_carried_out_once_for_its_idempotency_key() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        bot = await ada.key("trade", "margin")
        first = await bot.act("BTC-PERP", "open", key="command-1", size="0.01")
        stage.wall.now_ms += 10 * 60_000
        again = await bot.act("BTC-PERP", "open", key="command-1", size="0.01")
        other = await bot.act("BTC-PERP", "open", key="command-1", size="0.02")
        refused = [await bot.act("BTC-PERP", "take", key="command-2", amount="1") for _ in range(2)]
        assert (first.status_code, again.content, is_repeat(again)) == (200, first.content, True)
        assert (other.status_code, other.json()["code"]) == (409, "KEY_REUSED")
        assert refused[0].status_code == 422
        assert (refused[1].content, is_repeat(refused[1])) == (refused[0].content, True)

    on_stage(play)


def test_a_request_spelt_otherwise_under_an_idempotency_key_is_another_request() -> None:
    async def play(stage: Stage) -> None:
        bot = await (await stage.user()).key("trade")
        assert (await bot.act("BTC-PERP", "open", key="command-1", size="0.01")).status_code == 200
        other = await bot.act("BTC-PERP", "open", key="command-1", size="0.010")
        assert (other.status_code, other.json()["code"]) == (409, "KEY_REUSED")

    on_stage(play)


def test_nonces_of_the_wallet_and_idempotency_keys_of_each_key_are_apart() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        first, second = await ada.key("trade"), await ada.key("trade")
        answers = [
            await ada.send(OPEN, nonce="same-name"),
            await first.act("BTC-PERP", "open", key="same-name", size="0.01"),
            await second.act("BTC-PERP", "open", key="same-name", size="0.01"),
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert not any(is_repeat(answer) for answer in answers)
        assert len({answer.content for answer in answers}) == 3

    on_stage(play)
