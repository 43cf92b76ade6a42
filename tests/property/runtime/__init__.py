"""Properties of the runtime: what is told does not hang on how it is kept or cut."""
