"""Who signs for an account by numbers: each number once, the highest kept, agents by their names."""

import pytest

from solvent.engine import commands, decode, encode
from solvent.engine.agents import NAMED_MAX
from solvent.engine.commands import ApproveAgent, BindIdentity, OpenAccount, UseNonce
from solvent.engine.events import AgentApproved, NonceUsed
from solvent.engine.nonces import NONCES_KEPT, signs_for
from solvent.engine.snapshot import copied, decode_state, encode_state
from solvent.margin import Refused
from tests.unit.engine.venues import ALICE, BOB, Venue, funded_venue

NOBODY = "f" * 32
HERS, HIS, AGENT, OTHER = ("ethereum:0xa1", "ethereum:0xb1", "ethereum:0xc1", "ethereum:0xc2")


def venue() -> Venue:
    found = funded_venue()
    found.do(BindIdentity(account=ALICE, identity=HERS))
    found.do(BindIdentity(account=BOB, identity=HIS))
    return found


def use(nonce: int, signer: str = HERS, account: str = ALICE) -> UseNonce:
    return UseNonce(account=account, signer=signer, nonce=nonce)


def approve(agent: str = AGENT, name: str = "", account: str = ALICE, expires_ms: int = 9) -> ApproveAgent:
    return ApproveAgent(account=account, agent=agent, name=name, expires_ms=expires_ms)


def code(found: object) -> str:
    assert isinstance(found, Refused), found
    return found.code


def test_a_number_is_used_up_once_and_by_each_signer_for_itself() -> None:
    stage = venue()
    (event,) = stage.do(use(7))
    assert isinstance(event, NonceUsed)
    assert (event.nonce, event.dropped) == (7, None)
    assert code(stage.ask(use(7))) == "NONCE_USED"
    stage.do(use(3))
    stage.do(use(7, HIS, BOB))
    assert stage.state.nonces == {HERS: (3, 7), HIS: (7,)}


def test_the_highest_are_kept_and_what_is_below_all_of_them_is_refused() -> None:
    stage = venue()
    for nonce in range(100, 100 + NONCES_KEPT):
        stage.do(use(nonce))
    refused = stage.ask(use(99))
    assert code(refused) == "NONCE_TOO_LOW"
    assert isinstance(refused, Refused)
    assert "below all that are kept" in refused.message
    (event,) = stage.do(use(1_000))
    assert isinstance(event, NonceUsed)
    assert event.dropped == 100
    assert len(stage.state.nonces[HERS]) == NONCES_KEPT
    assert code(stage.ask(use(100))) == "NONCE_TOO_LOW"
    assert code(stage.ask(use(101))) == "NONCE_USED"


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (use(1, account=NOBODY), "ACCOUNT_UNKNOWN"),
        (use(1, HIS), "SIGNER_UNKNOWN"),
        (use(1, AGENT), "SIGNER_UNKNOWN"),
        (approve(account=NOBODY), "ACCOUNT_UNKNOWN"),
        (approve(agent=""), "AGENT_INVALID"),
        (approve(name="n" * 65), "AGENT_INVALID"),
        (approve(agent=HERS), "AGENT_TAKEN"),
        (approve(agent=HIS), "AGENT_TAKEN"),
    ],
)
def test_who_may_not_sign_is_refused(command: UseNonce | ApproveAgent, found: str) -> None:
    assert code(venue().ask(command)) == found


def test_an_agent_signs_for_the_account_until_another_takes_its_name() -> None:
    stage = venue()
    stage.do(approve())
    stage.do(use(1, AGENT))
    assert signs_for(stage.state, AGENT) == signs_for(stage.state, HERS) == ALICE
    (event,) = stage.do(approve(OTHER))
    assert isinstance(event, AgentApproved)
    assert event.replaced == AGENT
    assert code(stage.ask(use(2, AGENT))) == "SIGNER_UNKNOWN"
    stage.do(use(1, OTHER))
    assert signs_for(stage.state, AGENT) is None


