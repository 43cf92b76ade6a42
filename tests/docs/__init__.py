"""Each command, setting and code is documented; each example runs."""
