"""KuCoin's envelope: an answer is `{"code", "data"}` or `{"code", "msg"}`, most refusals with HTTP 200."""

from msgspec import Struct

from solvent.dialects import Json, encode_json

DONE = "200000"
NOT_FOUND, RATE, INTERNAL = "404000", "429000", "500000"
PARAMETER, MEDIA_TYPE = "400100", "415000"
STATUS_OF = {NOT_FOUND: 404, RATE: 429, INTERNAL: 500}
Headers = tuple[tuple[str, str], ...]


class Answer(Struct, frozen=True, kw_only=True):
    """What is sent back."""

    status: int
    body: bytes
    headers: Headers = ()


class Declined(Exception):
    """A call that is answered with a code other than success.

    `text` must contain none of ccxt's broad patterns ("Position does not exist", "require more permission",
    "Exceeded the access frequency"), which it looks for in the whole body.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


def done(data: Json, headers: Headers = ()) -> Answer:
    """Answer a call that was carried out."""
    return Answer(
        status=200, body=f'{{"code":"{DONE}","data":{encode_json(data)}}}'.encode(), headers=headers
    )


def remarked(text: str, headers: Headers = ()) -> Answer:
    """Answer with success, a remark and no data, as the venue does in one case."""
    body = encode_json({"code": DONE, "msg": text})
    return Answer(status=200, body=_bytes(body), headers=headers)


def declined(code: str, text: str, headers: Headers = ()) -> Answer:
    """Answer with a code and a sentence; the status is 200 but for three codes."""
    body = encode_json({"code": code, "msg": text})
    return Answer(status=STATUS_OF.get(code, 200), body=_bytes(body), headers=headers)


def _bytes(text: str) -> bytes:
    """Write a text; what a client sent and no text can have, is told by its number."""
    return text.encode("utf-8", "backslashreplace")


def sentence(text: str) -> str:
    """Return an engine's message as one sentence with a capital and a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
