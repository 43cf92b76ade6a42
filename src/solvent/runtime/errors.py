"""What the runtime raises."""


class RuntimeProblem(Exception):
    """The base of every error of this room."""


class RuntimeRefused(RuntimeProblem, ValueError):
    """What was asked of the runtime itself is not possible; the message says what is."""


class EventUnreadable(RuntimeProblem):
    """An event in the journal is whole and this Solvent cannot read it; nothing was changed."""


class Overloaded(RuntimeProblem):
    """More commands wait than the venue takes; nothing was done, try again."""


class VenueStopped(RuntimeProblem):
    """The venue takes no commands: it was closed, or a commit failed and what landed is unknown."""
