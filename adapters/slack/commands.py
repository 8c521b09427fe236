"""
Slack's commands: `/paperround`, the settings modal, the message shortcut, the home tab. Bolt dispatches; the core answers.

Slack is acknowledged within its three seconds; the answer follows when it is there (docs/platform-facts.md#a20).
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from adapters.slack.answers import answer_blocks, errors_of, form_view, home_view, said_view, values_of
from adapters.slack.api import Identity, SlackApi
from adapters.slack.blocks import ASK, fallback
from adapters.slack.directory import Directory
from adapters.slack.errors import PLATFORM, SlackFault
from adapters.slack.events import press_of
from adapters.slack.intake import Intake
from adapters.slack.links import links_in
from adapters.slack.mrkdwn import typed
from adapters.slack.people import ADMIN_AGE, People, Person, member_id, outsider
from adapters.slack.summaries import EDIT
from adapters.slack.summary_forms import CALLBACK, KEEP, SummaryForms
from bot.errors import ChatError
from bot.model import Answer, CommandCall, Member
from bot.ports import CommandSink
from bot.pressing import PRESS, read_press
from bot.usecases.command_edge import answer_after, answer_command, one_line, propose_links
from bot.usecases.open_forms import marks_of
from bot.usecases.summarise import SUMMARISE

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from starlette.responses import Response

    from adapters.slack.socket_mode import Connection

COMMAND: Final = "/paperround"
FORM: Final = "form"
SHORTCUT: Final = "add_to_digest"
_SHOWN: Final = "shown"
_MEMBERS_ONLY: Final = "Only members of the workspace that installed Paper Round can ask it something."

PATIENCE: Final = 1.5
"""Seconds a form waits for its answer before it is acknowledged: half of what Slack grants."""

_ARRIVES: Final = 0.5

Body = Mapping[str, Any]
Ack = Callable[..., Awaitable[Any]]

logger = logging.getLogger(__name__)


class SlackCommands:
    """
    Translates interactions to `CommandCall`s, and answers to what Slack shows.

    `admins` are members who may change things beside the workspace's admins and owners, by Slack's user id.
    """

    def __init__(
        self,
        api: SlackApi,
        people: People,
        directory: Directory,
        *,
        sink: CommandSink | None = None,
        admins: Collection[str] = (),
        intake: Intake | None = None,
    ) -> None:
        self._intake = intake
        self._summaries = SummaryForms(api, people, directory, intake, self.ask) if intake else None
        self._api = api
        self._people = people
        self._directory = directory
        self._sink = sink
        self._admins = frozenset(one.rpartition(":")[2] for one in admins)
        self._app: AsyncApp | None = None

    # the ways in

    def wants(self, body: Body) -> bool:
        """Whether an event is for bolt to dispatch (the home tab was opened). Raises `KeyError` for one without its fields."""
        event = body["event"]
        return bool(event["type"] == HOME and event["user"])

    async def over_http(self, body: dict[str, Any]) -> Response:
        """
        Answer a command or interaction that came in a request with a valid signature. Raises `ChatError` while Slack does not
        say who we are.
        """
        from slack_bolt.adapter.starlette.async_handler import to_starlette_response  # noqa: PLC0415 - bolt is slow to import
        from slack_bolt.request.async_request import AsyncBoltRequest  # noqa: PLC0415

        app = await self._bolt()
        # As JSON, whatever it came as: bolt 1.30 takes any form with the word `payload` in it for an interaction, and so would
        # lose `/paperround add https://example.org/payload`.
        request = AsyncBoltRequest(body=json.dumps(body), headers={"content-type": "application/json"})
        return to_starlette_response(await app.async_dispatch(request))

    async def over_socket(self, connection: Connection, request: Any) -> None:
        """Answer an envelope of Socket Mode, and acknowledge it."""
        from slack_bolt.adapter.socket_mode.async_internals import (  # noqa: PLC0415 - bolt is slow to import
            run_async_bolt_app,
            send_async_response,
        )

        app = await self._bolt()
        await send_async_response(connection, request, await run_async_bolt_app(app, request), 0.0)

    async def _bolt(self) -> AsyncApp:
        if self._app is None:
            # Raises rather than let bolt drop what it cannot authorise (docs/platform-facts.md#a10).
            me = await self._api.identity()
            self._app = _build(self, self._api, me)
        return self._app

    # what is asked

    async def command(self, ack: Ack, body: Body, respond: Ack) -> None:
        """`/paperround TEXT`."""
        await ack()
        text, channel_id = typed(str(body.get("text") or "")), str(body.get("channel_id") or "")
        answer = await self.ask(str(body["user_id"]), str(body.get("team_id") or ""), channel_id, text)
        await self._show(body, respond, answer, {"channel": channel_id, "text": text})

    async def _show(self, body: Body, respond: Ack, answer: Answer, private: Mapping[str, Any]) -> None:
        """Show an answer to the member who asked alone: a form as a modal, anything else as a message."""
        if answer.form is None:
            await say(respond, answer)
            return
        try:
            view = form_view(answer, FORM, _private(answer, private))
            opened = await self._api.write("views.open", trigger_id=body["trigger_id"], view=view)
        except ChatError as error:
            logger.warning("Could not open a form: %s", error, extra={"action": "form_not_opened"})
            await say(respond, one_line("Slack did not open the form in time. Please ask once more."))
            return
        await self._complete(opened["view"], answer)

    async def _open(self, body: Body, answer: Answer, text: str) -> None:
        """Show an answer to what was pressed in the home tab, which is no channel and takes no message, in a window of its own."""
        view = _window_of(answer, _private(answer, {"channel": "", "text": text}))
        try:
            opened = await self._api.write("views.open", trigger_id=body["trigger_id"], view=view)
        except ChatError as error:
            logger.warning("Could not open a form: %s", error, extra={"action": "form_not_opened"})
            return
        await self._complete(opened["view"], answer)

    async def submit(self, ack: Ack, body: Body) -> None:
        """
        Handle a submitted form; its errors are shown at its fields, and nothing was changed then.

        Slack has three seconds of patience, and calls a form failed that was saved in four: one that takes long is acknowledged
        first, and what came of it follows in the same window.
        """
        view = body["view"]
        private = json.loads(view.get("private_metadata") or "{}")
        values = values_of(view["state"]["values"])
        asking = asyncio.ensure_future(
            self.ask(
                str(body["user"]["id"]),
                str((body.get("team") or {}).get("id") or ""),
                str(private.get("channel") or ""),
                str(private.get("text") or "settings"),
                values,
                private.get(_SHOWN),
            )
        )
        await asyncio.wait({asking}, timeout=PATIENCE)
        if not asking.done():
            await ack(response_action="update", view=said_view(one_line("One moment …")))
            answer = await asking
            await self._replace(view, _again(answer, values))
        elif (answer := asking.result()).faults:
            await ack(response_action="errors", errors=errors_of(answer))
        else:
            await ack(response_action="update", view=said_view(answer, str(view.get("private_metadata") or "")))
        if answer.then:
            # What was acknowledged is on its way, and would replace what is sent before it arrives.
            await asyncio.sleep(_ARRIVES)
            if later := await answer_after(answer):
                await self._replace(view, later)

    async def _replace(self, view: Body, answer: Answer) -> None:
        """Show an answer in place of a window's content, in which it was asked; one that was closed meanwhile is left so."""
        shown = _window_of(answer, str(view.get("private_metadata") or ""))
        try:
            updated = await self._api.write("views.update", view_id=view["id"], view=shown)
        except ChatError as error:
            logger.warning("Could not show what became of a form: %s", error, extra={"action": "form_not_updated"})
            return
        if answer.form is not None:
            await self._complete(updated["view"], answer)

    async def _complete(self, view: Body, answer: Answer) -> None:
        """
        Show what takes the place of an answer that a window shows, unless the window shows something else by then, or is closed.

        What was typed into its fields stays: they keep their ids.
        """
        later = await answer_after(answer)
        if later is None:
            return
        shown = _window_of(later, str(view.get("private_metadata") or ""))
        try:
            await self._api.attempt("views.update", view_id=view["id"], view=shown, hash=view.get("hash"))
        except (SlackFault, ChatError) as error:
            logger.info("A window was not completed: %s", error, extra={"action": "answer_not_completed"})

    async def shortcut(self, ack: Ack, body: Body, respond: Ack) -> None:
        """'Add to next digest' on a message: propose every link in it, in the name of its author; on a card of ours, its work."""
        await ack()
        message, asker = body.get("message") or {}, str(body["user"]["id"])
        team, channel_id = (
            str((body.get("team") or {}).get("id") or ""),
            str((body.get("channel") or {}).get("id") or ""),
        )
        me = await self._api.identity()
        ours = message.get("user") == me.user_id or message.get("bot_id") == me.bot_id
        links = links_in(message, ours=ours)
        values = await self._credit(str(message.get("user") or "")) if links else {}
        await say(respond, await propose_links(links, lambda text: self.ask(asker, team, channel_id, text, values)))

    async def pressed(self, ack: Ack, body: Body, respond: Ack) -> None:
        """Somebody pressed a button or chose from a menu of a message or a window of ours: its value is what they ask."""
        await ack()
        text = _asked(body)
        team = str((body.get("team") or {}).get("id") or "")
        view: Mapping[str, Any] = body.get("view") or {}
        private = json.loads(view.get("private_metadata") or "{}")
        channel_id = str((body.get("channel") or private).get("id") or private.get("channel") or "")
        answer = await self.ask(str(body["user"]["id"]), team, channel_id, text)
        if view.get("type") == "home":
            await self._open(body, answer, text)
        elif view:
            asked = _private(answer, {**private, "text": text})
            kept = view if answer.form is None else {**view, "private_metadata": asked}
            await self._replace(kept, answer)
        else:
            await self._show(body, respond, answer, {"channel": channel_id, "text": text})

    async def decided(self, ack: Ack, body: Body, respond: Ack) -> None:
        """
        Somebody pressed a decision's button, or chose it from a line's menu: it is stored, and then acknowledged.

        What cannot be stored is not acknowledged, so that Slack tells the member that it failed.
        """
        text, pressed = _asked(body), read_press(_asked(body))
        if text.partition(" ")[0] == SUMMARISE:
            await self.summarise(ack, body, respond)
            return
        event, user = press_of(body, pressed), body["user"]
        if event is None or self._intake is None:
            await ack()
            await say(respond, one_line("I do not know this button. Please reload Slack, and press it once more."))
            return
        team = str(user.get("team_id") or (body.get("team") or {}).get("id") or "")
        counts = await self._intake.press(event, str(user["id"]), team)
        await ack()
        if not counts:
            await say(respond, one_line("Only members of the workspace that installed Paper Round can decide here."))
            return
        place = f"{self._directory.origin(event.ref.channel_id)} {event.ref.message_id}"
        answer = await self.ask(str(user["id"]), "", event.ref.channel_id, f"chosen {place} {text}")
        if answer.blocks:
            await say(respond, answer)

    async def summarise(self, ack: Ack, body: Body, respond: Ack) -> None:
        """'Summarise' under a pick, or in a line's menu."""
        await ack()
        if self._summaries:
            await self._opened(self._summaries.open(body, _asked(body)), respond)

    async def edit_summary(self, ack: Ack, body: Body, respond: Ack) -> None:
        """'Edit' under a summary that was written in a form."""
        await ack()
        if self._summaries:
            await self._opened(self._summaries.edit(body), respond)

    async def keep(self, ack: Ack, body: Body, respond: Ack) -> None:
        """'Keep as summary' on a message."""
        await ack()
        if self._summaries:
            await self._opened(self._summaries.keep(body), respond)

    async def submit_summary(self, ack: Ack, body: Body) -> None:
        """Handle a summary that was written in a form."""
        if self._summaries:
            await self._summaries.submit(ack, body)

    async def _opened(self, opening: Awaitable[str | None], respond: Ack) -> None:
        try:
            said = await opening
        except ChatError as error:
            logger.warning("Could not open a form: %s", error, extra={"action": "form_not_opened"})
            said = "Slack did not open the form in time. Please try once more."
        if said:
            await say(respond, one_line(said))

    async def home(self, body: Body) -> None:
        """Handle the opening of our home tab."""
        event = body["event"]
        if event.get("tab", "home") != "home":
            return
        user = str(event["user"])
        answer = await self.ask(user, str(body.get("team_id") or ""), "", "home")
        await publish(self._api, user, answer, event.get("view") or {})

    async def ask(
        self,
        user_id: str,
        team_id: str,
        channel_id: str,
        text: str,
        values: Mapping[str, str] | None = None,
        shown: Mapping[str, str] | None = None,
    ) -> Answer:
        """Answer a member of our workspace, or of another one of its organisation; anybody else is told that they cannot use it."""
        me = await self._api.identity()
        elsewhere = team_id not in {"", me.team_id}
        if elsewhere and not me.enterprise_id:
            return one_line(_MEMBERS_ONLY)
        person = await self._people.person(user_id, ADMIN_AGE)
        if elsewhere and (not person.known or outsider(person, me)):
            return one_line(_MEMBERS_ONLY)
        call = CommandCall(
            platform=PLATFORM,
            channel_id=await self._directory.configured(channel_id) if channel_id else "",
            member=Member(id=member_id(me.team_id, user_id), name=person.name),
            admin=self._is_member(person, me) and (person.admin or person.id in self._admins),
            guest=not self._is_member(person, me),
            text=text,
            values=values or {},
            shown=shown or {},
            team=me.team_id,
            zone=person.zone,
        )
        return await answer_command(self._sink, call)

    @staticmethod
    def _is_member(person: Person, me: Identity) -> bool:
        """
        Whether somebody is a full member, whom the settings may let change things; denied by default (docs/platform-facts.md#e4): never
        for guests and strangers, nor while Slack does not say who it is.
        """
        return person.known and not (person.guest or person.bot or outsider(person, me))

    async def _credit(self, user_id: str) -> dict[str, str]:
        """Author of a message, as `by` (their name) and `by_id`."""
        if not user_id:
            return {}
        me, person = await self._api.identity(), await self._people.person(user_id)
        return {} if person.bot else {"by": person.name, "by_id": member_id(me.team_id, user_id)}


