"""Sorted keys in blocks say the same as a sorted list."""

from random import Random

from solvent.risk import SortedKeys


def test_keys_are_added_removed_and_found_as_in_a_sorted_list() -> None:
    chance, kept, plain = Random(7), SortedKeys(), []
    for owner in range(5_000):
        key = float(chance.randint(0, 300))
        kept.add(key, owner)
        plain.append((key, owner))
    for pair in chance.sample(plain, 3_000):
        kept.remove(*pair)
        plain.remove(pair)
    assert len(kept) == len(plain)
    assert sorted(kept) == sorted(plain)
    assert [key for key, _ in kept] == sorted(key for key, _ in plain)
    for threshold in (-1.0, 0.0, 17.0, 150.5, 300.0, 1e9):
        assert sorted(kept.up_to(threshold)) == sorted(owner for key, owner in plain if key <= threshold)


def test_the_first_key_is_the_least_until_none_is_left() -> None:
    kept = SortedKeys([(3.0, 1), (2.0, 2)])
    assert kept.first == 2.0
    kept.add(1.0, 3)
    assert kept.first == 1.0
    for pair in ((1.0, 3), (2.0, 2), (3.0, 1)):
        kept.remove(*pair)
    assert kept.first == float("inf")
    assert kept.up_to(float("inf")) == []


def test_equal_keys_in_several_blocks_are_told_apart_by_their_owners() -> None:
    kept = SortedKeys((5.0, owner) for owner in range(3_000))
    kept.remove(5.0, 2_999)
    kept.remove(5.0, 0)
    assert sorted(kept.up_to(5.0)) == list(range(1, 2_999))
