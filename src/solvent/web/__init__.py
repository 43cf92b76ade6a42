"""The built terminal: the files that a browser loads, served by the service on its own port."""

from pathlib import Path

__all__ = ["static_folder"]


def static_folder() -> Path:
    """Return the folder of the terminal's built files."""
    return Path(__file__).parent / "static"
