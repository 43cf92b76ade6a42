"""How much can come out of a leveraged position, why, and what is left: exact, in three models.

In five lines:

>>> from solvent import margin
>>> book = margin.book(
...     margin.preset("BTC-PERP"), size="0.002", raw_usd="-83.731933", leverage="5", mark="64794"
... )
>>> print(margin.limits(book)["take"])
take: at most 19.938467 USDC (INITIAL_MARGIN)
>>> preview = margin.preview(book, margin.action(book, "take", amount="10"))
>>> print(preview)  # doctest: +SKIP
"""

from solvent.margin import tiered
from solvent.margin.face import (
    action,
    book,
    breach,
    decide,
    headline,
    limits,
    opens_at,
    plan,
    preset,
    presets,
    preview,
    rows,
    solve,
    verb_of,
)
from solvent.margin.seam import (
    Account,
    Caution,
    Guards,
    Headline,
    InputField,
    InputRefused,
    Limit,
    Limits,
    LiquidationPrice,
    Maximum,
    Model,
    OpensAt,
    Outcome,
    Posting,
    Preview,
    RefusalNote,
    Refused,
    Row,
    Term,
    Verb,
)
from solvent.margin.solvers import Leverage, LiquidationAt, Opening, Solved, Survive, Target, Unreachable

__all__ = [
    "Account",
    "Caution",
    "Guards",
    "Headline",
    "InputField",
    "InputRefused",
    "Leverage",
    "Limit",
    "Limits",
    "LiquidationAt",
    "LiquidationPrice",
    "Maximum",
    "Model",
    "Opening",
    "OpensAt",
    "Outcome",
    "Posting",
    "Preview",
    "RefusalNote",
    "Refused",
    "Row",
    "Solved",
    "Survive",
    "Target",
    "Term",
    "Unreachable",
    "Verb",
    "action",
    "book",
    "breach",
    "decide",
    "headline",
    "limits",
    "opens_at",
    "plan",
    "preset",
    "presets",
    "preview",
    "rows",
    "solve",
    "tiered",
    "verb_of",
]
