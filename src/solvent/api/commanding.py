"""Wishes as the engine's commands: fields are read by the market's model, amounts by the asset's decimals."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from msgspec import Struct

from solvent import margin
from solvent.api import intents
from solvent.api.counting import AMOUNT, Counted, MarketVerb
from solvent.api.intents import Intent
from solvent.api.keys import key_id_of
from solvent.api.problems import Code, Problem, nearest, of_refusal
from solvent.api.reading import assets_of
from solvent.api.signing import SigningRefused, read_key
from solvent.api.wishes import (
    GUARDS,
    NEW,
    Act,
    Batch,
    BindIdentity,
    CreateKey,
    Deposit,
    Guard,
    OpenAccount,
    RevokeKey,
    Step,
    Transfer,
    Withdraw,
)
from solvent.engine import State, book_of, commands
from solvent.engine.acting import market_unknown, price_unknown
from solvent.engine.books import is_priced, model_of
from solvent.engine.commands import ActGuards, AnyCommand
from solvent.margin import Verb, registry
from solvent.money import Amount, NumberRefused, Ratio

_VERBS = {verb.value: verb for verb in Verb}


class _Books:
    """An account's books at one moment, each put together once; not kept over a pause."""

    def __init__(self, state: State, account: str) -> None:
        self.state = state
        self.account = account
        self._made: dict[str, Any] = {}

    def __getitem__(self, market: str) -> Any:
        """Return the book in a market.

        Errors: `Problem` for a market that is not there, or has no price.
        """
        found = self._made.get(market)
        if found is None:
            found = self._made[market] = _book(self.state, market, self.account)
        return found


class _Amounts(Struct, frozen=True, gc=False, kw_only=True):
    """A verb of a market that is read from an amount alone: what it counts, and the action that holds it."""

    counted: Counted
    kind: Callable[[int], Any]

    def action(self, text: str) -> Any | None:
        """Return the action of an amount's text; none of one that is no number, such as `max`.

        Errors: `NumberRefused`.
        """
        units = self.counted.units(text)
        return None if units is None else self.kind(units)


