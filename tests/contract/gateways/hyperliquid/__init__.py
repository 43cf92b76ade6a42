"""The Hyperliquid gateway, asked as its clients ask."""
