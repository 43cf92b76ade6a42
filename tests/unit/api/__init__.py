"""The service: what wallets sign, who may do what, shapes and problems."""
