"""The journal against a plain list."""
