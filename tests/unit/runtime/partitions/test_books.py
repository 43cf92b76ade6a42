"""A partition that is missing, damaged, doubled or foreign is named, and nothing is told of the others."""

from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from solvent.runtime import RuntimeRefused
from solvent.runtime.partitions import BookRefused, BookWriter, Scene, check_book, export, open_book
from solvent.runtime.partitions.tables import account_column, pointing_of, table_of
from solvent.runtime.stressing import Stresser
from tests.docs.markdown import ROOT
from tests.unit.runtime.partitions.books import asked, halved, made, retold, rewritten
from tests.unit.runtime.test_stressing import venue_with_positions

FIRST, SECOND = "00-000000.parquet", "00-000001.parquet"
OF_CONTRACT = "02-000003.parquet"


def test_a_book_of_four_positions_answers_as_their_venue(tmp_path: Path) -> None:
    book = made(tmp_path)
    assert [one.file[:2] for one in book.manifest.partitions] == ["00", "00", "01", "02"]
    assert asked(tmp_path) == halved(Stresser(venue_with_positions().state))


def test_checking_reads_every_partition(tmp_path: Path) -> None:
    seen: list[str] = []
    check_book(made(tmp_path), lambda one: seen.append(one.file))
    assert len(seen) == 4
    assert seen[0] == FIRST


def test_a_missing_partition_is_named(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / SECOND).unlink()
    with pytest.raises(BookRefused, match=f"partition '{SECOND}' is missing"):
        asked(tmp_path)


def test_a_partition_that_is_too_short_is_named(tmp_path: Path) -> None:
    made(tmp_path)
    payload = (tmp_path / SECOND).read_bytes()
    (tmp_path / SECOND).write_bytes(payload[:-1])
    with pytest.raises(BookRefused, match=rf"'{SECOND}' has [\d,]+ bytes, and [\d,]+ were written"):
        asked(tmp_path)


@pytest.mark.parametrize("place", [4, 200, -5])
def test_a_partition_with_one_bit_turned_is_named(tmp_path: Path, place: int) -> None:
    made(tmp_path)
    payload = bytearray((tmp_path / SECOND).read_bytes())
    payload[place] ^= 1
    (tmp_path / SECOND).write_bytes(payload)
    with pytest.raises(BookRefused, match=f"'{SECOND}' is damaged"):
        asked(tmp_path)


def test_a_partition_that_went_after_the_book_was_opened_is_named(tmp_path: Path) -> None:
    book = made(tmp_path)
    (tmp_path / FIRST).unlink()
    with pytest.raises(BookRefused, match=f"'{FIRST}' cannot be read: No such file"):
        check_book(book, lambda _: None)


def test_a_foreign_file_in_the_folder_is_named(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / "copy.parquet").write_bytes((tmp_path / FIRST).read_bytes())
    with pytest.raises(BookRefused, match=r"'copy.parquet' is no partition of it"):
        asked(tmp_path)


def test_a_partition_of_another_book_is_named_although_the_manifest_tells_of_it(tmp_path: Path) -> None:
    made(tmp_path / "one")
    state = venue_with_positions().state
    export(state, tmp_path / "two", origin="elsewhere", rows=1, told=lambda _: None)
    other = (tmp_path / "two" / FIRST).read_bytes()
    (tmp_path / "one" / FIRST).write_bytes(other)
    rewritten(tmp_path / "one", FIRST, lambda table: table)
    with pytest.raises(BookRefused, match=f"'{FIRST}' is of another book"):
        asked(tmp_path / "one")


def told_twice(partitions: list[dict[str, Any]]) -> None:
    partitions.append(partitions[0])


def told_under_another_name(partitions: list[dict[str, Any]]) -> None:
    partitions.append({**partitions[0], "file": "copy.parquet"})


def of_another_market(partitions: list[dict[str, Any]]) -> None:
    partitions[0]["market"] = "nowhere"


def reaching_into_the_next(partitions: list[dict[str, Any]]) -> None:
    partitions[0]["last"] = partitions[1]["last"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (told_twice, f"'{FIRST}' is told of twice"),
        (told_under_another_name, f"'copy.parquet' is '{FIRST}' once more"),
        (of_another_market, "is of 'nowhere', a market that the book does not have"),
        (reaching_into_the_next, f"'{FIRST}' and '{SECOND}' both reach account b"),
    ],
)
def test_a_manifest_that_would_count_something_twice_or_nowhere_is_refused(
    tmp_path: Path, change: Any, told: str
) -> None:
    made(tmp_path)
    retold(tmp_path, change)
    with pytest.raises(BookRefused, match=told):
        open_book(tmp_path)


def no_value(table: Any) -> Any:
    return table.set_column(1, "size", pa.array([None], pa.int64()))


def floats(table: Any) -> Any:
    return table.set_column(1, "size", pa.array([1.5]))


def no_cash(table: Any) -> Any:
    return table.drop_columns(["cash"])


def twice(table: Any) -> Any:
    return pa.concat_tables([table, table])


def another_account(table: Any) -> Any:
    return table.set_column(0, "account", account_column(["f" * 32]))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (no_value, "its column 'size' has 1 rows without a value"),
        (floats, "its column 'size' is of double; it may be int64 or decimal128"),
        (no_cash, "it has no column 'cash'"),
        (twice, "its accounts do not rise, so that one may be there twice"),
        (another_account, "has 1 positions, and the book tells of 1, from a"),
    ],
)
def test_a_partition_whose_rows_cannot_have_been_written_is_refused(
    tmp_path: Path, change: Any, told: str
) -> None:
    made(tmp_path)
    rewritten(tmp_path, FIRST, change)
    with pytest.raises(BookRefused, match=told):
        asked(tmp_path)


