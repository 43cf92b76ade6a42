"""The gateways' page of the reference: every call of the tables `SUPPORTED`, and how it is answered."""

from collections.abc import Iterator
from importlib import import_module

from scripts.markdown import escaped, table

from solvent.gateways.calls import Call, Verdict
from solvent.gateways.mounting import CLAIM, GATEWAYS

INTRODUCTION = f"""\
What `solvent serve --gateway …` answers of other venues' calls. The claim is {CLAIM}: what is
not offered is refused in the venue's own form, and never answered with success. Each call that is answered
is made by a vendor's client in a test, two versions of each (`make test-sdks`). How to point a client here:
[Hyperliquid](../how-to/hyperliquid-gateway.md), [KuCoin](../how-to/kucoin-gateway.md)."""
VERDICTS = {
    Verdict.SUPPORTED: "as there",
    Verdict.DIFFERS: "as there, but",
    Verdict.REFUSED: "refused",
}
TITLES = {"hyperliquid": "Hyperliquid", "kucoin": "KuCoin"}


def gateways_page() -> str:
    """Return the page."""
    lines = ["# Gateways", "", INTRODUCTION]
    for name in GATEWAYS:
        calls: tuple[Call, ...] = import_module(f"solvent.gateways.{name}").SUPPORTED
        lines += ["", f"## {TITLES[name]}", "", _counts(calls), *_tables(calls)]
    return "\n".join(lines)


def _counts(calls: tuple[Call, ...]) -> str:
    many = {verdict: sum(call.verdict is verdict for call in calls) for verdict in Verdict}
    return (
        f"{many[Verdict.SUPPORTED]} calls are answered as there, {many[Verdict.DIFFERS]} with a difference, "
        f"and {many[Verdict.REFUSED]} are known and refused."
    )


def _tables(calls: tuple[Call, ...]) -> Iterator[str]:
    for route in dict.fromkeys(call.route for call in calls):
        yield ""
        yield f"### {route}" if not route.startswith("/") else f"### `{route}`"
        yield ""
        yield from table(
            ("call", "answered", "differs"),
            (
                (f"`{call.name}`", VERDICTS[call.verdict], escaped(call.differs))
                for call in calls
                if call.route == route
            ),
        )
