"""Tests of the simulation's parts."""
