"""Tests of the risk_limit model."""
