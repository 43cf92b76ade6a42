"""Accounts, identities and markets come into being; markets pause and resume."""

from msgspec.structs import replace

from solvent.engine import ledger
from solvent.engine.acting import account_unknown, market_unknown
from solvent.engine.books import assets_of, model_of
from solvent.engine.commands import BindIdentity, CreateMarket, OpenAccount, SetPaused
from solvent.engine.events import AccountOpened, IdentityBound, MarketCreated, MarketPaused
from solvent.engine.recorder import Recorder
from solvent.engine.refusals import Code, refuse
from solvent.engine.state import State
from solvent.margin import InputRefused, Refused, Term, registry
from solvent.margin.parts import housed
from solvent.money import Asset


def open_account(recorder: Recorder, command: OpenAccount) -> Refused | None:
    """Make an account known."""
    state = recorder.state
    if not ledger.is_account_id(command.account):
        return refuse(
            Code.ACCOUNT_ID_INVALID,
            f"{command.account!r} is no account id; give 32 lower-case hex digits",
            Term("account", command.account),
        )
    if command.account in state.accounts:
        return refuse(
            Code.ACCOUNT_EXISTS,
            f"the account {command.account} exists already; give another id",
            Term("account", command.account),
        )
    for identity in command.identities:
        if _is_taken(state, identity) or command.identities.count(identity) > 1:
            return identity_taken(identity)
    recorder.emit(
        AccountOpened(at_ms=recorder.now_ms, account=command.account, identities=command.identities)
    )
    return None


def bind_identity(recorder: Recorder, command: BindIdentity) -> Refused | None:
    """Bind a proved identity to an account."""
    state: State = recorder.state
    if command.account not in state.accounts:
        return account_unknown(command.account)
    if _is_taken(state, command.identity):
        return identity_taken(command.identity)
    recorder.emit(IdentityBound(at_ms=recorder.now_ms, account=command.account, identity=command.identity))
    return None


def _is_taken(state: State, identity: str) -> bool:
    """Tell whether an identity is somebody's: an account's own, or an agent's."""
    return identity in state.identities or identity in state.agents


def identity_taken(identity: str) -> Refused:
    """Refuse an identity that is bound already."""
    return refuse(
        Code.IDENTITY_TAKEN,
        f"{identity} is bound to an account already; one identity belongs to one account",
        Term("identity", identity),
    )


def create_market(recorder: Recorder, command: CreateMarket) -> Refused | None:
    """Open a market with an empty pool where its model has one."""
    if command.name in recorder.state.markets:
        return refuse(
            Code.MARKET_EXISTS,
            f"a market named {command.name!r} exists already; give another name",
            Term("market", command.name),
        )
    try:
        model = housed(registry.of(command.market))
    except InputRefused as fault:
        return refuse(Code.MODEL_UNKNOWN, str(fault), Term("market", command.name))
    refusal = _asset_differs(recorder.state, model.wallet_assets(command.market))
    if refusal is not None:
        return refusal
    recorder.emit(
        MarketCreated(
            at_ms=recorder.now_ms,
            name=command.name,
            model=model.NAME,
            market=command.market,
            pool=model.empty_pool(command.market, now_ms=recorder.now_ms),
        )
    )
    return None


def _asset_differs(state: State, assets: tuple[Asset, ...]) -> Refused | None:
    """Refuse an asset that another market counts in other units: one ledger entry has one unit."""
    known = assets_of(state)
    for asset in assets:
        decimals = known.get(asset.symbol, asset).decimals
        if asset.decimals != decimals:
            return refuse(
                Code.ASSET_DIFFERS,
                f"{asset.symbol} has {decimals} decimals in this venue and {asset.decimals} in the new one; "
                f"give it {decimals}, or another symbol",
                Term("asset", asset.symbol),
                Term("decimals", decimals),
            )
    return None


def set_paused(recorder: Recorder, command: SetPaused) -> Refused | None:
    """Pause or resume a market; a pool that knows the pause itself is accrued first."""
    state = recorder.state
    if command.market not in state.markets:
        return market_unknown(state, command.market)
    kept = state.markets[command.market]
    pool = kept.pool
    if pool is not None:
        accrued = model_of(kept).accrued(kept.market, pool, now_ms=recorder.now_ms)
        pool = replace(accrued, paused=command.paused)
    recorder.emit(
        MarketPaused(
            at_ms=recorder.now_ms,
            market=command.market,
            model=kept.model,
            paused=command.paused,
            pool=pool,
        )
    )
    return None
