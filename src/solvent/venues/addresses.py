"""Addresses of accounts: 20 bytes in hex, whose capitals may carry a checksum."""

import re

from Crypto.Hash import keccak

from solvent.venues.errors import BadAddress

_ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}")
CAPITAL_FROM = 8


def read_address(text: str) -> str:
    """Return an address in lower case, as the venue prints it.

    Errors: `BadAddress`; also for capitals that are not the right checksum: a digit is wrong then, and the
            account would be somebody else's, or nobody's.
    """
    if not _ADDRESS.fullmatch(text):
        raise BadAddress(f"{text[:60]!r} is no address; give 0x and 40 hex digits")
    digits = text[2:]
    is_mixed = digits not in (digits.lower(), digits.upper())
    if is_mixed and digits != checksummed(digits.lower()):
        raise BadAddress(
            f"the capitals of {text} are no checksum of it, so a digit is wrong; copy it again, "
            "or give it in small letters to leave that unchecked"
        )
    return f"0x{digits.lower()}"


def checksummed(digits: str) -> str:
    """Return 40 small hex digits with the capitals that are their checksum (EIP-55)."""
    hashed = keccak.new(digest_bits=256, data=digits.encode()).hexdigest()
    return "".join(
        digit.upper() if int(place, 16) >= CAPITAL_FROM else digit
        for digit, place in zip(digits, hashed, strict=False)
    )
