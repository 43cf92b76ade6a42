"""The settings of a venue's process: one table, read from defaults, a file, the environment and flags.

`Settings` is the table: each field's type, limits, default and meaning are written there and nowhere else;
its flag, its name in a file and in the environment, the reference page and `solvent settings` follow from it.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from solvent.journal import is_address, shown
from solvent.money import Millis, Ratio, Rounding, format_moment, parse_moment
from solvent.prices import HEARTBEAT_MS_MAX, recorded_closes
from solvent.runtime.clock import STEP_MS_MAX
from solvent.runtime.errors import RuntimeProblem

PREFIX = "SOLVENT_"
FILE_VARIABLE = "SOLVENT_CONFIG"
# Variables of the project's own scripts and of `solvent trade`, which are nobody's mistake.
FOREIGN = frozenset({FILE_VARIABLE, "SOLVENT_PYTHON", "SOLVENT_ENVIRONMENT_LOCKED", "SOLVENT_URL"})
FIRST_CLOSE_MS = recorded_closes().first_ms
LAST_CLOSE_MS = recorded_closes().last_ms
SPEED_MAX = 1_000_000
SPEED_DECIMALS = 6
IN_FOLDER = "folder"
# How near positions are warned of: so many levels, in percent of so many decimals, none beyond a half.
LEVELS_MAX, LEVEL_DECIMALS, LEVEL_MAX = 8, 4, Ratio(1, 2)
NO_LEVELS = "none"


class SettingRefused(RuntimeProblem, ValueError):
    """A setting that cannot be used: the message names its source, what was found, and what is accepted."""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting of a venue's process."""

    data_folder: Annotated[
        str, Meta(min_length=1, description="the folder of the venue's secrets, and of its journal")
    ] = "solvent-data"
    store: Annotated[
        str,
        Meta(description="where the journal is kept: in that folder, or in a PostgreSQL database"),
    ] = IN_FOLDER
    profile: Annotated[
        Literal["sandbox", "plain"],
        Meta(description="what is served: play money on replayed prices, or what the folder holds, as it is"),
    ] = "sandbox"
    host: Annotated[
        str,
        Meta(min_length=1, description="the address that requests are taken at; loopback is this machine"),
    ] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535, description="the port there; 0 takes any that is free")] = 8420
    gateways: Annotated[
        Literal["none", "hyperliquid", "kucoin", "hyperliquid,kucoin"],
        Meta(description="which venues' own interfaces are spoken beside the service's"),
    ] = "none"
    hyperliquid_port: Annotated[
        int,
        Meta(
            ge=-1,
            le=65_535,
            description="a port at whose root the Hyperliquid gateway stands; 0 takes any, -1 none but the "
            "service's, under /hyperliquid",
        ),
    ] = -1
    kucoin_port: Annotated[
        int,
        Meta(
            ge=-1,
            le=65_535,
            description="a port at whose root the KuCoin gateway stands; 0 takes any, -1 none but the "
            "service's, under /kucoin",
        ),
    ] = -1
    commit: Annotated[
        Literal["thread", "inline"],
        Meta(
            description="who makes commands durable: a thread of the writer's own, or whoever hands them in, "
            "as the service itself, which waits for the disk meanwhile"
        ),
    ] = "thread"
    batch_commands_max: Annotated[
        int, Meta(ge=1, le=10_000, description="how many commands are made durable at once")
    ] = 256
    waiting_commands_max: Annotated[
        int, Meta(ge=1, le=1_000_000, description="how many commands may wait before more are turned away")
    ] = 10_000
    events_between_snapshots: Annotated[
        int, Meta(ge=1, le=1_000_000_000, description="after how many events the next snapshot is taken")
    ] = 100_000
    key_retention_days: Annotated[
        int, Meta(ge=7, le=36_500, description="how long a command's key is answered with its first answer")
    ] = 7
    clock: Annotated[
        Literal["real", "virtual"], Meta(description="the machine's time, or one that is advanced by hand")
    ] = "real"
    clock_step_ms_max: Annotated[
        int, Meta(ge=0, le=86_400_000, description="how far a step of the machine's clock is followed")
    ] = STEP_MS_MAX
    recording_from: Annotated[
        Millis, Meta(description="the moment of the recording at which a new replay begins")
    ] = FIRST_CLOSE_MS
    recording_speed: Annotated[
        Ratio, Meta(description="how many seconds of the recording pass in a second of the venue")
    ] = Ratio(1, 1)
    path_seed: Annotated[
        int, Meta(ge=0, le=2**53, description="the seed of the path between two recorded prices")
    ] = 7
    heartbeat_ms: Annotated[
        int, Meta(ge=1, le=HEARTBEAT_MS_MAX, description="how often a price is published at least")
    ] = HEARTBEAT_MS_MAX
    warning_levels: Annotated[
        tuple[Ratio, ...],
        Meta(
            description="how near to its liquidation a position is when its owner is warned, farthest first"
        ),
    ] = (Ratio(1, 10), Ratio(1, 20), Ratio(1, 50))
    settlement_retry_ms_max: Annotated[
        int, Meta(ge=1_000, le=86_400_000, description="the longest wait before a settlement is asked again")
    ] = 60_000

    @property
    def place(self) -> str:
        """Where the journal is kept, for `open_journal`; `solvent.journal.shown` hides its password."""
        return self.data_folder if self.store == IN_FOLDER else self.store

    def __repr__(self) -> str:
        """Return the fields; the store without its password."""
        return Struct.__repr__(msgspec.structs.replace(self, store=shown(self.store)))

    @property
    def gateway_names(self) -> tuple[str, ...]:
        """The gateways that are served, by name."""
        return () if self.gateways == "none" else tuple(self.gateways.split(","))


