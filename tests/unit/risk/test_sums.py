"""Sums up to a key say the same as adding the owners up one by one, whatever was changed before."""

from random import Random

from solvent.risk.sums import SummedKeys


def test_sums_follow_every_change_and_ties_are_told_apart_from_what_is_below() -> None:
    chance = Random(3)
    held = {owner: (chance.randint(-9, 9), 10**30 + owner) for owner in range(4_000)}
    plain = [(float(chance.randint(0, 200)), owner) for owner in range(3_000)]
    kept = SummedKeys(plain, held.__getitem__, width=2)
    for step in range(40):
        for pair in chance.sample(plain, 20):
            kept.remove(*pair)
            plain.remove(pair)
        for owner in range(3_000 + step * 20, 3_000 + step * 20 + 20):
            pair = (float(chance.randint(0, 200)), owner)
            kept.add(*pair)
            plain.append(pair)
        for threshold in (-1.0, 0.0, 77.0, 99.5, 200.0, 300.0):
            below = [owner for key, owner in plain if key < threshold]
            sums = [sum(held[owner][at] for owner in below) for at in (0, 1)]
            assert kept.below(threshold) == (len(below), *sums)
            assert sorted(kept.at(threshold)) == sorted(owner for key, owner in plain if key == threshold)
    assert kept.all()[0] == len(kept) == len(plain)


def test_nothing_sums_to_nothing_until_something_comes() -> None:
    kept = SummedKeys((), lambda owner: (owner,), width=1)
    assert kept.below(5.0) == kept.all() == (0, 0)
    kept.add(1.0, 7)
    kept.add(2.0, 8)
    assert kept.below(2.0) == (1, 7)
    kept.remove(1.0, 7)
    kept.remove(2.0, 8)
    assert kept.all() == (0, 0)
