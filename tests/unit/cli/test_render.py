"""Tables and panels: what is shown is rounded toward caution and never read as markup."""

import pytest

from solvent.cli import render
from solvent.margin import Guards, Headline, LiquidationPrice, Preview
from solvent.money import Amount, Asset, Ratio

USD = Asset("USD", 2)


def headline(*prices: LiquidationPrice) -> Headline:
    return Headline(
        takeable=Amount(0, USD),
        bound_by="FLOOR",
        equity=Ratio(1, 1),
        equity_asset=USD,
        leverage=Ratio(10, 3),
        liquidation_prices=prices,
    )


def test_a_headline_is_rounded_toward_the_price_that_hurts() -> None:
    """A long is liquidated at 2/3 or lower: shown up; a rising feed hurts at 2/3 or higher: shown down."""
    falling = LiquidationPrice(feed="mark", unit="USD/X", price=Ratio(2, 3), above=False)
    rising = LiquidationPrice(feed="mark", unit="USD/Y", price=Ratio(2, 3), above=True)
    none = LiquidationPrice(feed="mark", unit="USD/Z", price=None, above=True)
    assert render.headline_text(headline(falling, rising, none)) == (
        "leverage 3.33333333334x, liquidation at 0.666666666667 USD/X, 0.666666666666 USD/Y"
    )
    assert render.headline_text(headline(none)) == "leverage 3.33333333334x, liquidation at no price"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (Ratio(1, 1), Ratio(2, 1), "from 1 to 2 USD/X"),
        (Ratio(1, 1), None, "1 USD/X or higher"),
        (None, Ratio(2, 1), "2 USD/X or lower"),
        (None, None, "what it may be: no price stops it"),
    ],
)
def test_the_prices_between_which_a_preview_stands_are_said_in_words(
    low: Ratio | None, high: Ratio | None, said: str
) -> None:
    guards = Guards(feed="token_usd", unit="USD/X", price_min=low, price_max=high)
    preview: Preview[object] = Preview(
        action=None,
        before=(),
        after=(),
        outcome=None,  # type: ignore[arg-type]
        guards=guards,
        warnings=(),
    )
    assert str(render.guards_text(preview)) == f"Stands while the price is {said}."


def test_words_from_elsewhere_are_neither_markup_nor_commands_to_the_terminal() -> None:
    assert str(render.words("[bold]a\x1b[2Jb[/x]\nc\r")) == "[bold]a\ufffd[2Jb[/x]\nc\ufffd"
