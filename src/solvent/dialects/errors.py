"""What the dialects room raises."""


class DialectError(ValueError):
    """The base of every error of this room."""


class ShapeRefused(DialectError):
    """A payload that is not what the venue sends: the JSON path, what was found, what is accepted."""

    def __init__(self, *, path: str, found: str, accepted: str) -> None:
        self.path = path
        self.found = found
        self.accepted = accepted
        super().__init__(f"{path or 'the input'}: found {found}; give {accepted}")
