"""All loads of a run share a process: a line in, a line out, each with arguments of its own."""

import gc
import io
import json
import sys
from types import ModuleType

import pytest
from benchmarks import loads


def test_each_line_runs_its_program_with_its_arguments_and_the_collector_comes_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stub = ModuleType("benchmarks.stub")

    def shoot() -> None:
        sys.stdout.write(json.dumps({"given": sys.argv[1:], "collects": gc.isenabled()}) + "\n")
        gc.disable()

    stub.main = shoot  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "benchmarks.stub", stub)
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.setattr(sys, "stdin", io.StringIO('["stub", "64", "r0"]\n["stub", "256", "r1"]\n'))

    loads.main()

    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert told == [
        {"given": ["64", "r0"], "collects": True},
        {"given": ["256", "r1"], "collects": True},
    ]
    assert gc.isenabled()
