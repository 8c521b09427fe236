"""
The forms for summaries: of a pick or line, of what was written before, and of any message that somebody wants to keep.

A form closes only once its words stand in the thread; until then they are in the member's window, and after a failure, too.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from time import time
from typing import Any, Final

from adapters.slack.answers import form_view, said_view, values_of
from adapters.slack.api import SlackApi
from adapters.slack.directory import Directory
from adapters.slack.errors import PLATFORM
from adapters.slack.events import instant
from adapters.slack.intake import Intake
from adapters.slack.mrkdwn import readable
from adapters.slack.people import People, member_id
from adapters.slack.summaries import FormSummaries, rank_of, words_in, writer_in
from bot.errors import ChatError
from bot.events import ReplyPosted
from bot.model import Answer, Member, MessageRef
from bot.usecases.command_edge import one_line
from bot.usecases.summarise import FIELD, SUMMARISE

CALLBACK: Final = "summary"
KEEP: Final = "keep_as_summary"
NUMBER: Final = "number"
PATIENCE: Final = 2.0
"""Seconds that opening and sending a form may take before the member sees a word: Slack grants three."""

Body = Mapping[str, Any]
Ack = Callable[..., Awaitable[Any]]
Ask = Callable[[str, str, str, str], Awaitable[Answer]]
"""Asks the core for a member: user id, workspace, channel, text."""

_NOTHING: Final = "Nothing is written yet."
_KEPT: Final = "Your words are still here: please send them once more."

logger = logging.getLogger(__name__)


class SummaryForms:
    """Opens the forms, and keeps what is sent."""

    def __init__(self, api: SlackApi, people: People, directory: Directory, intake: Intake, ask: Ask) -> None:
        self._api = api
        self._people = people
        self._directory = directory
        self._intake = intake
        self._ask = ask
        self._summaries = FormSummaries(api, directory, intake)

    async def open(self, body: Body, text: str) -> None:
        """
        Open the form for the message whose button was pressed; `text` is `summarise`, with a number of that line, or with channel, message
        and number of a line whose button stands elsewhere.
        """
        channel, message = _place(body)
        *elsewhere, rank = text.partition(" ")[2].split(" ")
        message = elsewhere[-1] if elsewhere else message
        private = {"channel": channel, "message": message, "rank": int(rank) if rank.isdigit() else None}
        asked = f"{SUMMARISE} {self._directory.origin(channel)} {message} {rank}".strip()
        asking = asyncio.ensure_future(self._ask(str(body["user"]["id"]), _team(body), channel, asked))
        await asyncio.wait({asking}, timeout=PATIENCE)
        # The window opens with what is known by then: a trigger lives three seconds.
        answer = asking.result() if asking.done() else Answer()
        await self._open(body, answer if answer.form else Answer(blocks=answer.blocks, form={FIELD: ""}), private)

    async def edit(self, body: Body) -> str:
        """Open the form with what was written before; give a word for somebody else than its author."""
        message = body.get("message") or {}
        me, channel = await self._api.identity(), _place(body)[0]
        if writer_in(message) != member_id(me.team_id, str(body["user"]["id"])):
            return "Only its author can change a summary."
        kept = {part: message.get(part) for part in ("ts", "thread_ts", "metadata")} | {"rank": rank_of(message)}
        await self._open(body, Answer(form={FIELD: words_in(message)}), {"channel": channel, "edit": kept})
        return ""

    async def keep(self, body: Body) -> str:
        """
        'Keep as summary' on any message: a reply in a pick's thread is recorded as it stands; of another message a form asks for which pick.

        Gives a word for the member.
        """
        message, channel, me = body.get("message") or {}, _place(body)[0], await self._api.identity()
        text, thread = readable(str(message.get("text") or "")), str(message.get("thread_ts") or "")
        author = str(message.get("user") or "") if not message.get("bot_id") else ""
        if thread and thread != message.get("ts") and author and author != me.user_id:
            person = await self._people.soon(author)
            place = {"platform": PLATFORM, "channel_id": self._directory.origin(channel)}
            ref = MessageRef(message_id=str(message["ts"]), **place)
            event = ReplyPosted(
                event_id=f"{PLATFORM}/{ref.channel_id}/{ref.message_id}/kept/{_stamp(body)}",
                parent=MessageRef(message_id=thread, **place), ref=ref,
                member=Member(id=member_id(me.team_id, author), name=person.name), text=text, at=instant(ref.message_id),
            )  # fmt: skip
            await self._intake.tell(event)
            return "Kept, if it stands under a pick: 📝 on it says so."
        fields = {NUMBER: "", FIELD: text}
        await self._open(body, Answer(form=fields), {"channel": channel, "author": author})
        return ""

    async def submit(self, ack: Ack, body: Body) -> None:
        """Keep what was written; the window stays, with the words in it, until that is done."""
        view, values = body["view"], values_of(body["view"]["state"]["values"])
        text, private = values.get(FIELD, "").strip(), json.loads(view.get("private_metadata") or "{}")
        if not text and "edit" not in private:
            await ack(response_action="errors", errors={FIELD: _NOTHING})
            return
        keeping = asyncio.ensure_future(self._keep(body, private, text, values.get(NUMBER, "")))
        await asyncio.wait({keeping}, timeout=PATIENCE)
        if keeping.done():
            fault = keeping.result()
            await (ack(response_action="errors", errors={FIELD: fault}) if fault else ack())
            return
        await ack(response_action="update", view=said_view(one_line(f"One moment … You wrote: {text}")))
        fault = await keeping
        answer = Answer(blocks=one_line(fault).blocks, form=values) if fault else one_line("It stands in the thread.")
        shown = form_view(answer, CALLBACK, json.dumps(private)) if fault else said_view(answer)
        try:
            await self._api.write("views.update", view_id=view["id"], view=shown)
        except ChatError as error:
            logger.warning("Could not show what became of a form: %s", error, extra={"action": "form_not_updated"})

    async def _keep(self, body: Body, private: Mapping[str, Any], text: str, number: str) -> str:
        """Give what went wrong, in words for the member; empty where the words are kept."""
        me, user = await self._api.identity(), str(body["user"]["id"])
        channel = str(private.get("channel") or "")
        try:
            person = await self._people.soon(user)
            member = Member(id=member_id(me.team_id, user), name=person.name)
            if edited := private.get("edit"):
                await self._summaries.rewrite(edited, channel, member, text, _stamp(body))
                return ""
            message, rank = str(private.get("message") or ""), private.get("rank")
            if not message:
                found = await self._ask(user, _team(body), channel, f"place {number}")
                if not found.values:
                    return " ".join(span.text for block in found.blocks for span in block.spans)
                message, rank = found.values["message"], int(found.values.get("rank") or 0) or None
                if author := str(private.get("author") or ""):
                    named = await self._people.soon(author)
                    member = Member(id=member_id(me.team_id, author), name=named.name)
            parent = MessageRef(platform=PLATFORM, channel_id=self._directory.origin(channel), message_id=message)
            await self._summaries.write(parent, member, text, rank=rank, key=str(body["view"]["id"]))
        except ChatError as error:
            return f"Slack did not take it: {error.reason}. {_KEPT}"
        except Exception:
            # The edge: whatever it was, the member must get the words back.
            logger.exception("A summary was not kept", extra={"action": "summary_not_kept"})
            return f"That went wrong on our side. {_KEPT}"
        return ""

    async def _open(self, body: Body, answer: Answer, private: Mapping[str, Any]) -> None:
        view = form_view(answer, CALLBACK, json.dumps(private))
        await self._api.write("views.open", trigger_id=body["trigger_id"], view=view)


def _place(body: Body) -> tuple[str, str]:
    container = body.get("container") or {}
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
    message = body.get("message") or {}
    return channel, str(container.get("message_ts") or message.get("ts") or "")


def _team(body: Body) -> str:
    return str((body.get("team") or {}).get("id") or "")


def _stamp(body: Body) -> str:
    """A timestamp for what a member does now: an interaction bears one, else our clock's."""
    action: Body = next(iter(body.get("actions") or []), {})
    given = str(action.get("action_ts") or body.get("action_ts") or "")
    if given:
        return given
    return f"{time():.6f}"
