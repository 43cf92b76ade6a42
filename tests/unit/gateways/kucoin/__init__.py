"""KuCoin's gateway, call by call."""
