"""Steps under one key: they are kept as one answer, told again step by step, and never carried out twice."""

import json

import pytest

from solvent import margin
from solvent.engine import State, commands, scan
from solvent.journal import Answered, Journal, batch_of, open_journal
from solvent.margin import tiered
from solvent.runtime import STREAM, Reply, RuntimeRefused, Venue, VirtualClock
from solvent.runtime.asked import Asked
from solvent.runtime.batch import carry_out
from solvent.runtime.repeats import answered
from solvent.runtime.replies import REFUSED_BYTES_MAX, STEPS_MAX
from tests.holding import held

# Four bytes a character.
LONG = "\N{GRINNING FACE}"
ALICE, BOB, CAROL = "1" * 32, "2" * 32, "3" * 32


def asking(key: str, *accounts: str, request: bytes = b"all") -> list[Asked]:
    """Return steps that open accounts, all under one key; a second one of the same is refused."""
    opening = [commands.OpenAccount(account=account) for account in accounts]
    keys = (key, *[None] * (len(accounts) - 1))
    return [
        Asked(command=command, account="operator", key=one, request=request)
        for one, command in zip(keys, opening, strict=True)
    ]


def done(journal: Journal, state: State, *asked: Asked) -> list[Reply]:
    return carry_out(journal, state, asked, now_ms=7, candidates=scan)


def bodies(replies: list[Reply]) -> list[bytes]:
    return [reply.body for reply in replies]


def test_steps_have_one_key_and_one_answer_and_are_told_again_one_by_one() -> None:
    steps = asking("three", ALICE, ALICE, BOB)
    with open_journal(":memory:", venue_id="v") as journal:
        state = State()
        first = done(journal, state, *steps)
        assert [reply.is_accepted for reply in first] == [True, False, True]
        assert [reply.is_repeat for reply in first] == [False] * 3
        kept = journal.answer_of("operator", "three")
        assert kept is not None
        assert [min(part) for part in json.loads(kept.answer)] == ["about", "accepted", "about"]
        seq, again = state.seq, done(journal, state, *steps)
        found = answered(journal, account="operator", key="three", request=b"all")
        assert bodies(again) == bodies(found) == bodies(first)
        assert all(reply.is_repeat for reply in (*again, *found))
        assert state.seq == journal.last_seq(STREAM) == seq == 2


def test_within_a_batch_a_repeat_is_told_the_same_and_what_stands_behind_it_is_carried_out() -> None:
    steps = asking("two", ALICE, ALICE)
    with open_journal(":memory:", venue_id="v") as journal:
        state = State()
        others, alone = asking("next", BOB, CAROL), asking("one", ALICE)
        told = done(journal, state, *steps, *steps, *others, *alone, *others)
        assert bodies(told[2:4]) == bodies(told[:2])
        assert bodies(told[7:]) == bodies(told[4:6])
        assert [reply.is_repeat for reply in told] == [False] * 2 + [True] * 2 + [False] * 3 + [True] * 2
        assert [reply.is_accepted for reply in told[4:7]] == [True, True, False]
        assert set(state.accounts) == {ALICE, BOB, CAROL}
        assert bodies(answered(journal, account="operator", key="next", request=b"all")) == bodies(told[4:6])
        assert bodies(answered(journal, account="operator", key="one", request=b"all")) == bodies(told[6:7])


@pytest.mark.parametrize("is_in_one_batch", [True, False])
def test_another_request_under_the_key_is_refused_step_by_step(*, is_in_one_batch: bool) -> None:
    first, other = asking("key", ALICE, BOB), asking("key", CAROL, CAROL, request=b"else")
    with open_journal(":memory:", venue_id="v") as journal:
        state = State()
        if is_in_one_batch:
            told = done(journal, state, *first, *other)[2:]
        else:
            done(journal, state, *first)
            told = done(journal, state, *other)
        assert [reply.read()["code"] for reply in told] == ["KEY_REUSED"] * 2
        assert CAROL not in state.accounts
        (refused,) = answered(journal, account="operator", key="key", request=b"else")
        assert refused.body == told[0].body


def test_a_step_whose_answer_is_not_kept_with_the_others_is_not_carried_out() -> None:
    whole = b'{"accepted":true,"seq":1,"at_ms":0,"events":[]}'
    older = Answered(account="operator", key="key", request=b"all", answer=whole)
    with open_journal(":memory:", venue_id="older") as journal:
        journal.append(STREAM, 0, batch_of([], [older], at_ms=0))
        state = State()
        one, two = done(journal, state, *asking("key", ALICE, BOB))
        assert (one.body, two.read()["code"], state.seq) == (whole, "KEY_REUSED", 0)


def test_a_key_that_is_new_is_answered_nothing() -> None:
    with open_journal(":memory:", venue_id="v") as journal:
        assert answered(journal, account="operator", key="new", request=b"all") == []


def test_steps_without_a_key_or_a_request_of_their_own_are_refused() -> None:
    command = commands.OpenAccount(account=ALICE)
    with Venue(open_journal(":memory:", venue_id="v"), clock=VirtualClock(0)) as venue:
        for keyed, request, words in (
            ([(None, command), ("key", command)], b"all", "the key is ''"),
            ([(None, command)], b"all", "the key is ''"),
            ([("key", command), (None, command)], None, "give the request of all steps"),
        ):
            with pytest.raises(RuntimeRefused, match=words):
                venue.hand_in(keyed, lambda *_: None, request=request)
        assert venue.state.seq == 0


def test_as_many_steps_as_one_answer_holds_have_one_key_and_no_more_whatever_they_are_answered() -> None:
    told: list[list[Reply] | None] = []
    with Venue(open_journal(":memory:", venue_id="v"), clock=VirtualClock(0)) as venue:
        for number in range(60):
            market = margin.preset("BTC-PERP")
            named = commands.CreateMarket(name=f"{number:02}" + LONG * 198, market=market)
            assert venue.ask(named, key=f"{number}").is_accepted
        venue.ask(commands.OpenAccount(account=ALICE), key="open")
        nowhere = commands.Act(account=ALICE, market=LONG * 200, action=tiered.Take(1))
        keyed = [("key", nowhere), *[(None, nowhere)] * (STEPS_MAX - 1)]
        with pytest.raises(
            RuntimeRefused, match="129 steps are asked under 1 keys; give one key at most 128"
        ):
            venue.hand_in([*keyed, (None, nowhere)], lambda *_: None, request=b"all")
        venue.hand_in(keyed, lambda replies, _: told.append(replies), request=b"all")
        venue.at_rest(lambda _: None).result()
        (replies,) = told
        assert replies is not None
        assert {reply.read()["code"] for reply in replies} == {"MARKET_UNKNOWN"}
        assert replies[0].read()["message"].endswith(" …")
        assert REFUSED_BYTES_MAX // 3 < len(replies[0].body) <= REFUSED_BYTES_MAX
        assert bodies(answered(venue.journal, account="operator", key="key", request=b"all")) == bodies(
            replies
        )


def test_steps_that_wait_beside_others_are_told_theirs() -> None:
    told: list[list[Reply] | None] = []
    with Venue(open_journal(":memory:", venue_id="v"), clock=VirtualClock(0)) as venue:
        with held(venue):
            for key, accounts in (("one", (ALICE, BOB)), ("two", (BOB, CAROL))):
                keyed = [(one.key, one.command) for one in asking(key, *accounts)]
                venue.hand_in(keyed, lambda replies, _: told.append(replies), request=b"all")
        venue.at_rest(lambda _: None).result()
    assert [[reply.is_accepted for reply in replies or ()] for replies in told] == [
        [True, True],
        [False, True],
    ]