def test_an_agent_is_renewed_under_its_name_and_has_no_other() -> None:
    stage = venue()
    stage.do(approve(name="bot"))
    stage.do(approve(name="bot", expires_ms=99))
    assert stage.state.agents[AGENT].expires_ms == 99
    assert code(stage.ask(approve(name="second"))) == "AGENT_TAKEN"
    assert code(stage.ask(approve(name="bot", account=BOB))) == "AGENT_TAKEN"


def test_an_account_has_three_named_agents_and_one_without_a_name() -> None:
    stage = venue()
    stage.do(approve("ethereum:0xc0"))
    for number in range(NAMED_MAX):
        stage.do(approve(f"ethereum:0xd{number}", f"bot {number}"))
    assert code(stage.ask(approve("ethereum:0xd9", "bot 9"))) == "AGENTS_FULL"
    stage.do(approve("ethereum:0xd9", "bot 1"))
    stage.do(approve("ethereum:0xc9"))
    stage.do(approve("ethereum:0xe1", "bot 9", account=BOB))
    assert sorted(stage.state.agents) == [
        *("ethereum:0xc9", "ethereum:0xd0", "ethereum:0xd2", "ethereum:0xd9", "ethereum:0xe1"),
    ]


def test_an_agent_is_nobodys_identity() -> None:
    stage = venue()
    stage.do(approve())
    assert code(stage.ask(BindIdentity(account=BOB, identity=AGENT))) == "IDENTITY_TAKEN"
    assert code(stage.ask(OpenAccount(account=NOBODY, identities=(AGENT,)))) == "IDENTITY_TAKEN"


def test_numbers_and_agents_are_in_the_hash_the_snapshot_and_the_replay() -> None:
    stage = venue()
    before = stage.state.hash()
    stage.do(approve(name="bot"))
    with_agent = stage.state.hash()
    stage.do(use(5))
    copy, after = copied(stage.state), stage.state.hash()
    assert len({before, with_agent, after}) == 3
    assert stage.replayed().hash() == after
    again = decode_state(encode_state(stage.state))
    assert (again.nonces, again.agents, again.hash()) == (stage.state.nonces, stage.state.agents, after)
    stage.do(use(6))
    assert copy.hash() == after
    assert all(decode(encode(event)) == event for event in stage.events[-3:])


def test_what_is_put_aside_is_out_of_reach_and_comes_back() -> None:
    stage = funded_venue()
    free = stage.state.balance(f"wallet:{ALICE}", "USDC")
    (event,) = stage.do(commands.SetAside(account=ALICE, asset="USDC", units=free))
    assert getattr(event, "cause", "") == "set_aside"
    assert stage.state.balance(f"aside:{ALICE}", "USDC") == free
    assert code(stage.ask(commands.Transfer(account=ALICE, receiver=BOB, asset="USDC", units=1))) == (
        "INSUFFICIENT_BALANCE"
    )
    (event,) = stage.do(commands.SetAside(account=ALICE, asset="USDC", units=5, back=True))
    assert getattr(event, "cause", "") == "brought_back"
    assert stage.state.balance(f"wallet:{ALICE}", "USDC") == 5


@pytest.mark.parametrize(
    ("account", "units", "back", "found"),
    [
        (NOBODY, 1, False, "ACCOUNT_UNKNOWN"),
        (ALICE, 0, False, "AMOUNT_ZERO"),
        (ALICE, 0, True, "AMOUNT_ZERO"),
        (ALICE, 10**20, False, "INSUFFICIENT_BALANCE"),
        (ALICE, 1, True, "INSUFFICIENT_BALANCE"),
    ],
)
def test_what_is_not_there_is_not_put_aside(account: str, units: int, back: bool, found: str) -> None:
    command = commands.SetAside(account=account, asset="USDC", units=units, back=back)
    assert code(funded_venue().ask(command)) == found