class Commanding:
    """What turns wishes into commands; it remembers the fields of verbs, and what their amounts count."""

    def __init__(self) -> None:
        self._counted: dict[tuple[str, Verb], str] = {}
        self._orders: dict[tuple[str, str], tuple[str, ...]] = {}
        self._amounts: dict[tuple[str, str], _Amounts] = {}
        # The same verbs of markets, and what they count: it grows and never changes.
        self.counted: dict[tuple[str, str], Counted] = {}

    def drafted(
        self,
        state: State,
        *,
        market: str,
        verb: str,
        fields: Mapping[str, str],
        guards: tuple[Guard, ...] = (),
    ) -> Act:
        """Return an action as an intent says it, from what a form gives; nobody's book is looked at.

        Errors: `InputRefused`, `NumberRefused`, `IntentRefused`; `Problem` for a market without a price.
        """
        found = margin.verb_of(verb)
        book = _book(state, market, NEW)
        order = _order(book, found)
        for name in fields:
            if name not in order:
                raise Problem(
                    Code.FIELD_UNKNOWN,
                    f"{found.value} on {market} has no field {name!r}; {nearest(name, order)}",
                    terms={"field": name},
                )
        margin.action(book, found, **fields)
        return intents.act(
            verb=found.value,
            market=market,
            fields=fields,
            order=order,
            asset=self.asset_of(state, market, found),
            guards=guards,
        )

    def commanded(self, state: State, intent: Intent) -> list[AnyCommand]:
        """Return what an intent asks of the engine: one command, or one for each step of a batch.

        Errors: those of reading a field; `Problem`.
        """
        request, books = f"{intent.account}-{intent.nonce}", _Books(state, intent.account)
        match intent.ask:
            case Batch():
                return [
                    self._act(books, step)
                    if type(step) is Act
                    else self._step(books, step, f"{request}-{number}")
                    for number, step in enumerate(intent.ask.steps, 1)
                ]
            case OpenAccount():
                return [commands.OpenAccount(account=intent.account, identities=(intent.ask.identity,))]
            case BindIdentity():
                return [commands.BindIdentity(account=intent.account, identity=intent.ask.identity)]
            case CreateKey():
                return [_key_granted(intent, intent.ask)]
            case RevokeKey():
                return [commands.RevokeKey(account=intent.account, key_id=intent.ask.key)]
            case _:
                return [self._step(books, intent.ask, request)]

    def of_units(
        self, account: str, verbs: Sequence[MarketVerb], steps: Iterable[tuple[int, int]]
    ) -> list[AnyCommand]:
        """Return the actions of a batch whose amounts were read already, of verbs in `counted`."""
        found = [(market, self._amounts[market, verb].kind) for market, verb in verbs]
        made: list[AnyCommand] = []
        for number, units in steps:
            market, kind = found[number]
            made.append(commands.Act(account=account, market=market, action=kind(units)))
        return made

    def act(
        self,
        state: State,
        *,
        account: str,
        market: str,
        verb: str,
        fields: Mapping[str, str],
        guards: Mapping[str, str],
    ) -> commands.Act:
        """Return an action that a key asks for.

        Errors: as `drafted`.
        """
        text, alone = fields.get(AMOUNT, ""), self._amounts.get((market, verb))
        if alone is not None and len(fields) == 1 and not guards:
            action = alone.action(text)
            if action is not None:
                return commands.Act(account=account, market=market, action=action)
        action = margin.action(_book(state, market, account), verb, **fields)
        if len(fields) == 1:
            self._learn(state, action, market=market, verb=margin.verb_of(verb), text=text)
        return commands.Act(account=account, market=market, action=action, guards=read_guards(guards))

    def asset_of(self, state: State, market: str, verb: Verb) -> str:
        """Return what the field `amount` of a verb counts, as the model's own maximum does; or nothing.

        Errors: `Problem` for a market that is not there, or has no price.
        """
        if (market, verb) not in self._counted:
            book = _book(state, market, NEW)
            if AMOUNT not in _order(book, verb):
                return ""
            limits = margin.limits(book, now_ms=state.now_ms)
            for found in limits.maxima:
                self._counted[market, found.verb] = found.amount.asset.symbol
            kept = state.markets[market]
            self._counted.setdefault((market, verb), model_of(kept).wallet_assets(kept.market)[0].symbol)
        return self._counted[market, verb]

    def _step(self, books: _Books, step: Step, request: str) -> AnyCommand:
        state, account = books.state, books.account
        match step:
            case Act():
                return self._act(books, step)
            case Transfer():
                amount = _amount(state, step.amount, step.asset)
                return commands.Transfer(
                    account=account, receiver=step.receiver, asset=step.asset, units=amount.units
                )
            case Deposit():
                amount = _amount(state, step.amount, step.asset)
                return commands.Deposit(
                    account=account, asset=step.asset, units=amount.units, request_id=request
                )
            case Withdraw():
                amount = _amount(state, step.amount, step.asset)
                _require_address(step.address)
                return commands.Withdraw(
                    account=account,
                    asset=step.asset,
                    units=amount.units,
                    address=step.address,
                    request_id=request,
                )

    def _act(self, books: _Books, act: Act) -> commands.Act:
        """Return an action that was signed: only with its fields in order, and amounts of the right asset."""
        alone = self._amounts.get((act.market, act.verb))
        units = None if alone is None else alone.counted.units_of(act)
        if alone is not None and units is not None:
            return commands.Act(account=books.account, market=act.market, action=alone.kind(units))
        book, fields = books[act.market], dict(act.fields)
        verb = _VERBS.get(act.verb) or margin.verb_of(act.verb)
        action = registry.of(book).read_action(book, verb, fields)
        guards = read_guards(dict(act.guards)) if act.guards else None
        if len(fields) > 1 and tuple(fields) != (order := self._order_of(act, book, fields)):
            raise Problem(
                Code.INTENT_INVALID,
                f"the fields of {act.verb} on {act.market} stand in the order {', '.join(order)}; "
                "write them so, or let /intents/draft write the text",
            )
        # An amount such as `max` counts nothing.
        is_counted = fields.get(AMOUNT, "")[:1].isdigit()
        asset = self.asset_of(books.state, act.market, verb) if is_counted else ""
        if act.asset != asset:
            raise Problem(
                Code.INTENT_INVALID,
                f"the amount of {act.verb} on {act.market} counts {asset or 'no asset'}, and the text says "
                f"{act.asset}; write {asset or 'none'}",
                terms={"asset": asset},
            )
        if len(fields) == 1:
            self._learn(books.state, action, market=act.market, verb=verb, text=fields.get(AMOUNT, ""))
        return commands.Act(account=books.account, market=act.market, action=action, guards=guards)

    def _learn(self, state: State, action: Any, *, market: str, verb: Verb, text: str) -> None:
        """Remember how an action was made of its amount, if a number and its kind are all there is to it."""
        if (market, verb.value) in self._amounts or not text[:1].isdigit():
            return
        asset, kind = assets_of(state)[self.asset_of(state, market, verb)], type(action)
        alone = _Amounts(counted=Counted(asset), kind=kind)
        # A model may read finer amounts than the asset has.
        with suppress(NumberRefused):
            if len(kind.__struct_fields__) == 1 and alone.action(text) == action:
                self._amounts[market, verb.value] = alone
                self.counted[market, verb.value] = alone.counted

    def _order_of(self, act: Act, book: Any, fields: Mapping[str, str]) -> tuple[str, ...]:
        """Return the fields of an action in the order of its verb, which the market knows."""
        known = self._orders.get((act.market, act.verb))
        if known is None:
            known = self._orders[act.market, act.verb] = _order(book, Verb(act.verb))
        return tuple([name for name in known if name in fields])


