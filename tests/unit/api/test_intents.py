import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.api import intents
from solvent.api.intents import IntentRefused, act, parse, plain_field, plain_number, render, stamp
from solvent.api.wishes import STEPS_MAX, Act, Batch, CreateKey, Deposit
from solvent.money import NumberRefused
from tests.unit.api.wishing import ACCOUNT, ASKS, EXPIRES_MS, PUBLIC, TAKE, VENUE, intent, plain_batches
from tests.unit.api.wishing import intents as any_intents

TAKE_ALONE = Act(verb="take", market="wETH/SOL", fields=(("amount", "0.5"),), asset="wETH")
TEXT = f"""\
Solvent intent 1 for venue {VENUE}
You ask to: Withdraw 0.5 wETH from your position in wETH/SOL to your wallet
action: act
verb: take
market: wETH/SOL
field.amount: 0.5 wETH
account: {ACCOUNT}
nonce: nonce-01
expires: 2027-01-15T08:00:00Z
guard.price_max: 26.1
guard.price_min: 25.9"""


def test_an_intent_is_written_as_people_read_it() -> None:
    assert render(intent(TAKE)) == TEXT
    assert parse(TEXT) == intent(TAKE)


SENTENCES = {
    "act": "Withdraw 0.5 wETH from your position in wETH/SOL to your wallet",
    "act without an amount": "Open or increase your position in BTC-PERP: size -0.01, limit 60000",
    "act without fields": "Close your position in BTC-PERP",
    "act on all": "Redeem all of your supply in wETH/SOL to your wallet",
    "order": "Place an order in XBTUSDTM: lots 5, limit 6, id 1e5 a",
    "transfer": f"Pay 1.25 SOL from your wallet to the account {'b' * 32}",
    "deposit": "Deposit 1000 USDC into your wallet",
    "withdraw": f"Send 0.000000001 SOL from your wallet to the address {PUBLIC}",
    "open_account": f"Open an account for the wallet {PUBLIC}",
    "bind_identity": f"Let the wallet {PUBLIC} act for your account as well, which cannot be undone",
    "create_key": 'Create the API key "my bot: 1" that may read and trade',
    "revoke_key": f"Revoke the API key {'c' * 32}",
    "batch": (
        "Do 4 things, one after the other: Withdraw 0.5 wETH from your position in wETH/SOL to your wallet; "
        "Deposit 1000 USDC into your wallet".replace("1000", "1")
        + "; Open or increase your position in BTC-PERP: size -0.01, limit 60000; and 1 more"
    ),
}


@pytest.mark.parametrize("name", ASKS)
def test_the_second_line_says_in_words_what_the_others_say(name: str) -> None:
    text = render(intent(ASKS[name]))
    assert text.split("\n")[1] == f"You ask to: {SENTENCES[name]}"
    assert parse(text) == intent(ASKS[name])


@given(any_intents)
def test_reading_what_was_written_gives_the_intent_back(wish: intents.Intent) -> None:
    assert parse(render(wish)) == wish


@given(any_intents, st.data())
def test_one_changed_character_is_refused_or_means_something_else_that_is_written_just_so(
    wish: intents.Intent, data: st.DataObject
) -> None:
    text = render(wish)
    place = data.draw(st.integers(0, len(text)))
    letter = data.draw(st.sampled_from(string.printable) | st.characters())
    for changed in (text[:place] + letter + text[place:], text[:place] + letter + text[place + 1 :],
                    text[:place] + text[place + 1 :]):  # fmt: skip
        if changed == text:
            continue
        try:
            found = parse(changed)
        except IntentRefused:
            continue
        assert found != wish
        assert render(found) == changed


@given(plain_batches, st.data())
def test_a_plain_batch_with_a_line_gone_or_elsewhere_is_refused_or_is_another_that_is_written_just_so(
    batch: Batch, data: st.DataObject
) -> None:
    lines = render(intent(batch)).split("\n")
    places = st.integers(0, len(lines) - 1)
    one, other = data.draw(places), data.draw(places)
    swapped = list(lines)
    swapped[one], swapped[other] = lines[other], lines[one]
    for changed in (
        swapped,
        [*lines[:one], *lines[one + 1 :]],
        [*lines[:one], lines[other], *lines[one:]],
        [*lines[:one], *lines[one:][:4], *lines[one:]],
        [*lines[:one], *lines[one + 4 :]],
    ):
        if changed == lines:
            continue
        try:
            found = parse("\n".join(changed))
        except IntentRefused:
            continue
        assert render(found).split("\n") == changed