def _window_of(answer: Answer, private: str) -> dict[str, Any]:
    """The view that shows an answer: its form, or what it says."""
    return form_view(answer, FORM, private) if answer.form is not None else said_view(answer, private)


def _private(answer: Answer, private: Mapping[str, Any]) -> str:
    """What comes back with a window: with a form, the marks of what it shows, too."""
    return json.dumps({**private, _SHOWN: marks_of(answer.form)} if answer.form else private)


def _asked(body: Body) -> str:
    """What a pressed button asks, or what was chosen from a menu."""
    pressed: Mapping[str, Any] = next(iter(body.get("actions") or []), {})
    return str(pressed.get("value") or (pressed.get("selected_option") or {}).get("value") or "")


def _again(answer: Answer, values: Mapping[str, str]) -> Answer:
    """Give a form again whose faults came too late to be shown at its fields: they stand above them."""
    faults = tuple(note for fault in answer.faults.values() for note in one_line(fault).blocks)
    return replace(answer, blocks=faults, form=values) if faults else answer


async def say(respond: Ack, answer: Answer) -> None:
    """Show an answer to the member who asked alone."""
    words = "\n".join("".join(span.text for span in block.spans) for block in answer.blocks)
    await respond(
        text=fallback(words),
        blocks=answer_blocks(answer),
        response_type="ephemeral",
        replace_original=False,
        unfurl_links=False,
        unfurl_media=False,
    )


