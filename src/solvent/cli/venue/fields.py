"""The fields of a scenario's steps: what each step needs, and how each field is read or refused."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from solvent import margin
from solvent.cli.exits import Complaint
from solvent.cli.venue import recorded
from solvent.engine.ledger import SYSTEM_ROLES
from solvent.margin import InputRefused, Verb, registry
from solvent.money import Amount, Asset, MoneyError, Ratio, format_moment, parse_moment

RECORDED = "recorded"
NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
DURATION = re.compile(r"\+(\d{1,6})([smhd])")
UNIT_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
MOMENT = 'a moment such as 2024-01-25T00:00Z, or a time from the step before such as "+1h"'
LATEST_MS = parse_moment("9999-01-01T00:00Z")

# What each step needs, and what it may have beside.
STEPS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "open_accounts": (("accounts",), ()),
    "bind": (("account", "identity"), ()),
    "grant_key": (("account", "key", "scopes", "expires"), ()),
    "revoke_key": (("account", "key"), ()),
    "approve_agent": (("account", "agent", "expires"), ("name",)),
    "use_nonce": (("account", "signer", "nonce"), ()),
    "deposit": (("account", "amount"), ("waits",)),
    "fund": (("role", "amount"), ()),
    "pay_out": (("role", "receiver", "amount"), ()),
    "transfer": (("account", "receiver", "amount"), ()),
    "set_aside": (("account", "amount"), ("back",)),
    "create_market": (("market",), ("preset",)),
    "change_market": (("market", "tiers"), ()),
    "price": (("market", "feeds"), ()),
    "walk": (("markets", "until"), ("stop",)),
    "funding": (("market", "rate", "price"), ()),
    "touch": (("market",), ()),
    "collect": (("market",), ("amount",)),
    "unwind": (("market",), ()),
    "act": (("account", "market", "verb"), ("fields",)),
    "pause": (("market",), ()),
    "resume": (("market",), ()),
    "withdraw": (("account", "amount", "address"), ()),
    "confirm": ((), ("done",)),
}
EVERY_STEP = ("at", "do", "expect", "note")


class Step(Struct, frozen=True, kw_only=True):
    """One step with its fields read; it comes at `from_ms`, or `wait_ms` after the step before."""

    number: int
    do: str
    from_ms: int | None
    wait_ms: int
    given: dict[str, Any]
    expect: str | None
    note: str


class Until(Struct, frozen=True):
    """The end of a walk: an absolute moment, or a time from its beginning."""

    at_ms: int | None
    after_ms: int

    def from_start(self, start_ms: int) -> int:
        """Return the moment at which a walk from `start_ms` ends."""
        return start_ms + self.after_ms if self.at_ms is None else self.at_ms


def moment(text: str) -> int | None:
    """Read an absolute moment from 1970 to the year 9999; none for anything else."""
    try:
        found = parse_moment(text)
    except (MoneyError, OverflowError):
        return None
    return found if 0 <= found < LATEST_MS else None


class Known(Struct, frozen=True, kw_only=True):
    """What a folder's venue has before the first step: accounts by name, markets, assets, and its time."""

    accounts: frozenset[str] = frozenset()
    markets: Mapping[str, Any] = {}
    assets: Mapping[str, Asset] = {}
    now_ms: int = 0


