"""Proceedings and front matter are told from papers by their titles."""

from __future__ import annotations

import pytest

from bot.volumes import is_volume


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Proceedings of the Second International Workshop on Tea (TEA 2026)", True),
        ("Joint Proceedings of the Tea Workshops", True),
        ("Pre-Proceedings of Tea", True),
        ("Proceedings Companion of Tea '26", True),
        ("Workshop Proceedings", True),
        ("Frontmatter", True),
        ("Table of Contents", True),
        ("Program Committee", True),
        ("Proceeding with Care: Agents That Ask", False),
        ("Proceedings of the Court: Summarising Legal Hearings", False),
        ("Contents of Long-Term Memory in Agents", False),
        ("A Study of Proceedings of ACL", False),
        ("Author Index Structures for Retrieval", False),
        ("", False),
    ],
)
def test_is_volume(title: str, expected: bool) -> None:  # noqa: FBT001 - one of a table
    """What papers stand in is a volume; a paper that speaks of proceedings or contents is none."""
    assert expected is is_volume(title)