class Setting(Struct, frozen=True, kw_only=True):
    """One row of the table; `default` is its text, `accepted` says in words what its value may be."""

    name: str
    default: str
    meaning: str
    accepted: str

    @property
    def flag(self) -> str:
        """How a flag of the command line sets it: `--set data_folder`, with `=` and its value behind."""
        return f"--set {self.name}"

    @property
    def variable(self) -> str:
        """The variable of the environment: `SOLVENT_DATA_FOLDER`."""
        return PREFIX + self.name.upper()


class Effective(Struct, frozen=True, kw_only=True):
    """The settings in force, and where each value came from: `default`, or the source's own name of it."""

    settings: Settings
    sources: Mapping[str, str]


class Given(Struct, frozen=True, kw_only=True):
    """A value that a source gave for a setting; text, or one of TOML's own types from a file."""

    name: str
    source: str
    value: Any
    is_text: bool = True


@cache
def table() -> tuple[Setting, ...]:
    """Return every setting in order."""
    return tuple(
        Setting(
            name=field.name,
            default=text_of(field.name, field.default),
            meaning=_meta(field.name).description or "",
            accepted=_accepted(field.name),
        )
        for field in msgspec.structs.fields(Settings)
    )


def text_of(name: str, value: Any) -> str:
    """Write a setting's value as it may be given; an address without its password."""
    if isinstance(value, Ratio):
        return value.text(SPEED_DECIMALS, Rounding.FLOOR)
    if isinstance(value, tuple):
        return ",".join(f"{_percent(one)}%" for one in value) or NO_LEVELS
    return format_moment(value) if _type(name) is Millis else shown(value)


def read_settings(
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, str] | None = None,
) -> Effective:
    """Read the settings, the later source over the earlier: defaults, file, environment, flags.

    `environment` is the whole environment, of which `SOLVENT_…` is read; `SOLVENT_CONFIG` names the file
    where none is given. `flags` go by the settings' names.
    Errors: `SettingRefused` for a name that is no setting, with the nearest one, for a value out of its
            limits, and for a file that cannot be read.
    """
    environment = environment or {}
    if file is None and environment.get(FILE_VARIABLE):
        file = Path(environment[FILE_VARIABLE])
    values: dict[str, Any] = {}
    sources = {row.name: "default" for row in table()}
    for given in (*_from_file(file), *_from_environment(environment), *_from_flags(flags or {})):
        values[given.name] = _read(given)
        sources[given.name] = given.source
    return Effective(settings=Settings(**values), sources=sources)


# The sources.


def _from_file(file: Path | None) -> Iterator[Given]:
    """Yield what a TOML file gives; a decimal number stays the text that it is."""
    if file is None:
        return
    try:
        found = tomllib.loads(file.read_text("utf-8"), parse_float=str)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        told = error.strerror if isinstance(error, OSError) else error
        raise SettingRefused(
            f"the settings' file {str(file)!r} cannot be read: {told}; give a TOML file"
        ) from error
    for name, value in found.items():
        _require_known(name, {row.name for row in table()}, f"{name} in {file}")
        yield Given(name=name, source=f"{name} in {file}", value=value, is_text=isinstance(value, str))


