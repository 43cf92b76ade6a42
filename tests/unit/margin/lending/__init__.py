"""Tests of the `lending` model."""
