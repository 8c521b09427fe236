"""Whoever reacts is heard while something is being computed."""

from __future__ import annotations

import gc
import sys

import pytest

from scheduler.runner import SWITCH_SECONDS, YOUNG_OBJECTS, tune_interpreter


@pytest.fixture
def python_as_it_was():
    before, threshold = sys.getswitchinterval(), gc.get_threshold()
    gc.unfreeze()
    yield
    sys.setswitchinterval(before)
    gc.set_threshold(*threshold)  # what stands already stays frozen, as tests/conftest.py has it


def test_take_turns(python_as_it_was) -> None:
    """Threads take turns quickly, what stands already is no more looked through for garbage, and what is new less often."""
    tune_interpreter()

    assert sys.getswitchinterval() == pytest.approx(SWITCH_SECONDS)
    assert gc.get_freeze_count() > 0
    assert YOUNG_OBJECTS == gc.get_threshold()[0]
