"""The journal on PostgreSQL: the rows that SQLite has, in tables of a schema of a database."""

from solvent.journal.postgres.journal import PostgresJournal
from solvent.journal.postgres.opening import open_postgres

__all__ = ["PostgresJournal", "open_postgres"]
