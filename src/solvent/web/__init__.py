"""The built terminal: files for a browser, made from the TypeScript in `web/` of the repository."""

from pathlib import Path

__all__ = ["static_folder"]


def static_folder() -> Path:
    """Return the folder with the terminal's `index.html` and what that loads."""
    return Path(__file__).parent / "static"
