"""A market gets other rules while positions are open, as venues change their tables."""

from solvent.engine.acting import market_unknown
from solvent.engine.books import model_of
from solvent.engine.commands import ChangeMarket
from solvent.engine.events import MarketChanged
from solvent.engine.recorder import Recorder
from solvent.engine.refusals import Code, refuse
from solvent.margin import InputRefused, Refused, Term, registry


def change_market(recorder: Recorder, command: ChangeMarket) -> Refused | None:
    """Give a market other rules; its model and its assets stay. A market with a pool keeps its own.

    What is open is judged by the new rules from the next price on: nothing is liquidated by this itself.
    """
    state = recorder.state
    if command.name not in state.markets:
        return market_unknown(state, command.name)
    kept = state.markets[command.name]
    model = model_of(kept)
    try:
        is_of_model = registry.of(command.market) is model
    except InputRefused:
        is_of_model = False
    # Interest has accrued by a pool's own rules: they could only change for all of its past at once.
    if not is_of_model or kept.pool is not None:
        return refuse(
            Code.NOT_OF_THIS_MODEL,
            f"the rules of {command.name} are those of {kept.model}; they can be changed to others of it "
            "alone, and not at all where there is a pool",
            Term("model", kept.model),
        )
    if model.wallet_assets(command.market) != model.wallet_assets(kept.market):
        return refuse(
            Code.ASSET_DIFFERS,
            f"the rules given count in other assets than {command.name} does; give the same",
            Term("market", command.name),
        )
    recorder.emit(
        MarketChanged(at_ms=recorder.now_ms, name=command.name, model=kept.model, market=command.market)
    )
    return None
