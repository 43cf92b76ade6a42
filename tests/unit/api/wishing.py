"""Intents for tests: one of each kind, and any that a text can hold."""

from hypothesis import strategies as st

from solvent.api.intents import Intent
from solvent.api.wishes import (
    GUARDS,
    Act,
    Batch,
    BindIdentity,
    CreateKey,
    Deposit,
    OpenAccount,
    RevokeKey,
    Transfer,
    Withdraw,
)

VENUE = "5a" * 16
ACCOUNT = "a" * 32
PUBLIC = "FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF"
EXPIRES_MS = 1_800_000_000_000
TAKE = Act(
    verb="take",
    market="wETH/SOL",
    fields=(("amount", "0.5"),),
    asset="wETH",
    guards=(("price_max", "26.1"), ("price_min", "25.9")),
)
OPEN = Act(verb="open", market="BTC-PERP", fields=(("size", "-0.01"), ("limit", "60000")))
ASKS = {
    "act": TAKE,
    "act without an amount": OPEN,
    "act without fields": Act(verb="close", market="BTC-PERP", fields=()),
    "act on all": Act(verb="redeem", market="wETH/SOL", fields=(("amount", "max"),)),
    "order": Act(verb="order", market="XBTUSDTM", fields=(("lots", "5"), ("limit", "6"), ("id", "1e5 a"))),
    "transfer": Transfer(asset="SOL", amount="1.25", receiver="b" * 32),
    "deposit": Deposit(asset="USDC", amount="1000"),
    "withdraw": Withdraw(asset="SOL", amount="0.000000001", address=PUBLIC),
    "open_account": OpenAccount(identity=f"solana:{PUBLIC}"),
    "bind_identity": BindIdentity(identity=f"solana:{PUBLIC}"),
    "create_key": CreateKey(label="my bot: 1", scopes=("read", "trade"), key_expires_ms=EXPIRES_MS),
    "revoke_key": RevokeKey(key="c" * 32),
    "batch": Batch(steps=(TAKE, Deposit(asset="USDC", amount="1"), OPEN, TAKE)),
}


def intent(ask: object, *, account: str = ACCOUNT) -> Intent:
    return Intent(venue=VENUE, ask=ask, account=account, nonce="nonce-01", expires_ms=EXPIRES_MS)  # type: ignore[arg-type]


_numbers = st.decimals("0", "1e12", allow_nan=False, places=9).map(lambda number: f"{number.normalize():f}")
_signed = st.tuples(st.sampled_from(["", "-"]), _numbers.filter(lambda text: text != "0")).map("".join)
_symbols = st.from_regex(r"[A-Za-z]{1,8}", fullmatch=True)
_ids = st.from_regex(r"[0-9a-f]{32}", fullmatch=True)
_words = st.from_regex(r"[A-Za-z]{1,8}", fullmatch=True)
_keys = st.from_regex(r"[1-9A-HJ-NP-Za-km-z]{32,44}", fullmatch=True)
_moments = st.integers(0, 4_000_000_000).map(lambda seconds: seconds * 1000)
_guards = st.dictionaries(st.sampled_from(GUARDS), _numbers).map(lambda found: tuple(sorted(found.items())))
_acts = st.builds(
    Act,
    verb=st.from_regex(r"[a-z_]{1,12}", fullmatch=True),
    market=st.from_regex(r"[A-Za-z/.-]{1,16}", fullmatch=True),
    fields=st.dictionaries(
        st.from_regex(r"[a-z_]{1,8}", fullmatch=True).filter(lambda name: name != "amount"), _signed | _words
    ).map(lambda found: tuple(found.items())),
    guards=_guards,
)
_amounts = st.builds(
    Act,
    verb=st.sampled_from(["take", "add", "borrow", "repay", "supply", "redeem", "strange"]),
    market=st.from_regex(r"[A-Za-z/.-]{1,16}", fullmatch=True),
    fields=_numbers.map(lambda number: (("amount", number),)),
    asset=_symbols,
    guards=_guards,
)
_alone = st.builds(
    Act,
    verb=st.sampled_from(["take", "add", "strange"]),
    market=st.sampled_from(["BTC-PERP", "wETH/SOL"]),
    fields=(_numbers | st.just("0.000000001")).map(lambda number: (("amount", number),)),
    asset=_symbols,
) | st.builds(Act, verb=st.just("redeem"), market=st.just("wETH/SOL"), fields=st.just((("amount", "max"),)))
# Of amounts alone, which are read at once.
plain_batches = st.builds(Batch, steps=st.lists(_alone, min_size=1, max_size=12).map(tuple))
_steps = (
    _acts
    | _amounts
    | st.builds(Transfer, asset=_symbols, amount=_numbers, receiver=_ids)
    | st.builds(Deposit, asset=_symbols, amount=_numbers)
    | st.builds(Withdraw, asset=_symbols, amount=_numbers, address=_keys)
)
_asks = (
    _steps
    | st.builds(OpenAccount, identity=_keys.map("solana:{}".format))
    | st.builds(BindIdentity, identity=_keys.map("solana:{}".format))
    | st.builds(
        CreateKey,
        label=st.from_regex(r"[!#-~]{1,20}( [!#-~]{1,20})?", fullmatch=True),
        scopes=st.lists(st.sampled_from(["read", "trade", "margin"]), min_size=1, max_size=3).map(tuple),
        key_expires_ms=_moments,
    )
    | st.builds(RevokeKey, key=_ids)
    | st.builds(Batch, steps=st.lists(_steps, min_size=1, max_size=5).map(tuple))
    | plain_batches
)
intents = st.builds(
    Intent,
    venue=_ids,
    ask=_asks,
    account=_ids | st.just("new"),
    nonce=st.from_regex(r"[A-Za-z0-9_-]{8,64}", fullmatch=True),
    expires_ms=_moments,
)
