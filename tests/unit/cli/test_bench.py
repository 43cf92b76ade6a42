"""`solvent bench` runs a source tree's suite with the flags that were given; a stand-in tells them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from solvent.cli import bench
from solvent.cli.app import app
from solvent.cli.bench import Asked, run_bench
from solvent.cli.exits import Complaint

RUN = CliRunner()
ENVIRONMENT = """#!/bin/sh
cd "$(dirname "$0")/.." && echo "making $1"
echo "$1" >>made
mkdir -p .venv-bench/bin
cat >.venv-bench/bin/python <<'END'
#!/bin/sh
printf '%s\\n' "$PWD" "$PYTHONPATH" "$@" >told
echo "{}"
exit 1
END
chmod +x .venv-bench/bin/python
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "source"
    for part in bench.PARTS:
        (root / part).parent.mkdir(parents=True, exist_ok=True)
        (root / part).write_text(ENVIRONMENT if part == "scripts/environment" else "", "utf-8")
    (root / "scripts" / "environment").chmod(0o755)
    return root


def test_the_suite_runs_in_its_source_with_every_flag_and_its_code_is_the_commands(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    flags = ["--quick", "--rows", "9,12", "--rounds", "7", "--folder", "here", "--save", "run.json", "--json"]

    done = RUN.invoke(app, ["bench", "--source", str(source), *flags])

    assert done.exit_code == 1
    where, path, *told = (source / "told").read_text("utf-8").splitlines()
    assert (where, path) == (str(source), str(source / "src"))
    assert told == [
        *("-m", "benchmarks", "--quick", "--json", "--rows", "9,12", "--rounds", "7"),
        *("--folder", str(tmp_path / "here"), "--save", str(tmp_path / "run.json")),
    ]
    assert (source / "made").read_text("utf-8").split() == ["runtime", "bench"]


@pytest.mark.parametrize("flag", ["--floors", "--write-docs"])
def test_a_switch_is_handed_on(source: Path, flag: str) -> None:
    RUN.invoke(app, ["bench", "--source", str(source), flag])

    assert (source / "told").read_text("utf-8").splitlines()[2:] == ["-m", "benchmarks", flag]


def test_what_the_set_up_says_is_no_part_of_the_json(source: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run_bench(source, Asked(as_json=True))

    printed = capfd.readouterr()
    assert json.loads(printed.out) == {}
    assert printed.err == "making runtime\nmaking bench\n"


def test_an_installed_package_without_the_benchmarks_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "HERE", tmp_path)

    with pytest.raises(Complaint, match=r"not in the installed package; .*`solvent bench --source DIR`"):
        run_bench(None, Asked())


def test_a_folder_that_is_no_source_is_refused_by_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(Complaint, match=r"it has no benchmarks/__main__\.py"):
        run_bench(tmp_path, Asked())


def test_an_environment_that_cannot_be_made_is_told(source: Path) -> None:
    (source / "scripts" / "environment").write_text("#!/bin/sh\nexit 1\n", "utf-8")

    with pytest.raises(Complaint, match="could not be made"):
        run_bench(source, Asked())


def test_the_source_that_these_tests_run_from_is_found() -> None:
    assert (bench.found(None) / "docs" / "benchmarks.md").exists()
