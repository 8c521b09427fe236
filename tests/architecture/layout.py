"""
The list of modules in `docs/layout.md`, made from their docstrings: `python -m tests.architecture.layout` writes it again.

A module is listed with the first sentence of its docstring, so the page says what the files themselves say.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "layout.md"
RINGS = ("bot", "adapters", "scheduler")

HEAD = """\
# Layout

- **What this is:** every module with the first sentence of its docstring.
- **Looking for something?** Search this page for the word that your trade has for it: cache, queue, client, retry, backoff, lock.
- **Why it is laid out so**, and which ring may import which: [architecture.md](architecture.md).
- **What a word means:** [glossary.md](glossary.md).
- **Do not edit it:** `python -m tests.architecture.layout` writes this page, and a test compares it with the code.
"""


def sentence(module: Path) -> str:
    """The first sentence of a module's docstring, on one line."""
    text = " ".join((ast.get_docstring(ast.parse(module.read_text("utf-8"))) or "").split())
    first = re.split(r"(?<=[.?!])\s+(?=[A-Z`])|$", text, maxsplit=1)[0]
    return re.sub(r"docs/(platform-facts\.md)((?:#\w+(?:, (?=#))?)+)", _linked, first)


def _linked(found: re.Match[str]) -> str:
    """A reference to platform facts, as links from a page in `docs/`."""
    return ", ".join(f"[{one[1:].upper()}]({found[1]}{one})" for one in found[2].split(", "))


def page() -> str:
    """The whole page as it should stand."""
    return HEAD + "".join(_ring(ring) for ring in RINGS)


def _ring(ring: str) -> str:
    lines = [f"\n## {ring}/\n"]
    folders = sorted({path.parent for path in (ROOT / ring).rglob("*.py") if path.parent.name != "versions"})
    for folder in folders:
        package = folder / "__init__.py"
        if folder != ROOT / ring:
            lines.append(f"\n### {folder.relative_to(ROOT)}/\n")
        if package.exists() and (said := sentence(package)):
            lines.append(f"\n{said}\n")
        modules = [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]
        if modules:
            lines.append("\n| module | what it is |\n|---|---|\n")
        lines += [f"| `{path.name}` | {sentence(path).replace('|', chr(92) + '|')} |\n" for path in modules]
    return "".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
