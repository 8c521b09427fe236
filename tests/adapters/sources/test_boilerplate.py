from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.parse.boilerplate import issue_name, stripped


@pytest.mark.parametrize(
    ("text", "phrases", "left"),
    [
        ("Welcome to X. If you\u2019d like, subscribe. News", ["Welcome to X…if you'd like, subscribe."], "News"),
        ("X says: News", ["X says:"], "News"),
        ("News. X says: more. X says: again", ["X says:"], "News. more. X says: again"),
        ("News", ["X…Y"], "News"),
        ("News", ["…", ""], "News"),
        ("Long ago [...]", [], "Long ago…"),
        ("Long ago [\u2026]", [], "Long ago…"),
        ("News. The post News first appeared on A Blog.", [], "News."),
        ("News. Continue reading →", [], "News."),
        ("X" + " far" * 300 + " Y News", ["X…Y"], "X" + " far" * 300 + " Y News"),
    ],
)
def test_takes_off_what_is_always_said(text, phrases, left):
    """A phrase goes once, whatever its quotation marks, and takes no more along than a greeting is long."""
    assert left == stripped(text, phrases)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Import AI 468: 23 RSI ideas; and more", "import-ai-468"), ("Import AI 468 \u2014 other words", "import-ai-468"), ("Import AI 46: x", "import-ai-46"),
        ("[AN #173]: results", "an-173"), ("Year in review", "year-in-review"), ("Year in review!", "year-in-review"), ("2026", "2026"), ("", ""), (": x", "x"),
    ],
)  # fmt: skip
def test_names_issues(title, name):
    """Number or words: the same issue has the same name at every address, and no other issue has it."""
    assert name == issue_name(title)


@given(st.text(max_size=300), st.lists(st.text(max_size=30), max_size=3))
def test_any_text_is_left_with_something_bounded(text, phrases):
    """No phrase makes a text longer than it was."""
    assert len(stripped(text, phrases)) <= len(text) + 1
    assert isinstance(issue_name(text), str)
