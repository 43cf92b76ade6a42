"""Base58 as Solana writes keys and signatures: Bitcoin's alphabet, a `1` for each leading zero byte."""

from solvent.runtime.errors import RuntimeProblem

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
DIGITS = {letter: value for value, letter in enumerate(ALPHABET)}
BASE = len(ALPHABET)
# Longer than a signature's 88; reading is quadratic in the length.
LETTERS_MAX = 128


class NotBase58(RuntimeProblem, ValueError):
    """A text that is not base58."""


def encode(data: bytes) -> str:
    """Write bytes as base58."""
    number = int.from_bytes(data, "big")
    letters = []
    while number:
        number, digit = divmod(number, BASE)
        letters.append(ALPHABET[digit])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return ALPHABET[0] * zeros + "".join(reversed(letters))


def decode(text: str) -> bytes:
    """Read base58; each text has one meaning, and what it means is written as that text again.

    Errors: `NotBase58` for another letter, and for a text of more than 128.
    """
    if len(text) > LETTERS_MAX:
        raise NotBase58(f"the base58 text has {len(text)} letters; give at most {LETTERS_MAX}")
    number = 0
    for letter in text:
        digit = DIGITS.get(letter)
        if digit is None:
            raise NotBase58(f"{letter!r} is no letter of base58; it uses {ALPHABET}")
        number = number * BASE + digit
    zeros = len(text) - len(text.lstrip(ALPHABET[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) >> 3, "big")
