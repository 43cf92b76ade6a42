"""The built terminal: whole, self-contained, and within its budget."""

import gzip
import re
from pathlib import Path

from solvent.web import static_folder

STATIC = static_folder()
INDEX = (STATIC / "index.html").read_text("utf-8")
SCRIPT_BYTES_MAX = 300 * 1024


def test_what_the_page_loads_is_there() -> None:
    loaded = re.findall(r'(?:src|href)="/([^"]+)"', INDEX)
    assert any(name.endswith(".js") for name in loaded)
    assert any(name.endswith(".css") for name in loaded)
    assert [name for name in loaded if not (STATIC / name).is_file()] == []


def test_the_page_has_no_inline_script_and_loads_nothing_from_elsewhere() -> None:
    assert re.findall(r"<script(?![^>]*\bsrc=)", INDEX) == []
    assert re.findall(r"\bon\w+=", INDEX) == []
    assert re.findall(r'(?:src|href)="(?!/)[^"]*"', INDEX) == []


def test_all_script_together_is_within_300_kb_gzipped() -> None:
    weights = {path.name: len(gzip.compress(path.read_bytes())) for path in STATIC.rglob("*.js")}
    assert weights
    assert sum(weights.values()) <= SCRIPT_BYTES_MAX, weights


def test_the_licences_of_what_is_bundled_are_shipped_with_it() -> None:
    licences = (STATIC / "licences.md").read_text("utf-8")
    assert "## react - " in licences
    assert "## lightweight-charts - " in licences
    assert "TradingView" in licences


def test_no_file_is_left_from_an_earlier_build() -> None:
    text = "".join(path.read_text("utf-8") for path in STATIC.rglob("*") if _is_read(path))
    assets = [path.name for path in (STATIC / "assets").iterdir()]
    assert [name for name in assets if name not in text] == []


def _is_read(path: Path) -> bool:
    return path.suffix in {".html", ".js", ".css"}
