"""What every store of the journal must do, and the faults that the one on SQLite must survive."""
