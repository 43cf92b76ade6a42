"""Exact values as JSON: amounts and ratios as decimal strings, never as JSON numbers."""

import json
from typing import Any

from solvent.margin import (
    Guards,
    Headline,
    Limits,
    LiquidationPrice,
    Maximum,
    OpensAt,
    Posting,
    Preview,
    Refused,
    Row,
    Solved,
    Term,
    Unreachable,
)
from solvent.money import Amount, Ratio, Rounding

DIGITS = 15
PLACES_MAX = 40


def dumps(value: Any) -> str:
    """Write plain data as indented JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def plain(value: Amount | Ratio | int | str | bool | None) -> Any:
    """Return one value as JSON data: decimal strings; whole counts stay integers."""
    if isinstance(value, Amount):
        return {"amount": value.plain, "asset": value.asset.symbol}
    if isinstance(value, Ratio):
        return number(value)
    return value


def number(value: Ratio) -> str:
    """Write a ratio with all its decimals where they end within 40, else with 15 significant digits."""
    if 10**PLACES_MAX * value.num % value.den == 0:
        return value.text(PLACES_MAX, Rounding.FLOOR)
    return value.significant(DIGITS, Rounding.HALF_EVEN)


def terms(values: tuple[Term, ...]) -> dict[str, Any]:
    """Return named terms as an object."""
    return {term.name: plain(term.value) for term in values}


def rows(values: tuple[Row, ...]) -> dict[str, Any]:
    """Return a full view as an object by the rows' names."""
    return {row.name: plain(row.value) for row in values}


def opens_at(value: OpensAt | None) -> Any:
    """Return where a zero opens up."""
    if value is None:
        return None
    return {"feed": value.feed, "side": "above" if value.above else "below", "price": plain(value.price)}


def maximum(value: Maximum) -> dict[str, Any]:
    """Return one maximum with what binds it and every limit."""
    return {
        "amount": value.amount.plain,
        "asset": value.amount.asset.symbol,
        "binding": value.binding,
        "limits": {limit.name: limit.amount.plain for limit in value.limits},
        "opens_at": opens_at(value.opens_at),
        "remedies": terms(value.remedies),
        "note": value.note,
    }


def limits(value: Limits) -> dict[str, Any]:
    """Return every maximum by its verb."""
    return {found.verb.value: maximum(found) for found in value.maxima}


def headline(value: Headline) -> dict[str, Any]:
    """Return the small common view."""
    return {
        "takeable": plain(value.takeable),
        "bound_by": value.bound_by,
        "equity": {"amount": plain(value.equity), "asset": value.equity_asset.symbol},
        "leverage": plain(value.leverage),
        "liquidation_prices": [_liquidation(price) for price in value.liquidation_prices],
    }


def _liquidation(value: LiquidationPrice) -> dict[str, Any]:
    side = "above" if value.above else "below"
    return {"feed": value.feed, "unit": value.unit, "price": plain(value.price), "liquidates": side}


def guards(value: Guards) -> dict[str, Any]:
    """Return the bounds of a preview."""
    return {
        "feed": value.feed,
        "unit": value.unit,
        "valid_until": plain(value.valid_until),
        "price_min": plain(value.price_min),
        "price_max": plain(value.price_max),
        "liquidation_price_min": plain(value.liquidation_price_min),
        "liquidation_price_max": plain(value.liquidation_price_max),
        "leverage_max": plain(value.leverage_max),
        "amount_min": plain(value.amount_min),
    }


def refused(value: Refused) -> dict[str, Any]:
    """Return a refusal with its numbers and what would be accepted."""
    return {
        "accepted": False,
        "code": value.code,
        "message": value.message,
        "terms": terms(value.terms),
        "would_be_accepted": plain(value.accepted),
    }


def preview(value: Preview[Any]) -> dict[str, Any]:
    """Return before, after, postings, guards and warnings."""
    return {
        "accepted": True,
        "before": rows(value.before),
        "after": rows(value.after),
        "postings": [_posting(entry) for entry in value.outcome.postings],
        "guards": guards(value.guards),
        "warnings": [{"code": caution.code, "message": caution.message} for caution in value.warnings],
    }


def _posting(value: Posting) -> dict[str, Any]:
    return {"account": value.account.value, "asset": value.asset, "units": str(value.units)}


def solution(value: Solved | Unreachable) -> dict[str, Any]:
    """Return the answer to a target."""
    if isinstance(value, Solved):
        return {
            "reachable": True,
            "amount": plain(value.amount),
            "bound_by": value.bound_by,
            "target_binds": value.is_target_binding,
            "note": value.note,
            "after": headline(value.reached),
        }
    return {
        "reachable": False,
        "reason": value.reason,
        "nearest": plain(value.nearest),
        "add": plain(value.add),
        "repay": plain(value.repay),
        "add_lacking": plain(value.add_lacking),
        "repay_lacking": plain(value.repay_lacking),
        "now": headline(value.reached),
    }
