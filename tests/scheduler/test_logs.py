from __future__ import annotations

import json
import subprocess
import sys

import pytest

from scheduler.logs import Redaction

PROGRAM = """
import logging
from scheduler.logs import configure
configure("DEBUG", ["hunter2-hunter2"])
logging.getLogger("bot").info("The password is %s", "hunter2-hunter2", extra={"action": "told", "address": "https://u:pw@h.example/?feed=abc"})
logging.getLogger("httpx").info("HTTP Request: GET https://h.example/?token=abc")
try:
    raise ValueError("with hunter2-hunter2 inside")
except ValueError:
    logging.getLogger("bot").exception("Failed")
"""


@pytest.mark.process
def test_logs_are_lines_with_an_action_and_no_secret() -> None:
    """Away from a terminal each record is a JSON line on standard error; secrets and chatty libraries are not in it."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=30)

    lines = [json.loads(line) for line in done.stderr.splitlines() if "asyncio" not in line]
    assert "" == done.stdout
    assert ("The password is [hidden]", "told", "https://[hidden]@h.example/?[hidden]") == (
        lines[0]["event"], lines[0]["action"], lines[0]["address"],
    )  # fmt: skip
    assert ["The password is [hidden]", "Failed"] == [line["event"] for line in lines]
    assert "hunter2" not in done.stderr


OF_OURS = """
import logging, sys
from bot.errors import StorageError
from scheduler.logs import configure
configure(sys.argv[1])
for error in (StorageError("The database does not answer. See that it runs."), ValueError("a fault")):
    try:
        try:
            raise OSError("a driver's own words")
        except OSError as cause:
            raise error from cause
    except Exception:
        logging.getLogger("bot").exception("An event was not stored", extra={"action": "not_stored"})
logging.getLogger("psycopg.pool").warning("error connecting in 'pool-1': refused")
logging.getLogger("psycopg").warning("query cancellation failed")
"""


@pytest.mark.process
def test_an_error_of_ours_is_a_sentence() -> None:
    """It is told by its own words, without a traceback, wherever it was caught; a fault keeps its own, and at DEBUG everything does."""
    told, every = ([json.loads(line) for line in _logged(level)] for level in ("INFO", "DEBUG"))

    assert [
        ("An event was not stored: The database does not answer. See that it runs.", "not_stored", False),
        ("An event was not stored", "not_stored", True),
    ] == [(one["event"], one["action"], "exception" in one) for one in told]
    assert all("Traceback" in one["exception"] for one in every)
    assert len(every) == 2, "psycopg says nothing that is not said with an action"


def _logged(level: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", OF_OURS, level], capture_output=True, text=True, check=True, timeout=30
    )
    return [line for line in done.stderr.splitlines() if "asyncio" not in line]


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-123456789012-abcdefGHIJK", "xapp-1-A02-333-abcdef", "Bearer AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0",
        "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs",
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_hidden(secret: str) -> None:
    """Tokens of the platforms we know are hidden wherever they turn up, whether we were told of them or not."""
    assert secret not in Redaction().text(f"sent {secret} to them")


def test_plain_words_stay() -> None:
    """An ordinary sentence comes out as it went in."""
    sentence = "Posted part 3 of reading 2026-W34 to https://example.org/a?page=2#top"

    assert sentence == Redaction(["on"]).text(sentence)


def test_known_secrets_are_hidden_whole() -> None:
    """Where one secret contains another, nothing of the longer one is left."""
    assert "a [hidden] b" == Redaction(["secret", "secret-longer"]).text("a secret-longer b")
