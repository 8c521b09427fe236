"""Ranking's process, where what it runs on fails; what it answers is told by the contract of rankers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

from adapters.ranking import process
from adapters.ranking.process import ProcessRanker
from bot.errors import RankingError
from tests.factories import NOW


def ends_at_once(_memory: int) -> None:
    """Begin a process that ends before it can be asked for anything, as one without memory does."""
    os._exit(1)


def never_begins(_memory: int) -> None:
    """Begin a process that takes nothing that it is asked for."""
    time.sleep(600)


@pytest.mark.process
@pytest.mark.parametrize("begin", [ends_at_once, never_begins])
async def test_a_process_that_does_not_begin(monkeypatch: pytest.MonkeyPatch, begin: Callable[[int], None]) -> None:
    """Who asks a process that ends whenever it is started, or never takes a question, is told so after a while, and does not wait for ever."""
    monkeypatch.setattr(process, "begin", begin)
    monkeypatch.setattr(process, "START_SECONDS", 1.0)
    monkeypatch.setattr(process, "ASK_SECONDS", 1.0)
    ranker = ProcessRanker(lambda: NOW)

    with pytest.raises(RankingError):
        await ranker.regions([("Maps", "Of cities.")])
    await ranker.close()
