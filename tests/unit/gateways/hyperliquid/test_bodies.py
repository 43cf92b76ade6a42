"""Bodies read strictly: what is due is there and of its type, and nothing is rounded or guessed."""

from typing import Any

import pytest

from solvent.gateways.hyperliquid.bodies import INTEGER_MAX, Fields, Misshapen, decode
from solvent.money import Ratio

ADDRESS = "0x14791697260E4c9A71f18484C9f997B308e59325"


def test_keys_keep_their_order_and_numbers_their_kind() -> None:
    found = decode(b'{"b":1,"a":{"z":1.0,"y":-2,"x":1e3},"c":null}').found
    assert list(found) == ["b", "a", "c"]
    assert list(found["a"]) == ["z", "y", "x"]
    assert [type(value).__name__ for value in found["a"].values()] == ["Decimal", "int", "Decimal"]


@pytest.mark.parametrize(
    "body", [b"", b"1", b'"text"', b"[{}]", b"null", b"{", b'{"a":NaN}', b"\xff", b"[" * 9_000]
)
def test_what_is_no_object_is_misshapen(body: bytes) -> None:
    with pytest.raises(Misshapen):
        decode(body)


@pytest.mark.parametrize(
    ("read", "value", "found"),
    [
        ("text", "x", "x"),
        ("flag", False, False),
        ("integer", 0, 0),
        ("integer", INTEGER_MAX, INTEGER_MAX),
        ("address", ADDRESS, ADDRESS.lower()),
        ("cloid", "0x" + "Ab" * 16, "0x" + "ab" * 16),
        ("number", "-1.50", "-1.50"),
        ("number", "1e-07", "1e-07"),
        ("usd", "3.0", 3_000_000),
        ("usd", "1e-06", 1),
        ("ratio", "0.5", Ratio(1, 2)),
        ("hex_number", "0xaf", 175),
    ],
)
def test_a_field_is_read_as_what_it_is(read: str, value: Any, found: object) -> None:
    assert getattr(Fields({"field": value}), read)("field") == found


@pytest.mark.parametrize(
    ("read", "value"),
    [
        ("text", 1),
        ("text", None),
        ("flag", 1),
        ("flag", "true"),
        ("integer", True),
        ("integer", 1.0),
        ("integer", "1"),
        ("integer", -1),
        ("integer", INTEGER_MAX + 1),
        ("address", ADDRESS[:-1]),
        ("address", ADDRESS[2:]),
        ("address", ADDRESS + "0"),
        ("cloid", "0x" + "g" * 32),
        ("number", "1,000"),
        ("number", "0x1"),
        ("number", "١"),
        ("number", ".5"),
        ("number", "nan"),
        ("number", " 1"),
        ("number", 1),
        ("usd", "-1"),
        ("usd", "0.0000001"),
        ("hex_number", "af"),
        ("hex_number", "0x"),
        ("hex_number", "0x" + "1" * 65),
        ("object", []),
        ("object", None),
        ("objects", {}),
        ("objects", [1]),
    ],
)
def test_a_field_of_another_type_or_form_is_misshapen(read: str, value: Any) -> None:
    with pytest.raises(Misshapen):
        getattr(Fields({"field": value}), read)("field")
    with pytest.raises(Misshapen):
        getattr(Fields({}), read)("field")