def _is_news(record: logging.LogRecord) -> bool:
    return "`token` will be unused" not in record.getMessage()


def _build(commands: SlackCommands, api: SlackApi, me: Identity) -> AsyncApp:
    from slack_bolt.async_app import AsyncApp  # noqa: PLC0415 - bolt is slow to import
    from slack_bolt.authorization import AuthorizeResult  # noqa: PLC0415

    async def authorize(**_: object) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=me.team_id, bot_id=me.bot_id, bot_user_id=me.user_id, bot_token=api.token
        )

    # Our token is in its environment, where bolt looks for one; that it goes by `authorize` is no news to anybody.
    logging.getLogger("slack_bolt.AsyncApp").addFilter(_is_news)
    # `HttpEvents` checks the signature; over Socket Mode there is none.
    app = AsyncApp(name="paperround", client=api.client(), authorize=authorize, request_verification_enabled=False)
    app.command(COMMAND)(commands.command)
    app.action(re.compile(rf"{SUMMARISE}(:\d+)?"))(commands.summarise)
    app.action(EDIT)(commands.edit_summary)
    app.view(FORM)(commands.submit)
    app.view(CALLBACK)(commands.submit_summary)
    app.message_shortcut(KEEP)(commands.keep)
    app.message_shortcut(SHORTCUT)(commands.shortcut)
    app.action(re.compile(rf"{ASK}(:\d+)?"))(commands.pressed)
    app.action(re.compile(rf"{PRESS}:\w+"))(commands.decided)
    app.event(HOME)(commands.home)
    return app


HOME: Final = "app_home_opened"


async def publish(api: SlackApi, user_id: str, answer: Answer, shown: Mapping[str, Any]) -> None:
    """
    Publish a member's home tab, in place of what is `shown` there. Raises `ChatError`.

    The hash of what is shown keeps a slow answer from overwriting a newer one (docs/platform-facts.md#a20).
    """
    try:
        await api.attempt("views.publish", user_id=user_id, view=home_view(answer), hash=shown.get("hash"))
    except SlackFault as fault:
        if fault.error != "hash_conflict":
            raise fault.as_chat_error("views.publish", writes=False) from fault
