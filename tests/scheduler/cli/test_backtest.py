"""`paperround backtest`: its document, and what it says to input that is of no use."""

from __future__ import annotations

import json
import lzma
from dataclasses import asdict
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.errors import UsageError
from scheduler.cli import app
from scheduler.cli.backtest import _say_whom_it_favours
from tests.invented_choices import invented, topics


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with invented works and decisions in it."""
    works, choices = invented(weeks=5, per_week=30)
    lines = [json.dumps({**asdict(work), "seen": work.seen.isoformat()}) for work in works]
    with lzma.open(tmp_path / "items.jsonl.xz", "wt", encoding="utf-8") as file:
        file.write("\n".join(lines))
    decided = [json.dumps({**asdict(choice), "at": choice.at.isoformat()}) for choice in choices]
    (tmp_path / "decisions.jsonl").write_text("\n".join(decided), "utf-8")
    (tmp_path / "topics.json").write_text(json.dumps(topics()), "utf-8")
    first, last = choices[0], choices[-1]
    foreign = {"channel": first.channel, "key": "doi:10.1/x", "decision": "to-read", "at": "2026-01-20"}
    (tmp_path / "foreign.jsonl").write_text(json.dumps(foreign), "utf-8")
    (tmp_path / "skips.jsonl").write_text("\n".join(line.replace("must-read", "skip") for line in decided), "utf-8")
    skipped = json.dumps({**asdict(first), "decision": "skip", "at": "2026-12-01"})
    wanted = json.dumps({**asdict(first), "at": first.at.isoformat()})
    (tmp_path / "changed.jsonl").write_text(f"{wanted}\n{skipped}", "utf-8")
    (tmp_path / "empty.jsonl").write_text("\n", "utf-8")
    (tmp_path / "strangers.json").write_text('{"nobody": ["agents"]}', "utf-8")
    (tmp_path / "the.json").write_text(json.dumps({last.channel: ["the"]}), "utf-8")
    (tmp_path / "numbers.json").write_text(json.dumps({last.channel: ["agents", 5]}), "utf-8")
    (tmp_path / "some.jsonl").write_text("\n".join([*decided, json.dumps(foreign)]), "utf-8")
    (tmp_path / "marked.jsonl").write_text("\n".join(decided), "utf-8-sig")
    (tmp_path / "marked.json").write_text(json.dumps({**topics(), "nobody": ["agents, speech"]}), "utf-8-sig")
    (tmp_path / "broken.xz").write_bytes(b"\xfd7zXZ\x00 and no more")
    (tmp_path / "latin.jsonl").write_bytes('{"title": "Größe"}'.encode("latin-1"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(*words: str) -> Result:
    return CliRunner().invoke(app, ["backtest", *words])


@pytest.mark.process
def test_from_windows(place: Path) -> None:
    """A file with a mark at its beginning is read as one without, and topics of a channel that decided on nothing are told."""
    done = ran("items.jsonl.xz", "marked.jsonl", "--topics", "marked.json", "--from", "2026-01-26", "--processes", "1", "--json")  # fmt: skip

    assert 0 == done.exit_code, done.output
    assert 5 == json.loads(done.stdout)["channels"]
    assert "nobody decided on nothing, so its topics count for nothing" in " ".join(
        done.stderr.replace("│", " ").split()
    )


@pytest.mark.process
def test_json(place: Path) -> None:
    """With --json it prints one document and nothing else, with the figures of every method."""
    done = ran("items.jsonl.xz", "decisions.jsonl", "--topics", "topics.json", "--source", "hf", "--from", "2026-01-26", "--processes", "1", "--json")  # fmt: skip
    found = json.loads(done.stdout)

    assert (0, 2, 5) == (done.exit_code, found["weeks"], found["channels"])
    assert {"paperround", "votes", "recency", "svm"} == set(found["methods"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("items.jsonl.xz",), "Give both files"),
        (("missing.jsonl", "decisions.jsonl"), "missing.jsonl cannot be read: No such file or directory"),
        ((".", "decisions.jsonl"), "cannot be read: Is a directory"),
        (("broken.xz", "decisions.jsonl"), "broken.xz is no whole .xz file"),
        (("latin.jsonl", "decisions.jsonl"), "latin.jsonl is no text in UTF-8"),
        (("decisions.jsonl", "decisions.jsonl"), "decisions.jsonl, line 1: 'title' is missing"),
        (("items.jsonl.xz", "items.jsonl.xz"), "line 1: 'decision' is missing"),
        (
            ("items.jsonl.xz", "decisions.jsonl", "--topics", "decisions.jsonl"),
            "decisions.jsonl is no object of topics",
        ),
        (("items.jsonl.xz", "decisions.jsonl", "--from", "2027-01-01"), "There is no week to rank again: no work that a channel chose was seen in the given time. They were seen in the weeks from 2026-"),
        (("items.jsonl.xz", "decisions.jsonl", "--from", "2026-03-01", "--to", "2026-02-01"), "--from 2026-03-01 is after --to 2026-02-01"),
        (("items.jsonl.xz", "empty.jsonl"), "empty.jsonl has no decision in it"),
        (("items.jsonl.xz", "skips.jsonl"), "all decisions of skips.jsonl are skips"),
        (("items.jsonl.xz", "changed.jsonl"), "all decisions of changed.jsonl are skips"),
        (("items.jsonl.xz", "foreign.jsonl"), "no work that was chosen in foreign.jsonl is one of items.jsonl.xz. Use the same keys in both: there it is 'doi:10.1/x'"),
        (("items.jsonl.xz", "decisions.jsonl", "--topics", "strangers.json"), "strangers.json names no channel that decided on anything"),
        (("items.jsonl.xz", "decisions.jsonl", "--topics", "the.json"), "the.json: 'the' is in nearly all works"),
        (("items.jsonl.xz", "decisions.jsonl", "--topics", "numbers.json"), "numbers.json: the topic 5 is no text. Write it in quotes, or leave it out."),
    ],
)  # fmt: skip
def test_input_of_no_use(place: Path, words: tuple[str, ...], said: str) -> None:
    """What is of no use is named, with what to do about it; nothing is ranked."""
    error = ran(*words).exception

    assert isinstance(error, UsageError)
    assert said in str(error)


@pytest.mark.parametrize("words", [("--from", "yesterday"), ("--to", "2026-13-01"), ("--from", "01.08.2026")])
def test_what_is_no_day(place: Path, words: tuple[str, str]) -> None:
    """A day that is none is told with how one is written, and not in a parser's words."""
    done = ran("items.jsonl.xz", "decisions.jsonl", *words)

    assert done.exit_code == 2
    assert f"{words[1]!r} is no day. Write it like 2026-08-01." in " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.process
