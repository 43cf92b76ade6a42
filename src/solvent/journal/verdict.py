"""What a check of the whole journal found."""

from msgspec import Struct

from solvent.journal.records import Head


class Damage(Struct, frozen=True, gc=False, kw_only=True):
    """The first bad record and what is wrong with it."""

    record: str
    wrong: str


class Verdict(Struct, frozen=True, kw_only=True):
    """How much was checked, the streams' heads, and the first damage or none.

    `passed_over` are damaged snapshots: they cost the time of a longer replay, and nothing is lost.
    """

    batches: int = 0
    events: int = 0
    answers: int = 0
    snapshots: int = 0
    heads: dict[str, Head] = {}
    damage: Damage | None = None
    passed_over: tuple[Damage, ...] = ()
