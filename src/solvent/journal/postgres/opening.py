"""From an address to a journal: require that it keeps things, lock it, make it or know it, check it."""

from collections.abc import Collection
from contextlib import ExitStack, closing

from msgspec.structs import replace
from psycopg import errors

from solvent.journal.chain import genesis_hash
from solvent.journal.errors import (
    DatabaseInUse,
    DatabaseUnusable,
    JournalDamaged,
    NoJournal,
)
from solvent.journal.genesis import FORMAT, Genesis, genesis_of, require_steps, require_usable
from solvent.journal.postgres.journal import PostgresJournal
from solvent.journal.postgres.session import Session, translated, words
from solvent.journal.postgres.tables import GENESIS, NAMES, STATEMENTS
from solvent.journal.records import require_name

# "Solv", above the number of the schema: a lock that nobody else has a reason to take.
_LOCK_CLASS = 0x536F6C76
# A writer that has just ended may be a moment in letting go.
LOCK_WAIT_MS = 2_000
# Behind these commits a record is on the server's disk.
DURABLE_COMMITS = ("on", "remote_apply")
_SCHEMA_NUMBER = "SELECT oid::bigint FROM pg_namespace WHERE nspname = current_schema()"
_HOLDER = """
SELECT a.pid::bigint, coalesce(a.application_name, ''), coalesce(a.client_addr::text, '')
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %b::bigint::oid AND l.objid = %b::bigint::oid
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
_KEPT = "SELECT pg_is_in_recovery(), current_setting('fsync'), current_setting('synchronous_commit')"
_NAMES = "SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
_GENESIS = "SELECT format, venue_id, hash FROM genesis"
_BEGIN = "INSERT INTO genesis VALUES (1, %b, %b, %b)"
_SET_FORMAT = "UPDATE genesis SET format = %b, hash = %b"
# Formats with the same tables as the next: a journal is brought forward by its number alone.
MIGRATIONS = (2,)


def open_postgres(
    address: str,
    *,
    venue_id: str | None = None,
    is_checked: bool = True,
    is_reading: bool = False,
    migrations: Collection[int] = MIGRATIONS,
) -> PostgresJournal:
    """Open the journal at an address, or make one for the venue.

    For reading none is made, a standby will do, and a writer is not in the way.
    Errors: `DatabaseInUse`, `DatabaseUnusable`, `NoJournal`, `OtherVenue`, `FormatTooNew`, `FormatTooOld`;
            `JournalDamaged` naming the first bad record.
    """
    if venue_id is not None:
        require_name(venue_id, "venue id")
    with ExitStack() as undo:
        writing = None
        if not is_reading:
            writing = undo.enter_context(closing(Session(address)))
            require_durable(writing)
            _lock(writing)
        reading, saving = (undo.enter_context(closing(Session(address))) for _ in range(2))
        first = writing or reading
        genesis = _genesis(first, venue_id, may_make=writing is not None)
        require_steps(genesis, first.name, migrations)
        if writing is not None and genesis.format < FORMAT:
            genesis = _brought_forward(writing, genesis)
        journal = PostgresJournal(address, genesis, writing=writing, reading=reading, saving=saving)
        damage = journal.verify().damage if is_checked else None
        if damage is not None:
            raise JournalDamaged(damage.record, damage.wrong)
        undo.pop_all()
    return journal


def require_durable(session: Session) -> None:
    """Have each commit reach the server's disk before it is answered, and refuse a server that has it not so.

    Errors: `DatabaseUnusable`.
    """
    with translated(f"asking how {session.name} keeps what it is given"):
        session.run(
            "SELECT set_config('synchronous_commit', 'on', false) "
            "WHERE current_setting('synchronous_commit') <> 'remote_apply'"
        )
        ((is_standby, fsync, commit),) = session.rows(_KEPT)
    if is_standby:
        raise DatabaseUnusable(
            f"{session.name} is a standby, which nobody may write to; give the primary, or several hosts "
            "and target_session_attrs=read-write"
        )
    if fsync != "on":
        raise DatabaseUnusable(
            f"{session.name} runs with fsync {fsync}: what it answers is not on its disk, and a power cut "
            "loses it; set fsync = on"
        )
    if commit not in DURABLE_COMMITS:
        raise DatabaseUnusable(
            f"{session.name} commits with synchronous_commit {commit}, whatever is asked for; let it be on"
        )


def _lock(session: Session) -> None:
    """Be the only writer, for as long as the connection lasts.

    Errors: `DatabaseInUse` naming who is it already.
    """
    with translated(f"locking {session.name}"):
        number = session.rows(_SCHEMA_NUMBER)[0][0]
        try:
            session.run("SELECT set_config('lock_timeout', %b, false)", (f"{LOCK_WAIT_MS}",))
            session.run("SELECT pg_advisory_lock(%b)", ((_LOCK_CLASS << 32) | number,))
            session.run("SELECT set_config('lock_timeout', '0', false)")
        except errors.LockNotAvailable:
            holder = session.row(_HOLDER, (_LOCK_CLASS, number))
        else:
            return
    told = "by a process that has ended meanwhile"
    if holder is not None:
        process, application, host = holder
        told = (
            f"through the server's process {process} ({application or 'unnamed'}, {host or 'this machine'})"
        )
    raise DatabaseInUse(f"{session.name} is in use {told}; stop that one, or give another database or schema")


def _genesis(session: Session, venue_id: str | None, *, may_make: bool) -> Genesis:
    """Return what was fixed at genesis, after fixing it where there was nothing.

    Errors: `NoJournal`, `OtherVenue`, `FormatTooNew`, `JournalDamaged`, `DatabaseUnusable`.
    """
    with translated(f"reading the genesis of {session.name}"):
        found = {name for (name,) in session.rows(_NAMES)} & set(NAMES)
    if GENESIS not in found:
        if found:
            raise JournalDamaged(
                f"the genesis of {session.name}",
                f"it is missing, and there is {', '.join(sorted(found))}: this is not a journal, or a part "
                "of one; restore a backup, or give an empty database or schema",
            )
        if venue_id is None or not may_make:
            raise NoJournal(f"{session.name} holds no journal; give a venue id to make one")
        _make(session, venue_id)
    with translated(f"reading the genesis of {session.name}"):
        genesis = genesis_of(session.rows(_GENESIS), session.name)
    require_usable(genesis, session.name, venue_id=venue_id, kept_in="database or schema")
    return genesis


def _brought_forward(session: Session, genesis: Genesis) -> Genesis:
    """Write the present format down, so that no older Solvent adds to what it could not check."""
    with translated(f"bringing {session.name} to format {FORMAT}"):
        session.run(_SET_FORMAT, (FORMAT, genesis_hash(genesis.venue_id, FORMAT)))
    return replace(genesis, format=FORMAT)


def _make(session: Session, venue_id: str) -> None:
    """Make the tables and the genesis, all of it or nothing."""
    with translated(f"making the journal in {session.name}"):
        try:
            with session.transaction():
                for statement in STATEMENTS:
                    session.run(statement)
                session.run(_BEGIN, (FORMAT, venue_id, genesis_hash(venue_id, FORMAT)))
        except errors.InsufficientPrivilege as error:
            raise DatabaseUnusable(
                f"{session.name} lets this user make no tables ({words(error)}); make the user its owner"
            ) from error
