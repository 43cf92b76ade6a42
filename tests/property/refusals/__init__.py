"""Refusals of every model, whatever the book."""
