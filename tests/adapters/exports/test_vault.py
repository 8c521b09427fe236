"""The vault: linked notes, of which a second writing changes only what has changed and nothing that is a person's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from adapters.exports.vault import told, write_vault
from adapters.exports.vault_notes import MARK
from bot.exporting import Export
from bot.model import Member, Names
from bot.usecases.export import Wanted, with_counts
from tests.adapters.exports.conftest import TITLES
from tests.factories import channel, summary


def front(path: Path) -> dict:
    return yaml.safe_load(path.read_text("utf-8").split("---\n")[1])


def test_a_first_writing(export: Export, tmp_path: Path) -> None:
    """A note for each work, week and member, with front matter that YAML reads and links that lead to notes."""
    result = write_vault(export, tmp_path)

    notes = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.md"))
    assert [
        "Members/Ada.md",
        "Members/Ben.md",
        "Members/Łukasz ada.md",
        "Weeks/reading 2026-W34.md",
        *(f"Works/lovelace2026w{rank}.md" for rank in range(1, 5)),
    ] == notes
    assert (8, 0, []) == (result.written, result.same, result.left_alone)
    assert list(TITLES.values()) == [front(tmp_path / f"Works/lovelace2026w{rank}.md")["title"] for rank in range(1, 5)]
    text = (tmp_path / "Works/lovelace2026w1.md").read_text("utf-8")
    assert "[[Weeks/reading 2026-W34|2026-W34]]" in text
    assert "- [[Members/Ada]]: must-read" in text
    assert ":tada: 🎉" in text
    assert "\\!" not in text
    assert "!\\[\\[x\\]\\]" in text, "an embed of a summary is text"
    assert "\\%% \\<b\\>" in (tmp_path / "Works/lovelace2026w2.md").read_text("utf-8")
    assert "[[Works/lovelace2026w1|" in (tmp_path / "Members/Ada.md").read_text("utf-8")


def test_writing_again(export: Export, tmp_path: Path) -> None:
    """Nothing is touched that has not changed."""
    write_vault(export, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.md")}

    result = write_vault(export, tmp_path)

    assert (0, 8) == (result.written, result.same)
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.md")}


def test_what_is_a_persons_stays(export: Export, tmp_path: Path) -> None:
    """Keys that are not ours stay as they are written, and so does everything below the line; ours change."""
    write_vault(export, tmp_path)
    path = tmp_path / "Works/lovelace2026w1.md"
    mine = "\n\nMy own thoughts: %% hidden %%\n---\nand more ✍️"
    theirs = 'cssclass: wide # keep\ntags:\n  - "a: b"\n  - c\n'
    path.write_text(path.read_text("utf-8").replace("\n---\n", f"\n{theirs}---\n", 1).rstrip("\n") + mine, "utf-8")
    first = export.works[0]
    place = replace(first.places[0], summaries=(*first.places[0].summaries, summary("Third.", "r3")))
    changed = replace(export, works=(replace(first, places=(place,)), *export.works[1:]))

    result = write_vault(changed, tmp_path)

    text = path.read_text("utf-8")
    assert 1 == result.written
    assert text.endswith(MARK + mine)
    assert theirs in text
    assert "> Third." in text
    assert 3 == front(path)["summaries"]
    assert 0 == write_vault(changed, tmp_path).written


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ("# A note of mine\n", "is not ours"),
        ('---\npaperround: "x"\n---\ntext\n', "marked line is gone"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_what_is_not_ours(export: Export, tmp_path: Path, there: str | bytes, why: str) -> None:
    """A note that is somebody else's, or whose line is gone, is left alone and told."""
    path = tmp_path / "Works/lovelace2026w1.md"
    path.parent.mkdir()
    path.write_bytes(there if isinstance(there, bytes) else there.encode())

    result = write_vault(export, tmp_path)

    assert [True] == [why in one for one in result.left_alone]
    assert path.read_bytes() == (there if isinstance(there, bytes) else there.encode())


def test_names_that_lead_out(export: Export, tmp_path: Path) -> None:
    """Whatever people call themselves, notes stay inside the vault, each under a name of its own."""
    first = export.works[0]
    names = ["../../evil", "CON", "a/b\\c:d", "...", "x" * 300, "same", "SAME", ""]
    written = tuple(summary("w", f"r{n}", member=Member(id=f"M{n}", name=name)) for n, name in enumerate(names))
    place = replace(first.places[0], decisions=(), summaries=written)
    vault = tmp_path / "vault"

    write_vault(replace(export, works=(replace(first, places=(place,)),)), vault)

    assert [vault] == list(tmp_path.iterdir())
    assert len(names) == len({path.name.casefold() for path in (vault / "Members").iterdir()})


