"""A whole venue under seeded use, prices, crashes and torn files."""
