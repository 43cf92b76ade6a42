"""Money's known answers."""
