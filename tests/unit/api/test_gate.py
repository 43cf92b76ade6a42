"""What every request passes: host, origin, rate, size, depth, media type; and what every answer carries."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from solvent.api.gate import Gate
from solvent.api.limits import BUCKETS_MAX, Buckets, Caps, require_depth
from solvent.api.problems import Problem
from tests.unit.api.serving import ALICE, BOB, Served

WIDE: Any = {"address_burst": 10_000, "account_burst": 10_000}
LIMITS = "/markets/wETH~SOL/limits"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served(caps=Caps(body_bytes_max=1_000, body_depth_max=4, **WIDE)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/venue"), ("GET", "/nowhere"), ("PUT", "/venue"), ("GET", "/wallet"), ("GET", "/api/docs")],
)
def test_every_answer_carries_the_security_headers_and_the_requests_id(
    served: Served, method: str, path: str
) -> None:
    headers = served.ask(method, path, who=None).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers
    assert headers["x-request-id"] != served.ask(method, path).headers["x-request-id"]


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "", "127.0.0.1.evil.example:8420"]
)
def test_a_request_under_another_machines_name_is_refused(served: Served, host: str) -> None:
    assert served.refused("GET", "/venue", headers={"host": host}) == (400, "HOST_NOT_ALLOWED")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:8420", "[::1]:8420"])
def test_the_loopbacks_own_names_are_taken(served: Served, host: str) -> None:
    assert served.ask("GET", "/venue", headers={"host": host}).status_code == 200


def test_further_names_and_origins_are_those_that_were_set() -> None:
    with Served(caps=Caps(hosts=("venue.example",), origins=("https://app.example",), **WIDE)) as served:
        own = {"host": "venue.example", "origin": "https://venue.example"}
        assert served.ask("GET", "/venue", headers=own).status_code == 200
        other = {"host": "venue.example", "origin": "https://app.example"}
        assert served.ask("GET", "/venue", headers=other).status_code == 200
        foreign = {"host": "venue.example", "origin": "https://b.example"}
        assert served.refused("GET", "/venue", headers=foreign) == (403, "ORIGIN_NOT_ALLOWED")


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://localhost:1", "http://[", "http://localhost"]
)
def test_a_page_of_another_origin_is_refused(served: Served, origin: str) -> None:
    asked = served.refused("GET", "/venue", headers={"origin": origin})
    assert asked == (403, "ORIGIN_NOT_ALLOWED")


def test_the_services_own_page_is_taken_and_gets_no_cors_header(served: Served) -> None:
    response = served.ask("GET", "/venue", headers={"origin": "http://localhost:8420"})
    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers


def test_a_body_is_taken_up_to_its_size_and_refused_above_it(served: Served) -> None:
    fitting = b'{"tolerance":"0.01"}'.ljust(1_000)
    headers = {"content-type": "application/json"}
    assert served.ask("POST", LIMITS, content=fitting, headers=headers).status_code == 200
    asked = served.refused("POST", LIMITS, content=fitting + b" ", headers=headers)
    assert asked == (413, "BODY_TOO_LARGE")


def test_a_body_that_comes_in_pieces_is_counted_whole(served: Served) -> None:
    async def pieces() -> Any:
        for _ in range(20):
            yield b" " * 100

    asked = served.refused("POST", LIMITS, content=pieces(), headers={"content-type": "application/json"})
    assert asked == (413, "BODY_TOO_LARGE")


def test_a_body_nests_up_to_its_depth_and_not_deeper(served: Served) -> None:
    headers = {"content-type": "application/json"}
    deep = served.refused("POST", LIMITS, content=b"[" * 5, headers=headers)
    assert deep == (400, "BODY_TOO_DEEP")
    assert served.refused("POST", LIMITS, content=b"[" * 4, headers=headers) == (400, "BODY_UNREADABLE")


@pytest.mark.parametrize("text", [b'{"a":"[[[[["}', b'{"a":"\\"[[[[["}', b"[[[[]],[]]]", b'["\\\\",[[]]]'])
def test_brackets_in_texts_and_closed_ones_are_no_depth(text: bytes) -> None:
    require_depth(text, 4)


def test_the_depth_of_a_body_is_not_hidden_by_an_escape() -> None:
    with pytest.raises(Problem, match="nests deeper than 2"):
        require_depth(b'["\\\\",[[]]]', 2)


@pytest.mark.parametrize("kind", ["text/plain", "", "application/x-www-form-urlencoded", "application/jsonp"])
def test_a_body_that_is_not_said_to_be_json_is_refused(served: Served, kind: str) -> None:
    asked = served.refused("POST", LIMITS, content=b"{}", headers={"content-type": kind})
    assert asked == (415, "MEDIA_TYPE_UNSUPPORTED")


def test_an_address_is_served_at_its_rate_and_told_when_to_come_again() -> None:
    with Served(caps=Caps(address_rate=2, address_burst=3)) as served:
        statuses = [served.ask("GET", "/venue", who=None).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        response = served.ask("GET", "/venue", who=None)
        assert (response.json()["code"], response.headers["retry-after"]) == ("RATE_LIMITED", "1")
        served.wall_ms += 500
        assert served.ask("GET", "/venue", who=None).status_code == 200
        assert served.ask("GET", "/venue", who=None).status_code == 429
        served.wall_ms -= 60_000
        assert served.ask("GET", "/venue", who=None).status_code == 429


def test_an_account_has_a_rate_of_its_own() -> None:
    with Served(caps=Caps(account_rate=1, account_burst=2, address_burst=1_000)) as served:
        assert [served.ask("GET", "/wallet").status_code for _ in range(3)] == [200, 200, 429]
        assert served.ask("GET", "/wallet", who=BOB).status_code == 200
        assert served.ask("GET", "/venue", who=ALICE).status_code == 200


def test_buckets_are_forgotten_least_recently_used_first() -> None:
    now = [0]
    buckets = Buckets(rate=1, burst=1, wall_ms=lambda: now[0])
    for number in range(BUCKETS_MAX + 1):
        buckets.take(str(number))
    buckets.take("0")
    with pytest.raises(Problem, match="try again in 1 s"):
        buckets.take(str(BUCKETS_MAX))
    now[0] = 999
    with pytest.raises(Problem, match="try again in 1 s"):
        buckets.take("0")
    now[0] = 1_000
    buckets.take("0")


def built(folder: Path) -> Path:
    (folder / "assets").mkdir()
    (folder / "index.html").write_text("<title>Solvent</title>", "utf-8")
    (folder / "assets" / "main-1a2b.js").write_text("export {};\n" * 50, "utf-8")
    (folder / "mark.svg").write_text("<svg/>", "utf-8")
    return folder


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(static=built(tmp_path_factory.mktemp("built")), caps=Caps(**WIDE)) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/", "/m/wETH~SOL", "/portfolio", "/history?seq=3", "/index.html"])
def test_every_page_of_the_terminal_is_the_same_file_and_is_asked_for_again(
    terminal: Served, path: str
) -> None:
    response = terminal.raw("GET", path)
    assert (response.status_code, response.text) == (200, "<title>Solvent</title>")
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self';" in response.headers["content-security-policy"]


def test_a_file_with_a_hash_in_its_name_is_kept_for_ever_and_sent_small(terminal: Served) -> None:
    response = terminal.raw("GET", "/assets/main-1a2b.js", headers={"accept-encoding": "gzip"})
    assert response.text == "export {};\n" * 50
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-encoding"] == "gzip"
    assert int(response.headers["content-length"]) < 100
    plain = terminal.raw("GET", "/assets/main-1a2b.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["content-length"] == "550"


def test_a_file_that_is_known_already_is_not_sent_again(terminal: Served) -> None:
    etag = terminal.raw("GET", "/mark.svg").headers["etag"]
    again = terminal.raw("GET", "/mark.svg", headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    head = terminal.raw("HEAD", "/mark.svg")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "6")


@pytest.mark.parametrize(
    "path", ["/assets/gone.js", "/assets/gone", "/favicon.ico", "/../secret.txt", "/..%2fx.py"]
)
def test_a_missing_file_is_not_found_and_no_path_leads_out(terminal: Served, path: str) -> None:
    assert terminal.raw("GET", path).status_code == 404


def test_the_service_answers_beside_the_terminal(terminal: Served) -> None:
    assert terminal.get("/venue")["state"] == "ready"
    assert terminal.refused("GET", "/api/v2/venue") == (404, "NOT_FOUND")
    assert terminal.refused("POST", "/api") == (404, "NOT_FOUND")


def test_a_folder_without_a_page_is_no_terminal(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="build the terminal first"), Served(static=tmp_path):
        pass


def test_a_header_that_an_answer_brings_itself_stays_and_comes_once(served: Served) -> None:
    async def own(_: Any, __: Any, send: Any) -> None:
        headers = [(b"Referrer-Policy", b"same-origin"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    gate = Gate(own, house=served.house, caps=Caps(**WIDE), static=None)
    sent: list[Any] = []

    async def play() -> None:
        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        scope: Any = {"type": "http", "method": "GET", "path": "/api/x", "headers": [(b"host", b"localhost")]}
        await gate(scope, receive, send)

    asyncio.run(play())
    names = [name.lower() for name, _ in sent[0]["headers"]]
    assert names.count(b"referrer-policy") == 1
    assert dict(sent[0]["headers"])[b"Referrer-Policy"] == b"same-origin"
    assert b"content-security-policy" in names
