"""Collect these tests only where the vendors' clients are: in the environments of scripts/sdks."""

from importlib.util import find_spec

CLIENTS = ("hyperliquid", "ccxt", "kucoin_universal_sdk", "eth_account")

if any(find_spec(name) is None for name in CLIENTS):
    collect_ignore_glob = ["test_*.py"]
