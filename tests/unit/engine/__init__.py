"""The engine: commands, refusals, ticks, settlement, and the fold of its events."""
