import pytest
from eth_account import Account

from solvent.venues import BadAddress
from solvent.venues.addresses import read_address

KEY = "0x0123456789012345678901234567890123456789012345678901234567890123"
ADDRESS = Account.from_key(KEY).address


def test_an_address_is_read_in_small_letters_capitals_and_with_its_checksum() -> None:
    assert ADDRESS == "0x14791697260E4c9A71f18484C9f997B308e59325"
    for given in (ADDRESS, ADDRESS.lower(), "0X" + ADDRESS[2:].upper()):
        assert read_address(given) == "0x14791697260e4c9a71f18484c9f997b308e59325"


def test_capitals_that_are_no_checksum_tell_of_a_wrong_digit() -> None:
    with pytest.raises(BadAddress, match="a digit is wrong; copy it again"):
        read_address(ADDRESS[:-1] + "6")


@pytest.mark.parametrize(
    "text", ["", "0x", "0x1479", ADDRESS[2:], ADDRESS + "0", ADDRESS[:-1] + "g", "0x" + "1" * 9999]
)
def test_what_is_no_address_is_told_to_be_none(text: str) -> None:
    with pytest.raises(BadAddress, match="give 0x and 40 hex digits") as found:
        read_address(text)
    assert len(str(found.value)) < 200


def test_each_address_of_many_keys_has_the_checksum_that_others_print() -> None:
    for number in range(1, 30):
        address = Account.from_key(number.to_bytes(32, "big")).address
        assert read_address(address) == address.lower()
