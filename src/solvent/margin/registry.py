"""The models by name: the only place of the product that knows which there are."""

from typing import Any

from solvent.margin import lending, risk_limit, tiered
from solvent.margin.seam import InputRefused, Model

_MODELS: dict[str, Model] = {}


def register(model: Model) -> None:
    """Make a model known under its NAME.

    Errors: `InputRefused` when another model has that name, or a preset of one of its presets' names.
    """
    for present in _MODELS.values():
        if present is model:
            continue
        if present.NAME == model.NAME:
            raise InputRefused(name="model", found=model.NAME, accepted="a name that no other model has")
        for market in model.PRESETS:
            if market in present.PRESETS:
                accepted = f"a name that is not a preset of {present.NAME} already"
                raise InputRefused(name="preset", found=market, accepted=accepted)
    _MODELS[model.NAME] = model


def withdraw(name: str) -> None:
    """Forget a model, for tests that add one."""
    del _MODELS[name]


def names() -> tuple[str, ...]:
    """Return the known models' names in the order of registration."""
    return tuple(_MODELS)


def by_name(name: str) -> Model:
    """Return the model of that name.

    Errors: `InputRefused`, naming the known ones.
    """
    model = _MODELS.get(name)
    if model is None:
        raise InputRefused(name="model", found=name, accepted=" or ".join(_MODELS))
    return model


def of(book: Any) -> Model:
    """Return the model that a book or a market belongs to, by its `model` tag.

    Errors: `InputRefused` for anything that carries no known tag.
    """
    try:
        return _MODELS[book.model]
    except (AttributeError, KeyError, TypeError):
        accepted = "a book or a market of the model " + " or ".join(_MODELS)
        raise InputRefused(name="book", found=type(book).__name__, accepted=accepted) from None


register(tiered)
register(risk_limit)
register(lending)
