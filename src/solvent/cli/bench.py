"""`solvent bench`: the benchmarks of Solvent's source, with their peers in an environment of their own."""

import os
import subprocess
from pathlib import Path

from msgspec import Struct

from solvent.cli.exits import Complaint

STDERR = 2  # what the set-up says is no part of what is asked for
HERE = Path(__file__).resolve().parents[3]
PARTS = ("benchmarks/__main__.py", "scripts/environment", "locks/bench.txt")


class Asked(Struct, frozen=True, kw_only=True):
    """What to measure, and what to write: as the suite's own flags."""

    quick: bool = False
    floors: bool = False
    rows: str | None = None
    rounds: int | None = None
    folder: Path | None = None
    save: Path | None = None
    write_docs: bool = False
    as_json: bool = False

    def flags(self) -> list[str]:
        """Return the suite's flags; it runs in another folder, so that paths are whole."""
        switches = (
            ("--quick", self.quick),
            ("--floors", self.floors),
            ("--write-docs", self.write_docs),
            ("--json", self.as_json),
        )
        valued = (
            ("--rows", self.rows),
            ("--rounds", self.rounds),
            ("--folder", self.folder and self.folder.resolve()),
            ("--save", self.save and self.save.resolve()),
        )
        return [
            *(name for name, is_given in switches if is_given),
            *(part for name, value in valued if value is not None for part in (name, str(value))),
        ]


def run_bench(source: Path | None, asked: Asked) -> int:
    """Run the suite of a source tree in its own environment; returns the suite's exit code.

    Errors: `Complaint` where there is no source tree, or its environment cannot be made.
    """
    root = found(source)
    for kind in ("runtime", "bench"):  # the served rows run in the product's own environment
        made = subprocess.run([root / "scripts" / "environment", kind], stdout=STDERR, check=False)  # noqa: S603 - the source's own script
        if made.returncode:
            raise Complaint(f"the environment that the benchmarks need could not be made in {str(root)!r}")
    python = root / ".venv-bench" / "bin" / "python"
    command = [str(python), "-m", "benchmarks", *asked.flags()]
    environment = os.environ | {"PYTHONPATH": str(root / "src")}
    return subprocess.run(command, cwd=root, env=environment, check=False).returncode  # noqa: S603 - the source's own suite


def found(source: Path | None) -> Path:
    """Return the source tree to measure: the one that was named, or the one that this command runs from.

    Errors: `Complaint`.
    """
    root = (source or HERE).resolve()
    missing = next((part for part in PARTS if not (root / part).exists()), None)
    if missing is None:
        return root
    if source is not None:
        raise Complaint(f"--source {str(source)!r} is no source of Solvent: it has no {missing}")
    raise Complaint(
        "the benchmarks and the peers that they compare with are in Solvent's source, not in the installed "
        "package; fetch the source and run `solvent bench --source DIR`, or `make bench` in it"
    )
