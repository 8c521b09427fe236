"""Who people are. Discord tells a name with most events, but only an id where a reaction is taken back."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from adapters.discord.rest import Rest
from bot.errors import ChatError
from bot.model import Member
from bot.text import clean, cut

_REMEMBERED: Final = 10_000
_NAME: Final = 80


class People:
    """
    Members by Discord's user id, named as they name themselves everywhere (not by their nickname on one server).

    The nickname comes with some events and not with others, nor with the list of who reacted; one person must have one name.
    """

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._names: OrderedDict[str, str] = OrderedDict()

    def member(self, user: Mapping[str, Any]) -> Member:
        """Give the member behind a user as Discord describes them."""
        user_id = str(user["id"])
        name = cut(clean(str(user.get("global_name") or user.get("username") or "")), _NAME)
        if name:
            self._remember(user_id, name)
        return Member(id=user_id, name=name or self._names.get(user_id, ""))

    async def named(self, user_id: str) -> Member:
        """Give the member with this id; the name is empty where Discord does not tell it now."""
        if user_id not in self._names:
            try:
                return self.member(await self._rest.ask("GET", "/users/{user_id}", user_id=user_id))
            except ChatError:
                return Member(id=user_id)
        return Member(id=user_id, name=self._names[user_id])

    def _remember(self, user_id: str, name: str) -> None:
        self._names[user_id] = name
        self._names.move_to_end(user_id)
        while len(self._names) > _REMEMBERED:
            self._names.popitem(last=False)


def is_bot(user: Mapping[str, Any]) -> bool:
    """Tell whether a user is a program: those neither triage nor summarise."""
    return bool(user.get("bot") or user.get("system"))
