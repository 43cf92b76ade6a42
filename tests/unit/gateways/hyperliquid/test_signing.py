"""Signatures against the specification's vectors, the SDK's own published test, and what must not verify."""

from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from solvent.gateways.hyperliquid.signing import (
    NOBODY,
    USER_SIGNED,
    Signature,
    keccak,
    l1_digest,
    l1_hash,
    recover,
    user_digest,
)

ADDRESS = "0x14791697260e4c9a71f18484c9f997b308e59325"
KEY = "0x0123456789012345678901234567890123456789012345678901234567890123"
NONCE = 1_700_000_000_000
RECEIVER = "0x5e9ee1089755c3435139848e47e6635505d5a13a"
CHAIN_ID = 0x66EEE
ADD = {"type": "updateIsolatedMargin", "asset": 0, "isBuy": True, "ntli": 20_000_000}
TAKE = {**ADD, "ntli": -1_500_000}
ORDER = {
    "type": "order",
    "orders": [{"a": 0, "b": True, "p": "68041", "s": "0.002", "r": False, "t": {"limit": {"tif": "Ioc"}}}],
    "grouping": "na",
}
# Action, vaultAddress, expiresAfter, hash, r, s, v: section 5.2 of the interface's specification.
L1: list[tuple[Any, str | None, int | None, str, str, str, int]] = [
    (
        ADD, None, None,
        "64cb8e071e2b75a96c07b4474c6af822bde593513bd7ba3caa2ced4c275abe1b",
        "c2153c09c891545e3d205c61d6c93ca0d9323fa4bb7f6c8d1011aea8df7c5e4a",
        "7fc455c1fd6b6ac145fba16523604f0cc031738979b527271f2266134f877e59", 27,
    ),
    (
        TAKE, None, None,
        "532eb4b2b3bc1db344b1fa85b81ae68ec9f76216c5171d357bdb0ac73ea8c07b",
        "ffcb269632c50fbbac2756597b5fe8c888ec33257cc609b47ff61d848b57cf4f",
        "4fdb079ac57e3548f3f0d4db030aa52e0172303e191bde3f7f11d4aa4e216814", 28,
    ),
    (
        TAKE, None, 1_700_000_005_000,
        "953fad89b3d57f70328ce62c4690c65faba65c3c5bbeaf991d6720a1ef31232e",
        "28ec58f22a6bb7500fb332ba2d3c843ab769212d763e1e8f59ec15d28ceaa2da",
        "67e59a606758e2a979368cff126f8244abf76bf50e0322d5231b7b339441239b", 28,
    ),
    (
        {"type": "updateLeverage", "asset": 0, "isCross": False, "leverage": 5}, None, None,
        "eaa1364e19dc59c4ec127c85d852bc18593a02a50ba3ef6214d1dba78c70fdb5",
        "af40975a167183570e497534e61c9c4791e32660cf605dc5585d8282d249a43",
        "33ed6a074a917509b7290bf127ab998173ad48fb12bed37648b893f827025bc8", 28,
    ),
    (
        ORDER, None, None,
        "914aae34e56238f68cd123ad463c99a48a18bbf704fdb5f04a3872155e3f8393",
        "c959e40a32ff3c7e868531adb5a873c1696a29c13013358cd405a2482769e945",
        "388fa49169f60c1bba9da790c262ff9588fe602ee52794171ce9c35a96d7bc4f", 27,
    ),
    (
        {"type": "cancel", "cancels": [{"a": 0, "o": 7}]}, None, None,
        "01b061d119ceec2a90445ed8b680da4f39d7b4e5ed525194e92969291d570110",
        "cd986bbf8d9e0ca1766f0da62a314d06012382815361ad96770304426d1a5178",
        "4c80e9446af2dcef7d99cbb8048b85d25504f54dbb38948c9360c3109afb50b8", 27,
    ),
    (
        {**ADD, "ntli": 1_000_000}, "0x1719884eb866cb12b2287399b15f7db5e7d775ea", None,
        "8de7c888d6d3519291972179da72f83f7186e2288dad47e28b649d5b9d27a0dc",
        "96701e01d6c0c290ac5d0d550081d4390ad5dbfad016a51df69219672b3dd5fe",
        "2e55af7953388bd74ebd91a74070a1018741915a9f1534e9af49b11368a435aa", 28,
    ),
    (
        {"type": "topUpIsolatedOnlyMargin", "asset": 110_001, "leverage": "0.5"}, None, None,
        "0c05cee6439b7c5f9764b39297373b594776fa2eb2d586f39ba6be4c37833488",
        "847f6aee9883515f88b9892de49f1065c68539b36c4507709a3c72370bd46332",
        "3f0be4c1e35a6f6e8706ae945fcd569b018abdf494bee44e06d610cc44609c40", 27,
    ),
]  # fmt: skip
USER: list[tuple[dict[str, Any], str, str, int]] = [
    (
        {"type": "usdClassTransfer", "amount": "3.0", "toPerp": True, "nonce": NONCE},
        "3bb6245a198f3bce518f6f1ac646ab30104bbe880dbef3dd6ae6875381341fe5",
        "1eff07f1ed616604bd5efdd36b82c6667f81674410942986e64bd5826efa0dae", 27,
    ),
    (
        {"type": "usdSend", "destination": RECEIVER, "amount": "1.0", "time": NONCE},
        "be24a91614283cd7229d2f9efe16bb55535e4a9f2ac7c8beeb52ed9abb8fd586",
        "6f8beef07aa098abcec0d3c77dfb2b36166a54159382968322076728c7442ce3", 28,
    ),
    (
        {"type": "withdraw3", "destination": RECEIVER, "amount": "5.0", "time": NONCE},
        "b1cc31d140bab835d350086f75deb982a6f071b7aa7214591fc2fdfe98b6b1e2",
        "2fbf414b85ed0db01bd693acbc1254eb23235cecc8689b3888e90ac1a7a6d763", 27,
    ),
    (
        {"type": "approveAgent", "agentAddress": RECEIVER, "agentName": "", "nonce": NONCE},
        "524862e2b34223c4eb528fc24097be7cfc62eae3341856ee0eb2146948511ad6",
        "5fe72cee4d895e2632e457f9b42ee7688b3737950e188cd6a936713b992cf109", 28,
    ),
]  # fmt: skip


