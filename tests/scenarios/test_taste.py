"""A list of what a team likes, told at the command line, said back, and forgotten."""

from __future__ import annotations

import json

import pytest

from tests.scenarios.program import Program

pytestmark = pytest.mark.process


def test_a_list(program: Program) -> None:
    """A list is told once however often, seen in words, and taken back; a file that is none is refused by its name."""
    works = [{"title": f"Sparse attention {n}", "URL": f"https://w.example/{n}"} for n in range(12)]
    (program.folder / "thesis.json").write_text(json.dumps([*works, {"note": "nothing"}]), "utf-8")
    first, again = program.run("taste", "import", "thesis.json"), program.run("taste", "import", "thesis.json")
    shown, forgotten = program.run("taste", "show"), program.run("taste", "forget")
    missing = program.run("taste", "import", "thesis.bib")
    (program.folder / "one.json").write_text(json.dumps(works[:1]), "utf-8")
    one, twice = program.run("taste", "import", "one.json"), program.run("taste", "import", "one.json")

    assert "12 of 12 works are new to its taste.\nLeft out: 1 record without an address or a title." in first.stdout, (
        first.stderr
    )
    assert "0 of 12 works are new" in again.stdout
    assert "12 works told beforehand (thesis.json), all by title alone." in shown.stdout
    assert "You seem to like:\n• sparse attention (12 works)" in shown.stdout
    assert "12 works forgotten." in forgotten.stdout
    assert "the work is new to its taste." in one.stdout
    assert "the work was in its taste already." in twice.stdout
    assert (2, True) == (missing.returncode, "thesis.bib cannot be read" in missing.stderr)
