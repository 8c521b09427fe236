"""
Makes what follows from adapters/slack/manifest.yaml: the manifest without history, and the first one as JSON, as Slack's API takes it.
`python -m tests.adapters.slack.manifest_without_history` writes both.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import yaml

FOLDER: Final = Path(__file__).parents[3] / "adapters" / "slack"
JSON: Final = FOLDER / "manifest.json"
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


def as_json() -> str:
    """Give the manifest as JSON."""
    document = yaml.safe_load((FOLDER / "manifest.yaml").read_text("utf-8"))
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    JSON.write_text(as_json(), "utf-8")
    LESS.write_text(made(), "utf-8")
