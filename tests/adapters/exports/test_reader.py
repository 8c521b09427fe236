"""The JSON document, read back: it is what it was, and what is wrong in it is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from adapters.exports.forms import render
from adapters.exports.reader import read
from bot.errors import UsageError
from bot.exporting import Export


def test_there_and_back(export: Export) -> None:
    """Written, read and written again it is the same document, character for character."""
    text = render("json", export)

    assert text == render("json", read("x.json", text.encode()))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda d: d.update(format="other"), "format"),
        (lambda d: d.update(version=2), "version"),
        (lambda d: d["items"][0].update(url="javascript:x"), "items.0.url"),
        (lambda d: d["items"][0]["decisions"][0].update(decision="maybe"), "items.0.decisions.0.decision"),
        (lambda d: d["items"][0]["decisions"][0].update(when="2026-08-17T09:00:00"), "items.0.decisions.0.when"),
        (lambda d: d["weeks"][0].update(week="2026-W99"), "weeks.0.week"),
        (lambda d: d["weeks"][0]["picks"][0].update(rank=0), "weeks.0.picks.0.rank"),
        (lambda d: d.pop("items"), "items"),
    ],
)
def test_what_is_wrong(export: Export, spoil: Callable[[dict[str, Any]], object], told: str) -> None:
    """A wrong field is named with its place, and the remedy beside it."""
    document = json.loads(render("json", export))
    spoil(document)

    with pytest.raises(UsageError, match=told) as caught:
        read("x.json", json.dumps(document).encode())
    assert "paperround export --format json" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b'{"items": 1}', b"null"])
def test_no_document(content: bytes) -> None:
    """What is no export is refused in words."""
    with pytest.raises(UsageError, match=r"x\.json is no export"):
        read("x.json", content)
