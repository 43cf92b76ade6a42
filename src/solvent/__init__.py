"""Take value out of a leveraged position without closing it, and know exactly what is left."""

__all__ = ["__version__"]

__version__ = "0.1.0"
