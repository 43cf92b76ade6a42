"""The built terminal's files, kept in memory; every other path without a file is a page of its own making."""

import gzip
import mimetypes
from hashlib import blake2b
from http import HTTPStatus
from pathlib import Path

from litestar.types import HTTPScope, Send
from msgspec import Struct

INDEX = "index.html"
HASHED = "assets/"
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
# Text shrinks; pictures and fonts are small already.
SHRINKING = (
    "text/",
    "application/javascript",
    "application/json",
    "image/svg+xml",
    "application/manifest+json",
)


class Kept(Struct, frozen=True, kw_only=True):
    """One file: its bytes, its type, how long it may be kept, and what tells two of its versions apart."""

    body: bytes
    zipped: bytes | None
    media_type: str
    caching: str
    etag: str


class Files:
    """The files of a folder.

    Errors: `ValueError` for a folder without an index.html: the terminal was not built.
    """

    def __init__(self, folder: Path) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _kept(path, path.relative_to(folder).as_posix())
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        if INDEX not in self._files:
            raise ValueError(f"{folder} has no {INDEX}; build the terminal first, or serve without it")

    async def answer(self, scope: HTTPScope, send: Send) -> None:
        """Answer a GET or HEAD: a file, or the terminal's page, whose script reads the path.

        A missing file of a folder, or one with a suffix, is not found: a page in a script's place would only
        hide what is missing.
        """
        path = scope["path"].lstrip("/")
        found = self._files.get(path or INDEX)
        if found is None and "." not in path.rpartition("/")[2] and not path.startswith(HASHED):
            found = self._files[INDEX]
        if found is None:
            await _send(
                send, HTTPStatus.NOT_FOUND, {"content-type": "text/plain; charset=utf-8"}, b"no such file"
            )
            return
        headers = dict(scope["headers"])
        given = {"cache-control": found.caching, "etag": found.etag, "vary": "Accept-Encoding"}
        if headers.get(b"if-none-match", b"").decode("latin-1") == found.etag:
            await _send(send, HTTPStatus.NOT_MODIFIED, given, b"")
            return
        body = found.body
        if found.zipped is not None and b"gzip" in headers.get(b"accept-encoding", b""):
            body, given["content-encoding"] = found.zipped, "gzip"
        given |= {"content-type": found.media_type, "content-length": str(len(body))}
        await _send(send, HTTPStatus.OK, given, b"" if scope["method"] == "HEAD" else body)


def _kept(path: Path, name: str) -> Kept:
    body = path.read_bytes()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if kind == "text/javascript":
        kind = "application/javascript"
    is_text = kind.startswith(SHRINKING)
    zipped = gzip.compress(body, mtime=0) if is_text else body
    return Kept(
        body=body,
        zipped=zipped if len(zipped) < len(body) else None,
        media_type=f"{kind}; charset=utf-8" if is_text else kind,
        caching=FOR_EVER if name.startswith(HASHED) else ASK_AGAIN,
        etag=f'"{blake2b(body, digest_size=16).hexdigest()}"',
    )


async def _send(send: Send, status: HTTPStatus, headers: dict[str, str], body: bytes) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
