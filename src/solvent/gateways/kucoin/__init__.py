"""KuCoin's futures interface: its REST calls and its WebSocket, signed as its clients sign."""

from solvent.gateways.kucoin.app import Gateway, application
from solvent.gateways.kucoin.supported import SUPPORTED

__all__ = ["SUPPORTED", "Gateway", "application"]
