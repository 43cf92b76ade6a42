"""Durable commands, recovery and previews, timed against their peers: `python -m benchmarks`."""
