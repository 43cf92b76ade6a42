"""Who may come in at the WebSocket: tokens that were handed out, each good once and for a while."""

from collections import OrderedDict

from msgspec import Struct

TOKENS_MAX = 10_000


class Token(Struct, frozen=True, kw_only=True):
    """Whom a token lets in: an account by its key, or anybody, to public topics alone."""

    expires_ms: int
    account: str = ""
    key_id: str = ""

    @property
    def is_private(self) -> bool:
        """Whether an account's own topics may be listened to."""
        return bool(self.account)


class Tokens:
    """The tokens that were handed out and not used yet; the oldest make room."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Token] = OrderedDict()

    def hand_out(self, text: str, token: Token) -> None:
        """Remember a token."""
        self._kept[text] = token
        while len(self._kept) > TOKENS_MAX:
            self._kept.popitem(last=False)

    def take(self, text: str, wall_ms: int) -> Token | None:
        """Return whom a token lets in, and take it back; none for one that is unknown, used or too old."""
        found = self._kept.pop(text, None)
        return found if found is not None and wall_ms < found.expires_ms else None
