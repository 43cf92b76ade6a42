"""Moments as milliseconds: read with their zone, written without losing any."""

import pytest

from solvent.money import NumberFault, NumberRefused, format_moment, parse_moment, whole_seconds


@pytest.mark.parametrize(
    ("text", "now_ms"),
    [
        ("1970-01-01T00:00Z", 0),
        ("2024-01-14T02:00Z", 1_705_197_600_000),
        ("2024-01-14T02:00:05Z", 1_705_197_605_000),
        ("2024-01-14T02:00:05.123Z", 1_705_197_605_123),
        ("1969-12-31T23:59:59.999Z", -1),
        ("0001-01-01T00:00Z", -62_135_596_800_000),
    ],
)
def test_a_moment_is_read_and_written_back_as_it_was(text: str, now_ms: int) -> None:
    assert parse_moment(text) == now_ms
    assert format_moment(now_ms) == text


def test_another_zone_is_brought_to_utc() -> None:
    assert parse_moment("2024-01-14T04:00+02:00") == 1_705_197_600_000


def test_finer_than_a_millisecond_is_cut_downward() -> None:
    assert parse_moment("1970-01-01T00:00:00.001999Z") == 1
    assert parse_moment("1969-12-31T23:59:59.999999Z") == -1


@pytest.mark.parametrize(
    "text", ["", "now", "2024-01-14", "2024-01-14T02:00", "2024-13-01T00:00Z", "1705197600000", None, 5, 1.5]
)
def test_what_is_no_moment_with_a_zone_is_refused(text: object) -> None:
    with pytest.raises(NumberRefused) as caught:
        parse_moment(text, name="at")  # type: ignore[arg-type]
    assert caught.value.fault is NumberFault.NOT_A_TIME
    assert "ISO 8601" in str(caught.value)


@pytest.mark.parametrize(
    ("now_ms", "second"), [(0, 0), (999, 0), (1000, 1), (-1, -1), (1_705_197_605_999, 1_705_197_605)]
)
def test_interest_counts_the_second_that_a_moment_lies_in(now_ms: int, second: int) -> None:
    assert whole_seconds(now_ms) == second


@pytest.mark.parametrize("now_ms", [10**20, -(10**20), 300_000_000_000_000])
def test_a_moment_that_no_calendar_has_is_written_in_milliseconds(now_ms: int) -> None:
    assert format_moment(now_ms) == f"{now_ms} ms"
