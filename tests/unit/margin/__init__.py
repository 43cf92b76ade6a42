"""Known answers of the margin library."""
