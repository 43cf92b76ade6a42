"""Known answers and every refusal code; mirrors src."""
