"""What a gateway answers of another venue's calls: rows of one table that its documentation is made from."""

from enum import StrEnum

from msgspec import Struct


class Verdict(StrEnum):
    """How a call is answered: as at the venue, as there but for what is said, or with a refusal."""

    SUPPORTED = "supported"
    DIFFERS = "differs"
    REFUSED = "refused"


class Call(Struct, frozen=True, kw_only=True):
    """One call of a venue: its name as clients have it, its group, and how it is answered.

    `route` groups the table (`/info`, `/exchange`, `/ws`, …); `differs` is one sentence: how it differs, or
    in which words it is refused.
    """

    name: str
    route: str
    verdict: Verdict
    differs: str = ""


__all__ = ["Call", "Verdict"]
