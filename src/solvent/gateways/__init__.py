"""Other venues' own interfaces, spoken by this venue: translation only."""

from solvent.gateways.calls import Call, Verdict

__all__ = ["Call", "Verdict"]
