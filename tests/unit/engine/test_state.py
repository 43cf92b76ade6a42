"""The hash of a state does not depend on the order in which it came about."""

from itertools import product

from solvent.engine.state import State

NAMES = tuple(product(("w", "wallet:a", "wallet:a b", "wallet:ab", "wallet:ä"), ("U", "USDC")))


def with_balances(order: tuple[tuple[str, str], ...]) -> State:
    state = State()
    for name, asset in order:
        state.balances.setdefault(asset, {})[name] = NAMES.index((name, asset))
    return state


def test_the_hash_does_not_depend_on_the_order_of_the_movements() -> None:
    digests = {with_balances(order).hash() for order in (NAMES, NAMES[::-1], NAMES[3:] + NAMES[:3])}
    assert len(digests) == 1


def test_units_stand_in_the_order_of_account_and_asset() -> None:
    expected = [(*pair, number) for number, pair in enumerate(NAMES)]
    assert with_balances(NAMES[::-1])._sorted_balances() == sorted(expected)


def test_a_ledger_account_holds_nothing_of_what_it_never_had() -> None:
    state = with_balances(NAMES[:1])
    assert [state.balance("w", asset) for asset in ("U", "USDC")] == [0, 0]
    assert state.ledger() == {("w", "U"): 0}
