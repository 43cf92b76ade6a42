"""Hyperliquid's interface: `/info`, `/exchange` and `/ws`, for its SDK and others' clients, unmodified."""

__all__: list[str] = []
