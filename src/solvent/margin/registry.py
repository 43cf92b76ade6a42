"""The models by name: the only place of the product that knows which there are."""

from typing import Any

from solvent.margin import tiered
from solvent.margin.seam import InputRefused, Model

_MODELS: dict[str, Model] = {}


def register(model: Model) -> None:
    """Make a model known under its NAME.

    Errors: `InputRefused` when another model has that name.
    """
    present = _MODELS.get(model.NAME)
    if present is not None and present is not model:
        raise InputRefused(name="model", found=model.NAME, accepted="a name that no other model has")
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
    """Return the model that a book, a market or a position belongs to, by its `model` tag."""
    return _MODELS[book.model]


register(tiered)
