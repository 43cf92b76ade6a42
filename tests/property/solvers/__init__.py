"""Properties of the solvers that hold whatever the model."""
