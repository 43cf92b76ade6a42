"""What can go wrong in a test that has nothing to do with the bot."""

from solvent.runtime import RuntimeProblem


class SandboxRefused(RuntimeProblem):
    """What the sandbox did not do, in its own words."""


class ClientMissing(RuntimeProblem):
    """A venue's client that is not installed: the message says how to install it."""
