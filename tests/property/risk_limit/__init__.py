"""Properties of the risk_limit model."""
