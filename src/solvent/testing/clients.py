"""Vendors' clients pointed at a sandbox, with keys of a fresh account; imported when they are asked for."""

from importlib import import_module
from typing import Any

from msgspec import Struct

from solvent.testing.errors import ClientMissing
from solvent.testing.sandbox import Sandbox

PACKAGES = {
    "hyperliquid": "hyperliquid-python-sdk",
    "eth_account": "hyperliquid-python-sdk",
    "kucoin_universal_sdk": "kucoin-universal-sdk",
    "ccxt": "ccxt",
}


class Hyperliquid(Struct, frozen=True, kw_only=True):
    """The official SDK's two parts, and the key they use."""

    exchange: Any
    info: Any
    address: str
    account: str
    private_key: str
    url: str


class Kucoin(Struct, frozen=True, kw_only=True):
    """The official SDK's client and its service for REST, and the key they use."""

    client: Any
    rest: Any
    key: str
    secret: str
    passphrase: str
    account: str
    url: str


def hyperliquid(sandbox: Sandbox, *, account: str | None = "new", timeout_s: float = 10.0) -> Hyperliquid:
    """Return `Exchange` and `Info` of hyperliquid-python-sdk, without a WebSocket.

    Errors: `ClientMissing` where it is not installed.
    """
    accounts, exchange, info = (
        _module(name) for name in ("eth_account", "hyperliquid.exchange", "hyperliquid.info")
    )
    key, url = sandbox.hyperliquid_key(account), sandbox.hyperliquid_url
    wallet = accounts.Account.from_key(key["private_key"])
    return Hyperliquid(
        exchange=exchange.Exchange(wallet, url, timeout=timeout_s),
        info=info.Info(url, skip_ws=True, timeout=timeout_s),
        address=key["address"],
        account=key["account"],
        private_key=key["private_key"],
        url=url,
    )


def kucoin(sandbox: Sandbox, *, account: str | None = "new") -> Kucoin:
    """Return kucoin-universal-sdk's client.

    Errors: `ClientMissing` where it is not installed.
    """
    api, model = (_module(f"kucoin_universal_sdk.{name}") for name in ("api", "model"))
    key, url = sandbox.kucoin_key(account), sandbox.kucoin_url
    option = (
        model.ClientOptionBuilder()
        .set_key(key["key"])
        .set_secret(key["secret"])
        .set_passphrase(key["passphrase"])
        .set_spot_endpoint(url)
        .set_futures_endpoint(url)
        .set_broker_endpoint(url)
        .set_transport_option(model.TransportOptionBuilder().build())
        .build()
    )
    client = api.DefaultClient(option)
    return Kucoin(
        client=client,
        rest=client.rest_service(),
        key=key["key"],
        secret=key["secret"],
        passphrase=key["passphrase"],
        account=key["account"],
        url=url,
    )


def ccxt_hyperliquid(sandbox: Sandbox, *, account: str | None = "new") -> Any:
    """Return ccxt's `hyperliquid`, in its sandbox mode, as it signs for the mainnet without.

    Errors: `ClientMissing` where ccxt is not installed.
    """
    key, url = sandbox.hyperliquid_key(account), sandbox.hyperliquid_url
    made = _module("ccxt").hyperliquid({"walletAddress": key["address"], "privateKey": key["private_key"]})
    made.set_sandbox_mode(True)
    made.urls["api"] = {"public": url, "private": url}
    return made


def ccxt_kucoin(sandbox: Sandbox, *, account: str | None = "new") -> Any:
    """Return ccxt's `kucoinfutures`.

    Errors: `ClientMissing` where ccxt is not installed.
    """
    key, url = sandbox.kucoin_key(account), sandbox.kucoin_url
    made = _module("ccxt").kucoinfutures(
        {
            "apiKey": key["key"],
            "secret": key["secret"],
            "password": key["passphrase"],
            "options": {"uta": False},
        }
    )
    for name in made.urls["api"]:
        made.urls["api"][name] = url
    return made


def _module(name: str) -> Any:
    package = PACKAGES[name.partition(".")[0]]
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ClientMissing(
            f"{name} cannot be imported ({error}); install it where the tests run: pip install {package}"
        ) from error
