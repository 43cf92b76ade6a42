"""The Hyperliquid gateway, without a server."""
