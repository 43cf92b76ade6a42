"""Whatever is sent is answered: with a refusal or in plain words, never with a fault of the gateway's own."""

import asyncio
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from solvent.gateways.hyperliquid.info import QUESTIONS
from solvent.gateways.hyperliquid.wishes import NOT_OFFERED, READERS
from tests.contract.gateways.hyperliquid.stage import Stage, leverage, margin_of, order, staged

NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70), st.sampled_from(("0", "1", "-1", "1e99", "0.0000001", "1" * 40))
)
PLAIN = st.one_of(st.none(), st.booleans(), NUMBERS, st.floats(allow_nan=False), st.text(max_size=5))
ADDRESSES = st.sampled_from(("0x" + "0" * 40, "0x14791697260E4c9A71f18484C9f997B308e59325"))
CLOIDS = st.sampled_from(("0x" + "0" * 32, "0x" + "f" * 32))
NAMES = (
    *("type", "coin", "user", "dex", "oid", "id", "startTime", "endTime", "asset", "a", "b", "p", "s"),
    *("r", "t", "c", "o", "cancels", "orders", "grouping", "leverage", "isCross", "isBuy", "ntli"),
    *("amount", "toPerp", "destination", "time", "nonce", "agentAddress", "agentName", "hyperliquidChain"),
    *("signatureChainId", "cloid", "limit", "tif"),
)
KINDS = st.sampled_from(sorted({*QUESTIONS, *READERS, *NOT_OFFERED, "unheard of"}))
VALUES = st.recursive(
    st.one_of(PLAIN, ADDRESSES, CLOIDS, st.sampled_from(("BTC", "Gtc", "Ioc", "na", "Testnet", "0x66eee"))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=12,
)
FIELDS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8)
ACTIONS = (
    margin_of(-1_000_000),
    leverage(5),
    {"type": "order", "orders": [order("0.01", "68041", tif="Gtc")], "grouping": "na"},
    {"type": "cancel", "cancels": [{"a": 0, "o": 1}]},
    {"type": "usdClassTransfer", "amount": "1", "toPerp": False},
    {"type": "withdraw3", "destination": "0x" + "1" * 40, "amount": "1"},
    {"type": "approveAgent", "agentAddress": "0x" + "2" * 40, "agentName": "bot"},
)


def written(value: Any) -> bytes:
    """Write JSON in which bytes stand as texts that may be none."""

    def as_text(raw: bytes) -> str:
        return raw.decode("utf-8", "surrogateescape")

    return json.dumps(value, default=as_text, ensure_ascii=False).encode("utf-8", "surrogateescape")


def answered(play: Any) -> None:
    async def whole() -> None:
        async with staged() as stage:
            await play(stage)

    asyncio.run(whole())


@settings(max_examples=8, deadline=None)
@given(asked=st.lists(st.one_of(st.binary(max_size=40), VALUES, FIELDS), min_size=10, max_size=20))
def test_any_body_is_answered_in_plain_words(asked: list[Any]) -> None:
    async def play(stage: Stage) -> None:
        for body in asked:
            for raw in (body, {"type": body}, {"action": body}, {"action": {"type": body}}):
                content = raw if isinstance(raw, bytes) else written(raw)
                for path in ("/info", "/exchange"):
                    found = await stage.client.post(path, content=content)
                    assert found.status_code in (200, 422), (path, content, found.text)

    answered(play)


@settings(max_examples=8, deadline=None)
@given(asked=st.lists(st.tuples(KINDS, FIELDS), min_size=20, max_size=60))
def test_any_question_is_answered(asked: list[tuple[str, dict[str, Any]]]) -> None:
    async def play(stage: Stage) -> None:
        for kind, fields in asked:
            found = await stage.client.post("/info", content=json.dumps({**fields, "type": kind}))
            assert found.status_code in (200, 422), (kind, fields, found.text)

    answered(play)


@settings(max_examples=8, deadline=None)
@given(asked=st.lists(st.tuples(KINDS, FIELDS, FIELDS), min_size=10, max_size=40))
def test_any_signed_action_is_answered_and_money_is_conserved(
    asked: list[tuple[str, dict[str, Any], dict[str, Any]]],
) -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        for number, (kind, fields, changes) in enumerate(asked):
            action = {**ACTIONS[number % len(ACTIONS)], **changes}
            for said in (action, {**fields, "type": kind}):
                try:
                    body = user.body(said)
                except (OverflowError, KeyError, TypeError, ValueError, AttributeError):
                    body = {**user.body({"type": "noop"}), "action": said}
                found = await stage.send(body)
                assert found.status_code in (200, 422), (said, found.text)
        assert not any(stage.house.follower.state.totals().values())

    answered(play)