def test_names_that_are_long(export: Export, tmp_path: Path) -> None:
    """Eighty emoji, or two names that are alike for eighty letters, or a channel of as many, are files of their own that links lead to."""
    work, *others = export.works
    people = [
        Member(id="U1", name="🎉" * 80),
        Member(id="U2", name="a" * 80 + "b"),
        Member(id="U3", name="a" * 80 + "c"),
    ]
    (place,) = work.places
    written = tuple(replace(place.summaries[0], member=one) for one in people)
    place = replace(place, channel="r" * 80, weeks=("2026-W33", "2026-W34"), summaries=written, decisions=())

    write_vault(replace(export, works=(replace(work, places=(place,)), *others)), tmp_path)

    text = (tmp_path / "Works/lovelace2026w1.md").read_text("utf-8")
    links = {link.partition("|")[0].partition("]]")[0] for link in text.split("[[")[1:]} - {"x\\"}
    notes = {str(path.relative_to(tmp_path))[:-3] for path in tmp_path.rglob("*.md")}
    assert 5 == len([link for link in links if link.startswith(("Members/", "Weeks/"))])
    assert {link for link in links if "/" in link} <= notes


@pytest.mark.parametrize(
    ("words", "shown"),
    [("one\r\ntwo\rthree", "> one\n> two\n> three\n"), ("&lt;b&gt; costs $5$", r"> \&lt;b\&gt; costs \$5\$")],
)
def test_words_stay_what_they_are(export: Export, tmp_path: Path, words: str, shown: str) -> None:
    """Whatever ends a line, it stays in the quotation; an entity or a formula is what was typed; and a second writing changes nothing."""
    work, *others = export.works
    place = replace(work.places[0], summaries=(replace(work.places[0].summaries[0], text=words),))
    changed = replace(export, works=(replace(work, places=(place,)), *others))
    write_vault(changed, tmp_path)

    assert shown in (tmp_path / "Works/lovelace2026w1.md").read_bytes().decode()
    assert 0 == write_vault(changed, tmp_path).written


def test_a_channel_that_shows_counts(export: Export, tmp_path: Path) -> None:
    """Decisions are counted, and who only decided has no note; who wrote keeps theirs, without decisions."""
    write_vault(with_counts(export, [channel("reading", names=Names.COUNTS)], Wanted()), tmp_path)

    text = (tmp_path / "Works/lovelace2026w1.md").read_text("utf-8")
    assert "- must-read: 1\n- skip: 1\n" in text
    assert not (tmp_path / "Members/Ben.md").exists()
    assert "wrote about it" in (tmp_path / "Members/Ada.md").read_text("utf-8")
    assert "must-read" not in (tmp_path / "Members/Ada.md").read_text("utf-8")


def without(export: Export, member_id: str) -> Export:
    """The export after a member was forgotten."""
    works = []
    for work in export.works:
        places = tuple(
            replace(
                place,
                decisions=tuple(one for one in place.decisions if one.member.id != member_id),
                summaries=tuple(one for one in place.summaries if one.member.id != member_id),
            )
            for place in work.places
        )
        works.append(replace(work, places=places))
    return replace(export, works=tuple(works))


def everything(folder: Path) -> str:
    """All names and texts of a vault."""
    return "\n".join(f"{path.relative_to(folder)}\n{path.read_text('utf-8')}" for path in folder.rglob("*.md"))


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("mine", ["", "\nMet at the retreat.\n"])
def test_a_forgotten_member(export: Export, tmp_path: Path, mine: str, *, whole: bool) -> None:
    """Whatever is exported, a forgotten member's note goes, its file name, too; what a person wrote below the line stays, alone. Twice is harmless."""
    write_vault(export, tmp_path, whole=True)
    note = tmp_path / "Members/Ada.md"
    id_ = str(front(note)["paperround"]).removeprefix("member/")
    note.write_text(note.read_text("utf-8") + mine, "utf-8")
    left = without(export, id_)

    result = write_vault(left, tmp_path, whole=whole, is_forgotten=lambda one: one == id_)
    again = write_vault(left, tmp_path, whole=whole, is_forgotten=lambda one: one == id_)

    assert 1 == result.removed
    assert "1 note removed" in " ".join(told(result))
    assert (0, 0, []) == (again.written, again.removed, again.left_alone)
    assert not note.exists()
    assert f"member/{id_}" not in everything(tmp_path)
    assert "[[Members/Ada]]" not in everything(tmp_path)
    kept = tmp_path / "Members/No longer kept 1.md"
    assert bool(mine) is kept.exists()
    if mine:
        assert kept.read_text("utf-8").endswith(f"{MARK}\n{mine}")
        assert "Works/" not in kept.read_text("utf-8")