def test_decisions_on_unknown_works(place: Path) -> None:
    """How many decisions count for nothing, since no work has their key, is said beside the figures, and where all have one nothing is."""
    asked = ("--source", "hf", "--from", "2026-01-26", "--processes", "1", "--json")
    some, all_known = ran("items.jsonl.xz", "some.jsonl", *asked), ran("items.jsonl.xz", "decisions.jsonl", *asked)
    number = len((place / "some.jsonl").read_text("utf-8").splitlines())

    said = " ".join(some.stderr.split())
    assert (
        f"some.jsonl: 1 of {number:,} decisions count for nothing, since items.jsonl.xz has no work with their key, like 'doi:10.1/x'."
        in said
    )
    assert (5, "") == (json.loads(some.stdout)["channels"], all_known.stderr)


def test_whom_ones_own_decisions_favour(capsys: pytest.CaptureFixture[str]) -> None:
    """Below the table of one's own weeks stands what favours what, and the figures among the shown works, where there are any."""
    among = {
        "paperround": {"ndcg@10": 0.5, "ci": [0.25, 0.75], "n": 3},
        "votes": {"ndcg@10": 0.6, "ci": [0.5, 0.7], "n": 3},
    }
    _say_whom_it_favours({"among_shown": among})
    said = " ".join(capsys.readouterr().out.split())
    _say_whom_it_favours({})

    assert "that favours paperround" in said
    assert "nDCG@10 is: paperround 0.500 (0.250 to 0.750), votes 0.600 (0.500 to 0.700); 3 weeks of channels." in said
    assert "Among" not in capsys.readouterr().out


@pytest.mark.process
@pytest.mark.parametrize("topics", [(), ("--topics", "topics.json")])
def test_without_decisions(place: Path, topics: tuple[str, ...]) -> None:
    """That a method is shown in another way beside topics alone is said where there are topics."""
    done = ran("items.jsonl.xz", "decisions.jsonl", *topics, "--source", "hf", "--from", "2026-01-26", "--processes", "1")  # fmt: skip

    assert bool(topics) == ("Beside no decisions, only topics" in done.stdout)
