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


def test_which_channel(program: Program) -> None:
    """Where there are several channels, what changes one asks which and changes none; where it is named, the answer names it, too."""
    program.configured('[[channels]]\nname = "ours"\n[[channels]]\nname = "theirs"\n')
    (program.folder / "one.json").write_text(
        json.dumps([{"title": "Sparse attention", "URL": "https://w.example/1"}]), "utf-8"
    )
    asked = [program.run(*words.split()) for words in ("taste import one.json", "taste show", "taste forget", "post")]
    told = program.run("taste", "import", "one.json", "--channel", "theirs")
    kept = program.run("taste", "forget", "--channel", "ours")
    shown = program.run("taste", "show", "--channel", "theirs")

    for one in asked:
        assert 2 == one.returncode, one.stdout
        assert "There are several channels: ours, theirs. Say which, like --channel ours." in " ".join(
            one.stderr.split()
        )
    assert "theirs: the work is new to its taste." in told.stdout
    assert "ours: There was nothing." in kept.stdout
    assert "theirs:\nWhat I know of this channel's taste: 1 work told beforehand" in shown.stdout
