"""Makes adapters/slack/manifest-without-history.yaml from manifest.yaml: `python -m tests.adapters.slack.manifest_without_history`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[3] / "adapters" / "slack"
LESS: Final = FOLDER / "manifest-without-history.yaml"
_HEAD: Final = """\
# The app as manifest.yaml has it, without the right to read what is said in channels: for apps to which Slack refuses channels:history and
# groups:history (docs/slack-workspaces.md#without-history-scopes says what is missing then).
"""
_NEEDS_HISTORY: Final = ("- channels:history", "- groups:history", "- message.channels", "- message.groups")


def made() -> str:
    """Give the text of the second manifest."""
    text = (FOLDER / "manifest.yaml").read_text("utf-8")
    lines = [line for line in text[text.index("_metadata:") :].splitlines() if line.strip() not in _NEEDS_HISTORY]
    return (
        _HEAD
        + "\n".join(lines).replace("A reply in a pick's thread is its summary.", "A summary is written in a form.")
        + "\n"
    )


if __name__ == "__main__":
    LESS.write_text(made(), "utf-8")
