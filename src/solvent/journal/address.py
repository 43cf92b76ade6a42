"""The address of a database, `postgresql://…`, and how it is shown: never with its password."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

_SCHEMES = ("postgresql:", "postgres:")
# What precedes the last `@` may hold a password, whatever characters it was written with.
_LOGIN = re.compile(r"^(postgres(?:ql)?:/{1,2})([^:/?#@]*)(?::.*)?@", re.DOTALL | re.IGNORECASE)
# The parameters that say where and how, and no secret; what else an address has is not shown.
_SHOWN = ("host", "port", "dbname", "user", "options", "sslmode", "target_session_attrs")
_UNREADABLE = "postgresql://…"


def is_address(place: object) -> bool:
    """Tell whether a place is meant as the address of a database, rather than as a folder."""
    return isinstance(place, str) and place.lstrip().lower().startswith(_SCHEMES)


def shown(place: object) -> str:
    """Return a place as text without any password; a folder as it is."""
    if not is_address(place):
        return str(place)
    # Only the user's name is kept of what stands before the last `@`.
    bare = _LOGIN.sub(r"\1\2@", str(place).strip())
    try:
        parts = urlsplit(bare)
        _ = parts.port  # a password without its user stands where a port does
        query = [(name, value) for name, value in parse_qsl(parts.query) if name in _SHOWN]
    except ValueError:
        return _UNREADABLE
    told = urlencode(query, safe="/=,-")
    return f"{parts.scheme}://{parts.netloc}{parts.path}{'?' if told else ''}{told}"