@given(st.integers(1, STEPS_MAX))
def test_a_plain_batch_is_read_as_it_is_step_by_step(count: int) -> None:
    steps = tuple(TAKE_ALONE for _ in range(count))
    text = render(intent(Batch(steps=steps)))
    assert intents._plain_steps(text, text.split("\n")) == steps
    guarded = render(intent(Batch(steps=(*steps[1:], TAKE))))
    assert intents._plain_steps(guarded, guarded.split("\n")) == ()
    assert parse(guarded) == intent(Batch(steps=(*steps[1:], TAKE)))


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("intent 1", "intent 2", 1, "another version; this is version 1"),
        ("Solvent intent", "Insolvent intent", 1, "begins no intent"),
        (VENUE, VENUE[:-1], 1, "32 lower-case hex digits"),
        ("Withdraw 0.5", "Withdraw 0.4", 2, "write 'You ask to: Withdraw 0.5 wETH"),
        ("action: act", "action: transact", 3, "there are: act, transfer"),
        ("verb: take\n", "", 4, "stands where `verb: …` is expected"),
        ("verb: take", "verb:  take", 4, "spaces stand at an end or side by side"),
        ("verb: take", "verb: take ", 4, "spaces stand at an end or side by side"),
        ("verb: take\n", "verb: take\n\n", 5, "it is empty"),
        ("verb: take\n", "verb: take\nverb: take\n", 5, "stands where `market: …` is expected"),
        ("0.5 wETH\naccount", "0.50 wETH\naccount", 6, "write 'field.amount: 0.5 wETH'"),
        ("0.5 wETH\naccount", "+0.5 wETH\naccount", 6, "write"),
        ("0.5 wETH\naccount", "5e-1 wETH\naccount", 6, "write"),
        ("0.5 wETH\naccount", "0.5.1 wETH\naccount", 6, "0.5.1"),
        ("0.5 wETH\naccount", "0.5\naccount", 6, "the asset is ''"),
        ("field.amount: 0.5 wETH\n", "field.amount: 0.5 wETH\n" * 2, 7, "stands there twice"),
        ("field.amount: 0.5 wETH", "field.Amount: 0.5 wETH", 6, "a field's name"),
        (ACCOUNT, "A" * 32, 7, "32 lower-case hex digits, or new"),
        ("nonce-01", "nonce", 8, "8 to 64 letters"),
        ("2027-01-15T08:00:00Z", "2027-01-15T08:00Z", 9, "write 'expires: 2027-01-15T08:00:00Z'"),
        ("2027-01-15T08:00:00Z", "2027-1-15T08:00:00Z", 9, "give a moment as"),
        ("2027-01-15T08:00:00Z", "2027-02-30T08:00:00Z", 9, "give a moment as"),
        ("guard.price_max", "guard.price", 10, "no guard is named 'price'"),
        ("26.1", "26.10", 10, "write 'guard.price_max: 26.1'"),
        ("26.1", "dear", 10, "dear"),
        ("guard.price_min: 25.9", "guard.price_max: 26.1", 11, "each once"),
        ("guard.price_min: 25.9", "guard.leverage_max: 2", 11, "in the order of their names"),
        ("25.9", "25.9\n", 12, "it is empty"),
        ("25.9", "25.9\nand: more", 12, "one line too many"),
        ("guard.price_min: 25.9", "guard.price_min:25.9", 11, "'guard.price_min:25.9' stands where"),
        ("\n", "\r\n", 1, "U+000D"),
        ("wETH/SOL\nfield", "wΕTH/SOL\nfield", 5, "U+0395"),
        ("nonce-01", "nonce-0\u0661", 8, "U+0661"),
        ("nonce-01", "nonce-01\u200b", 8, "U+200B"),
        ("nonce-01", "nonce-01\t", 8, "U+0009"),
        ("field.amount: 0.5 wETH\naccount", f"field.amount: {'9' * 201} wETH\naccount", 6, "more than 200"),
        ("\nguard.price_max: 26.1\nguard.price_min: 25.9", "\nguard.price_min", 10, "stands where"),
    ],
)  # fmt: skip
def test_a_text_that_is_not_as_it_is_written_is_refused_by_its_line(
    old: str, new: str, line: int, words: str
) -> None:
    with pytest.raises(IntentRefused) as refused:
        parse(TEXT.replace(old, new))
    assert refused.value.line == line, refused.value
    assert words in str(refused.value)


@pytest.mark.parametrize("count", range(1, 9))
def test_a_text_that_ends_early_is_refused(count: int) -> None:
    with pytest.raises(IntentRefused):
        parse("\n".join(TEXT.split("\n")[:count]))


