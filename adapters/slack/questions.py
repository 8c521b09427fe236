"""
What Slack posts as a form when a member asks something: a command, or an interaction whose `payload` is JSON. Pure.

bolt reads a form in its own way: it loses a command whose words have 'payload' among them, and what has not the shape that Slack gives it
fails in the midst of our answer. So a form is read here, and bolt gets what came of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

_MOST_FIELDS: Final = 100
_COMMAND: Final = ("command", "user_id", "trigger_id", "response_url")


def question_of(form: bytes) -> dict[str, Any]:
    """Read a form. Raises `ValueError` for what Slack would not send."""
    fields = dict(parse_qsl(form.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    try:
        body = json.loads(fields["payload"]) if "payload" in fields else fields
        check(body)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"this is no question of Slack's: {error!r}") from error
    return dict(body)


def check(body: Mapping[str, Any]) -> None:
    """Raise `ValueError`, `KeyError`, `TypeError` or `AttributeError` where something is missing that our answers rely on."""
    if "payload" not in body and "type" not in body:
        if not body.get("ssl_check"):  # how Slack looks whether an address is there at all
            _texts(body, *_COMMAND)
        return
    _texts(body, "type")
    _texts(body["user"], "id")
    for place in ("team", "channel"):
        if body.get(place) is not None:
            _texts(body[place], "id")
    if body["type"] == "view_submission":
        _check_view(body["view"])
    elif body["type"] == "message_action":
        _texts(body, "callback_id", "response_url")
        body["message"].get("text")


def _check_view(view: Mapping[str, Any]) -> None:
    _texts(view, "callback_id")
    json.loads(view.get("private_metadata") or "{}").get("channel")
    for actions in view["state"]["values"].values():
        for given in actions.values():
            (given.get("selected_option") or {}).get("value")


def _texts(body: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if not isinstance(body[name], str) or not body[name]:
            raise ValueError(f"there is no {name}")
