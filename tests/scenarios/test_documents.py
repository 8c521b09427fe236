"""`--json` promises one document on standard output, whatever happens meanwhile."""

from __future__ import annotations

import json

import pytest

from tests.scenarios.program import Program

pytestmark = pytest.mark.process

CONFIG = """
[fetch]
allow_private = true

[sources.mine]
kind = "feed"
url = "http://127.0.0.1:{port}/feed"
"""


@pytest.fixture
def alone(program: Program) -> Program:
    """Only one source is asked; it is the last one of the list."""
    others = [each["id"] for each in program.document("sources", "list")["sources"]]
    off = "".join(f"[sources.{each}]\nenabled = false\n" for each in others)
    program.configured(CONFIG.format(port=9) + off)
    return program


def test_a_refusing_source(alone: Program) -> None:
    """A source that refuses is tried three times and told once: one document, and nothing else beside it."""
    alone.environment["PAPERROUND_LOG_LEVEL"] = "INFO"

    done = alone.run("collect", "--json")

    mine = json.loads(done.stdout)["sources"][-1]
    assert (mine["id"], mine["error"]) == ("mine", "refused the connection three times")
    assert "Trying again in" in done.stderr
