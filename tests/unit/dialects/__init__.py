"""Venues' words to margin's values and back, and the parity of every published figure."""