class Reading:
    """Steps read in order: which accounts and markets there are by then, and how late it can be."""

    def __init__(self, start_ms: int, assets: dict[str, Asset], known: Known) -> None:
        self.assets = {**known.assets, **assets}
        self._latest_ms = start_ms
        self._accounts = set(known.accounts)
        self._markets = dict(known.markets)
        self._number = 0
        self._readers: Mapping[str, Callable[[str, Any], Any]] = {
            "accounts": self._new_accounts, "account": self._account, "amount": self._amount,
            "role": self._role, "market": self._market, "preset": self._preset, "feeds": self._feeds,
            "markets": self._known_markets, "until": self._until, "stop": self._stop, "verb": self._verb,
            "fields": self._texts, "address": self._text, "rate": self._rate, "price": self._positive,
            "done": self._flag, "receiver": self._account, "identity": self._text, "waits": self._flag,
            "key": self._text, "scopes": self._scopes, "expires": self._until, "agent": self._text,
            "name": self._text, "signer": self._text, "nonce": self._number_of, "back": self._flag,
            "tiers": self._text,
        }  # fmt: skip

    def step(self, number: int, step: Any) -> Step:
        """Read one step."""
        self._number = number
        if not isinstance(step, dict):
            raise Complaint(f'step {number} is no object; give one such as {{"do": "confirm"}}')
        do = step.get("do")
        if not isinstance(do, str) or do not in STEPS:
            raise self._wrong("do", do, "one of " + ", ".join(STEPS))
        needed, optional = STEPS[do]
        for field in step:
            if field not in (*EVERY_STEP, *needed, *optional):
                allowed = ", ".join((*EVERY_STEP, *needed, *optional))
                raise Complaint(f"step {number} ({do}) has an unknown field {field!r}; it takes {allowed}")
        for field in needed:
            if field not in step:
                raise Complaint(f"step {number} ({do}) lacks its field {field!r}; give it")
        from_ms, wait_ms = self._at(step.get("at", "+0s"))
        if do == "create_market":
            self._create(step)
        given = {field: self._readers[field](field, step[field]) for field in step if field not in EVERY_STEP}
        if given.get("feeds") == RECORDED or do == "walk":
            self._require_recorded("market" if do == "price" else "markets", given)
        if do == "act":
            self._require_fields(given)
        if do == "change_market":
            given["rules"] = self._markets[given["market"]] = self._changed(given)
        if do == "walk":
            self._latest_ms = given["until"].from_start(self._latest_ms)
        expect, note = step.get("expect"), step.get("note", "")
        return Step(
            number=number,
            do=do,
            from_ms=from_ms,
            wait_ms=wait_ms,
            given=given,
            expect=None if expect is None else self._text("expect", expect),
            note=self._text("note", note) if note else "",
        )

    def _wrong(self, field: str, found: Any, accepted: str) -> Complaint:
        told = repr(found) if isinstance(found, str) else "nothing" if found is None else str(found)
        return Complaint(f"step {self._number}: {field} is {told[:80]}; give {accepted}")

    def _at(self, value: Any) -> tuple[int | None, int]:
        """Return an absolute moment and no wait, or none and a wait; never before what came before."""
        waited = self._duration("at", value)
        if waited is not None:
            self._latest_ms += waited
            return None, waited
        self._latest_ms = self._absolute("at", value)
        return self._latest_ms, 0

    def _duration(self, field: str, value: Any) -> int | None:
        found = DURATION.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return None
        waited = int(found[1]) * UNIT_MS[found[2]]
        if self._latest_ms + waited >= LATEST_MS:
            raise self._wrong(field, value, "a time before the year 9999")
        return waited

    def _absolute(self, field: str, value: Any) -> int:
        found = moment(value) if isinstance(value, str) else None
        if found is None:
            raise self._wrong(field, value, MOMENT)
        if found < self._latest_ms:
            raise self._wrong(
                field, value, f"{format_moment(self._latest_ms)} or later, as time never runs back"
            )
        return found

    def _until(self, field: str, value: Any) -> Until:
        waited = self._duration(field, value)
        return Until(self._absolute(field, value), 0) if waited is None else Until(None, waited)

    def _create(self, step: Mapping[str, Any]) -> None:
        self._preset("preset" if "preset" in step else "market", step.get("preset", step["market"]))
        preset = margin.preset(step.get("preset", step["market"]))
        self._markets[self._text("market", step["market"])] = preset

    def _changed(self, given: Mapping[str, Any]) -> Any:
        """Return a market with the other margin table that a step gives it."""
        before = self._markets[given["market"]]
        retiered = getattr(registry.of(before), "retiered", None)
        if retiered is None:
            raise self._wrong("market", given["market"], "one whose model has a margin table")
        try:
            return retiered(before, given["tiers"])
        except (InputRefused, MoneyError) as error:
            raise Complaint(f"step {self._number}: {error}") from error

    def _require_recorded(self, field: str, given: Mapping[str, Any]) -> None:
        """Refuse recorded prices of what was not recorded, or before it was."""
        for name in given.get("markets", [given.get("market")]):
            if not recorded.is_recorded(self._markets[name]):
                raise self._wrong(field, name, f"one with recorded prices: {', '.join(recorded.SYMBOLS)}")
        first_ms = recorded.first_ms()
        if self._latest_ms < first_ms:
            raise self._wrong("at", format_moment(self._latest_ms), f"{format_moment(first_ms)} or later")

    def _require_fields(self, given: Mapping[str, Any]) -> None:
        """Refuse a verb or a field that the market's model does not have."""
        known = registry.of(self._markets[given["market"]]).ACTION_FIELDS
        verb = given["verb"]
        if verb not in known:
            raise self._wrong("verb", verb.value, "one of " + ", ".join(known))
        names = [field.name for field in known[verb]]
        for field in given.get("fields", {}):
            if field not in names:
                raise self._wrong("fields", field, "one of " + ", ".join(names))
        for one in known[verb]:
            if one.default is None and one.name not in given.get("fields", {}):
                raise Complaint(f"step {self._number}: fields lacks {one.name!r}; give it: {one.help}")

    def _text(self, field: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise self._wrong(field, value, "some text")
        return value

    def _scopes(self, field: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise self._wrong(field, value, 'a list such as ["read", "margin"]')
        return tuple(value)

    def _texts(self, field: str, value: Any) -> dict[str, str]:
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            raise self._wrong(field, value, 'an object of texts, such as {"amount": "1.5"}')
        return dict(value)

    def _new_accounts(self, field: str, value: Any) -> list[str]:
        names = value if isinstance(value, list) else [value]
        for name in names:
            if not isinstance(name, str) or not NAME.fullmatch(name):
                raise self._wrong(field, name, 'names of lower-case letters and digits, such as "alice"')
        self._accounts.update(names)
        if not names:
            raise self._wrong(field, "", "at least one name")
        return list(names)

    def _account(self, field: str, value: Any) -> str:
        if not isinstance(value, str) or value not in self._accounts:
            raise self._wrong(field, value, f"one that is open by then: {_listed(self._accounts)}")
        return value

    def _market(self, field: str, value: Any) -> str:
        if not isinstance(value, str) or value not in self._markets:
            raise self._wrong(field, value, f"one that is created by then: {_listed(self._markets)}")
        return value

    def _known_markets(self, field: str, value: Any) -> list[str]:
        names = value if isinstance(value, list) and value else [value]
        return [self._market(field, name) for name in names]

    def _preset(self, field: str, value: Any) -> str:
        if not isinstance(value, str) or value not in margin.presets():
            raise self._wrong(field, value, "a ready-made market, see `solvent presets`")
        return value

    def _role(self, field: str, value: Any) -> str:
        roles = sorted(role.value for role in SYSTEM_ROLES)
        if value not in roles:
            raise self._wrong(field, value, "one of " + ", ".join(roles))
        return str(value)

    def _amount(self, field: str, value: Any) -> Amount:
        number, _, symbol = value.partition(" ") if isinstance(value, str) else ("", "", "")
        if symbol not in self.assets:
            raise self._wrong(field, value, f"a number and an asset of its markets: {_listed(self.assets)}")
        try:
            return Amount.parse(number, self.assets[symbol], name=f"step {self._number}: {field}")
        except MoneyError as error:
            raise Complaint(str(error)) from error

    def _feeds(self, field: str, value: Any) -> str | dict[str, Ratio]:
        if value == RECORDED:
            return RECORDED
        if not isinstance(value, dict) or not value:
            raise self._wrong(field, value, '"recorded", or an object such as {"mark": "42000"}')
        return {feed: self._positive(f"{field}.{feed}", text) for feed, text in value.items()}

    def _positive(self, field: str, value: Any) -> Ratio:
        found = self._ratio(field, value, '"42000"')
        if found.num <= 0:
            raise self._wrong(field, value, "a price above zero")
        return found

    def _rate(self, field: str, value: Any) -> Ratio:
        return self._ratio(field, value, '"0.01%"', signed=True)

    def _ratio(self, field: str, value: Any, example: str, *, signed: bool = False) -> Ratio:
        try:
            return Ratio.parse(value if isinstance(value, str) else "", name=field, signed=signed)
        except MoneyError as error:
            raise self._wrong(field, value, f"a number as text, such as {example}") from error

    def _verb(self, field: str, value: Any) -> Verb:
        try:
            return margin.verb_of(value)
        except (InputRefused, TypeError) as error:
            raise self._wrong(field, value, "one of " + ", ".join(Verb)) from error

    def _stop(self, field: str, value: Any) -> str:
        if value != "liquidation":
            raise self._wrong(field, value, '"liquidation", or leave it out')
        return "liquidation"

    def _number_of(self, field: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self._wrong(field, value, "a whole number")
        return value

    def _flag(self, field: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self._wrong(field, value, "true or false")
        return value


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none yet"
