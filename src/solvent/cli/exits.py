"""The exit codes of every command, documented in docs/reference/cli.md, and bad input's own error."""

from enum import IntEnum


class Exit(IntEnum):
    """What a command's exit code says."""

    OK = 0
    MISMATCH = 1
    BAD_INPUT = 2
    REFUSED = 3
    STOPPED = 4
    INTERRUPTED = 130


MEANINGS = {
    Exit.OK: "answered; a preview that was asked for would be accepted",
    Exit.MISMATCH: "`parity` found a figure that differs, `audit` a fault, `run` an expectation not met, "
    "`simulate` a violation, `bench` a floor that does not hold",
    Exit.BAD_INPUT: "a flag, a file or a field could not be used; the message says which and what would do",
    Exit.REFUSED: "an action or target would be refused, or a scenario's step was; the reason is printed",
    Exit.STOPPED: "`serve` ended by itself, as a part of the venue could not go on, or `stress` lost the "
    "cluster that counted; the reason is printed",
    Exit.INTERRUPTED: "interrupted",
}


class Complaint(ValueError):
    """What a call of a command got wrong, in one sentence that names the flag; exits with `BAD_INPUT`."""