def _from_environment(environment: Mapping[str, str]) -> Iterator[Given]:
    known = {row.variable: row.name for row in table()}
    for variable, text in sorted(environment.items()):
        if variable.startswith(PREFIX) and variable not in FOREIGN:
            _require_known(variable, known, variable)
            yield Given(name=known[variable], source=variable, value=text)


def _from_flags(flags: Mapping[str, str]) -> Iterator[Given]:
    rows = {row.name: row for row in table()}
    for name, text in flags.items():
        _require_known(name, rows, shown(name))
        yield Given(name=name, source=rows[name].flag, value=text)


def _require_known(name: str, known: Iterable[str], told: str) -> None:
    """Refuse a name that is no setting; its value is not repeated, as nobody knows what it is."""
    names = sorted(known)
    if name not in names:
        near = get_close_matches(name, names, n=1, cutoff=0)[0]
        raise SettingRefused(f"{told} is no setting; the nearest one is {near}, `solvent settings` lists all")


# One value.


def _read(given: Given) -> Any:
    _require_place(given)
    try:
        if _type(given.name) is Millis:
            return _moment(str(given.value))
        if _type(given.name) is Ratio:
            return _speed(str(given.value))
        if get_origin(_type(given.name)) is tuple:
            return _levels(str(given.value))
        return msgspec.convert(given.value, _hints()[given.name], strict=not given.is_text)
    except (ValueError, msgspec.ValidationError) as error:
        accepted = _accepted(given.name)
        raise SettingRefused(f"{given.source} is {str(given.value)!r}; give {accepted}") from error


def _require_place(given: Given) -> None:
    """Refuse a folder as the store, and an address as the folder; neither is repeated with a password.

    Errors: `SettingRefused`.
    """
    is_there = is_address(given.value)
    if given.name == "data_folder" and is_there:
        raise SettingRefused(
            f"{given.source} is {shown(given.value)!r}; give a folder, and an address as the setting store"
        )
    if given.name == "store" and not is_there and given.value != IN_FOLDER:
        raise SettingRefused(f"{given.source} is neither; give {_accepted('store')}")


def _moment(text: str) -> Millis:
    moment = parse_moment(text)
    if not FIRST_CLOSE_MS <= moment <= LAST_CLOSE_MS:
        raise ValueError(text)
    return moment


def _speed(text: str) -> Ratio:
    speed = Ratio.parse_positive(text)
    units = speed.units(SPEED_DECIMALS, Rounding.FLOOR)
    if speed > Ratio(SPEED_MAX, 1) or Ratio(units, 10**SPEED_DECIMALS) != speed:
        raise ValueError(text)
    return speed


def _levels(text: str) -> tuple[Ratio, ...]:
    """Read parts of a price, the largest first."""
    if text == NO_LEVELS:
        return ()
    levels = tuple(Ratio.parse_positive(part) for part in text.split(","))
    is_falling = all(before > after for before, after in pairwise(levels))
    is_plain = all(Ratio.parse(_percent(one)) == Ratio(one.num * 100, one.den) for one in levels)
    if not is_falling or not is_plain or levels[0] > LEVEL_MAX or len(levels) > LEVELS_MAX:
        raise ValueError(text)
    return levels


def _percent(level: Ratio) -> str:
    return Ratio(level.num * 100, level.den).text(LEVEL_DECIMALS, Rounding.FLOOR)


def _accepted(name: str) -> str:
    """Say in words what a setting's value may be."""
    kind, meta = _type(name), _meta(name)
    if kind is Millis:
        return f"a moment from {format_moment(FIRST_CLOSE_MS)} to {format_moment(LAST_CLOSE_MS)}"
    if kind is Ratio:
        return f"a number above 0 up to {SPEED_MAX}, of at most {SPEED_DECIMALS} decimals"
    if get_origin(kind) is tuple:
        most = f"up to {LEVELS_MAX} parts of a price, each below the one before"
        return f"{NO_LEVELS}, or {most}, above 0 and at most {_percent(LEVEL_MAX)}%, as 10%,5%,2%"
    if kind is int:
        return f"a whole number from {meta.ge} to {meta.le}"
    if name == "store":
        return f"{IN_FOLDER} or an address, postgresql://USER@HOST:PORT/DATABASE"
    return " or ".join(get_args(kind)) if get_args(kind) else "text that is not empty"


def _type(name: str) -> Any:
    return get_args(_hints()[name])[0]


def _meta(name: str) -> Meta:
    found = get_args(_hints()[name])[1]
    assert isinstance(found, Meta), found
    return found


@cache
def _hints() -> Mapping[str, Any]:
    return get_type_hints(Settings, include_extras=True)
