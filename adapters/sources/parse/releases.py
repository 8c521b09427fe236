"""The title of a release, commit or issue, which its feed gives without the name of the project. Pure."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote, urlsplit

_CODE_HOSTS: Final = frozenset({"github.com", "gitlab.com", "codeberg.org", "bitbucket.org"})
_IN_A_REPOSITORY: Final = re.compile(
    r"^/(?P<project>[\w.\-]+(?:/[\w.\-]+)+?)(?:/-)?/(?P<what>releases|tags|commit|commits|issues|pull|pulls|merge_requests|discussions)(?:/|$)"
)
_PACKAGE: Final = re.compile(r"^/(?:project|package|packages|crates|gem|gems)/(?P<project>[@\w.\-]+)(?:/|$)")
_VERSION: Final = re.compile(r"\W*(?:release|version|ver\.?|v|r)?\s*\.?\d+(?:[.\-]\w+)*\W*", re.IGNORECASE)
_FEED_WORDS: Final = re.compile(
    r"^\s*(?:recent |latest )?(?:release notes|releases?|tags?|updates?|changelog)\s+(?:from|of|for)\s+|\s+(?:release notes|releases|changelog|updates)\s*$",
    re.IGNORECASE,
)


def with_project(title: str, link: str, feed: str) -> str:
    """
    Put the project before a title that does not name it: the repository's or package's by the link, else the feed's title.

    >>> with_project("v13", "https://github.com/acme/tool/releases/tag/v13", "Release notes from tool")
    'acme/tool v13'
    """
    parts = urlsplit(link)
    host, path = (parts.hostname or "").removeprefix("www."), unquote(parts.path)
    found = _IN_A_REPOSITORY.match(path) if host in _CODE_HOSTS else _PACKAGE.match(path)
    is_version = bool(_VERSION.fullmatch(title))
    if not found:
        name = _FEED_WORDS.sub("", feed).strip()
        return f"{name} {title}" if is_version and name and name.casefold() not in title.casefold() else title
    project = found["project"]
    if "what" not in found.re.groupindex and not is_version:
        return title  # a package's page, under a title of its own
    if project.rpartition("/")[2].casefold() in title.casefold():
        return title
    is_release = is_version or found.groupdict().get("what") in {"releases", "tags"}
    return f"{project} {title}" if is_release else f"{project}: {title}"
