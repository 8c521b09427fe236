"""Project pages: which of the addresses that a source gives as a work's own page is one, beside the paper and its code."""

from __future__ import annotations

from bot.canonical_url import canonical_url
from bot.item_keys import PAPERS, item_key

_CODE = "code:"


def code_and_page(code: str | None, page: str | None) -> tuple[str | None, str | None]:
    """
    Give a work's code and its project page: a page that is the paper itself is none, one that lies in a repository is the code, and one address is given once.

    >>> code_and_page("https://github.com/o/n", "https://github.com/o/n/tree/main/docs")
    ('https://github.com/o/n', None)
    >>> code_and_page(None, "https://github.com/o/n/tree/main/docs")
    ('https://github.com/o/n/tree/main/docs', None)
    >>> code_and_page("https://github.com/o/n", "https://arxiv.org/abs/2608.01234")
    ('https://github.com/o/n', None)
    >>> code_and_page("https://github.com/o/n", "https://o.github.io/n/")
    ('https://github.com/o/n', 'https://o.github.io/n/')
    """
    if not page:
        return code, None
    key = item_key(page) or ""
    if key.startswith(_CODE):
        return code or page, None
    same = bool(code) and _bare(code or "") == _bare(page)
    return code, None if same or key.startswith(PAPERS) else page


def _bare(url: str) -> str:
    try:
        return canonical_url(url) or url
    except ValueError:  # it is none, as with half a character or a port that is no number: what a digest was frozen with is shown all the same
        return url
