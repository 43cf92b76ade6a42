"""Lists in pages: a cursor says where the next one begins, and is of no other use."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from typing import Annotated

from litestar.params import QueryParameter

from solvent.api.limits import PAGE_MAX
from solvent.api.problems import Code, Problem

SEQ_MAX = 2**53
Limit = Annotated[
    int,
    QueryParameter(ge=1, le=PAGE_MAX, description="how many items a page has at most"),
]
After = Annotated[
    str | None,
    QueryParameter(max_length=64, description="`next` of the page before, unchanged"),
]
Until = Annotated[
    int | None,
    QueryParameter(ge=1, le=SEQ_MAX, description="the seq of the newest event of a first page"),
]
_CURSOR = re.compile(r"([a-z]+):([0-9]{1,18})")


def cursor_of(name: str, seq: int) -> str:
    """Return the cursor of what lies beyond a seq in a list."""
    return urlsafe_b64encode(f"{name}:{seq}".encode()).decode().rstrip("=")


def begin_of(name: str, cursor: str | None, until: int | None) -> int | None:
    """Return the seq before which a page begins: where the last one ended, else behind a newest one; or none.

    Errors: `Problem`, as `seq_of`.
    """
    found = seq_of(name, cursor)
    return until + 1 if found is None and until is not None else found


def seq_of(name: str, cursor: str | None) -> int | None:
    """Return the seq that a cursor of a list stands for; none without a cursor.

    Errors: `Problem` for a cursor of another list, and for what is none.
    """
    if cursor is None:
        return None
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (NotBase64, ValueError):
        text = ""
    match = _CURSOR.fullmatch(text)
    if match is None or match[1] != name or cursor_of(name, int(match[2])) != cursor:
        raise Problem(
            Code.CURSOR_INVALID,
            "the cursor is none of this list; give `next` of the page before, unchanged, or leave it out",
            terms={"after": cursor},
        )
    return int(match[2])
