"""What must hold for every input, with Hypothesis and a Fraction oracle written apart."""
