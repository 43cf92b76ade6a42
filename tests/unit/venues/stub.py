"""A venue's `/info` on a free port of this machine, which answers what a test puts into it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Reply = tuple[int, bytes] | tuple[int, bytes, dict[str, str]]
Answer = Callable[[dict[str, Any]], Reply]


@dataclass
class Stub:
    """Where the stub listens, and the questions that it was asked."""

    url: str
    asked: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def serving(answers: dict[str, Any]) -> Iterator[Stub]:
    """Serve answers by the question's type: plain data, or a function of the question to a raw reply."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["content-length"])))
            stub.asked.append(question)
            status, body, *more = _reply(answers, question)
            self.send_response(status)
            for name, value in (more[0] if more else {}).items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:  # who asked has seen enough, and hung up
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub = Stub(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _reply(answers: dict[str, Any], question: dict[str, Any]) -> Any:
    if question["type"] not in answers:
        return 422, b"Failed to deserialize the JSON body into the target type"
    answer = answers[question["type"]]
    if callable(answer):
        return answer(question)
    return 200, json.dumps(answer).encode()
