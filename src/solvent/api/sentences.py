"""What an intent asks for as a sentence, made from the values of its other lines and from nothing else."""

from collections.abc import Mapping

from solvent.api.wishes import (
    Act,
    Ask,
    Batch,
    BindIdentity,
    CreateKey,
    Deposit,
    OpenAccount,
    RevokeKey,
    Step,
    Transfer,
    Withdraw,
)

TOLD_STEPS_MAX = 3
# What is done with an amount; `{0}` is the amount, `{1}` the market.
AMOUNTS: Mapping[str, str] = {
    "take": "Withdraw {0} from your position in {1} to your wallet",
    "add": "Add {0} from your wallet to your position in {1}",
    "borrow": "Borrow {0} against your position in {1} to your wallet",
    "repay": "Repay {0} of your debt in {1} from your wallet",
    "supply": "Supply {0} from your wallet to the lenders of {1}",
    "redeem": "Redeem {0} of your supply in {1} to your wallet",
}
OTHERS: Mapping[str, str] = {
    "open": "Open or increase your position in {0}",
    "close": "Close your position in {0}",
    "set_leverage": "Set the leverage of your position in {0}",
    "set_level": "Set your risk-limit level in {0}",
    "top_up": "Top up the margin of your position in {0} from your wallet",
    "order": "Place an order in {0}",
    "cancel": "Cancel an order in {0}",
}


def sentence(ask: Ask) -> str:
    """Return the sentence, without a full stop."""
    match ask:
        case Batch():
            return _batch(ask)
        case OpenAccount():
            return f"Open an account for the wallet {_wallet(ask.identity)}"
        case BindIdentity():
            return (
                f"Let the wallet {_wallet(ask.identity)} act for your account as well, which cannot be undone"
            )
        case CreateKey():
            return f'Create the API key "{ask.label}" that may {_joined(ask.scopes)}'
        case RevokeKey():
            return f"Revoke the API key {ask.key}"
        case _:
            return _step(ask)


def _step(step: Step) -> str:
    match step:
        case Act():
            return _act(step)
        case Transfer():
            return f"Pay {step.amount} {step.asset} from your wallet to the account {step.receiver}"
        case Deposit():
            return f"Deposit {step.amount} {step.asset} into your wallet"
        case Withdraw():
            return f"Send {step.amount} {step.asset} from your wallet to the address {step.address}"


def _act(step: Act) -> str:
    fields = dict(step.fields)
    if step.verb in AMOUNTS and tuple(fields) == ("amount",):
        amount = f"{fields['amount']} {step.asset}" if step.asset else fields["amount"].replace("max", "all")
        return AMOUNTS[step.verb].format(amount, step.market)
    # A verb that is not known here is refused by the market's model; until then it is named as it stands.
    lead = OTHERS.get(step.verb, f"Do {step.verb} in {{0}}").format(step.market)
    told = ", ".join(f"{name} {value}" for name, value in step.fields)
    return f"{lead}: {told}" if told else lead


def _batch(batch: Batch) -> str:
    told = "; ".join(_step(step) for step in batch.steps[:TOLD_STEPS_MAX])
    left = len(batch.steps) - TOLD_STEPS_MAX
    more = f"; and {left} more" if left > 0 else ""
    return f"Do {len(batch.steps)} things, one after the other: {told}{more}"


def _wallet(identity: str) -> str:
    return identity.partition(":")[2]


def _joined(scopes: tuple[str, ...]) -> str:
    return " and ".join((", ".join(scopes[:-1]), scopes[-1])) if len(scopes) > 1 else "".join(scopes)
