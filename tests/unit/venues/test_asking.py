"""One question to a service that behaves, is busy, is another, or means harm."""

import gzip
import itertools
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from solvent.venues import Asker, BadAddress, NotUnderstood, Unreachable
from solvent.venues.asking import ANSWER_BYTES_MAX, ANSWER_MS_MAX, WAIT_S_MAX
from tests.unit.venues.stub import Reply, serving

QUESTION: dict[str, Any] = {"type": "meta"}


def in_turn(*replies: Reply) -> Callable[[dict[str, Any]], Reply]:
    """Answer one after the other, the last for ever."""
    left = itertools.chain(replies, itertools.repeat(replies[-1]))
    return lambda _: next(left)


def ask(answer: Any, **more: Any) -> tuple[Any, int, list[float]]:
    """Ask a stub once; return the answer, how often it was asked, and how long was waited between."""
    waits: list[float] = []
    with serving({"meta": answer}) as stub, Asker(stub.url, sleep=waits.append, **more) as asker:
        try:
            return asker.ask("/info", QUESTION), len(stub.asked), waits
        except (NotUnderstood, Unreachable) as error:
            return error, len(stub.asked), waits


def test_numbers_come_back_exact_and_as_they_were_printed() -> None:
    found, asked, waits = ask(lambda _: (200, b'{"a": 0.1000000000000000000000001, "b": 7}'))
    assert str(found["a"]) == "0.1000000000000000000000001"
    assert found["b"] == 7
    assert (asked, waits) == (1, [])


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_busy_service_is_asked_again_until_it_answers(status: int) -> None:
    found, asked, waits = ask(in_turn((status, b"busy"), (status, b"busy"), (200, b"[1]")))
    assert found == [1]
    assert asked == 3
    assert len(waits) == 2
    assert all(0 <= wait <= WAIT_S_MAX for wait in waits)


def test_a_service_that_stays_busy_is_given_up_after_four_tries() -> None:
    found, asked, waits = ask(lambda _: (429, b"slow down"))
    assert isinstance(found, Unreachable)
    assert "asks to wait, as there were too many requests (429), 4 times in a row" in str(found)
    assert (asked, len(waits)) == (4, 3)


@pytest.mark.parametrize(("asked_s", "waited_s"), [("3", 3.0), ("86400", WAIT_S_MAX)])
def test_a_wish_for_a_pause_is_heeded_within_bounds(asked_s: str, waited_s: float) -> None:
    _, _, waits = ask(in_turn((429, b"", {"retry-after": asked_s}), (200, b"1")))
    assert waits == [waited_s]


@pytest.mark.parametrize("asked_s", ["-5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "9" * 4000, "٣"])
def test_a_wish_that_is_no_number_is_passed_over(asked_s: str) -> None:
    header = asked_s.encode("utf-8").decode("latin-1")
    _, asked, waits = ask(in_turn((503, b"", {"retry-after": header}), (200, b"1")))
    assert asked == 2
    assert 0 <= waits[0] <= WAIT_S_MAX


def test_a_refused_question_is_told_with_what_the_service_says() -> None:
    found, asked, _ = ask(lambda _: (422, b"Failed to\n\x1b[31mdeserialize"))
    assert isinstance(found, NotUnderstood)
    assert "answers meta with status 422 (Failed to [31mdeserialize)" in str(found)
    assert asked == 1


def test_a_long_answer_is_told_as_cut_short() -> None:
    found, _, _ = ask(lambda _: (422, b"x" * 121))
    assert f"status 422 ({'x' * 120}…)" in str(found)
    found, _, _ = ask(lambda _: (422, b"x" * 120))
    assert f"status 422 ({'x' * 120})" in str(found)


def test_a_service_that_has_no_such_path_is_told_with_where_a_gateway_stands() -> None:
    found, asked, _ = ask(lambda _: (404, b'{"detail":"nothing is at this address"}'))
    assert isinstance(found, NotUnderstood)
    assert asked == 1
    assert str(found).endswith(
        "/info (status 404); check the address, which of a venue of your own is its gateway's: …/hyperliquid"
    )


def test_a_redirect_is_not_followed() -> None:
    found, asked, _ = ask(lambda _: (307, b"", {"location": "http://127.0.0.1:9/"}))
    assert isinstance(found, NotUnderstood)
    assert "status 307 (without a word)" in str(found)
    assert asked == 1


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"\xff\xfe", b"[" * 100_000, b'{"a":NaN}', b'{"a":1,"a":2}', b"9" * 5000]
)
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    found, _, _ = ask(lambda _: (200, body))
    assert isinstance(found, NotUnderstood)
    assert "/info answers no JSON" in str(found)
    assert len(str(found)) < 400


def test_an_answer_beyond_all_bounds_is_cut_off() -> None:
    found, _, _ = ask(lambda _: (200, b" " * (ANSWER_BYTES_MAX + 1)))
    assert isinstance(found, NotUnderstood)
    assert "more than 8,000,000 bytes" in str(found)


def test_an_answer_that_would_unpack_to_any_size_is_not_unpacked() -> None:
    packed = gzip.compress(b"0" * 1_000_000)
    found, _, _ = ask(lambda _: (200, packed, {"content-encoding": "gzip"}))
    assert isinstance(found, NotUnderstood)
    assert "in packed form, which was not asked for" in str(found)


def test_an_answer_that_trickles_in_is_given_up() -> None:
    moments = itertools.count(step=ANSWER_MS_MAX)
    found, _, _ = ask(lambda _: (200, b"[" + b"0," * 100_000 + b"0]"), clock_ms=lambda: next(moments))
    assert isinstance(found, NotUnderstood)
    assert "takes more than 30 s for one answer" in str(found)


def test_nobody_there_is_told_in_one_sentence_after_four_tries() -> None:
    with serving({}) as stub:
        url = stub.url
    waits: list[float] = []
    with Asker(url, sleep=waits.append) as asker, pytest.raises(Unreachable) as found:
        asker.ask("/info", QUESTION)
    assert str(found.value).startswith(f"{url} does not answer (")
    assert len(waits) == 3


def test_a_service_that_never_answers_is_given_up() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("", request=request)

    with (
        Asker("http://127.0.0.1:1", transport=httpx.MockTransport(silent), sleep=lambda _: None) as asker,
        pytest.raises(Unreachable, match=r"does not answer \(ReadTimeout\)"),
    ):
        asker.ask("/info", QUESTION)


def test_a_path_below_the_address_is_kept() -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(f'"{request.url}"'.encode()))

    with Asker("http://127.0.0.1:8420/hyperliquid/", transport=httpx.MockTransport(echo)) as asker:
        assert asker.ask("/info", QUESTION) == "http://127.0.0.1:8420/hyperliquid/info"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.hyperliquid.xyz",
        "ftp://api.hyperliquid.xyz",
        "https://",
        "http://:80",
        "http://host:port",
        "http://host:0",
        "https://host/?a=1",
        "https://host/#a",
        "https://ho st\n",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_address_of_a_service_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(BadAddress, match="is no address of a service"):
        Asker(url)
