from decimal import Decimal

import pytest

from solvent.dialects import ShapeRefused, encode_json, parse_json
from solvent.dialects.payload import Node, decimals_of, exact_text
from solvent.money import Ratio


def test_numbers_are_read_exactly_as_they_are_written() -> None:
    assert parse_json('{"a": 0.1, "b": 22.4769666667}') == {
        "a": Decimal("0.1"),
        "b": Decimal("22.4769666667"),
    }


def test_numbers_are_written_without_an_exponent() -> None:
    assert encode_json({"a": Decimal("1E-10"), "b": [1, None, True, "x"]}) == (
        '{"a":0.0000000001,"b":[1,null,true,"x"]}'
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no JSON"),
        ("{", "line 1, column 2"),
        ('{"a": NaN}', "NaN"),
        ('{"a": Infinity}', "Infinity"),
        ('{"a": 1, "a": 2}', "twice"),
        ("[" * 100_000, "nested"),
        ("1" * 5_000, "unreadable number"),
        ("1e99999999999999999999", "out of range"),
        (b"\xff\xfe{}", "UTF-8"),
    ],
)
def test_text_that_is_no_usable_json_is_refused_in_a_sentence(text: str | bytes, complaint: str) -> None:
    with pytest.raises(ShapeRefused, match=complaint):
        parse_json(text)


def test_a_byte_order_mark_does_not_hurt() -> None:
    assert parse_json(b"\xef\xbb\xbf[]") == []
    assert parse_json("\ufeff[]") == []


@pytest.mark.parametrize(
    ("value", "reader", "complaint"),
    [
        ({}, "number", r"a\[0\]\.b: found an object with no fields; give a number"),
        ([], "text", "found a list of 0; give a string"),
        (True, "number", "found true; give a number"),
        ("1.5", "whole", 'found "1.5"; give a whole number'),
        ("1e999", "number", "give at most 120 digits"),
        ("-1", "positive", "give a number above zero"),
        ("0", "positive", "give a number above zero"),
        (1, "flag", "found 1; give true or false"),
        ("x" * 100, "number", r"\.\.\.; give"),
        ("x", "items", "give a list"),
        (None, "object", "found null; give an object"),
    ],
)
def test_a_wrong_shape_is_told_with_path_found_and_accepted(
    value: object, reader: str, complaint: str
) -> None:
    node = Node(parse_json(encode_json(value)), "a[0].b")  # type: ignore[arg-type]
    with pytest.raises(ShapeRefused, match=complaint) as refusal:
        getattr(node, reader)()
    assert refusal.value.path == "a[0].b"


def test_a_missing_field_is_told_with_its_whole_path() -> None:
    node = Node(parse_json('{"positions": [{}]}'))
    with pytest.raises(ShapeRefused, match=r"^positions\[0\]\.coin: found nothing; give this field$"):
        next(node["positions"].items())["coin"]


def test_more_decimals_than_the_unit_are_refused_and_not_rounded() -> None:
    with pytest.raises(ShapeRefused, match="at most 6 decimals"):
        Node("1.0000001", "usd").units(6)
    assert Node(Decimal("1.50"), "usd").units(6) == 1_500_000


@pytest.mark.parametrize(
    ("ratio", "decimals", "text"),
    [
        (Ratio(1, 8), 3, "0.125"),
        (Ratio(1, 3), None, "0.333333333333333"),
        (Ratio(50, 10), 0, "5"),
        (Ratio(-7, 20), 2, "-0.35"),
    ],
)
def test_an_exact_number_shows_all_its_decimals_where_they_end(
    ratio: Ratio, decimals: int | None, text: str
) -> None:
    assert (decimals_of(ratio), exact_text(ratio)) == (decimals, text)
