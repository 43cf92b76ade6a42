"""How much one caller may ask for: bytes, depth, rows, requests in a while."""

from collections import OrderedDict
from collections.abc import Callable

from msgspec import Struct

from solvent.api.problems import Code, Problem

MS_PER_S = 1_000
BUCKETS_MAX = 10_000
PAGE_DEFAULT, PAGE_MAX = 50, 500


class Caps(Struct, frozen=True, kw_only=True):
    """The service's limits.

    Units: rates are requests a second, kept up; bursts are how many may come at once after a pause.
    A stream's lines are paced, not refused; it ends when nothing comes, or is taken, for `stream_idle_s`.
    `hosts` are further names that the service goes by, beside the loopback's own; `origins` further pages
    that may ask, beside the service's own.
    """

    body_bytes_max: int = 64 * 1024
    body_depth_max: int = 16
    body_s_max: float = 10.0
    address_rate: int = 100
    address_burst: int = 400
    account_rate: int = 50
    account_burst: int = 200
    streams_max: int = 8
    stream_rate: int = 1_000
    stream_burst: int = 1_000
    stream_lines_max: int = 1_000_000
    stream_idle_s: float = 60.0
    replayed_events_max: int = 200_000
    scanned_events_max: int = 20_000
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()


class Buckets:
    """Token buckets by name: each holds up to `burst` tokens, and `rate` come in a second.

    Counted in thousandths of a token, as a millisecond brings `rate` of them. The least recently used
    bucket is forgotten when there are too many: it would be full again soon.
    """

    def __init__(self, *, rate: int, burst: int, wall_ms: Callable[[], int]) -> None:
        self._rate = rate
        self._full = burst * MS_PER_S
        self._wall_ms = wall_ms
        self._held: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def take(self, name: str) -> None:
        """Take one token.

        Errors: `Problem` with the seconds until there is one again.
        """
        now_ms, full, buckets = self._wall_ms(), self._full, self._held
        bucket = buckets.get(name)
        if bucket is None:
            held = full
            while len(buckets) >= BUCKETS_MAX:
                buckets.popitem(last=False)
        else:
            held, since_ms = bucket
            buckets.move_to_end(name)
            # A wall clock may be set back: no tokens come of that, and none go.
            if now_ms > since_ms:
                held += (now_ms - since_ms) * self._rate
                held = min(held, full)
        is_enough = held >= MS_PER_S
        buckets[name] = (held - MS_PER_S if is_enough else held, now_ms)
        if not is_enough:
            wait_s = -((held - MS_PER_S) // (self._rate * MS_PER_S))
            raise Problem(
                Code.RATE_LIMITED,
                f"at most {self._rate} requests a second are served; try again in {wait_s} s",
                terms={"rate": self._rate, "retry_after_s": wait_s},
                headers={"Retry-After": str(wait_s)},
            )


def require_text(body: bytes) -> None:
    """Check that a body's bytes are UTF-8, as JSON is.

    Errors: `Problem`.
    """
    if body.isascii():
        return
    try:
        body.decode()
    except UnicodeDecodeError as error:
        detail = f"the body cannot be read: it is no UTF-8 from byte {error.start} on; send one JSON object"
        raise Problem(Code.BODY_UNREADABLE, detail) from error


def require_depth(body: bytes, depth_max: int) -> None:
    """Check how deep a JSON text nests, without reading it.

    Errors: `Problem`.
    """
    # With no more brackets than that it cannot be deeper, wherever they stand.
    if body.count(b"{") + body.count(b"[") <= depth_max:
        return
    depth, is_text, is_escaped = 0, False, False
    for byte in body:
        if is_text:
            is_text = is_escaped or byte != ord('"')
            is_escaped = byte == ord("\\") and not is_escaped
        elif byte == ord('"'):
            is_text = True
        elif byte in b"[{":
            depth += 1
            if depth > depth_max:
                raise Problem(
                    Code.BODY_TOO_DEEP,
                    f"the body nests deeper than {depth_max} levels; send a flatter one",
                    terms={"depth_max": depth_max},
                )
        elif byte in b"]}":
            depth -= 1
