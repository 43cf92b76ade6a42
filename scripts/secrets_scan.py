"""Refuse text that looks like a credential: keys of wallets, venues, clouds and forges.

    python scripts/secrets_scan.py          scan what git tracks, and what it would
    python scripts/secrets_scan.py FILE…    scan these files

A line that only looks like one ends with `not-a-secret: why`.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARDON = "not-a-secret:"
BYTES_MAX = 5_000_000

KINDS: dict[str, re.Pattern[str]] = {
    "a private key block": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----"),
    "a cloud access key": re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a forge's token": re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,}|glpat-[\w-]{20,})"),
    "a registry's token": re.compile(r"\b(pypi-[A-Za-z0-9_-]{40,}|npm_[A-Za-z0-9]{36})\b"),
    "a service's key": re.compile(
        r"\b(sk|rk)[-_](live|test|ant|proj)[-_][A-Za-z0-9_-]{16,}|\bxox[abpr]-[\w-]{20,}"
    ),
    "a wallet's secret key": re.compile(
        r"(private|secret|signing)[_ -]?key\W{1,6}(0x)?[0-9a-f]{64}\b", re.IGNORECASE
    ),
    "a Solana key file": re.compile(r"\[\s*(\d{1,3}\s*,\s*){63}\d{1,3}\s*\]"),
    "a venue's API secret": re.compile(
        r"(api[_-]?secret|api[_-]?key|passphrase|password|token)[\"']?\s*[:=]\s*[\"'][A-Za-z0-9+/_=-]{24,}[\"']",
        re.IGNORECASE,
    ),
    "a password in an address": re.compile(r"\b[a-z][a-z0-9+]*://[^\s/:@<{$]+:[^\s/@<{$]+@[\w.-]+"),
}


def committed_files() -> list[Path]:
    """Return what git tracks or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name]


def findings(path: Path) -> list[str]:
    """Return `path:line: what it looks like` for each suspicious line."""
    if not path.is_file() or path.stat().st_size > BYTES_MAX:
        return []
    name = path.resolve().relative_to(ROOT).as_posix() if path.resolve().is_relative_to(ROOT) else str(path)
    found = []
    for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), start=1):
        kinds = [kind for kind, pattern in KINDS.items() if pattern.search(line)]
        if kinds and PARDON not in line:
            found.append(f"{name}:{number}: looks like {kinds[0]}; remove it, and revoke it if it was real")
    return found


def main(arguments: list[str]) -> int:
    """Scan, print what was found, and return the exit code."""
    files = [Path(argument) for argument in arguments] or committed_files()
    found = [finding for path in files for finding in findings(path)]
    print("\n".join(found) if found else f"secrets: none in {len(files)} files")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
