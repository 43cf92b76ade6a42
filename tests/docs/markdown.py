"""Markdown as the documentation tests see it: headings and their anchors, links, blocks."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED_FOLDERS = {".git", ".venv", ".venv-bench", "mutants", "build", "dist", "node_modules"}

_LINK = re.compile(r"(?<!\\)\[(?:[^\[\]]|\[[^\]]*\])*\]\((?P<inline>[^()\s]+(?:\([^()]*\))?)\)")
_REFERENCE = re.compile(r"^\[[^\]]+\]:\s+(?P<address>\S+)", re.MULTILINE)
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")


def pages() -> list[Path]:
    """Return every Markdown file of the project, in a fixed order."""
    return sorted(
        path
        for path in ROOT.rglob("*.md")
        if not SKIPPED_FOLDERS & set(path.relative_to(ROOT).parts)
        and not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    )


def without_code(text: str) -> str:
    """Return a page without its fenced blocks and code spans, line for line."""
    lines = []
    fence = ""
    for line in text.splitlines():
        opening = re.match(r"\s*(`{3,}|~{3,})", line)
        if opening and not fence:
            fence = opening[1]
            lines.append("")
        elif fence:
            fence = "" if line.strip().startswith(fence) else fence
            lines.append("")
        else:
            lines.append(line)
    return "\n".join(lines)


def headings(text: str) -> list[str]:
    """Return the headings of a page, without their marks."""
    found = (_HEADING.match(line) for line in without_code(text).splitlines())
    return [match[2] for match in found if match]


def anchors(text: str) -> set[str]:
    """Return every anchor of a page as GitHub makes them: a repeated one gets -1, -2 …"""
    found: set[str] = set()
    for heading in headings(text):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("\\", "")
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        count = 0
        while (name := f"{slug}-{count}" if count else slug) in found:
            count += 1
        found.add(name)
    return found | set(re.findall(r'<a (?:id|name)="([^"]+)"', text))


def links(text: str) -> Iterator[str]:
    """Yield the address of every link and picture."""
    plain = re.sub(r"(`+)[^`]+\1", "`code`", without_code(text))
    yield from (match["inline"] for match in _LINK.finditer(plain))
    yield from (match["address"] for match in _REFERENCE.finditer(plain))
    yield from re.findall(r'<(?:img|a)[^>]*(?:src|href)="([^"]+)"', plain)


def internal(address: str) -> bool:
    """Tell whether an address is one of this project."""
    return not re.match(r"[a-z][a-z0-9+.-]*:", address)


def complaint(page: Path, address: str) -> str | None:
    """Return what is wrong with an internal address on a page; none where it leads somewhere."""
    name, _, anchor = address.partition("#")
    target = (page.parent / name).resolve() if name else page
    where = f"{page.relative_to(ROOT).as_posix()}: {address}"
    if not target.exists():
        return f"{where}: there is no such file"
    if not target.is_relative_to(ROOT):
        return f"{where}: leads out of the project"
    if anchor and (target.suffix != ".md" or anchor not in anchors(target.read_text("utf-8"))):
        return f"{where}: the file has no such heading"
    return None


def blocks(text: str, kind: str) -> list[str]:
    """Return the fenced blocks of one kind, in order."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