def test_two_ways_to_write_a_letter_are_both_refused() -> None:
    for label in ("\u00e9tude", "e\u0301tude"):
        text = render(intent(CreateKey(label="etude", scopes=("read",), key_expires_ms=EXPIRES_MS)))
        with pytest.raises(IntentRefused, match="U\\+0"):
            parse(text.replace("etude", label))


@pytest.mark.parametrize(
    ("step", "words"),
    [("open_account", "no step of a batch"), ("batch", "no step of a batch")],
)
def test_a_batch_holds_only_what_moves_value(step: str, words: str) -> None:
    text = render(intent(Batch(steps=(Deposit(asset="SOL", amount="1"),))))
    with pytest.raises(IntentRefused, match=words):
        parse(text.replace("1.action: deposit", f"1.action: {step}"))


def test_a_batch_has_a_step_and_at_most_a_hundred() -> None:
    step = Deposit(asset="SOL", amount="1")
    full = Batch(steps=(step,) * STEPS_MAX)
    assert parse(render(intent(full))).ask == full
    with pytest.raises(IntentRefused, match="at most 100 steps"):
        parse(render(intent(Batch(steps=(step,) * (STEPS_MAX + 1)))))
    with pytest.raises(IntentRefused, match="a batch has a step"):
        parse(render(intent(Batch(steps=(step,)))).replace("1.action", "2.action"))


def test_a_hundred_steps_with_guards_have_room() -> None:
    step = Act(
        verb="set_leverage",
        market="BTC-PERP",
        fields=(("leverage", "5"), ("size", "0.000001")),
        guards=tuple((name, "12345.67891234") for name in ("leverage_max", "price_max", "price_min")),
    )
    full = Batch(steps=(step,) * STEPS_MAX)
    assert parse(render(intent(full))).ask == full


@pytest.mark.parametrize(("action", "bytes_max"), [("act", 8 * 1024), ("batch", 32 * 1024)])
def test_a_text_past_the_limit_is_refused_before_it_is_read(action: str, bytes_max: int) -> None:
    text = TEXT.replace("action: act", f"action: {action}")
    with pytest.raises(IntentRefused, match=f"more than {bytes_max} bytes"):
        parse(text + "\u0430" * bytes_max)


@pytest.mark.parametrize(
    ("number", "plain"),
    [("0.50", "0.5"), ("1,000", "1000"), ("1e3", "1000"), ("5", "5"), (".5", "0.5"), ("000", "0")],
)  # fmt: skip
def test_a_number_has_one_form(number: str, plain: str) -> None:
    assert plain_number(number) == plain
    assert plain_number(plain) == plain


@pytest.mark.parametrize("number", ["-1", "1%", "one", "", "1e1000", "٣", "0x10", "NaN", "1 000"])
def test_what_is_no_number_is_no_amount(number: str) -> None:
    with pytest.raises(NumberRefused):
        plain_number(number)


def test_an_id_that_looks_like_a_number_stays_as_it_is() -> None:
    assert plain_field("id", "1e5") == "1e5"
    assert plain_field("size", "-1e5") == "-100000"
    assert plain_field("size", "-0") == "0"
    assert plain_field("slippage", "1.50%") == "1.5%"
    assert plain_field("tif", "GTC") == "GTC"


def test_an_action_is_made_from_what_a_form_gives_in_the_models_order() -> None:
    made = act(
        verb="open",
        market="wETH/SOL",
        fields={"leverage": " 2.50 ", "margin": "1,000", "slippage": ""},
        order=("margin", "leverage", "borrow", "slippage"),
        asset="SOL",
    )
    assert made.fields == (("margin", "1000"), ("leverage", "2.5"))
    assert made.asset == ""
    taken = act(
        verb="take", market="m", fields={"amount": "0.50"}, order=("amount",), asset="SOL",
        guards=(("price_min", "1"), ("leverage_max", "5")),
    )  # fmt: skip
    assert (taken.fields, taken.asset) == ((("amount", "0.5"),), "SOL")
    assert taken.guards == (("leverage_max", "5"), ("price_min", "1"))


@pytest.mark.parametrize("at_ms", [1, 10**18])
def test_a_moment_that_cannot_be_written_is_refused(at_ms: int) -> None:
    with pytest.raises(IntentRefused, match="the moment"):
        stamp(at_ms)


def test_what_cannot_be_printed_is_not_written() -> None:
    with pytest.raises(IntentRefused, match=r"U\+000A"):
        render(intent(CreateKey(label="a\nscopes: trade", scopes=("read",), key_expires_ms=EXPIRES_MS)))