def test_accounts_rise_across_the_batches_of_a_partition_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solvent.runtime.partitions.counting.ROWS_AT_ONCE", 1)
    made(tmp_path)
    rewritten(tmp_path, FIRST, twice)
    with pytest.raises(BookRefused, match="its accounts do not rise"):
        asked(tmp_path)


@pytest.mark.parametrize("rate", ["", "1/0", "a/b", "0.5"])
def test_a_rate_that_is_none_is_refused(tmp_path: Path, rate: str) -> None:
    made(tmp_path)
    at = ["account", "lots", "margin", "cost", "rate"].index("rate")
    rewritten(tmp_path, OF_CONTRACT, lambda table: table.set_column(at, "rate", pa.array([rate])))
    with pytest.raises(BookRefused, match="which is no rate such as 1/200"):
        asked(tmp_path)


def test_a_partition_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    book = made(tmp_path)
    rewritten(tmp_path, FIRST, lambda table: table)
    (tmp_path / FIRST).write_bytes(b"PAR1 and nothing more")
    with pytest.raises(BookRefused, match="is damaged"):
        check_book(book, lambda _: None)


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (b"{}", "is in format None, and this Solvent reads 1"),
        (b"nonsense", "cannot be read"),
        (b'{"format": 1}', "cannot be read"),
    ],
)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, payload: bytes, told: str) -> None:
    (tmp_path / "book.json").write_bytes(payload)
    with pytest.raises(BookRefused, match=told):
        open_book(tmp_path)


def test_a_manifest_that_was_changed_is_refused(tmp_path: Path) -> None:
    made(tmp_path)
    file = tmp_path / "book.json"
    told = msgspec.json.decode(file.read_bytes())
    told["scene"]["insurance"]["USDC"] = 1
    file.write_bytes(msgspec.json.encode(told))
    with pytest.raises(BookRefused, match="was changed after it was written"):
        open_book(tmp_path)


def test_a_folder_without_a_manifest_holds_no_book(tmp_path: Path) -> None:
    with pytest.raises(RuntimeRefused, match=r"holds no book: book.json cannot be read"):
        open_book(tmp_path)


def test_a_book_is_written_into_an_empty_folder_alone(tmp_path: Path) -> None:
    made(tmp_path)
    with pytest.raises(RuntimeRefused, match="is not empty"):
        made(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(RuntimeRefused, match="cannot hold a book"):
        made(tmp_path / "file")


def test_a_writer_refuses_what_could_not_be_counted(tmp_path: Path) -> None:
    state = venue_with_positions().state
    pointing = pointing_of(state.markets["BTC-PERP"])
    assert pointing is not None
    table = table_of(pointing, sorted(state.positions["BTC-PERP"].items()))
    writer = BookWriter(tmp_path, Scene.of(state, origin="a test"))
    with pytest.raises(BookRefused, match="its accounts do not rise"):
        writer.add("BTC-PERP", twice(table))
    with pytest.raises(BookRefused, match="it has no column 'cash'"):
        writer.add("BTC-PERP", no_cash(table))
    with pytest.raises(RuntimeRefused, match=r"'00-000000.parquet' would hold no position of BTC-PERP"):
        writer.add("BTC-PERP", table.slice(0, 0))
    assert writer.add("BTC-PERP", table).rows == 2
    writer.close()
    assert asked(tmp_path)[0].found.positions == 2


def test_numbers_take_as_many_bits_as_they_need_and_no_more_than_256() -> None:
    state = venue_with_positions().state
    pointing = pointing_of(state.markets["wETH/SOL"])
    assert pointing is not None
    (position,) = [one for one in state.positions["wETH/SOL"].values() if one.borrow_shares]
    kinds = []
    for shares in (2**63 - 1, 2**63, 10**38, 10**76 - 1):
        wide = msgspec.structs.replace(position, borrow_shares=shares)
        table = table_of(
            pointing, [("a" * 32, wide), ("b" * 32, msgspec.structs.replace(wide, borrow_shares=0))]
        )
        kinds.append(str(table.schema.field("borrow_shares").type))
        assert [int(one) for one in table.column("borrow_shares").to_pylist()] == [shares]
    assert kinds == ["int64", "decimal128(38, 0)", "decimal256(76, 0)", "decimal256(76, 0)"]
    too_wide = msgspec.structs.replace(position, borrow_shares=10**76)
    with pytest.raises(
        RuntimeRefused, match="borrow_shares has 77 digits, and a partition's columns hold 76"
    ):
        table_of(pointing, [("a" * 32, too_wide)])


@pytest.mark.parametrize("account", ["me", "ab", "zz" * 16])
def test_an_account_of_another_form_is_refused(account: str) -> None:
    with pytest.raises(RuntimeRefused, match="an account of 32 hexadecimal digits is needed"):
        account_column([account])


def test_the_columns_of_each_model_are_those_that_the_docs_tell() -> None:
    state = venue_with_positions().state
    page = (ROOT / "docs" / "concepts" / "books.md").read_text("utf-8")
    for name, kept in state.markets.items():
        pointing = pointing_of(kept)
        assert pointing is not None
        names = table_of(pointing, sorted(state.positions[name].items())).column_names
        assert f"| `{kept.model}` | {', '.join(f'`{one}`' for one in names)} |" in page
