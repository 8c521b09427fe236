"""The home tab: this week's digest, the member's own list, the next date, the settings, as the core answers them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from adapters.slack.answers import home_view
from adapters.slack.api import SlackApi
from adapters.slack.faults import SlackFault
from bot.model import Answer

HOME: Final = "app_home_opened"


async def publish(api: SlackApi, user_id: str, answer: Answer, shown: Mapping[str, Any]) -> None:
    """
    Put an answer on a member's home tab, in place of what is `shown` there. Raises `ChatError`.

    The hash of what is shown keeps a slow answer from overwriting a newer one (A20).
    """
    try:
        await api.attempt("views.publish", user_id=user_id, view=home_view(answer), hash=shown.get("hash"))
    except SlackFault as fault:
        if fault.error != "hash_conflict":
            raise fault.as_chat_error("views.publish", writes=False) from fault
