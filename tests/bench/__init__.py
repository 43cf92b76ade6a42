"""Tests of the benchmark itself: agreement of its peers, and how a run is told."""
