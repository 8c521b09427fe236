"""The page on sources tells an operator of every source and every option there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters.sources.catalog import specs
from adapters.sources.kinds.table import KINDS, SECRETS
from scheduler.settings.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text("utf-8")
CHAPTERS = {found[1]: found[2] for found in re.finditer(r"(?ms)^###? ([\w-]+)\n(.*?)(?=^##|\Z)", PAGE)}
CHAPTER_OF = {
    "feed": "Feeds",
    "arxiv": "arxiv",
    "huggingface": "huggingface",
    "reddit": "reddit-machinelearning",
    "x": "x-list",
    "openreview": "openreview",
    "semanticscholar": "semanticscholar",
    "hackernews": "hacker-news",
    "bluesky": "bluesky",
}


@pytest.mark.parametrize("spec", specs(), ids=lambda spec: spec.id)
def test_every_source_has_its_chapter(spec):
    """Each built-in source has a chapter that says what it gives, and a line in the table with its section."""
    assert "*Gives*" in CHAPTERS[spec.id]
    assert re.search(rf"^\| \[{spec.id}\]\(#{spec.id}\) \| {spec.section.value} \|", PAGE, re.MULTILINE)
    assert spec.kind != "feed" or "(#feeds)" in CHAPTERS[spec.id]


@pytest.mark.parametrize(
    ("kind", "option"), [(kind, option) for kind, declared in KINDS.items() for option in declared.options]
)
def test_every_option_is_told(kind, option):
    """Each option stands in the chapter of its kind."""
    assert f"`{option}`" in CHAPTERS[CHAPTER_OF[kind]]


def test_no_option_is_invented():
    """What the table of feeds names can be set."""
    assert set(re.findall(r"^\| `(\w+)` \|", CHAPTERS["Feeds"], re.MULTILINE)) == set(KINDS["feed"].options)


@pytest.mark.parametrize("secret", [secret.name for secret in SECRETS])
def test_every_secret_is_told_by_its_name(secret):
    """Each secret is named as it is set."""
    assert f"`{Settings.model_fields[secret].validation_alias}`" in PAGE
