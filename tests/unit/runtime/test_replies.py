"""An answer stays small whatever its command set off, and says how much it leaves out."""

from itertools import chain

from solvent import margin
from solvent.engine import State, commands
from solvent.engine.codec import encode_all
from solvent.engine.commands import AnyCommand
from solvent.engine.events import AccountOpened, Acted
from solvent.engine.ticks import scan
from solvent.journal import Answered, Record, batch_of, open_journal
from solvent.margin.parts import FeedReading
from solvent.money import Ratio
from solvent.runtime import Reply, Venue, VirtualClock, replies
from solvent.runtime.asked import Asked
from solvent.runtime.batch import EVENTS_AT_ONCE, carry_out
from solvent.runtime.committed import Committed
from solvent.runtime.writer import STREAM

MARKET = "BTC-PERP"
POSITIONS = 1_500


def tick(price: int) -> commands.Tick:
    return commands.Tick(market=MARKET, readings=(FeedReading(feed="mark", price=Ratio(price, 1)),))


def at_20x(account: str) -> tuple[AnyCommand, ...]:
    market = margin.preset(MARKET)
    book = margin.book(market, size="0", mark="60000", leverage="20")
    lever = margin.action(book, "set_leverage", leverage="20")
    return (
        commands.OpenAccount(account=account),
        commands.Deposit(account=account, asset="USDC", units=5_000 * 10**6, request_id=account),
        commands.Confirm(request_id=account),
        commands.Act(account=account, market=MARKET, action=lever),
        commands.Act(account=account, market=MARKET, action=margin.action(book, "open", size="0.2")),
    )


def test_a_tick_that_liquidates_more_than_an_answer_tells_lands_whole_and_counts_the_rest() -> None:
    with Venue(open_journal(":memory:", venue_id="crowd"), clock=VirtualClock(0)) as venue:
        first = (commands.CreateMarket(name=MARKET, market=margin.preset(MARKET)), tick(60_000))
        crowd = chain.from_iterable(at_20x(f"{number:032x}") for number in range(POSITIONS))
        waiting = [venue.submit(one, key=str(number)) for number, one in enumerate(chain(first, crowd))]
        assert all(answer.result().is_accepted for answer in waiting)
        before = venue.journal.last_seq(STREAM)
        reply = venue.ask(tick(57_500), key="crash")
        told = reply.read()
        landed = venue.journal.last_seq(STREAM) - before
        assert landed > POSITIONS
        assert len(told["events"]) + told["untold"] == landed
        assert len(reply.body) < 2 * replies.TOLD_BYTES_MAX
        assert venue.ask(tick(57_500), key="crash").body == reply.body


def test_a_tick_liquidates_whoever_opened_in_its_own_batch_or_whom_given_candidates_name() -> None:
    def liquidated(venue: Venue) -> list[str]:
        first = (commands.CreateMarket(name=MARKET, market=margin.preset(MARKET)), tick(60_000))
        one, other = (at_20x(f"{number:032x}") for number in range(2))
        for number, command in enumerate((*first, *one, tick(59_999))):
            assert venue.ask(command, key=str(number)).is_accepted
        together = [(f"last {number}", command) for number, command in enumerate((*other, tick(57_500)))]
        *_, crash = venue.submit_together(together)
        return [one.account for one in crash.result().events if isinstance(one, Acted)]

    with Venue(open_journal(":memory:", venue_id="v"), clock=VirtualClock(0)) as venue:
        assert liquidated(venue) == [f"{0:032x}", f"{1:032x}"]
    with Venue(
        open_journal(":memory:", venue_id="v"), clock=VirtualClock(0), candidates=lambda *_: [f"{1:032x}"]
    ) as venue:
        assert liquidated(venue) == [f"{1:032x}"]


def answer_of(payloads: list[bytes], *, count: int) -> Reply:
    """Return the answer that tells the last so many events of a batch."""
    begin = len(payloads) - count
    return Reply(is_accepted=True, payloads=payloads, begin=begin, count=count, seq=2, at_ms=0)


def test_an_answer_tells_every_event_that_fits_and_nothing_of_a_rest_that_is_not_there() -> None:
    assert answer_of([b"0", b"1", b"2"], count=2).body == (
        b'{"accepted":true,"seq":2,"at_ms":0,"events":[1,2]}'
    )


def test_one_event_is_told_whole_up_to_the_limit_and_not_beyond_it() -> None:
    fits, is_longer = b"x" * replies.TOLD_BYTES_MAX, b"x" * (replies.TOLD_BYTES_MAX + 1)
    opening = b'{"accepted":true,"seq":2,"at_ms":0,"events":['
    assert answer_of([b"0", fits], count=1).body == opening + fits + b"]}"
    assert answer_of([b"0", is_longer], count=1).body == opening + b'],"untold":1}'


