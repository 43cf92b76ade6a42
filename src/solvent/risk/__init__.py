"""Who may be due for liquidation at a price, found without looking at the others; margin decides who is."""

from solvent.risk.book_index import LiquidationIndex
from solvent.risk.keys import SortedKeys
from solvent.risk.market_index import MarketIndex
from solvent.risk.nearness import Near, Nearness, nearest_first
from solvent.risk.stress import StressBook, Stressed

__all__ = [
    "LiquidationIndex",
    "MarketIndex",
    "Near",
    "Nearness",
    "SortedKeys",
    "StressBook",
    "Stressed",
    "nearest_first",
]
