"""`paperround search`, `export` and `import`, as they are typed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.errors import UsageError
from bot.model import PostingState
from scheduler.bootstrap import configuration, open_services
from scheduler.cli import app
from scheduler.cli.common import run
from scheduler.services import Services
from tests.factories import NOW, digest, item, pick, posting, reaction, ref, summary

KEY = "arxiv:2608.00001"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one channel that was sent a work, marked it and wrote of it."""
    settle(tmp_path, monkeypatch)
    asyncio.run(sent())
    return tmp_path


def settle(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    for name in ("PAPERROUND_CONFIG", "PAPERROUND_PASSWORD", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PAPERROUND_NOW", NOW.isoformat())
    Path("paperround.toml").write_text('[[channels]]\nname = "reading"\n', "utf-8")


async def sent(authors: tuple[str, ...] = ("Grace Hopper",)) -> None:
    async with open_services(configuration()) as services, services.unit_of_work() as uow:
        one = item(KEY, title="Reward models", abstract="We train a judge.", authors=authors)
        await uow.digests.add(digest(pick(one)))
        planned = posting(1, channel="reading", item_key=KEY)
        await uow.postings.plan([planned])
        await uow.postings.save(posting(1, channel="reading", item_key=KEY, state=PostingState.POSTED, ref=ref("m1")))
        await uow.reactions.put(reaction("⭐", ref=ref("m1")))
        await uow.summaries.put(summary("A judge :tada: 強化学習 worth it.", parent=ref("m1"), item_key=KEY))
        await uow.commit()


def ran(*words: str) -> Result:
    return CliRunner().invoke(app, words)


@pytest.mark.parametrize("columns", ["80", "40"])
def test_an_address_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    """However narrow the terminal and however long the names, no address is cut or broken."""
    settle(tmp_path, monkeypatch)
    asyncio.run(sent(("Wolfeschlegelsteinhausenbergerdorff", "Grace Brewster Murray Hopper", "Ada Lovelace")))
    monkeypatch.setenv("COLUMNS", columns)

    assert "https://arxiv.org/abs/2608.00001\n" in ran("search", "judge").stdout


def test_search(place: Path) -> None:
    """What is found is told with its place, for people and as one document."""
    told = ran("search", "judge", "by:ada")

    assert 0 == told.exit_code
    assert "Reward models\n  Grace Hopper · 2026-W34 in #reading · https://arxiv.org/abs/2608.00001" in told.stdout
    assert "Ada, 2026-08-17: A judge :tada: 強化学習 worth it." in told.stdout
    (found,) = json.loads(ran("search", "学習", "--json").stdout)["results"]
    excerpt = found["excerpts"][0]
    assert ["学習"] == [excerpt["text"][start:end] for start, end in excerpt["marks"]]
    assert "Nothing was found" in ran("search", "zebra").stdout
    assert isinstance(ran("search", "has:video").exception, UsageError)
    assert "Reward models" in ran("search", "reward models").stdout
    assert "Nothing was found" in ran("search", "models reward").stdout


@pytest.mark.parametrize(
    "question",
    [
        "judge by:ada has:summary",
        "by:ada decision:must-read",
        "rewa* judge",
        "models -zebra reward",
        "by:ada week:2026-W34",
    ],
)
def test_a_whole_question_in_quotes(place: Path, question: str) -> None:
    """Who puts the question in quotes, as one does in a shell, asks the same as who does not."""
    assert "Reward models" in ran("search", question).stdout


def test_export_without_a_form(place: Path) -> None:
    """Without a form, or with one that is none, it says which there are and exits with 2."""
    for words in (["export"], ["export", "--format", "word"]):
        told = ran(*words)
        assert 2 == told.exit_code
        assert "" == told.stdout
        for form in ("json", "csv", "bibtex", "ris", "csl-json", "markdown", "zotero", "html"):
            assert f"--format {form} " in told.stderr


@pytest.mark.parametrize("form", ["json", "csv", "bibtex", "ris", "csl-json", "html"])
def test_export(place: Path, form: str) -> None:
    """Every form has the work and the words, on standard output alone; a file is its owner's."""
    told = ran("export", "--format", form)

    assert "Reward models" in told.stdout
    assert ":tada: 強化学習" in told.stdout
    written = ran("export", "--format", form, "--out", f"out.{form}")
    assert "" == written.stdout
    path = place / f"out.{form}"
    content = path.read_text("utf-8")
    assert (form == "csv") is content.startswith("\ufeff"), "by which alone Excel reads it as UTF-8"
    assert not told.stdout.startswith("\ufeff"), "a pipe would have it in the name of the first column"
    texts = (told.stdout, content.removeprefix("\ufeff"))
    first, second = (text.replace("\r\n", "\n").split("\n") for text in texts)
    # The instant of the export is another one.
    assert [line for line in first if "exported" not in line] == [line for line in second if "exported" not in line]
    assert 0o600 == path.stat().st_mode & 0o777


def test_export_where_counts_are_shown(place: Path) -> None:
    """In a channel that shows counts the forms that people read name nobody beside a decision; the one for an import does."""
    (place / "paperround.toml").write_text('[[channels]]\nname = "reading"\nnames = "counts"\n', "utf-8")

    assert ",must-read: 1," in ran("export", "--format", "csv").stdout
    assert ",Ada: must-read," in ran("export", "--format", "csv", "--member", "ada").stdout
    assert "U1" == json.loads(ran("export", "--format", "json").stdout)["items"][0]["decisions"][0]["member_id"]


def test_export_of_a_folder(place: Path) -> None:
    """Markdown is a folder of notes."""
    assert isinstance(ran("export", "--format", "markdown").exception, UsageError)
    assert "3 notes written, 0 as they were." in ran("export", "--format", "markdown", "--out", "vault").stderr
    (place / "vault/Members/Ada.md").unlink()
    assert "1 note written, 2 as they were." in ran("export", "--format", "markdown", "--out", "vault").stderr
    assert "0 notes written, 3 as they were." in ran("export", "--format", "markdown", "--out", "vault").stderr
    assert (place / "vault/Works/hopper2026reward.md").exists()


@pytest.mark.parametrize(
    "words", [("--decision", "maybe"), ("--since", "soon"), ("--member", "zoe"), ("--channel", "none")]
)
def test_export_of_what_is_not(place: Path, words: tuple[str, str]) -> None:
    """A filter that names nothing is told."""
    assert isinstance(ran("export", "--format", "json", *words).exception, UsageError)


def test_export_to_zotero(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a library or a key it says what it needs."""
    for words in ((), ("--library", "users/1")):
        assert "ZOTERO_KEY" in str(ran("export", "--format", "zotero", *words).exception)
    monkeypatch.setenv("ZOTERO_KEY", "k")
    assert "users/123" in str(ran("export", "--format", "zotero", "--library", "me").exception)


def test_import(place: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one exports another imports, and exports the same."""
    document = place / "x.json"
    ran("export", "--format", "json", "--out", str(document))
    settle(tmp_path_factory.mktemp("other"), monkeypatch)

    assert "New here: 1 digest, 1 decision, 1 summary." in ran("import", str(document)).stdout
    assert "New here: 0 digests, 0 decisions, 0 summaries." in ran("import", str(document)).stdout
    there = json.loads(document.read_text("utf-8"))
    here = json.loads(ran("export", "--format", "json").stdout)
    for one in (*here["items"], *there["items"]):
        for said in one["summaries"]:
            said["message"] = ""
    assert (there["items"], there["weeks"], there["citation_keys"]) == (
        here["items"],
        here["weeks"],
        here["citation_keys"],
    )
    assert "Ada, 2026-08-17: A judge" in ran("search", "judge").stdout
    (Path("bad.json")).write_text("{}", "utf-8")
    assert isinstance(ran("import", "bad.json").exception, UsageError)


def test_links_lead_where_it_is_served(place: Path) -> None:
    """A port at the command line counts for the links that are sent in chat, as `[web] port` does."""
    assert place.exists()

    async def address(services: Services) -> str:
        return services.settings.web.address

    assert ["http://127.0.0.1:8399", "http://127.0.0.1:8321"] == [run(address, port=port) for port in (8399, None)]
