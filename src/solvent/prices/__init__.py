"""Where prices come from: recorded closes, a path between them, simulations, scripts; each says which."""

from solvent.prices.closes import SOURCE, Closes, parse_closes, recorded_closes
from solvent.prices.cursor import Cursor
from solvent.prices.errors import PricesError, PriceUnavailable
from solvent.prices.feed import HEARTBEAT_MS_MAX, Feed, PlayedFeed, Source
from solvent.prices.path import PATH_DECIMALS, Path
from solvent.prices.replay import ReplayFeed
from solvent.prices.script import Crash, Move, Ramp, Script, ScriptedFeed, SetPrice
from solvent.prices.shocks import Move as ScriptedMove
from solvent.prices.shocks import Scaled, ShockedFeed
from solvent.prices.simulation import PUMP_CENTRE, SimulatedFeed, Simulation
from solvent.prices.ticks import Kind, Tick, cross_rate

__all__ = [
    "HEARTBEAT_MS_MAX",
    "PATH_DECIMALS",
    "PUMP_CENTRE",
    "SOURCE",
    "Closes",
    "Crash",
    "Cursor",
    "Feed",
    "Kind",
    "Move",
    "Path",
    "PlayedFeed",
    "PriceUnavailable",
    "PricesError",
    "Ramp",
    "ReplayFeed",
    "Scaled",
    "Script",
    "ScriptedFeed",
    "ScriptedMove",
    "SetPrice",
    "ShockedFeed",
    "SimulatedFeed",
    "Simulation",
    "Source",
    "Tick",
    "cross_rate",
    "parse_closes",
    "recorded_closes",
]
