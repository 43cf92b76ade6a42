"""Recorded payloads of real venues, read and written back."""
