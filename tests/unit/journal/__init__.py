"""The parts of the journal, one by one."""
