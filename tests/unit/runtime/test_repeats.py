"""Steps under one key: they are kept as one answer, told again step by step, and never carried out twice."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent import margin
from solvent.engine import State, commands, encode, scan
from solvent.engine.events import AccountOpened
from solvent.journal import Answered, Journal, Record, batch_of, open_journal
from solvent.margin import tiered
from solvent.runtime import STREAM, Reply, RuntimeRefused, Venue, VirtualClock, replay
from solvent.runtime.asked import Asked, Keyed
from solvent.runtime.batch import carry_out
from solvent.runtime.repeats import answered
from solvent.runtime.replies import REFUSED_BYTES_MAX, STEPS_MAX, kept_apart, kept_of
from tests.holding import held

# Four bytes a character.
LONG = "\N{GRINNING FACE}"
ALICE, BOB, CAROL = "1" * 32, "2" * 32, "3" * 32


def asking(key: str, *accounts: str, request: bytes = b"all") -> Asked:
    """Return steps that open accounts, all under one key; a second one of the same is refused."""
    opening = tuple([commands.OpenAccount(account=account) for account in accounts])
    return Asked(commands=opening, account="operator", key=key, request=request)


def done(journal: Journal, state: State, *asked: Asked) -> list[Reply]:
    return carry_out(journal, state, asked, now_ms=7, candidates=scan)


def bodies(replies: list[Reply]) -> list[bytes]:
    return [reply.body for reply in replies]


def test_steps_have_one_key_and_one_answer_and_are_told_again_one_by_one() -> None:
    steps = asking("three", ALICE, ALICE, BOB)
    with open_journal(":memory:", venue_id="v") as journal:
        state = State()
        first = done(journal, state, steps)
        assert [reply.is_accepted for reply in first] == [True, False, True]
        assert [reply.is_repeat for reply in first] == [False] * 3
        kept = journal.answer_of("operator", "three")
        assert kept is not None
        assert json.loads(kept.answer) == {"steps": [1, first[1].read(), 1], "seq": 2, "at_ms": 7}
        seq, again = state.seq, done(journal, state, steps)
        found = answered(journal, account="operator", key="three", request=b"all")
        assert bodies(again) == bodies(found) == bodies(first)
        assert all(reply.is_repeat for reply in (*again, *found))
        assert state.seq == journal.last_seq(STREAM) == seq == 2


def test_within_a_batch_a_repeat_is_told_the_same_and_what_stands_behind_it_is_carried_out() -> None:
    steps = asking("two", ALICE, ALICE)
    with open_journal(":memory:", venue_id="v") as journal:
        state = State()
        others, alone = asking("next", BOB, CAROL), asking("one", ALICE)
        told = done(journal, state, steps, steps, others, alone, others)
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
            told = done(journal, state, first, other)[2:]
        else:
            done(journal, state, first)
            told = done(journal, state, other)
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
        one, two = done(journal, state, asking("key", ALICE, BOB))
        assert (one.body, two.read()["code"], state.seq) == (whole, "KEY_REUSED", 0)


def test_a_key_that_is_new_is_answered_nothing() -> None:
    with open_journal(":memory:", venue_id="v") as journal:
        assert answered(journal, account="operator", key="new", request=b"all") == []


@pytest.mark.parametrize("told", [1, 2])
def test_answers_that_were_once_kept_as_a_list_are_given_step_by_step(told: int) -> None:
    refused = b'{"accepted":false,"code":"ACCOUNT_TAKEN"}'
    steps = asking("key", ALICE, ALICE)
    with open_journal(":memory:", venue_id="older") as journal:
        event = Record("account_opened", 1, encode(AccountOpened(at_ms=0, account=ALICE, identities=())))
        places = [b'{"about":1,"seq":1,"at_ms":0}', refused][:told]
        listed = Answered(account="operator", key="key", request=b"all", answer=b"[%b]" % b",".join(places))
        journal.append(STREAM, 0, batch_of([event], [listed], at_ms=0))
        state = replay(journal)
        one, two = done(journal, state, steps)
        assert one.read()["events"][0]["account"] == ALICE
        assert two.body == refused if told == 2 else two.read()["code"] == "KEY_REUSED"
        assert state.seq == 1


@given(counts=st.lists(st.none() | st.integers(0, 3), min_size=1, max_size=STEPS_MAX))
def test_what_is_kept_of_steps_is_the_place_of_each_ones_events_or_its_refusal(
    counts: list[int | None],
) -> None:
    """Of each step the same is kept whether it was asked with others or alone."""
    seq, answers, apart = 5, list[Reply](), list[bytes]()
    for number, count in enumerate(counts):
        if count is None:
            told = b'{"accepted":false,"code":"%d"}' % number
            answers.append(Reply(is_accepted=False, told=told))
        else:
            seq += count
            answers.append(Reply(is_accepted=True, count=count, seq=seq, at_ms=9))
        apart.append(kept_of(answers, 1, seq=seq, at_ms=9))
    assert kept_apart(kept_of(answers, len(answers), seq=seq, at_ms=9)) == apart


def test_steps_without_a_key_or_a_request_of_their_own_are_refused() -> None:
    command = commands.OpenAccount(account=ALICE)
    cases: tuple[tuple[Keyed, bytes | None, str], ...] = (
        (("", (command, command)), b"all", "the key is ''"),
        (("key", (command, command)), None, "2 steps have the key 'key'; give the request of all"),
        (("key", ()), b"all", "0 commands are asked under the key 'key'; give 1 to 128"),
    )
    with Venue(open_journal(":memory:", venue_id="v"), clock=VirtualClock(0)) as venue:
        for keyed, request, words in cases:
            with pytest.raises(RuntimeRefused, match=words):
                venue.hand_in([keyed], lambda *_: None, request=request)
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
        too_many = [("key", [nowhere] * (STEPS_MAX + 1))]
        with pytest.raises(RuntimeRefused, match="129 commands are asked under the key 'key'; give 1 to 128"):
            venue.hand_in(too_many, lambda *_: None, request=b"all")
        most = [("key", [nowhere] * STEPS_MAX)]
        venue.hand_in(most, lambda replies, _: told.append(replies), request=b"all")
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
                steps = asking(key, *accounts).commands
                venue.hand_in([(key, steps)], lambda replies, _: told.append(replies), request=b"all")
        venue.at_rest(lambda _: None).result()
    assert [[reply.is_accepted for reply in replies or ()] for replies in told] == [
        [True, True],
        [False, True],
    ]