def test_a_name_that_somebody_else_bears(export: Export, tmp_path: Path) -> None:
    """What a person wrote of a forgotten member is not taken for what they wrote of the next one of that name."""
    write_vault(export, tmp_path, whole=True)
    note = tmp_path / "Members/Ada.md"
    id_ = str(front(note)["paperround"]).removeprefix("member/")
    note.write_text(note.read_text("utf-8") + "Of the first Ada.", "utf-8")
    work, *others = without(export, id_).works
    (place,) = work.places
    new = replace(place, summaries=(summary("New here.", "r9", member=Member(id="U99", name="Ada")),))

    write_vault(
        replace(export, works=(replace(work, places=(new,)), *others)), tmp_path, is_forgotten=lambda one: one == id_
    )

    assert "member/U99" == front(note)["paperround"]
    assert "Of the first Ada." not in note.read_text("utf-8")
    assert "Of the first Ada." in (tmp_path / "Members/No longer kept 1.md").read_text("utf-8")


def test_what_is_no_longer_known(export: Export, tmp_path: Path) -> None:
    """Where everything is exported, a note of what is not in it goes; a selection, or fewer channels, or another Paper Round removes nothing."""
    write_vault(export, tmp_path, whole=True)
    mine = tmp_path / "Works/lovelace2026w2.md"
    mine.write_text(mine.read_text("utf-8") + "Mine.", "utf-8")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.md")}
    less = replace(export, works=export.works[:1])

    for selection in (less, replace(less, instance="another"), replace(less, channels={})):
        write_vault(selection, tmp_path, whole=selection is not less)
        assert before.keys() == set(tmp_path.rglob("*.md"))
    result = write_vault(less, tmp_path, whole=True)

    assert ["lovelace2026w1.md", "lovelace2026w2.md"] == sorted(one.name for one in (tmp_path / "Works").iterdir())
    assert mine.read_text("utf-8").endswith("Mine.")
    assert export.works[1].item.title not in mine.read_text("utf-8")
    assert result.removed > 0
    write_vault(export, tmp_path, whole=True)
    assert export.works[1].item.title in mine.read_text("utf-8"), "and it comes back"
    assert mine.read_text("utf-8").endswith("Mine.")


def test_a_new_name(export: Export, tmp_path: Path) -> None:
    """A member who is called otherwise now has one note, under the new name, with what a person wrote in it."""
    write_vault(export, tmp_path)
    note = tmp_path / "Members/Ben.md"
    id_ = str(front(note)["paperround"]).removeprefix("member/")
    note.write_text(note.read_text("utf-8") + "Knows all about rewards.", "utf-8")
    works = tuple(
        replace(
            work,
            places=tuple(
                replace(
                    place,
                    decisions=tuple(
                        replace(one, member=Member(id=id_, name="Benedict")) if one.member.id == id_ else one
                        for one in place.decisions
                    ),
                )
                for place in work.places
            ),
        )
        for work in export.works
    )

    write_vault(replace(export, works=works), tmp_path)

    assert not note.exists()
    text = (tmp_path / "Members/Benedict.md").read_text("utf-8")
    assert "# Benedict" in text
    assert text.endswith("Knows all about rewards.")


def test_words_of_a_forgotten_member_in_a_selection(export: Export, tmp_path: Path) -> None:
    """A note that a selection leaves out and that names a forgotten member is told, for it is not written again."""
    write_vault(export, tmp_path, whole=True)
    id_ = str(front(tmp_path / "Members/Ada.md")["paperround"]).removeprefix("member/")
    left = replace(without(export, id_), works=without(export, id_).works[1:])

    result = write_vault(left, tmp_path, is_forgotten=lambda one: one == id_)

    assert ["Works/lovelace2026w1.md: it names somebody who is forgotten; export everything into this folder"] == [
        one for one in result.left_alone if "forgotten" in one
    ]
