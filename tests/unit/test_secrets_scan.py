"""The secret scan sees what it is for, and lets the rest be."""

import subprocess
import sys
from pathlib import Path

import pytest

SCAN = Path(__file__).resolve().parents[2] / "scripts" / "secrets_scan.py"


def scan(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCAN), str(path)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("-----BEGIN OPENSSH " + "PRIVATE KEY-----", "a private key block"),
        ("key = AKIA" + "ABCDEFGHIJKLMNOP", "a cloud access key"),
        ("ghp_" + "a1" * 18, "a forge's token"),
        ("private_key: 0x" + "ab" * 32, "a wallet's secret key"),
        ("[" + ",".join(["17"] * 64) + "]", "a Solana key file"),
        ('api_secret = "' + "Zz9" * 10 + '"', "a venue's API secret"),
        ("postgresql://solvent:" + "hunter2@db.example", "a password in an address"),
    ],
)
def test_a_line_that_looks_like_a_secret_fails_the_scan(tmp_path: Path, line: str, kind: str) -> None:
    suspect = tmp_path / "suspect.txt"
    suspect.write_text(f"first\n{line}\n", "utf-8")
    done = scan(suspect)
    assert done.returncode == 1
    assert f"suspect.txt:2: looks like {kind}" in done.stdout


@pytest.mark.parametrize(
    "line",
    [
        "--hash=sha256:" + "ab" * 32,
        "postgresql://USER:<password>@host/db",
        "ghp_" + "a1" * 18 + "  # not-a-secret: the forge's own example",
    ],
)
def test_a_line_that_holds_no_secret_passes_the_scan(tmp_path: Path, line: str) -> None:
    harmless = tmp_path / "harmless.txt"
    harmless.write_text(f"{line}\n", "utf-8")
    assert scan(harmless).returncode == 0
