"""What the prices room raises."""


class PricesError(ValueError):
    """The base of every error of this room."""


class PriceUnavailable(PricesError):
    """No price of that symbol at that moment: what was asked, and what there is."""

    def __init__(self, *, asked: str, known: str) -> None:
        self.asked = asked
        self.known = known
        super().__init__(f"there is no price for {asked}; known is {known}")
