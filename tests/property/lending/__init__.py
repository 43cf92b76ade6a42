"""Properties of the `lending` model."""
