"""Shares of supply and of debt, and what a loan, a repayment and a loss do to the pool.

Virtual shares and assets keep the price of a share out of an attacker's hands in an empty market. Every
rounding favours the pool, so an action of one account never raises another's debt or lowers its claim;
the only losses are bad debt and the last lamports of a debt that is gone.
"""

from msgspec.structs import replace

from solvent.margin.lending.values import Market, Pool, Position, Stream
from solvent.money import Ratio, div_ceil, mul_div_ceil, mul_div_floor

VIRTUAL_SHARES = 10**6
VIRTUAL_ASSETS = 1
# A pool is written whole into each of its events: so many streams, and as many slots in a window, it keeps.
STREAMS_APART_MAX = 512


def supply_shares_floor(pool: Pool, assets: int) -> int:
    """Return the supply shares that `assets` lamports buy, rounded down, against the lender."""
    return mul_div_floor(assets, pool.supply_shares + VIRTUAL_SHARES, pool.supply_assets + VIRTUAL_ASSETS)


def supply_shares_ceil(pool: Pool, assets: int) -> int:
    """Return the supply shares that leave for `assets` lamports, rounded up, against the lender."""
    return mul_div_ceil(assets, pool.supply_shares + VIRTUAL_SHARES, pool.supply_assets + VIRTUAL_ASSETS)


def claim_of(pool: Pool, shares: int) -> int:
    """Return what supply shares are worth in lamports, rounded down.

    Source: docs/concepts/lending.md#shares
    """
    return mul_div_floor(shares, pool.supply_assets + VIRTUAL_ASSETS, pool.supply_shares + VIRTUAL_SHARES)


def borrow_shares_ceil(pool: Pool, assets: int) -> int:
    """Return the borrow shares that a new debt of `assets` lamports adds, rounded up."""
    return mul_div_ceil(assets, pool.borrow_shares + VIRTUAL_SHARES, pool.borrow_assets + VIRTUAL_ASSETS)


def borrow_shares_floor(pool: Pool, assets: int) -> int:
    """Return the borrow shares that a partial repayment burns, rounded down."""
    return mul_div_floor(assets, pool.borrow_shares + VIRTUAL_SHARES, pool.borrow_assets + VIRTUAL_ASSETS)


def least_supply(pool: Pool) -> int:
    """Return the least lamports that mint a supply share."""
    return div_ceil(pool.supply_assets + VIRTUAL_ASSETS, pool.supply_shares + VIRTUAL_SHARES)


def least_repayment(pool: Pool) -> int:
    """Return the least lamports that burn a borrow share."""
    return div_ceil(pool.borrow_assets + VIRTUAL_ASSETS, pool.borrow_shares + VIRTUAL_SHARES)


def debt_of(pool: Pool, shares: int) -> int:
    """Return the debt of borrow shares in lamports, rounded up, in favour of lenders.

    Formula: D = ceil(bsh * (B + 1) / (Bsh + 10^6)).
    Source:  docs/concepts/lending.md#shares
    """
    return mul_div_ceil(shares, pool.borrow_assets + VIRTUAL_ASSETS, pool.borrow_shares + VIRTUAL_SHARES)


def charges_of(market: Market, amount: int) -> tuple[int, int]:
    """Return (origination interest, origination fee) of a loan, each rounded up on its own."""
    interest, fee = market.origination_interest, market.origination_fee
    return mul_div_ceil(amount, interest.num, interest.den), mul_div_ceil(amount, fee.num, fee.den)


def owed_of(market: Market, amount: int) -> int:
    """Return what a loan of `amount` lamports adds to the debt: itself and both charges."""
    interest, fee = charges_of(market, amount)
    return amount + interest + fee


def debt_after_loan(market: Market, pool: Pool, position: Position, amount: int) -> int:
    """Return a position's debt after a loan of `amount` lamports, with the shares' own rounding."""
    owed = owed_of(market, amount)
    minted = borrow_shares_ceil(pool, owed)
    grown = replace(pool, borrow_assets=pool.borrow_assets + owed, borrow_shares=pool.borrow_shares + minted)
    return debt_of(grown, position.borrow_shares + minted)


def lend_out(market: Market, pool: Pool, position: Position, amount: int) -> tuple[Pool, Position]:
    """Pay out a loan: cash falls, debt grows by the loan and its charges, the interest starts to stream.

    The fee becomes supply of the protocol; nothing leaves for it. Source: docs/concepts/lending.md#loans
    """
    interest, fee = charges_of(market, amount)
    owed = amount + interest + fee
    minted = borrow_shares_ceil(pool, owed)
    fee_shares = supply_shares_floor(pool, fee)
    after = replace(
        pool,
        cash=pool.cash - amount,
        borrow_assets=pool.borrow_assets + owed,
        borrow_shares=pool.borrow_shares + minted,
        supply_assets=pool.supply_assets + fee,
        supply_shares=pool.supply_shares + fee_shares,
        protocol_shares=pool.protocol_shares + fee_shares,
        streams=_with_stream(market, pool.streams, Stream(interest, pool.last_s)),
        locked=pool.locked + interest,
    )
    return after, replace(position, borrow_shares=position.borrow_shares + minted)


