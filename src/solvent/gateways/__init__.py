"""Other venues' own interfaces, spoken by this venue: translation only."""

__all__: list[str] = []
