"""The closed loop looks at every answer, however it comes, and each connection waits for its own."""

import gc
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from benchmarks.http_load import GREETING, is_whole, shoot

GOOD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
BAD = b"HTTP/1.1 422 Unprocessable\r\ncontent-length: 2\r\n\r\n{}"
REQUESTS = [b"request %d;" % number for number in range(7)]


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    yield
    gc.enable()  # the loop turns it off


class Server:
    """Answers each request of so many connections with the pieces that it is given; an empty one hangs up."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.seen: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]

    def _serve(self, taken: socket.socket) -> None:
        with taken:
            while data := taken.recv(1 << 16):
                if data == GREETING:
                    taken.sendall(BAD)
                    continue
                self.seen.append(data)
                for piece in self.pieces:
                    if not piece:
                        return
                    taken.sendall(piece)

    def run(self, connections: int) -> None:
        threads = []
        for _ in range(connections):
            threads.append(Thread(target=self._serve, args=self._listening.accept()[:1]))
            threads[-1].start()
        for thread in threads:
            thread.join()
        self._listening.close()


@contextmanager
def serving(server: Server, connections: int) -> Iterator[int]:
    thread = Thread(target=server.run, args=(connections,))
    thread.start()
    yield server.port
    thread.join()


def test_everything_is_sent_once_and_every_answer_is_waited_for() -> None:
    server = Server(GOOD[:20], GOOD[20:])
    with serving(server, 3) as port:
        found = shoot(port, 3, REQUESTS)
    assert sorted(server.seen) == REQUESTS
    assert found["us"] > 0
    assert found["p50_ms"] <= found["p99_ms"]


def test_there_are_no_more_connections_than_requests() -> None:
    server = Server(GOOD)
    with serving(server, 7) as port:
        shoot(port, 64, REQUESTS)
    assert sorted(server.seen) == REQUESTS


@pytest.mark.parametrize(
    ("pieces", "accepted", "told"),
    [
        ((BAD,), b"", "refused: .*422"),
        ((GOOD,), b'"ok"', "refused: .*200"),
        ((GOOD[:20], b""), b"", "hung up"),
    ],
)
def test_what_is_no_good_answer_ends_the_run(pieces: tuple[bytes, ...], accepted: bytes, told: str) -> None:
    with serving(Server(*pieces), 1) as port, pytest.raises(SystemExit, match=told):
        shoot(port, 1, REQUESTS, accepted=accepted)


def test_an_answer_is_whole_with_the_last_byte_of_its_body() -> None:
    assert [is_whole(GOOD[:cut]) for cut in (10, len(GOOD) - 3, len(GOOD) - 1, len(GOOD))] == [
        False,
        False,
        False,
        True,
    ]
