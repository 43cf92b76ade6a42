"""The address that a process listens at, taken before anything else is opened."""

import errno
import socket
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

from solvent.runtime.errors import RuntimeRefused

LOOPBACK = ("localhost", "127.0.0.1", "::1")
ANY = ("0.0.0.0", "::", "")  # noqa: S104 - to tell them from others
WORDS = {
    errno.EADDRINUSE: "another process listens there; give another port, or 0 for any that is free",
    errno.EACCES: "this user may not listen there; give a port above 1023",
    errno.EADDRNOTAVAIL: "this machine does not have that address; 127.0.0.1 is the machine itself",
}


class Names:
    """The names that a service goes by, beside the loopback's own, and the pages that may ask it.

    A name of another machine points at a page that tricks the browser; a page of another origin may send what
    it likes from this machine.
    """

    def __init__(self, hosts: Iterable[str] = (), origins: Iterable[str] = ()) -> None:
        self._hosts = frozenset((*LOOPBACK, *hosts))
        self._origins = frozenset(origins)
        # Clients say the same again and again.
        self._known: str | None = None

    def admit(self, host: str, origin: str | None) -> bool:
        """Tell whether a request may come in by its `Host` and its `Origin`, if it has one."""
        if host != self._known:
            if _split(f"//{host}")[0] not in self._hosts:
                return False
            self._known = host
        return origin is None or origin in self._origins or _split(origin)[1] == host


def _split(address: str) -> tuple[str | None, str | None]:
    """Return the name and the whole authority of an address; none of what is no address."""
    with suppress(ValueError):
        parts = urlsplit(address)
        return parts.hostname, parts.netloc
    return None, None


def is_loopback(host: str) -> bool:
    """Tell whether an address is this machine's own, which no other can reach."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def names_of(host: str) -> tuple[str, ...]:
    """Return what others call this machine where it listens; where that is any address, all its own names."""
    if host not in ANY:
        return (host,)
    own = socket.gethostname()
    try:
        found = {str(address[0]) for *_, address in socket.getaddrinfo(own, None)}
    except OSError:
        found = set()
    return (own, *sorted(found))


def take_address(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address; nobody is let in before it listens.

    Errors: `RuntimeRefused` saying whether the port is taken, not allowed, or the address not there.
    """
    told = f"{host} port {port} cannot be listened at"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise RuntimeRefused(f"{told}: no address has that name; 127.0.0.1 is the machine itself") from error
    taken = socket.socket(family, kind, protocol)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        # Two sockets may be bound to a port that neither listens at: only listening makes it one's own.
        taken.listen()
    except OSError as error:
        taken.close()
        words = WORDS.get(error.errno or 0, str(error.strerror))
        raise RuntimeRefused(f"{told}: {words}") from error
    return taken


def url_of(taken: socket.socket) -> str:
    """Return the address of a socket as a browser wants it."""
    host, port = taken.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
