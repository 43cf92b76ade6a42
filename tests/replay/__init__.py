"""A journal of every format that a release wrote: it must always load."""
