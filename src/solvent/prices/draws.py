"""Chance without a state: an integer drawn from a name by a hash, the same on every Python and machine."""

from hashlib import blake2b

_DRAW_BITS = 64


def draw(name: str, reach: int) -> int:
    """Return an integer in [-reach, reach], uniform up to 2^-64, the same for the same name and reach."""
    digest = blake2b(name.encode(), digest_size=_DRAW_BITS // 8).digest()
    return (int.from_bytes(digest, "big") * (2 * reach + 1) >> _DRAW_BITS) - reach