def test_what_does_not_fit_is_cut_behind_the_last_whole_event() -> None:
    event = b'"' + b"x" * (replies.TOLD_BYTES_MAX // 2 - 2) + b'"'
    reply: Reply = answer_of([event] * 4, count=3)
    assert (len(reply.read()["events"]), reply.read()["untold"]) == (2, 1)


def test_with_a_key_only_the_place_of_its_events_is_kept_and_both_repeats_are_byte_for_byte() -> None:
    command = commands.OpenAccount(account="1" * 32, identities=("a", "b"))
    asked = Asked(commands=(command,), account="operator", key="open", request=b"open")
    with open_journal(":memory:", venue_id="places") as journal:
        state = State()

        def ask(count: int) -> list[Reply]:
            return carry_out(journal, state, [asked] * count, now_ms=7, candidates=scan)

        first, within_batch = ask(2)
        (later,) = ask(1)
        kept = journal.answer_of("operator", "open")
    assert kept is not None
    assert kept.answer == b'{"about":1,"seq":1,"at_ms":7}'
    assert first.read()["events"][0]["identities"] == ["a", "b"]
    assert first.events == (AccountOpened(at_ms=7, account="1" * 32, identities=("a", "b")),)
    assert (first.seq, first.at_ms) == (1, 7)
    assert [within_batch.body, later.body] == [first.body] * 2
    assert (first.is_repeat, within_batch.is_repeat, later.is_repeat) == (False, True, True)


def test_of_a_batch_longer_than_what_is_written_in_one_go_each_is_told_its_own_events() -> None:
    count = 2 * EVENTS_AT_ONCE + 1
    opened = [commands.OpenAccount(account=f"{number:032x}") for number in range(count)]
    asked = [Asked(commands=(one,), account="operator", key=one.account, request=b"") for one in opened]
    with open_journal(":memory:", venue_id="long") as journal:
        state = State()
        told = carry_out(journal, state, asked, now_ms=7, candidates=scan)
        again = carry_out(journal, state, asked, now_ms=8, candidates=scan)
    assert [one.read()["events"][0]["account"] for one in told] == [one.account for one in opened]
    assert [one.body for one in again] == [one.body for one in told]


def test_an_answer_that_was_once_kept_whole_is_given_as_it_is() -> None:
    whole = b'{"accepted":true,"seq":1,"at_ms":0,"events":[{"an":"event"}]}'
    answered = Answered(account="operator", key="k", request=b"r", answer=whole)
    with open_journal(":memory:", venue_id="older") as journal:
        journal.append(STREAM, 0, batch_of([Record("x", 1, b"{}")], [answered], at_ms=0))
        asked = Asked(commands=(tick(1),), account="operator", key="k", request=b"r")
        (reply,) = carry_out(journal, State(), [asked], now_ms=0, candidates=scan)
    assert (reply.body, reply.is_accepted, reply.is_repeat) == (whole, True, True)


def test_the_events_of_a_reply_are_the_same_at_hand_and_read_from_their_bytes() -> None:
    market = margin.preset(MARKET)
    first = (commands.CreateMarket(name=MARKET, market=market), tick(60_000), *at_20x("1" * 32), tick(57_500))
    asked = [
        Asked(commands=(one,), account="operator", key=f"{n}", request=b"") for n, one in enumerate(first)
    ]
    heard: list[Committed] = []
    with open_journal(":memory:", venue_id="heard") as one, open_journal(":memory:", venue_id="not") as other:
        told = carry_out(one, State(), asked, now_ms=0, candidates=scan, on_commit=heard.append)
        untold = carry_out(other, State(), asked, now_ms=0, candidates=scan)
    assert [reply.at_hand for reply in told] == [reply.events for reply in told]
    assert [event for reply in told for event in reply.events] == [*heard[0].events]
    assert all(reply.at_hand == () for reply in untold)
    assert [encode_all(reply.events) for reply in untold] == [encode_all(reply.events) for reply in told]
    assert len(untold[-1].events) > 1


def test_events_are_at_hand_while_somebody_listens_and_after_a_listener_failed() -> None:
    with Venue(open_journal(":memory:", venue_id="v"), clock=VirtualClock(0)) as venue:

        def opened(number: int) -> Reply:
            return venue.ask(commands.OpenAccount(account=f"{number:032x}"), key=f"{number}")

        assert opened(1).at_hand == ()
        venue.committed(lambda _: None, lambda _: None).result()
        heard = opened(2)
        assert heard.at_hand == heard.events != ()

        def fail(_: Committed) -> None:
            raise ValueError("a fault of a listener")

        venue.committed(fail, lambda _: None).result()
        assert opened(3).at_hand != ()
        assert len(venue.faults) == 1


def test_events_are_at_hand_where_the_only_listener_failed() -> None:
    with Venue(open_journal(":memory:", venue_id="v"), clock=VirtualClock(0)) as venue:

        def fail(_: Committed) -> None:
            raise ValueError("a fault of a listener")

        venue.committed(fail, lambda _: None).result()
        replies_to = [venue.ask(commands.OpenAccount(account=f"{n:032x}"), key=f"{n}") for n in range(2)]
        assert all(reply.at_hand for reply in replies_to)
