"""Commands and servers whose journal is on PostgreSQL."""
