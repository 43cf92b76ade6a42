"""Hyperliquid's interface: `/info`, `/exchange` and `/ws`, for its SDK and others' clients, unmodified."""

from solvent.gateways.hyperliquid.app import Caps, application
from solvent.gateways.hyperliquid.supported import SUPPORTED

__all__ = ["SUPPORTED", "Caps", "application"]
