"""What holds of every tiered bucket."""