def _key_granted(intent: Intent, ask: CreateKey) -> AnyCommand:
    return commands.GrantKey(
        account=intent.account,
        key_id=key_id_of(venue_id=intent.venue, account=intent.account, nonce=intent.nonce),
        label=ask.label,
        scopes=ask.scopes,
        expires_ms=ask.key_expires_ms,
    )


def read_guards(guards: Mapping[str, str]) -> ActGuards | None:
    """Read guards from their text; none where there are none.

    Errors: `NumberRefused`; `Problem` for a guard that is not known.
    """
    for name in guards:
        if name not in GUARDS:
            detail = f"no guard is named {name!r}; {nearest(name, GUARDS)}"
            raise Problem(Code.FIELD_UNKNOWN, detail, terms={"field": f"guards.{name}"})
    read = {name: Ratio.parse(value, name=f"guard.{name}") for name, value in guards.items()}
    return ActGuards(**read) if read else None


def _book(state: State, market: str, account: str) -> object:
    if market not in state.markets:
        raise of_refusal(market_unknown(state, market), status=404)
    if not is_priced(state.markets[market]):
        raise of_refusal(price_unknown(market))
    return book_of(state, market, account)


def _order(book: object, verb: Verb) -> tuple[str, ...]:
    return tuple(field.name for field in registry.of(book).ACTION_FIELDS.get(verb, ()))


def _require_address(text: str) -> None:
    try:
        read_key(text)
    except SigningRefused as error:
        detail = f"the address {text!r} is none; give 32 bytes in base58, as Solana's wallets write them"
        raise Problem(Code.FIELD_INVALID, detail, terms={"field": "address"}) from error


def _amount(state: State, text: str, symbol: str) -> Amount:
    assets = assets_of(state)
    if symbol not in assets:
        detail = f"no market of this venue has the asset {symbol!r}; {nearest(symbol, tuple(sorted(assets)))}"
        raise Problem(Code.FIELD_INVALID, detail, terms={"field": "asset"})
    return Amount.parse(text, assets[symbol])
