"""Which browser the tests drive: an installed Chromium or Chrome, or the one that Playwright brought.

As a program, `python -m tests.e2e.chromium` ends with 1 where there is none.
"""

import os
import shutil
import sys
from pathlib import Path

NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge",
)  # fmt: skip
ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/opt/google/chrome/chrome",
)
NOT_RUN = (
    "NOT RUN: the browser tests in tests/e2e, as this machine has no Chromium or Chrome. The pages, pop-ups,",
    "restarts and accessibility were not tested. Install one (on Debian: apt install chromium), and run",
    "`make test-e2e`.",
)


def installed_browser() -> str | None:
    """Return the path of a Chromium or Chrome; None where there is none."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    for path in (*ELSEWHERE, *_of_playwright()):
        if os.access(path, os.X_OK):
            return path
    return None


def is_needed() -> bool:
    """Return whether its absence is a failure: continuous integration passes over nothing."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def _of_playwright() -> list[str]:
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright"))
    return sorted(map(str, folder.glob("chromium-*/chrome-linux*/chrome")), reverse=True)


if __name__ == "__main__":
    sys.exit(installed_browser() is None)
