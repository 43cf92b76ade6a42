"""The WebSocket: tokens, topics, what is pushed and how it is numbered, and who is let go."""

import json
from decimal import Decimal

import pytest

from solvent.engine import commands
from solvent.margin import risk_limit
from solvent.money import Ratio
from tests.unit.gateways.kucoin.listening import Listener, bullet, connected
from tests.unit.gateways.kucoin.serving import ALICE, BOB, INVERSE, LINEAR, MORE_PRICE, PRICE, UNIT, Served

POSITION, WALLET = f"/contract/position:{LINEAR}", "/contractAccount/wallet"
ALL = "/contract/positionAll"
TICKER, INSTRUMENT = f"/contractMarket/tickerV2:{LINEAR}", f"/contract/instrument:{LINEAR}"


def test_a_token_hands_back_this_gateways_own_address() -> None:
    with Served() as served:
        found = bullet(served, served.key())

        assert found["instanceServers"] == [
            {
                "endpoint": "ws://localhost:8420/kucoin/ws",
                "encrypt": False,
                "protocol": "websocket",
                "pingInterval": 18_000,
                "pingTimeout": 10_000,
            }
        ]
        assert found["token"] != bullet(served, served.key())["token"]


def test_a_private_token_needs_a_signature() -> None:
    with Served() as served:
        assert served.code("POST", "/api/v1/bullet-private") == "400001"
        assert served.code("POST", "/api/v1/bullet-private", key=served.key("trade")) == "400007"


def test_a_client_is_welcomed_and_its_pings_are_answered() -> None:
    with Served() as served, connected(served) as client:
        assert client.next() == {"id": "me", "type": "welcome"}
        assert client.say(id="7", type="ping") == {"id": "7", "type": "pong"}


def test_a_subscription_that_wants_no_answer_gets_none_and_holds() -> None:
    wish = {"type": "subscribe", "topic": INSTRUMENT}
    with Served() as served, connected(served) as client:
        client.send(json.dumps({"id": "silent", "response": False, **wish}))
        assert client.say(id="told", **wish) == {"id": "told", "type": "ack"}
        refused = client.say(id="silent", type="subscribe", topic="/none", response=False)
        assert (refused["id"], refused["type"]) == ("silent", "error")


def test_a_token_lets_in_once_and_for_a_minute() -> None:
    with Served() as served:
        token = bullet(served)["token"]
        with Listener(served, token) as first:
            assert first.next()["type"] == "welcome"
        late = bullet(served)["token"]
        served.wall_ms += 60_000
        for used in (token, late, "", "f" * 48):
            with Listener(served, used) as client:
                told = client.next()
                assert (told["type"], told["code"]) == ("error", 401)
                assert client.next()["code"] == 1008


def test_another_path_is_not_let_in() -> None:
    with Served() as served, Listener(served, bullet(served)["token"], path="/other") as client:
        assert client.next()["code"] == 1008


@pytest.mark.parametrize(
    ("topic", "code"),
    [
        ("/contract/unknown", 404),
        ("/contract/position", 404),
        ("/contract/position:", 404),
        ("/contract/position:NOPE", 404),
        (f"{POSITION},", 404),
        ("/contractAccount/wallet:x", 404),
        ("", 404),
        (POSITION, 401),
        (ALL, 401),
        (WALLET, 401),
    ],
)
def test_a_topic_that_is_not_there_or_not_for_everybody_is_an_error(topic: str, code: int) -> None:
    with Served() as served, connected(served) as client:
        told = client.say(id="1", type="subscribe", topic=topic)

        assert (told["id"], told["type"], told["code"]) == ("1", "error", code)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"type":"other"}', '{"type":1}', "[" * 3_000])
def test_what_is_no_message_is_an_error_and_the_connection_stays(text: str) -> None:
    with Served() as served, connected(served) as client:
        client.next()
        client.send(text)

        assert client.next()["code"] == 400
        assert client.say(id="7", type="ping")["type"] == "pong"


def test_an_opened_position_is_told_to_those_who_listen_to_it_and_to_all() -> None:
    with Served() as served, connected(served, served.key()) as client:
        client.listen(POSITION)
        client.listen(ALL)
        served.open(10)
        one, other = client.next("message"), client.next("message")

        assert (one["topic"], other["topic"]) == (POSITION, ALL)
        assert one["data"] == other["data"]
        assert (one["channelType"], one["subject"], one["userId"]) == ("private", "position.change", ALICE)
        told = one["data"]
        assert (told["changeReason"], told["currentQty"]) == ("positionChange", 10)
        assert told["realLeverage"] == 3
        assert told["bankruptPrice"] == Decimal("44953.93333333")
        assert told["liquidationPrice"] == Decimal("45161.6770477496")
        assert told["aggRate"] == Decimal("0.0046")  # codespell:ignore aggrate


