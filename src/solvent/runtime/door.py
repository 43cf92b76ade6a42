"""The door: what could not be kept, or not be read again, is refused before it waits with the others.

Behind it a command shares a batch with those of others, and an inner limit that it reached would stop the
venue. What is refused here has changed nothing and leaves no answer.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from solvent.engine import commands
from solvent.engine.commands import AnyCommand
from solvent.runtime.errors import RuntimeRefused

# An event repeats a command's texts a few times, and a journal keeps events of up to a mebibyte.
COMMAND_BYTES_MAX = 64 << 10
TEXT_CHARS_MAX = 200
# Products of a few such numbers stay far below the 4,300 digits that Python writes.
NUMBER_DIGITS_MAX = 120
_NUMBER_MAX = 10**NUMBER_DIGITS_MAX
_NUMBER_MIN = -_NUMBER_MAX
# The names that a command makes, which others then call a thing by.
_NAMED: dict[type[Any], tuple[str, ...]] = {
    commands.OpenAccount: ("identities",),
    commands.BindIdentity: ("identity",),
    commands.CreateMarket: ("name",),
    commands.Declare: ("asset",),
    commands.Deposit: ("asset", "request_id"),
    commands.Withdraw: ("asset", "request_id"),
}
_OF_MARKETS = (commands.CreateMarket, commands.ChangeMarket)
# Printable ASCII but for the backslash.
_PLAIN = bytes(range(ord(" "), ord("~") + 1)).replace(b"\\", b"")
KINDS_KEPT, NAMES_KEPT = 256, 16_384
_NOTHING: object = object()
_ENCODER = msgspec.json.Encoder()
_READER = msgspec.json.Decoder(AnyCommand)


def written(command: AnyCommand) -> bytes:
    """Return a command as bytes, once it is certain that they can be kept and read again.

    Errors: `RuntimeRefused` for a value of another type than the command's own, a float for instance; for
            more bytes, longer or unprintable texts, or longer numbers than are kept; for an empty name.
    """
    try:
        found = _ENCODER.encode(command)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise RuntimeRefused(
            f"the command cannot be written: {error!s:.200}; give whole numbers of at most "
            f"{NUMBER_DIGITS_MAX} digits, and texts that can be printed"
        ) from error
    if len(found) > COMMAND_BYTES_MAX:
        raise RuntimeRefused(f"the command has {len(found)} bytes; give at most {COMMAND_BYTES_MAX}")
    _require_readable(command, found, is_plain=_is_plain(found))
    for field in _NAMED.get(type(command), ()):
        if "" in (getattr(command, field), *_texts_of(command, field)):
            raise RuntimeRefused(f"the command's {field} is empty; give a text")
    return found


def require_all_kept(asked: Iterable[AnyCommand]) -> None:
    """Check what `written` checks, where nobody needs the bytes; most actions are seen through at a glance.

    Errors: as `written`, of the first that could not be kept.
    """
    account = market = _NOTHING
    for command in asked:
        if type(command) is commands.Act and command.guards is None and _is_whole(command.action):
            # What asks together mostly asks for one account and one market.
            if command.account is account and command.market is market:
                continue
            if _is_name(command.account) and _is_name(command.market):
                account, market = command.account, command.market
                continue
        written(command)


def _is_whole(action: Any) -> bool:
    """Tell whether an action is whole numbers and nothing else, none of them too long."""
    names = _whole_numbers(type(action))  # type: ignore[arg-type]  # mypy takes type[Any] for unhashable
    if names is None:
        return False
    for name in names:
        number = getattr(action, name)
        if type(number) is not int or not _NUMBER_MIN < number < _NUMBER_MAX:
            return False
    return True


def _is_name(text: object) -> bool:
    return type(text) is str and _is_printed(text)


@lru_cache(KINDS_KEPT)
def _whole_numbers(kind: type[Any]) -> tuple[str, ...] | None:
    """Return the fields of a kind of action that has whole numbers and nothing else; none for any other."""
    if not issubclass(kind, Struct):
        return None
    fields = msgspec.structs.fields(kind)
    return tuple([field.name for field in fields]) if all(field.type is int for field in fields) else None


@lru_cache(NAMES_KEPT)
def _is_printed(text: str) -> bool:
    return len(text) <= TEXT_CHARS_MAX and text.isprintable()


def _texts_of(command: AnyCommand, field: str) -> tuple[str, ...]:
    found = getattr(command, field)
    return found if isinstance(found, tuple) else ()


def _is_plain(found: bytes) -> bool:
    """Tell at a glance that every text can be printed and that nothing is too long; where not, look closer.

    Without a backslash every text of printable ASCII stands as it is, and a piece between quotes is one of
    them or holds whole numbers.
    """
    longest = min(TEXT_CHARS_MAX, NUMBER_DIGITS_MAX)
    return not found.translate(None, _PLAIN) and max(map(len, found.split(b'"'))) <= longest


def _require_readable(command: AnyCommand, found: bytes, *, is_plain: bool) -> None:
    """Refuse what would be read back as something else, or not at all."""
    try:
        read = _READER.decode(found)
        for own, plain in _of_the_models(command, read):
            if isinstance(own, Struct):
                msgspec.convert(plain, type(own))
    except (msgspec.MsgspecError, ValueError) as error:
        raise RuntimeRefused(
            f"the command is none that can be kept: {error!s:.200}; give that type"
        ) from error
    if not is_plain:
        _require_plain(msgspec.to_builtins(read))


def _of_the_models(command: AnyCommand, read: AnyCommand) -> tuple[tuple[Any, Any], ...]:
    """Return the values of a model in a command, each with what was read of it."""
    if isinstance(command, commands.Act) and isinstance(read, commands.Act):
        return ((command.action, read.action),)
    if isinstance(command, _OF_MARKETS) and isinstance(read, _OF_MARKETS):
        return ((command.market, read.market),)
    return ()


def _require_plain(value: Any) -> None:
    match value:
        case str():
            if len(value) > TEXT_CHARS_MAX or not value.isprintable():
                raise RuntimeRefused(
                    f"{value!r:.80} has {len(value)} characters; give at most {TEXT_CHARS_MAX} printable ones"
                )
        case int():
            if not _NUMBER_MIN < value < _NUMBER_MAX:
                raise RuntimeRefused(
                    f"a number has more than {NUMBER_DIGITS_MAX} digits; give at most that many"
                )
        case dict():
            for one in value.values():
                _require_plain(one)
        case list() | tuple():
            for one in value:
                _require_plain(one)
