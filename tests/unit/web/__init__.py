"""Tests of the built terminal."""
