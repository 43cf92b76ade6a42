"""The tiered model's known answers."""
