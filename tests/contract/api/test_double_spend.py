"""Value is spent once: races for one balance, over every way out of a wallet at the same time."""

import asyncio
import random
from typing import Any

import pytest

from solvent.api.wishes import Act, Ask, Batch, Transfer, Withdraw
from tests.contract.api.stage import Stage, User, on_stage

SOL = 10**9


def paid(answer: Any) -> bool:
    assert answer.status_code in (200, 422), answer.text
    return bool(answer.status_code == 200)


def test_withdrawals_at_once_never_take_more_than_the_balance() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        ask = Withdraw(asset="SOL", amount="30", address="1" * 32)
        answers = await asyncio.gather(*(ada.send(ask) for _ in range(50)))
        assert sum(map(paid, answers)) == 3
        assert ada.held("SOL") == 10 * SOL
        short = next(answer for answer in answers if answer.status_code == 422).json()
        assert short["code"] == "INSUFFICIENT_BALANCE"
        assert short["would_be_accepted"] == {"amount": "10", "asset": "SOL"}

    on_stage(play)


def test_every_way_out_at_once_never_takes_more_than_the_balance() -> None:
    async def play(stage: Stage) -> None:
        ada, ben = await stage.user(), await stage.user()
        bot = await ada.key("trade", "margin")
        give = Transfer(asset="SOL", amount="7", receiver=ben.account)
        asks: list[Ask] = [
            Withdraw(asset="SOL", amount="11", address="1" * 32),
            give,
            Act(verb="supply", market="wETH/SOL", fields=(("amount", "13"),), asset="SOL"),
        ]
        batch = Batch(steps=(give, give))
        answers = await asyncio.gather(
            *(ada.send(ask) for ask in asks for _ in range(10)),
            *(stage.post("/batches", ada.wallet.signed(ada.text(batch))) for _ in range(5)),
            *(bot.act("wETH/SOL", "supply", amount="17") for _ in range(10)),
        )
        bodies = [answer.json() for answer in answers]
        moves = [
            move
            for body in bodies
            for reply in (body.get("reply"), *(one["reply"] for one in body.get("outcomes", ())))
            if reply is not None
            for event in reply["events"]
            for move in event["moves"]
            if move["account"] == "wallet" and move["asset"] == "SOL"
        ]
        left = ada.held("SOL")
        assert 0 <= left < 7 * SOL, "as much as fits went out"
        assert 100 * SOL + sum(int(move["units"]) for move in moves) == left
        assert not any(stage.house.follower.state.totals().values())

    on_stage(play)


@pytest.mark.parametrize("seed", range(3))
def test_payments_round_a_ring_neither_make_nor_lose_anything(seed: int) -> None:
    chance = random.Random(seed)

    async def play(stage: Stage) -> None:
        ring = [await stage.user(funds={"SOL": "10"}) for _ in range(4)]

        async def pay(payer: User, receiver: User) -> None:
            amount = str(chance.randint(1, 12))
            text = payer.text(Transfer(asset="SOL", amount=amount, receiver=receiver.account))
            body = payer.wallet.signed(text)
            answers = await asyncio.gather(
                *(stage.post("/intents", body) for _ in range(chance.randint(1, 3)))
            )
            assert len({answer.content for answer in answers}) == 1

        await asyncio.gather(*(pay(*chance.sample(ring, 2)) for _ in range(60)))
        held = [user.held("SOL") for user in ring]
        assert sum(held) == 40 * SOL
        assert min(held) >= 0

    on_stage(play)


def test_collateral_is_taken_once_however_many_ask() -> None:
    async def play(stage: Stage) -> None:
        ada = await stage.user()
        await ada.must(Act(verb="add", market="wETH/SOL", fields=(("amount", "2"),), asset="wETH"))
        bot = await ada.key("margin")
        take = Act(verb="take", market="wETH/SOL", fields=(("amount", "0.75"),), asset="wETH")
        answers = await asyncio.gather(
            *(ada.send(take) for _ in range(10)),
            *(bot.act("wETH/SOL", "take", amount="0.75") for _ in range(10)),
        )
        assert sum(map(paid, answers)) == 2
        assert ada.held("wETH") == 950_000_000

    on_stage(play)
