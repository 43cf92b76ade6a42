"""Quotes: a preview with its bounds and an intent that says just that, ready to be signed."""

from itertools import count
from typing import Any

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Struct
from msgspec.structs import asdict

from solvent import margin
from solvent.api import intents
from solvent.api.acting import Acting
from solvent.api.authority import Caller
from solvent.api.intents import Intent, IntentRefused
from solvent.api.problems import Code, Problem
from solvent.api.reading import Look
from solvent.api.shapes import PLACES_MAX, Asked
from solvent.api.weighing import (
    PreviewShape,
    RefusedPreviewShape,
    preview_shape,
    tolerance_of,
    weigh,
)
from solvent.engine.books import model_of
from solvent.engine.commands import ActGuards
from solvent.margin import Guards, Refused
from solvent.money import Amount, Ratio, Rounding
from solvent.runtime import House

TAGS = ["Asking"]
MS_PER_S = 1_000
VALID_S = 60
GUARD_DIGITS = 30
_NUMBERS = count(1)


class QuoteAsked(Asked, frozen=True, kw_only=True):
    """An action in a market, and how far the price may move until it is carried out."""

    market: str
    verb: str
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    tolerance: str | None = None


class QuoteTerms(Struct, frozen=True, kw_only=True):
    """The bounds of a quote, as they are signed, and until when it may be carried out."""

    id: str
    expires_ms: int
    guards: dict[str, str]


class IntentShape(Struct, frozen=True, kw_only=True):
    """The text to sign; its nonce is the key under which it is carried out once."""

    text: str
    nonce: str
    expires_ms: int


class QuoteShape(PreviewShape, frozen=True, kw_only=True):
    """What would happen, the bounds within which it will, and the intent that says so."""

    quote: QuoteTerms
    intent: IntentShape


@post("/quotes", tags=TAGS, status_code=200)
async def quote(
    house: NamedDependency[House],
    acting: NamedDependency[Acting],
    reader: NamedDependency[Caller],
    data: JSONBody[QuoteAsked],
) -> QuoteShape | RefusedPreviewShape:
    """Quote an action: signed within a minute it is carried out as shown, or refused as QUOTE_MOVED."""
    look, account = Look.now(house), reader.account
    kept, verb = look.market(data.market), margin.verb_of(data.verb)
    weighed = weigh(look, kept.name, account, verb, data.fields, tolerance=tolerance_of(data.tolerance))
    shown = preview_shape(look, kept.name, account, verb, weighed)
    if isinstance(weighed.result, Refused) or isinstance(shown, RefusedPreviewShape):
        assert isinstance(shown, RefusedPreviewShape), shown
        return shown
    wall_ms = house.wall_ms()
    expires_ms = (wall_ms // MS_PER_S + VALID_S) * MS_PER_S
    nonce = f"quote-{wall_ms:x}-{next(_NUMBERS):x}"
    guards = signed_guards(weighed.result.guards)
    try:
        ask = intents.act(
            verb=verb.value,
            market=kept.name,
            fields=weighed.fields,
            order=tuple(field.name for field in model_of(kept).ACTION_FIELDS[verb]),
            asset=acting.commanding.asset_of(look.state, kept.name, verb),
            guards=tuple(guards.items()),
        )
        text = intents.render(
            Intent(venue=house.venue_id, ask=ask, account=account, nonce=nonce, expires_ms=expires_ms)
        )
    except IntentRefused as error:
        raise Problem(Code.FIELD_INVALID, str(error)) from error
    return QuoteShape(
        **asdict(shown),
        quote=QuoteTerms(id=nonce, expires_ms=expires_ms, guards=guards),
        intent=IntentShape(text=text, nonce=nonce, expires_ms=expires_ms),
    )


def signed_guards(guards: Guards) -> dict[str, str]:
    """Return the bounds that an action is signed with, as decimal numbers rounded outward."""
    found: dict[str, str] = {}
    for name in sorted(ActGuards.__struct_fields__):
        value = asdict(guards)[name]
        if value is not None:
            found[name] = _outward(value, Rounding.FLOOR if name.endswith("min") else Rounding.CEIL)
    return found


def _outward(value: Ratio | Amount, rounding: Rounding) -> str:
    if isinstance(value, Amount):
        return value.plain
    if 10**PLACES_MAX * value.num % value.den == 0:
        return value.text(PLACES_MAX, rounding)
    return value.significant(GUARD_DIGITS, rounding)


HANDLERS: tuple[Any, ...] = (quote,)
