"""Named accounts of the double entry, and which of them may be negative."""

from solvent.margin import Account, Posting

WORLD = "world"
# Members under names of their own: before Python 3.12 reading one from its class costs as much as a sum.
_WALLET, _POSITION, _POOL = Account.WALLET, Account.POSITION, Account.POOL
SYSTEM_ROLES = (
    Account.PROTOCOL,
    Account.FEES,
    Account.HOUSE,
    Account.KEEPER,
    Account.SWAP_DESK,
    Account.INSURANCE,
    Account.BACKSTOP,
)
ROLES = frozenset(role.value for role in SYSTEM_ROLES)
MAY_BE_NEGATIVE = (WORLD, Account.HOUSE.value, Account.BACKSTOP.value)
HEX_DIGITS = frozenset("0123456789abcdef")
ID_LENGTH = 32


def is_account_id(text: str) -> bool:
    """Tell whether a text is an account's id: 128 bits as 32 lower-case hex digits."""
    return len(text) == ID_LENGTH and HEX_DIGITS.issuperset(text)


def wallet(account: str) -> str:
    """Name an account's wallet; an account of the venue's own is its wallet itself."""
    return account if account in ROLES else f"wallet:{account}"


def aside(account: str) -> str:
    """Name what an account has put aside from its wallet."""
    return f"aside:{account}"


def bucket(market: str, account: str) -> str:
    """Name a position's own cash and contracts or collateral."""
    return f"position:{market}:{account}"


class _Named:
    """Names what an action moves between; who acts again and again, as a text's steps do, is named once."""

    def __init__(self) -> None:
        # One value, as venues of several threads may share it.
        self._last = ("", "", "", "")

    def __call__(self, market: str, account: str) -> tuple[str, str]:
        """Name an account's wallet, and its position's own in a market."""
        last_market, last_account, own, its = self._last
        if last_account != account or last_market != market:
            own, its = wallet(account), bucket(market, account)
            self._last = (market, account, own, its)
        return own, its


wallet_and_bucket = _Named()


def pool(market: str) -> str:
    """Name a money market's vault."""
    return f"pool:{market}"


def outgoing(request_id: str) -> str:
    """Name what waits to leave the venue under one request."""
    return f"outgoing:{request_id}"


def named(posting: Posting, *, market: str, account: str) -> str:
    """Return the ledger account that a role of a posting means for one account in one market."""
    role = posting.account
    if role is _WALLET:
        return account if account in ROLES else f"wallet:{account}"
    if role is _POSITION:
        return f"position:{market}:{account}"
    if role is _POOL:
        return pool(market)
    return role.value


def may_be_negative(name: str) -> bool:
    """Tell whether a ledger account may fall below zero: world, house, backstop, a position's bucket."""
    return name.startswith("position:") or name in MAY_BE_NEGATIVE
