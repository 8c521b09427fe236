"""Volumes: proceedings, front matter and tables of contents, which publishers, registries and arXiv list beside the papers that stand in them. Pure."""

from __future__ import annotations

import re
from typing import Final

_VOLUME: Final = re.compile(
    r"(?:\[?(?:the )?(?:joint |electronic |companion |extended |workshop |conference |online |pre-?|post-?)*proceedings?(?: (?:companion|volume \d+))?(?: of(?! (?:the )?(?:court|parliament|trial))\b| from\b| for\b|:|$)"
    r"|proc\. of\b|book of abstracts\b|(?:front|back) ?matter\b|(?:table of )?contents(?: page)?$|(?:title|copyright|half-?title) page\b|(?:author|subject|keyword) index$"
    r"|(?:organi[sz]ing|program(?:me)?|steering|organi[sz]ation) committees?$)",
    re.IGNORECASE,
)


def is_volume(title: str) -> bool:
    """
    Tell by its title whether something is a volume, or what stands in one before and behind its papers.

    >>> [is_volume(one) for one in ("Proceedings of the 20th Conference on Tea", "Front Matter", "Proceeding with care: agents that ask")]
    [True, True, False]
    """
    return _VOLUME.match(title.strip()) is not None