def _with_stream(market: Market, streams: tuple[Stream, ...], new: Stream) -> tuple[Stream, ...]:
    """Append a stream; one that starts with the latest, or before it, is merged with it.

    Where many are kept already it starts at the next slot, and all of a slot are one.
    Source: docs/concepts/lending.md#origination-streams
    """
    if not new.amount:
        return streams
    if len(streams) >= STREAMS_APART_MAX:
        slot_s = max(1, div_ceil(market.origination_window_s, STREAMS_APART_MAX))
        new = Stream(new.amount, div_ceil(new.start_s, slot_s) * slot_s)
    if streams and streams[-1].start_s >= new.start_s:
        return (*streams[:-1], Stream(streams[-1].amount + new.amount, streams[-1].start_s))
    return (*streams, new)


def take_back(pool: Pool, position: Position, amount: int) -> tuple[Pool, Position]:
    """Take a repayment of `amount` lamports, at most the debt, into the pool.

    Exactly the debt burns all of the position's shares; when that is one lamport above B the lenders
    gain it. Less burns shares rounded down.
    """
    if amount == debt_of(pool, position.borrow_shares):
        burned = position.borrow_shares
    else:
        burned = borrow_shares_floor(pool, amount)
    surplus = max(0, amount - pool.borrow_assets)
    after = replace(
        pool,
        cash=pool.cash + amount,
        borrow_assets=pool.borrow_assets - amount + surplus,
        borrow_shares=pool.borrow_shares - burned,
        supply_assets=pool.supply_assets + surplus,
    )
    return _without_dust(after), replace(position, borrow_shares=position.borrow_shares - burned)


def _without_dust(pool: Pool) -> Pool:
    """Take what rounding left in B off the supply once nobody owes anything."""
    if pool.borrow_shares or not pool.borrow_assets:
        return pool
    return lose(pool, pool.borrow_assets)


def lose(pool: Pool, amount: int) -> Pool:
    """Take `amount` lamports off debt and supply; where supply is short, all streams are released first."""
    if amount > pool.supply_assets:
        pool = replace(pool, supply_assets=pool.supply_assets + pool.locked, locked=0, streams=())
    return replace(pool, borrow_assets=pool.borrow_assets - amount, supply_assets=pool.supply_assets - amount)


def write_off(pool: Pool, position: Position) -> tuple[Pool, Position, int]:
    """Cancel a debt that nothing stands behind, pro rata over all supply shares; return the loss too.

    Source: docs/concepts/lending.md#bad-debt
    """
    bad = min(debt_of(pool, position.borrow_shares), pool.borrow_assets)
    left = lose(replace(pool, borrow_shares=pool.borrow_shares - position.borrow_shares), bad)
    return _without_dust(left), replace(position, borrow_shares=0), bad


def share_price(pool: Pool) -> Ratio:
    """Return the value of one supply share in lamports, exactly."""
    return Ratio(pool.supply_assets + VIRTUAL_ASSETS, pool.supply_shares + VIRTUAL_SHARES)


def check_invariants(
    pool: Pool,
    *,
    borrow_shares: int,
    supply_shares: int,
    collateral: int,
    vault: int,
    released: int | None = None,
) -> tuple[str, ...]:
    """Name the invariants that do not hold; empty when all do.

    `borrow_shares` and `collateral` are sums over all positions, `supply_shares` over all lenders without
    the protocol, `vault` the tokens held; `released` what the streams have released by `last_s`.
    Source: docs/concepts/lending.md#invariants
    """
    streaming = sum(stream.amount for stream in pool.streams)
    checks = (
        ("cash + B = S + locked", pool.cash + pool.borrow_assets == pool.supply_assets + pool.locked),
        ("sum of borrow shares = Bsh", borrow_shares == pool.borrow_shares),
        ("sum of supply shares = Ssh", supply_shares + pool.protocol_shares == pool.supply_shares),
        ("sum of collateral = vault", collateral == vault),
        ("locked = streams - released", released is None or pool.locked == streaming - released),
        ("nothing is negative", min(pool.cash, pool.borrow_assets, pool.supply_assets, pool.locked) >= 0),
    )
    return tuple(name for name, holds in checks if not holds)
