"""What the venues room raises."""


class VenueError(Exception):
    """The base of every error of this room; the message is a sentence that says what to do."""


class BadAddress(VenueError):
    """An account's address, or a service's, that cannot be one."""


class Unreachable(VenueError):
    """The venue did not answer, or only that it cannot now."""


class NotUnderstood(VenueError):
    """The venue answered something that it does not send, or refused the question."""
