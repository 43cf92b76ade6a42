"""The genesis: which venue's journal it is and in which format, the same row in every store and format."""

from collections.abc import Collection, Sequence

from msgspec import Struct

from solvent.journal.chain import genesis_hash
from solvent.journal.errors import FormatTooNew, FormatTooOld, JournalDamaged, OtherVenue
from solvent.journal.runs import Row, is_hash, require_types

FORMAT = 3


class Genesis(Struct, frozen=True, gc=False, kw_only=True):
    """What was fixed when the journal was made."""

    venue_id: str
    format: int


def genesis_of(rows: Sequence[Row], name: str) -> Genesis:
    """Return what the rows of a genesis, format, venue id and hash, say was fixed.

    Errors: `JournalDamaged` where that is not what was written.
    """
    if len(rows) != 1:
        raise JournalDamaged(f"the genesis of {name}", f"it has {len(rows)} rows and should have one")
    require_types(rows[0], (int, str, bytes), f"the genesis of {name}")
    found_format, venue_id, found_hash = rows[0]
    if not is_hash(found_hash, genesis_hash, venue_id, found_format):
        raise JournalDamaged(
            f"the genesis of {name}", f"format {found_format} of venue {venue_id!r} does not match its hash"
        )
    return Genesis(venue_id=venue_id, format=found_format)


def require_usable(genesis: Genesis, name: str, *, venue_id: str | None, kept_in: str) -> None:
    """Refuse the journal of another venue, where one is asked for, and one of a newer format.

    Errors: `OtherVenue`, `FormatTooNew`.
    """
    if venue_id is not None and genesis.venue_id != venue_id:
        raise OtherVenue(
            f"{name} belongs to the venue {genesis.venue_id}, not to {venue_id}; give that venue's {kept_in}"
        )
    if genesis.format > FORMAT:
        raise FormatTooNew(
            f"{name} is in format {genesis.format} and this Solvent reads up to {FORMAT}; use a newer Solvent"
        )


def require_steps(genesis: Genesis, name: str, migrations: Collection[int]) -> None:
    """Refuse a journal from whose format no migrations lead to the present one.

    Errors: `FormatTooOld`.
    """
    missing = [step for step in range(genesis.format, FORMAT) if step not in migrations]
    if missing:
        raise FormatTooOld(
            f"{name} is in format {genesis.format}, and nothing leads from format {missing[0]} to "
            f"{missing[0] + 1}; open it with an older Solvent first"
        )
