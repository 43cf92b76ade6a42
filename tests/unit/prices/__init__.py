"""Recorded closes and the seeded path between them."""
