"""Where prices come from: recorded closes, and a seeded path between them that says so."""

from solvent.prices.closes import SOURCE, Closes, parse_closes, recorded_closes
from solvent.prices.errors import PricesError, PriceUnavailable
from solvent.prices.path import PATH_DECIMALS, Path
from solvent.prices.ticks import Kind, Tick, cross_rate

__all__ = [
    "PATH_DECIMALS",
    "SOURCE",
    "Closes",
    "Kind",
    "Path",
    "PriceUnavailable",
    "PricesError",
    "Tick",
    "cross_rate",
    "parse_closes",
    "recorded_closes",
]
