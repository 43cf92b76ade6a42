"""A venue for the tests of your own bot: started in a moment, its time, prices and faults in your hands."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from solvent.testing.sandbox import Sandbox

__all__ = ["Sandbox"]


def __getattr__(name: str) -> Any:
    # pytest loads solvent.testing.plugin, and so this face, at each of its starts: it must cost nothing.
    if name == "Sandbox":
        from solvent.testing.sandbox import Sandbox  # noqa: PLC0415

        return Sandbox
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
