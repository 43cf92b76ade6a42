"""What holds of every amount, ratio and rounding."""
