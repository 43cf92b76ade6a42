"""Write the lock files with uv, or check without a network that they still fit pyproject.toml.

    python scripts/locks.py            write locks/*.txt anew
    python scripts/locks.py --upgrade  the same, taking the newest versions that pyproject.toml allows
    python scripts/locks.py --check    exit 1 when a lock is stale, unhashed or names an address

A lock's first lines hold a digest of the requirements that it was made from; the check compares it.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON_MIN = "3.11"

# Lock name → does it hold the project's own dependencies, and which dependency groups?
# `dev` comes first: `runtime` takes its versions, so that one environment can serve both.
LOCKS: dict[str, tuple[bool, tuple[str, ...]]] = {
    "dev": (True, ("build", "dev")),
    "runtime": (True, ("build",)),
    "bench": (False, ("bench",)),
    "sdks": (True, ("build", "sdks")),
    "sdks-older": (True, ("build", "sdks-older")),
}
# What the bench environment shares with the product is installed at the product's versions.
BENCH_NEEDS_RUNTIME = ("msgspec",)


def requirements(name: str) -> list[str]:
    """Return what the named lock was asked to hold, sorted."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    with_project, groups = LOCKS[name]
    wanted = list(pyproject["project"]["dependencies"]) if with_project else []
    for group in groups:
        wanted += pyproject["dependency-groups"][group]
    if name == "bench":
        wanted += [
            r for r in pyproject["project"]["dependencies"] if re.split(r"\W", r)[0] in BENCH_NEEDS_RUNTIME
        ]
    return sorted(wanted)


def digest(name: str) -> str:
    """Return the digest of the named lock's requirements."""
    return hashlib.sha256("\n".join([PYTHON_MIN, *requirements(name)]).encode()).hexdigest()


def header(name: str) -> str:
    """Return the lines that open the named lock."""
    return (
        f"# Made by `make lock` from pyproject.toml; do not edit. Python {PYTHON_MIN} and later.\n"
        f"# requirements: {digest(name)}\n"
    )


def write(name: str, *, upgrade: bool) -> None:
    """Resolve the named lock with uv and write it."""
    lock = ROOT / "locks" / f"{name}.txt"
    resolved = ROOT / "locks" / f".{name}.resolving"
    command = ["uv", "pip", "compile", "-", "--universal", "--generate-hashes", "--no-header", "--quiet"]
    command += [
        "--no-config",
        "--no-annotate",
        "--python-version",
        PYTHON_MIN,
        "--output-file",
        str(resolved),
    ]
    if name == "runtime":
        command += ["--constraints", str(ROOT / "locks" / "dev.txt")]
    elif lock.exists() and not upgrade:
        resolved.write_text(lock.read_text("utf-8"), "utf-8")  # uv keeps the versions it finds there
    try:
        done = subprocess.run(
            command, input="\n".join(requirements(name)), capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"locks: uv could not resolve {name}:\n{done.stderr}")
        text = header(name) + resolved.read_text("utf-8")
    finally:
        resolved.unlink(missing_ok=True)
    lock.write_text(text, "utf-8")
    print(f"locks/{name}.txt: {len(re.findall('^[a-z0-9]', text, re.MULTILINE))} packages")


def complaints(name: str) -> list[str]:
    """Return what is wrong with the named lock; empty when it may be used."""
    lock = ROOT / "locks" / f"{name}.txt"
    if not lock.exists():
        return [f"locks/{name}.txt is missing; run `make lock`"]
    text = lock.read_text("utf-8")
    found = []
    if not text.startswith(header(name)):
        found.append(
            f"locks/{name}.txt was made from other requirements than pyproject.toml has; run `make lock`"
        )
    if re.search(r"://|^\s*(-i|-f|--index|--extra-index|--find-links|--trusted-host)", text, re.MULTILINE):
        found.append(f"locks/{name}.txt names an address; locks hold names, versions and hashes only")
    entries = re.split(r"\n(?=[a-z0-9])", text)[1:]
    found += [
        f"locks/{name}.txt: {entry.splitlines()[0]} has no hash"
        for entry in entries
        if "--hash=sha256:" not in entry
    ]
    return found


def disagreements() -> list[str]:
    """Return each package that `runtime` pins at another version than `dev`."""
    pins = {}
    for name in ("dev", "runtime"):
        text = (ROOT / "locks" / f"{name}.txt").read_text("utf-8")
        pins[name] = set(re.findall(r"^([\w.-]+==\S+)", text, re.MULTILINE))
    return [
        f"locks/runtime.txt pins {pin}, locks/dev.txt does not"
        for pin in sorted(pins["runtime"] - pins["dev"])
    ]


def main(arguments: list[str]) -> int:
    """Write or check all locks."""
    if arguments == ["--check"]:
        found = [complaint for name in LOCKS for complaint in complaints(name)] or disagreements()
        print("\n".join(found) if found else f"locks: {len(LOCKS)} files fit pyproject.toml")
        return 1 if found else 0
    if arguments not in ([], ["--upgrade"]):
        sys.exit(f"locks: unknown arguments {' '.join(arguments)}; use --check, --upgrade or none")
    for name in LOCKS:
        write(name, upgrade=bool(arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