def test_each_change_of_a_position_says_why() -> None:
    with Served() as served, connected(served, served.key()) as client:
        client.listen(POSITION)

        def reason() -> str:
            found: str = client.of("position.change")["data"]["changeReason"]
            return found

        served.open(10, 10)
        assert reason() == "positionChange"
        served.act(risk_limit.Add(UNIT))
        assert reason() == "marginChange"
        served.act(risk_limit.Take(UNIT))
        assert reason() == "marginChange"
        served.act(risk_limit.SetLevel(2))
        assert reason() == "changeRiskLimit"
        served.act(risk_limit.Close(lots=5))
        assert reason() == "positionChange"
        served.price("55000")
        assert reason() == "liquidation"


def test_a_resting_order_and_its_cancel_change_no_position() -> None:
    with Served() as served, connected(served, served.key()) as client:
        client.listen(POSITION)
        served.act(risk_limit.Order(order_id="x", lots=1, leverage=3, limit_price=Ratio(60_000, 1)))
        served.act(risk_limit.Cancel("x"))
        served.open(10)

        assert client.of("position.change")["data"]["currentQty"] == 10


def test_a_level_is_told_as_adjusted() -> None:
    with Served() as served, connected(served, served.key()) as client:
        client.listen(POSITION)
        served.act(risk_limit.SetLevel(2))

        told = client.of("position.adjustRiskLimit")
        assert told["data"] == {"success": True, "riskLimitLevel": 2, "msg": ""}


def test_a_funding_is_told_as_a_settlement() -> None:
    with Served() as served, connected(served, served.key()) as client:
        client.listen(POSITION)
        served.open(10)
        at_ms = served.fund("0.0001", PRICE)

        assert client.of("position.settlement")["data"] == {
            "fundingTime": at_ms,
            "qty": 10,
            "markPrice": Decimal(PRICE),
            "fundingRate": Decimal("0.0001"),
            "fundingFee": Decimal("-0.0674309"),
            "ts": at_ms * 1_000_000,
            "settleCurrency": "USDT",
        }


def test_a_position_is_told_again_as_its_mark_moves_but_not_with_every_move() -> None:
    with Served() as served, connected(served, served.key()) as client:
        client.listen(POSITION)
        served.open(10)
        client.of("position.change", changeReason="positionChange")
        for price in range(67_000, 67_050):
            served.price(str(price))
        told = [client.of("position.change", changeReason="markPriceChange")["data"] for _ in range(2)]

        # The first at once, all the others together once the pause is over.
        assert [one["markPrice"] for one in told] == [67_000, 67_049]


def test_a_wallet_is_told_as_it_changes_and_numbered_without_a_gap() -> None:
    with Served() as served, connected(served, served.key()) as client:
        client.listen(WALLET)
        client.listen(POSITION)
        served.open(10)
        served.act(risk_limit.Order(order_id="x", lots=1, leverage=3, limit_price=Ratio(60_000, 1)))
        served.act(risk_limit.Add(UNIT))
        told = [client.of("walletBalance.change") for _ in range(3)]
        first = told[0]["data"]
        versions = [int(one["data"]["version"]) for one in told]

        assert versions == list(range(versions[0], versions[0] + 3))
        assert [one["sn"] for one in told] == versions
        assert {name: value for name, value in first.items() if name not in ("version", "timestamp")} == {
            "currency": "USDT",
            "walletBalance": "9999.5954146",
            "availableBalance": "9774.8257479333",
            "holdBalance": "0",
            "isolatedOrderMargin": "0.0",
            "isolatedPosMargin": "224.7696666667",
            "isolatedUnPnl": "0.0",
            "isolatedFundingFeeMargin": "0",
            "crossOrderMargin": "0",
            "crossPosMargin": "0",
            "crossUnPnl": "0",
            "totalCrossMargin": "9774.8257479333",
            "equity": "9999.5954146",
        }
        assert told[1]["data"]["isolatedOrderMargin"] == "20.036"


def test_a_deposit_is_told_to_the_wallet() -> None:
    with Served() as served, connected(served, served.key()) as client:
        client.listen(WALLET)
        served.do(commands.Deposit(account=ALICE, asset="XBT", units=UNIT, request_id="more"))
        served.house.venue.settle_outbox()

        assert client.of("walletBalance.change")["data"]["availableBalance"] == "6.0"