def signature(r: str, s: str, v: int) -> Signature:
    return Signature(r=int(r, 16), s=int(s, 16), v=v)


FIRST = signature(L1[0][4], L1[0][5], L1[0][6])


def signer_of(action: Any, signed: Signature = FIRST, nonce: int = NONCE) -> str:
    return recover(l1_digest(l1_hash(action, nonce=nonce)), signed)


@pytest.mark.parametrize(("action", "vault", "expires", "hashed", "r", "s", "v"), L1)
def test_an_l1_action_hashes_and_recovers_as_the_specification_says(
    action: Any, vault: str | None, expires: int | None, hashed: str, r: str, s: str, v: int
) -> None:
    found = l1_hash(action, nonce=NONCE, vault_address=vault, expires_after=expires)
    assert found.hex() == hashed
    assert recover(l1_digest(found), signature(r, s, v)) == ADDRESS


@pytest.mark.parametrize(("action", "r", "s", "v"), USER)
def test_a_user_signed_action_recovers_as_the_specification_says(
    action: dict[str, Any], r: str, s: str, v: int
) -> None:
    said = {**action, "hyperliquidChain": "Testnet"}
    digest = user_digest(said, USER_SIGNED[action["type"]], chain_id=CHAIN_ID)
    assert recover(digest, signature(r, s, v)) == ADDRESS


def test_the_first_vector_has_the_digest_that_is_told_step_by_step() -> None:
    digest = l1_digest(l1_hash(ADD, nonce=NONCE))
    assert digest.hex() == "2a8e234c15e32c3452ee8c66521ecaf629c7f2955416b395083a2dd3f7d6a00c"
    assert keccak(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


def test_the_sdks_own_published_order_hashes_as_there() -> None:
    order = {"a": 4, "b": True, "p": "1670.1", "s": "0.0147", "r": False, "t": {"limit": {"tif": "Ioc"}}}
    action = {"type": "order", "orders": [order], "grouping": "na"}
    found = l1_hash(action, nonce=1_677_777_606_040)
    assert found.hex() == "0fcbeda5ae3c4950a548021552a4fea2226858c4453571bf3f24ba017eac2908"


def test_other_orders_of_keys_other_numbers_and_the_mainnet_recover_other_addresses() -> None:
    turned = {name: ADD[name] for name in ("asset", "type", "isBuy", "ntli")}
    assert signer_of(turned) == "0xf8b00427a771477b2123a22db4c7a29a7b967de9"
    assert signer_of({**ADD, "ntli": 20_000_000.0}) == "0xaf21ca6b39b3f6397f25818c6b8bbb37742406bc"
    mainnet = encode_typed_data(full_message=typed(l1_hash(ADD, nonce=NONCE), "a"))
    found = Account.recover_message(mainnet, vrs=(FIRST.v, FIRST.r, FIRST.s))
    assert found.lower() == "0xcf461cf10299cdebc55c0c9971452feb02d69794"
    signed = Account.sign_message(mainnet, KEY)
    assert signer_of(ADD, Signature(r=signed.r, s=signed.s, v=signed.v)) != ADDRESS


def typed(connection: bytes, source: str) -> dict[str, Any]:
    domain = [
        ("name", "string"),
        ("version", "string"),
        ("chainId", "uint256"),
        ("verifyingContract", "address"),
    ]
    agent = [("source", "string"), ("connectionId", "bytes32")]
    return {
        "domain": {"chainId": 1337, "name": "Exchange", "verifyingContract": NOBODY, "version": "1"},
        "types": {
            name: [{"name": field, "type": kind} for field, kind in fields]
            for name, fields in (("Agent", agent), ("EIP712Domain", domain))
        },
        "primaryType": "Agent",
        "message": {"source": source, "connectionId": connection},
    }


def test_what_is_no_signature_is_nobodys() -> None:
    for r, s in ((0, 0), (1 << 256, 1), ((1 << 256) - 1, 1), (5, 0)):
        assert recover(bytes(32), Signature(r=r, s=s, v=27)) == NOBODY


@settings(max_examples=30, deadline=None)
@given(nonce=st.integers(0, 2**63), ntli=st.integers(-(2**63), 2**63), key=st.integers(1, 2**250))
def test_whatever_is_signed_recovers_to_its_signer(nonce: int, ntli: int, key: int) -> None:
    wallet = Account.from_key(key.to_bytes(32, "big"))
    action = {**ADD, "ntli": ntli}
    signed = wallet.sign_message(encode_typed_data(full_message=typed(l1_hash(action, nonce=nonce), "b")))
    assert signer_of(action, Signature(r=signed.r, s=signed.s, v=signed.v), nonce) == wallet.address.lower()
