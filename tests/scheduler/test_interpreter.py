"""Whoever reacts is heard while something is being computed."""

from __future__ import annotations

import gc
import sys

import pytest

from scheduler.runner import SWITCH_SECONDS, tune_interpreter


@pytest.fixture
def python_as_it_was():
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)
    gc.unfreeze()


def test_take_turns(python_as_it_was) -> None:
    """Threads take turns quickly, and what stands already is no more looked through for garbage."""
    tune_interpreter()

    assert sys.getswitchinterval() == pytest.approx(SWITCH_SECONDS)
    assert gc.get_freeze_count() > 0
