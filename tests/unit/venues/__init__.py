"""Tests of solvent.venues."""
