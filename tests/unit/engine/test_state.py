"""The hash of a state does not depend on the order in which it came about."""

from itertools import product

from solvent.engine.state import State, _paired

NAMES = tuple(product(("w", "wallet:a", "wallet:a b", "wallet:ab", "wallet:ä"), ("U", "USDC")))


def test_the_hash_does_not_depend_on_the_order_of_the_movements() -> None:
    digests = set()
    for order in (NAMES, NAMES[::-1], NAMES[3:] + NAMES[:3]):
        state = State()
        state.balances = {pair: NAMES.index(pair) for pair in order}
        digests.add(state.hash())
    assert len(digests) == 1


def test_units_stand_in_the_order_of_account_and_asset() -> None:
    backwards = {pair: NAMES.index(pair) for pair in reversed(NAMES)}
    assert _paired(backwards) == sorted((*pair, units) for pair, units in backwards.items())
