"""The sandbox: ready-made markets on replayed prices, a wallet of play money, and example positions.

`cast` says what it consists of, `preparing` brings that about, `feeds` plays and turns the prices,
`turnings` keeps where they were read from, `wallet` the key.
"""

from solvent.runtime.sandbox.hosting import Sandbox, SandboxProfile, sandbox_settings
from solvent.runtime.sandbox.wallet import Wallet

__all__ = ["Sandbox", "SandboxProfile", "Wallet", "sandbox_settings"]
