"""The page on settings tells an operator of every setting there is, with its default and an example that is right."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import time
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from adapters.sources.catalog import _KEYS, laid_over
from adapters.sources.kinds.table import KINDS
from bot.model import DEFAULT_MEANINGS, ItemKind, Section
from bot.usecases.collect import SECONDS
from scheduler.platforms import settings_types
from scheduler.settings.settings import (
    TABLES,
    Settings,
    environment_names,
    examples_of_keys,
    file_tables,
    keys_of_tables,
    load_settings,
)

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")
CHAPTERS = {found[1]: found[2] for found in re.finditer(r"(?ms)^## (\w+)\n(.*?)(?=^## |\Z)", PAGE)}
KEYS = [(table, key) for table, fields in keys_of_tables().items() for key in fields]


def rows(chapter: str) -> dict[str, list[str]]:
    """The cells of each row of a chapter's table, by the key in the first."""
    found = [line.strip("| ").split(" | ") for line in CHAPTERS[chapter].splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): row[1:] for row in found}


def shown(value: object) -> str:
    """A default as the page shows it: as TOML writes it, in code."""
    match value:
        case None:
            return "none"
        case bool():
            return f"`{str(value).lower()}`"
        case str() | time():
            return f'`"{value if isinstance(value, str) else format(value, "%H:%M")}"`'
        case tuple():
            return f"`{json.dumps(value)}`"
    return f"`{value}`"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to be in, with nothing of ours in the environment."""
    for name in environment_names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_table_has_its_chapter() -> None:
    """Whatever may stand in the file has a chapter, and so has the environment; there is none beyond."""
    models = {name for name in Settings.table() if isinstance(getattr(Settings(), name), BaseModel)}

    assert {*file_tables(), "environment"} == set(CHAPTERS)
    assert {*models, "channels"} == set(TABLES)


@pytest.mark.parametrize("table", keys_of_tables())
def test_no_key_is_missing_or_invented(table: str) -> None:
    """A chapter's table has the keys that can be set, in their order."""
    assert list(keys_of_tables()[table]) == list(rows(table))


@pytest.mark.parametrize(("table", "key"), KEYS)
def test_default(table: str, key: str) -> None:
    """Each key stands there with the default that it has, a type and a meaning."""
    field = keys_of_tables()[table][key]
    kind, default, meaning, _ = rows(table)[key]

    assert default == ("required" if field.is_required() else shown(field.get_default()))
    assert kind
    assert meaning


@pytest.mark.parametrize(("table", "key"), KEYS)
def test_example(table: str, key: str, place: Path) -> None:
    """The example of each key is the one that its faults show, and it is right."""
    example = rows(table)[key][-1].strip("`")
    named = 'name = "a"\n' if table == "channels" and key != "name" else ""
    (place / "paperround.toml").write_text(
        f"[{'[channels]' if table == 'channels' else table}]\n{named}{example}", "utf-8"
    )

    assert examples_of_keys()[f"{table}.{key}"] == example
    assert load_settings()


def test_sources() -> None:
    """Each key that all sources have stands there with what a source of one's own has without it."""
    ((*_, mine), _) = laid_over({"my-lab": {"kind": "feed", "url": "https://lab.example/feed.xml"}})
    told = {key: cells[1] for key, cells in rows("sources").items()}
    defaults = {key: shown(getattr(mine, key)) for key in _KEYS if key != "options"}

    assert {
        **defaults,
        "kind": "required",
        "url": "required",
        "name": "its id",
        "options": shown(dict(mine.options)),
    } == told
    assert mine.name == mine.id
    assert f"({SECONDS:g} seconds)" in rows("sources")["seconds"][2]


@pytest.mark.parametrize(("key", "known"), [("kind", KINDS), ("section", Section), ("item_kind", ItemKind)])
def test_choices(key: str, known: Iterable[str]) -> None:
    """Where one of some words must be written, all of them are told."""
    assert [word for word in known if f'`"{word}"`' not in rows("sources")[key][2]] == []


def test_examples_of_sources(place: Path) -> None:
    """What the examples of the sources' keys make together is a source."""
    examples = "\n".join(cells[-1].strip("`") for cells in rows("sources").values())
    (place / "paperround.toml").write_text(f"[sources.mine]\n{examples}", "utf-8")

    assert () == laid_over(load_settings().sources)[1]


def test_emoji(place: Path) -> None:
    """The usual emoji are those that the page shows."""
    (toml,) = re.findall(r"(?s)```toml\n(.*?)```", CHAPTERS["emoji"])
    (place / "paperround.toml").write_text(toml, "utf-8")

    assert dict(DEFAULT_MEANINGS) == dict(load_settings().emoji)


def test_environment(place: Path) -> None:
    """Each variable stands there with its default and an example that is right."""
    told = rows("environment")
    kinds = (Settings, *settings_types().values())
    fields = {field.validation_alias: field for kind in kinds for field in kind.model_fields.values()}
    defaults = {name: fields[name].get_default() for name in environment_names()}
    (place / ".env").write_text("\n".join(cells[-1].strip("`") for cells in told.values()), "utf-8")
    (place / "team.toml").touch()

    assert {name: cells[0] for name, cells in told.items()} == {
        name: plain(default) for name, default in defaults.items()
    }
    assert [name for name, cells in told.items() if not cells[-1].startswith(f"`{name}=")] == []
    assert load_settings().now is not None


def plain(default: object) -> str:
    """A default as the page shows it: as a shell takes it."""
    if default is None:
        return "none"
    return f"`{default.get_secret_value() if isinstance(default, SecretStr) else default}`"


def test_the_way_there() -> None:
    """Who reads the README's settings is led to the page."""
    chapter = (ROOT / "README.md").read_text("utf-8").partition("## Settings")[2].partition("\n## ")[0]

    assert "(docs/settings.md)" in chapter
