"""KuCoin's gateway beside the native interface."""
