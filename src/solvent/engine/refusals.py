"""The engine's own refusals; every other code is the model's."""

from enum import StrEnum

from solvent.margin import RefusalNote, Refused, Term


class Code(StrEnum):
    """Refusal codes, append-only; each has one cause."""

    TIME_BACKWARDS = "TIME_BACKWARDS"
    ACCOUNT_ID_INVALID = "ACCOUNT_ID_INVALID"
    ACCOUNT_EXISTS = "ACCOUNT_EXISTS"
    ACCOUNT_UNKNOWN = "ACCOUNT_UNKNOWN"
    IDENTITY_TAKEN = "IDENTITY_TAKEN"
    MARKET_EXISTS = "MARKET_EXISTS"
    MARKET_UNKNOWN = "MARKET_UNKNOWN"
    MARKET_PAUSED = "MARKET_PAUSED"
    PRICE_UNKNOWN = "PRICE_UNKNOWN"
    FEED_MISSING = "FEED_MISSING"
    VERB_NOT_ALLOWED = "VERB_NOT_ALLOWED"
    NOT_OF_THIS_MODEL = "NOT_OF_THIS_MODEL"
    ROLE_UNKNOWN = "ROLE_UNKNOWN"
    AMOUNT_ZERO = "AMOUNT_ZERO"
    INSUFFICIENT_BALANCE = "INSUFFICIENT_BALANCE"
    VENUE_FUNDS_SHORT = "VENUE_FUNDS_SHORT"
    REQUEST_EXISTS = "REQUEST_EXISTS"
    REQUEST_UNKNOWN = "REQUEST_UNKNOWN"
    MODEL_UNKNOWN = "MODEL_UNKNOWN"
    ASSET_DIFFERS = "ASSET_DIFFERS"
    FUNDING_NOT_LATER = "FUNDING_NOT_LATER"
    FUNDING_AHEAD = "FUNDING_AHEAD"
    FEED_TWICE = "FEED_TWICE"
    CONFIDENCE_NEGATIVE = "CONFIDENCE_NEGATIVE"
    READING_AHEAD = "READING_AHEAD"
    READING_BACKWARDS = "READING_BACKWARDS"
    QUOTE_MOVED = "QUOTE_MOVED"
    KEY_ID_INVALID = "KEY_ID_INVALID"
    SCOPES_INVALID = "SCOPES_INVALID"
    KEY_EXISTS = "KEY_EXISTS"
    KEY_UNKNOWN = "KEY_UNKNOWN"
    KEY_REVOKED = "KEY_REVOKED"
    ORDERS_FULL = "ORDERS_FULL"
    SIGNER_UNKNOWN = "SIGNER_UNKNOWN"
    NONCE_USED = "NONCE_USED"
    NONCE_TOO_LOW = "NONCE_TOO_LOW"
    AGENT_INVALID = "AGENT_INVALID"
    AGENT_TAKEN = "AGENT_TAKEN"
    AGENTS_FULL = "AGENTS_FULL"


REFUSALS = tuple(
    RefusalNote(code=code.value, when=when, accepted=accepted)
    for code, when, accepted in (
        (Code.TIME_BACKWARDS, "the command's time lies before the last one's", "a later time"),
        (Code.ACCOUNT_ID_INVALID, "the id is not 32 lower-case hex digits", "an id that is"),
        (Code.ACCOUNT_EXISTS, "an account has that id", "another id"),
        (Code.ACCOUNT_UNKNOWN, "no account has that id", "a known account"),
        (Code.IDENTITY_TAKEN, "the identity is bound to an account", "another identity"),
        (Code.MARKET_EXISTS, "a market has that name", "another name"),
        (Code.MARKET_UNKNOWN, "no market has that name", "a known market"),
        (Code.MARKET_PAUSED, "the market is paused for opening and taking", "the same once it is resumed"),
        (Code.PRICE_UNKNOWN, "the market has had no price yet", "the same after its first price"),
        (Code.FEED_MISSING, "a tick lacks a feed of the market, or a price is not positive", "every feed"),
        (Code.VERB_NOT_ALLOWED, "the action is the engine's own", "an action of a trader or lender"),
        (
            Code.NOT_OF_THIS_MODEL,
            "the market's model has no such action, funding, pool or backstop",
            "what the market's model has",
        ),
        (Code.ROLE_UNKNOWN, "no account of the venue has that role", "a known role"),
        (Code.AMOUNT_ZERO, "the amount is not above zero", "an amount above zero"),
        (Code.INSUFFICIENT_BALANCE, "the wallet holds less, or orders reserve it", "up to what is free"),
        (Code.VENUE_FUNDS_SHORT, "an account of the venue would fall below zero", "a smaller amount"),
        (Code.REQUEST_EXISTS, "a settlement request has that id", "another id"),
        (Code.REQUEST_UNKNOWN, "no open settlement request has that id", "the id of an open one"),
        (
            Code.MODEL_UNKNOWN,
            "the market belongs to no model that the engine keeps",
            "a known model's market",
        ),
        (Code.ASSET_DIFFERS, "another market counts that asset in other decimals", "the same decimals"),
        (Code.FUNDING_NOT_LATER, "a funding is not after the last one noted", "a later moment"),
        (Code.FUNDING_AHEAD, "a funding lies after the venue's present moment", "a moment up to now"),
        (Code.FEED_TWICE, "a tick brings two readings of one feed", "one reading of each feed"),
        (Code.CONFIDENCE_NEGATIVE, "a reading's confidence is below zero", "a confidence of zero or more"),
        (
            Code.READING_AHEAD,
            "a reading was published after the venue's present moment",
            "a reading published up to now",
        ),
        (
            Code.READING_BACKWARDS,
            "a reading was published before the last one of its feed",
            "the moment of the last one, which holds it, or a later one",
        ),
        (Code.QUOTE_MOVED, "a guard of the action does not hold any more", "the same with a new quote"),
        (
            Code.KEY_ID_INVALID,
            "a key's id is empty, too long, or has other signs",
            "letters, digits, - and _",
        ),
        (Code.SCOPES_INVALID, "a key's scopes are none, unknown or out of order", "known scopes in order"),
        (Code.KEY_EXISTS, "a key has that id", "another id"),
        (Code.KEY_UNKNOWN, "no key of the account has that id", "the id of a key of its own"),
        (Code.KEY_REVOKED, "the key is revoked already", "the id of a key that is not"),
        (
            Code.ORDERS_FULL,
            "the account has as many orders resting in the market as one may have",
            "the same once an order is filled or cancelled",
        ),
        (Code.SIGNER_UNKNOWN, "the signer is no identity of the account, nor an agent of it", "one that is"),
        (Code.NONCE_USED, "the signer has used that number", "a higher number"),
        (Code.NONCE_TOO_LOW, "the number is below all that are kept of the signer's", "a higher number"),
        (Code.AGENT_INVALID, "an agent's identity or name is empty or too long", "shorter ones"),
        (Code.AGENT_TAKEN, "the agent is bound to an account, or signs under another name", "another agent"),
        (Code.AGENTS_FULL, "the account has as many named agents as one may have", "the name of one of them"),
    )
)


def refuse(code: Code, message: str, *terms: Term) -> Refused:
    """Build a refusal."""
    return Refused(code=code.value, message=message, terms=terms)
