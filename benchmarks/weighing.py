"""What feedparser costs within our reading: measured where it is done, in the very run that is weighed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from adapters.sources.parse.pool import Parser

P = ParamSpec("P")
T = TypeVar("T")


class WeighingParser(Parser):
    """The parser, counting CPU seconds: `feedparser`'s own, and those of the `reading` around it. Handing over is in neither."""

    feedparser = 0.0
    reading = 0.0

    async def run(self, source_id: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        found, own, whole = await super().run(source_id, weighed, function, *args, **kwargs)
        self.feedparser += own
        self.reading += whole - own
        return found  # type: ignore[no-any-return]  # `weighed` gives what `function` gives, beside two numbers


def weighed(function: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[Any, float, float]:
    """Run a reading in its process; give what it gives, the CPU seconds of feedparser in it, and of all."""
    import feedparser

    import adapters.sources.parse.xmlfeed  # noqa: F401 - imported late by the first feed; that is a cost of the start

    usual, own = feedparser.parse, 0.0

    def timed(*asked: Any, **options: Any) -> Any:
        nonlocal own
        began = time.process_time()
        try:
            return usual(*asked, **options)
        finally:
            own += time.process_time() - began

    feedparser.parse = timed
    began = time.process_time()
    try:
        found = function(*args, **kwargs)
    finally:
        whole = time.process_time() - began
        feedparser.parse = usual
    return found, own, whole
