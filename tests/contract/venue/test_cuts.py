"""A venue's journal cut at every byte of its last batches: it opens at the end of one, with its answers."""

from collections.abc import Callable
from pathlib import Path

import pytest

from solvent.journal import Checked, JournalDamaged, open_journal
from solvent.runtime import STREAM, Venue, VirtualClock, load, replay
from solvent.runtime.repeats import told_before
from tests.contract.venue import plan
from tests.contract.venue.folders import (
    DATABASE,
    LAST,
    PAGE_BYTES,
    WAL,
    Boundary,
    begin,
    boundary_of,
    crash_after_last,
    make_small,
    read_files,
    write_files,
)

PARTS = 4


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], list[Boundary]]:
    """The files of a venue whose last batches are in the log alone, and where those end."""
    place = tmp_path_factory.mktemp("crashed")
    make_small(place / "live")
    begin(place / "live")
    boundaries = crash_after_last(place / "live", place / "crashed")
    return read_files(place / "crashed"), boundaries


def require_boundary(folder: Path, boundaries: list[Boundary]) -> int:
    """Open, and return which batch it ends with; its events and answers are there, and no others.

    What lies before the log is not read each time; another test opens such folders with everything checked.
    """
    with open_journal(folder, checked=Checked.AS_READ) as journal:
        found = boundary_of(journal)
        events = journal.read(STREAM, boundaries[0].seq - 1)
    assert (events[-1].seq, events[-1].hash) == (found.seq, found.head)
    return boundaries.index(found)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_a_log_cut_at_any_byte_opens_at_the_end_of_a_batch_with_its_answers(
    crashed: tuple[dict[str, bytes], list[Boundary]],
    memory: Path,
    part: int,
    tell: Callable[[str], None],
) -> None:
    files, boundaries = crashed
    log, folder = files[WAL], memory / "cut"
    cuts = [*range(part, len(log), PARTS), len(log)]
    ends = []
    for cut in cuts:
        write_files(folder, files | {WAL: log[:cut]})
        ends.append(require_boundary(folder, boundaries))
    assert ends == sorted(ends), "a longer log opened with less"
    assert set(ends) == set(range(len(boundaries))), "each batch was the last one at some length"
    tell(
        f"log of {len(log)} bytes, {len(boundaries) - 1} batches, cut at {len(cuts)} places: always a prefix"
    )


def test_a_venue_cut_at_the_end_of_each_batch_folds_to_its_state_then_and_goes_on(
    crashed: tuple[dict[str, bytes], list[Boundary]], tmp_path: Path
) -> None:
    files, boundaries = crashed
    log, folder = files[WAL], tmp_path / "cut"
    with_all = tmp_path / "all"
    write_files(with_all, files)
    with open_journal(with_all) as journal:
        hashes = [replay(journal, until_seq=boundary.seq).hash() for boundary in boundaries]
        kept = {key: journal.answer_of("operator", key) for key, _ in LAST}
        last_answers = {key: told_before(journal, one)[0] for key, one in kept.items() if one is not None}
    seen = set()
    for cut in (*range(0, len(log), PAGE_BYTES // 2), len(log)):
        write_files(folder, files | {WAL: log[:cut]})
        journal = open_journal(folder)
        place = boundaries.index(boundary_of(journal))
        assert load(journal)[0].hash() == hashes[place]
        with Venue(journal, clock=VirtualClock(plan.now_of(1))) as venue:
            if place not in seen:
                seen.add(place)
                for key, command in LAST:
                    assert venue.ask(command, key=key).body == last_answers[key]
                assert venue.journal.head(STREAM).seq == boundaries[-1].seq + (
                    1 if "sent" in boundaries[place].keys else 0
                )
    assert seen == set(range(len(boundaries)))


@pytest.mark.slow
def test_a_database_cut_at_any_byte_of_its_last_pages_is_refused_unless_only_zeros_are_gone(
    crashed: tuple[dict[str, bytes], list[Boundary]], memory: Path
) -> None:
    files, boundaries = crashed
    write_files(memory / "closed", files)
    with open_journal(memory / "closed"):
        pass
    closed, folder = read_files(memory / "closed"), memory / "cut"
    data = closed[DATABASE]
    for cut in range(len(data) - 4 * PAGE_BYTES, len(data)):
        write_files(folder, closed | {DATABASE: data[:cut]})
        if any(data[cut:]):
            with pytest.raises(JournalDamaged):
                open_journal(folder)
        else:
            assert require_boundary(folder, boundaries) == len(boundaries) - 1
