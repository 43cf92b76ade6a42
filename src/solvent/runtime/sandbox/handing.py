"""Keys and play money for whoever brings a bot: handed out by the sandbox, each bound to a known account."""

import asyncio
import re

from coincurve import PrivateKey
from Crypto.Hash import keccak
from msgspec import Struct

from solvent.engine import commands, ledger
from solvent.engine.commands import AnyCommand
from solvent.engine.events import SettlementEnded
from solvent.money import Amount
from solvent.runtime.committed import Committed
from solvent.runtime.embedding import account_id
from solvent.runtime.errors import RuntimeRefused
from solvent.runtime.hosting import House
from solvent.runtime.sandbox.hosting import Sandbox
from solvent.runtime.secrecy import kucoin_passphrase, kucoin_secret

NEW = "new"
ETHEREUM = "ethereum:"
# What a wallet is topped up to where a venue's client looks first, in whole units.
ASSETS = {"hyperliquid": "USDC", "kucoin": "USDT"}
AT_LEAST = "10000"
KEY_DAYS = 365
DAY_MS = 86_400_000
KEY_BYTES, SECRET_BYTES = 16, 32
KEY_SCOPES = ("read", "trade", "margin")
SETTLED_WITHIN_S = 5
_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
# What is no signature recovers to it, so that the gateway lets it act for no account.
_NOBODY = f"0x{'0' * 40}"


class AccountUnknown(RuntimeRefused):
    """Nobody has this id or this address."""


class HyperliquidKey(Struct, frozen=True, kw_only=True):
    """A key of Ethereum's kind, whose address is bound to an account; it is kept nowhere here."""

    account: str
    address: str
    private_key: str

    def __repr__(self) -> str:
        return f"HyperliquidKey(address={self.address!r})"


class KucoinKey(Struct, frozen=True, kw_only=True):
    """An API key as KuCoin's clients take it: key, secret and passphrase."""

    account: str
    key: str
    secret: str
    passphrase: str

    def __repr__(self) -> str:
        return f"KucoinKey(key={self.key!r})"


class Funded(Struct, frozen=True, kw_only=True):
    """Play money that arrived, or that the settlement will bring."""

    account: str
    request_id: str


def address_of(secret: bytes) -> str:
    """Return the address of a secp256k1 key, in lower case."""
    public = PrivateKey(secret).public_key.format(compressed=False)
    digest = keccak.new(digest_bits=256, data=public[1:]).digest()
    return f"0x{digest[-20:].hex()}"


class Handing:
    """What the sandbox hands out of a house; each call in the event loop's thread.

    An account is its id, an address of Ethereum's kind that is bound to one, `new`, or none for the one that
    the terminal opens with.
    Errors: `AccountUnknown`; `RuntimeRefused` for what the engine refuses.
    """

    def __init__(self, house: House, sandbox: Sandbox) -> None:
        self._house = house
        self._sandbox = sandbox

    async def hyperliquid_key(self, account: str | None = None) -> HyperliquidKey:
        """Make a key, bind its address to an account, and see that there is something to trade with."""
        secret = self._house.vault.random(SECRET_BYTES)
        address = address_of(secret)
        if account == NEW:
            found = await self._opened(address)
        else:
            found = self.known(account)
            bound = commands.BindIdentity(account=found, identity=ETHEREUM + address)
            await self._insist(bound)
        await self._top_up(found, ASSETS["hyperliquid"])
        return HyperliquidKey(account=found, address=address, private_key=f"0x{secret.hex()}")

    async def kucoin_key(self, account: str | None = None) -> KucoinKey:
        """Grant a key with the scopes of KuCoin's, and see that there is something to trade with."""
        vault = self._house.vault
        if account == NEW:
            found = vault.random(KEY_BYTES).hex()
            await self._insist(commands.OpenAccount(account=found))
        else:
            found = self.known(account)
        key = vault.random(KEY_BYTES).hex()
        granted = commands.GrantKey(
            account=found,
            key_id=key,
            label="KuCoin",
            scopes=KEY_SCOPES,
            expires_ms=self._house.wall_ms() + KEY_DAYS * DAY_MS,
        )
        await self._insist(granted)
        await self._top_up(found, ASSETS["kucoin"])
        secret = vault.secret
        return KucoinKey(
            account=found,
            key=key,
            secret=kucoin_secret(secret, key),
            passphrase=kucoin_passphrase(secret, key),
        )

    async def fund(self, account: str, amount: Amount) -> Funded:
        """Bring play money in, and return once it is there; an address that nobody has gets an account.

        To be funded by name is to be registered: nothing else ever makes an account of an address.
        """
        address = account.lower()
        if address == _NOBODY:
            raise AccountUnknown(
                "nobody can sign for the address of zeros; fund one that you have the key of"
            )
        if _ADDRESS.fullmatch(address) and ETHEREUM + address not in self._house.follower.state.identities:
            found = await self._opened(address)
        else:
            found = self.known(account)
        return await self._brought(found, amount)

    def known(self, account: str | None) -> str:
        """Return the id of an account that there is."""
        if account is None:
            return self._sandbox.wallet.account
        state = self._house.follower.state
        found = state.identities.get(ETHEREUM + account.lower(), account)
        if found not in state.accounts:
            raise AccountUnknown(
                f"no account has the id or the address {account!r}; fund an address to register it"
            )
        return found

    async def _opened(self, address: str) -> str:
        identity = ETHEREUM + address
        account = account_id(identity)
        await self._insist(commands.OpenAccount(account=account, identities=(identity,)))
        return account

    async def _top_up(self, account: str, asset: str) -> None:
        state = self._house.follower.state
        wanted = self._sandbox.amount(state, asset, AT_LEAST)
        lacking = wanted.units - state.balance(ledger.wallet(account), asset)
        if lacking > 0:
            await self._brought(account, Amount(lacking, wanted.asset))

    async def _brought(self, account: str, amount: Amount) -> Funded:
        request_id = self._sandbox.new_request()
        ended = asyncio.Event()

        def hear(committed: Committed) -> None:
            if any(
                isinstance(event, SettlementEnded) and event.request_id == request_id
                for event in committed.events
            ):
                ended.set()

        forget = self._house.follower.subscribe(hear)
        try:
            await self._insist(
                commands.Deposit(
                    account=account, asset=amount.asset.symbol, units=amount.units, request_id=request_id
                ),
                key=request_id,
            )
            await asyncio.wait_for(ended.wait(), SETTLED_WITHIN_S)
        except TimeoutError:
            # It is in the outbox, and will be settled.
            pass
        finally:
            forget()
        return Funded(account=account, request_id=request_id)

    async def _insist(self, command: AnyCommand, *, key: str | None = None) -> None:
        named = key or f"sandbox-{self._house.vault.random(KEY_BYTES).hex()}"
        reply = await self._house.submit(command, key=named)
        if not reply.is_accepted:
            raise RuntimeRefused(reply.read()["message"])