def test_quotes_and_marks_are_told_to_everybody() -> None:
    with Served() as served, connected(served) as client:
        client.listen(f"{TICKER},{INVERSE}")
        client.listen(INSTRUMENT)
        served.price(MORE_PRICE)
        quote = client.of("tickerV2")
        mark = client.of("mark.index.price")
        at_ms = served.fund("0.0001", MORE_PRICE)
        rate = client.of("funding.rate")

        assert quote["topic"] == TICKER
        assert quote["data"]["bestBidPrice"] == MORE_PRICE
        assert "channelType" not in quote
        assert mark["data"] == {
            "symbol": LINEAR,
            "granularity": 1_000,
            "markPrice": Decimal(MORE_PRICE),
            "indexPrice": Decimal(MORE_PRICE),
            "timestamp": at_ms - 1_000,
        }
        assert (rate["data"]["fundingRate"], rate["data"]["timestamp"]) == (Decimal("0.0001"), at_ms)


def test_nobody_hears_of_another_account() -> None:
    with Served() as served, connected(served, served.key(account=BOB)) as client:
        client.listen(ALL)
        client.listen(WALLET)
        served.open(10, account=ALICE)
        served.open(7, account=BOB)

        assert client.next("message")["data"]["currentQty"] == 7


def test_what_is_unsubscribed_is_told_no_more() -> None:
    with Served() as served, connected(served, served.key()) as client:
        client.listen(POSITION)
        client.listen(WALLET)
        assert client.say(id="1", type="unsubscribe", topic=POSITION) == {"id": "1", "type": "ack"}
        served.open(10)

        assert client.next("message")["topic"] == WALLET


def test_a_revoked_key_ends_its_connections_and_no_others() -> None:
    with Served() as served:
        key, other = served.key(), served.key()
        with connected(served, key) as client, connected(served, other) as stays:
            client.listen(WALLET)
            stays.listen(WALLET)
            served.do(commands.RevokeKey(account=ALICE, key_id=key.key_id))

            assert client.next("websocket.close")["code"] == 1008
            assert stays.say(id="7", type="ping")["type"] == "pong"


def test_an_expired_key_ends_its_connection_at_the_next_word() -> None:
    with Served() as served, connected(served, served.key()) as client:
        client.listen(WALLET)
        served.wall_ms += 2 * 86_400_000
        served.open(10)

        assert client.next("websocket.close")["code"] == 1008


def test_a_client_that_does_not_read_is_let_go() -> None:
    with Served() as served, connected(served, served.key(), holds=True) as client:
        for number in range(90):
            client.send(f'{{"id":"{number}","type":"ping"}}')
        client.send(f'{{"id":"s","type":"subscribe","topic":"{ALL}"}}')
        served.open(10)
        for _ in range(450):
            served.act(risk_limit.Add(UNIT))

        assert client.next("websocket.close")["code"] == 4008


def test_who_speaks_too_often_is_told_so() -> None:
    with Served() as served, connected(served) as client:
        codes = [client.say(id="1", type="ping").get("code") for _ in range(102)]

        assert codes == [None] * 100 + [509, 509]


def test_a_connection_has_a_bound_of_topics() -> None:
    with Served() as served, connected(served) as client:
        many = ",".join([LINEAR] * 101)

        assert client.say(id="1", type="subscribe", topic=f"/contractMarket/tickerV2:{many}")["code"] == 509


def test_a_fault_in_telling_lets_everybody_go(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with Served() as served, connected(served, served.key()) as client:
        client.listen(POSITION)
        monkeypatch.setattr("solvent.gateways.kucoin.topics.position_told", broken)
        served.open(10)
        assert client.next("websocket.close")["code"] == 1011
        assert any("ZeroDivisionError" in fault for fault in served.house.follower.faults)

        with connected(served, served.key()) as other:
            other.next()
            other.send(f'{{"id":"1","type":"subscribe","topic":"{POSITION}"}}')
            assert other.next("websocket.close")["code"] == 1011


def test_half_a_character_does_not_end_a_connection() -> None:
    with Served() as served, connected(served) as client:
        client.next()
        client.send('{"id":"\\ud800","type":"ping"}')
        assert client.next() == {"id": "?", "type": "pong"}
        client.send('{"\\ud800":1,"\\ud800":2}')

        assert client.next()["code"] == 400


def test_tokens_that_nobody_uses_make_room() -> None:
    from solvent.gateways.kucoin.letting_in import TOKENS_MAX, Token, Tokens

    tokens, token = Tokens(), Token(expires_ms=1)
    for number in range(TOKENS_MAX + 1):
        tokens.hand_out(str(number), token)

    assert tokens.take("0", 0) is None
    assert tokens.take("1", 0) is token


def test_there_is_a_bound_of_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solvent.gateways.kucoin.sockets.CLIENTS_MAX", 1)
    with Served() as served, connected(served) as first:
        assert first.next()["type"] == "welcome"
        with connected(served) as second:
            assert second.next("websocket.close")["code"] == 4029
