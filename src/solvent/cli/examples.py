"""An example of each command, shown under its help; the tests run every one."""

from collections.abc import Mapping

from solvent.margin import Model

_FLAGS: Mapping[str, str] = {
    "tiered": "--market BTC-PERP --size 0.002 --mark 64794 --equity 45.86 --leverage 5 --take 10",
    "risk_limit": "--market XBTUSDTM --lots 100 --entry 60000 --mark 64794 --margin 1000 --take 100",
    "lending": "--market wETH-SOL --collateral 3 --debt 20.4 --token-price 2300 --sol-price 96 --take 0.5",
}


def of(model: Model, command: str) -> str:
    """Return a call that works as it stands; of a model without one, what it needs at least."""
    needed = " ".join(f"--{field.name} …" for field in model.BOOK_FIELDS if field.default is None)
    return f"solvent calc {command} {_FLAGS.get(model.NAME, needed)}"
