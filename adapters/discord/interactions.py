"""
Discord interactions (slash commands, buttons, modals): each becomes a `CommandCall`, and the core's `Answer` an ephemeral
reply.

Discord wants a first response within three seconds; an answer that takes longer is deferred and follows.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import discord
from cachetools import LRUCache

from adapters.discord.answers import PAIRED, Form, Pages, fields_of, joined, messages_of, pages_of, parted, shown_in
from adapters.discord.embeds import IN_A_ROW, decision
from adapters.discord.errors import PLATFORM
from adapters.discord.links import links_in
from adapters.discord.presses import Presses
from adapters.discord.replies import People
from adapters.discord.threads import FIELD, LIMIT, FormSummaries
from bot.errors import ChatError
from bot.model import Answer, BlockRole, CommandCall, Member, MessageRef
from bot.ports import CommandSink
from bot.pressing import PRESS, read_press
from bot.usecases.command_edge import answer_after, answer_command, one_line, propose_links
from bot.usecases.open_forms import marks_of
from bot.usecases.summarise import SUMMARISE

SLOW: Final = 1.5
"""Seconds after which an answer is deferred: half of what Discord grants."""

_BUTTON: Final = re.compile(r"paperround:(mine|status|help|summary|edit|ask|press|page):(.+)", re.DOTALL)
_FORM: Final = re.compile(r"paperround:(form|write|rewrite|keep):(.+)", re.DOTALL)
_PAGE: Final = re.compile(r"([^:]*):(.+):(\d+)", re.DOTALL)
_TEXT: Final = 60
"""Longest command that a form's custom id takes; those with a form are short."""
_REMEMBERED: Final = 500
_ANSWERED: Final = frozenset({40060, 10062})
"""Discord's codes for an interaction that was answered already, by another process of ours, or is too old to be answered."""
_SHOWN: Final = 900.0
"""Seconds for which discord.py remembers an answer's buttons; pressed later, they are answered all the same."""
_LINE: Final = re.compile(rf"{SUMMARISE} (\S+) (\S+) (\d{{1,4}})")
_KEEP: Final = "Keep as summary"
NUMBER: Final = "number"
_NO_PICK: Final = "Use this in the thread of a pick, or press 'Summarise' under the pick."

logger = logging.getLogger(__name__)


class Interactions:
    """Handles interactions of members."""

    def __init__(
        self,
        sink: CommandSink | None,
        people: People,
        summaries: FormSummaries,
        *,
        presses: Presses | None = None,
        slow: float = SLOW,
    ) -> None:
        self._presses = presses
        self._sink = sink
        self._people = people
        self._summaries = summaries
        self._slow = slow
        self._buttons: Mapping[str, Callable[[discord.Interaction, str], Awaitable[None]]] = {
            "mine": lambda interaction, _: self.ask(interaction, "mine"),
            "status": lambda interaction, _: self.ask(interaction, "status"),
            "help": lambda interaction, _: self.ask(interaction, "help"),
            "summary": lambda interaction, _: self.summarise(interaction),
            "edit": self._edit,
            "ask": self._ask_by_component,
            "press": self._decide,
            "page": self._page,
        }
        self._forms: Mapping[str, Callable[[discord.Interaction, str, Mapping[str, str]], Awaitable[None]]] = {
            "form": self._sent_form,
            "write": self._sent_summary,
            "rewrite": self._sent_correction,
            "keep": self._sent_message,
        }
        # What was filled in wrongly, until it is corrected; after a restart a page opens with what is set.
        self._wrong: LRUCache[str, tuple[Mapping[str, str], Mapping[str, str], Mapping[str, str]]] = LRUCache(
            _REMEMBERED
        )

    async def ask(self, interaction: discord.Interaction, text: str, values: Mapping[str, str] | None = None) -> None:
        """Answer a command, to the member who asked alone."""
        found = await self._awaited(interaction, answer_command(self._sink, self._call(interaction, text, values)))
        await self._show(interaction, found, text, values)
        opened = interaction.response.type is discord.InteractionResponseType.modal
        # A form that opened by itself is not to be changed any more.
        if not opened and (later := await answer_after(found)):
            await self._follow(interaction, later, text)

    async def add(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """'Add to next digest': propose every link of a message, in the name of its author; of a card of ours, its work."""
        me = interaction.client.user
        links = links_in(message, ours=me is not None and message.author.id == me.id)
        author = message.author
        values = {} if author.bot else {"by": author.global_name or author.name, "by_id": str(author.id)}

        proposing = propose_links(links, lambda text: answer_command(self._sink, self._call(interaction, text, values)))
        await self._show(interaction, await self._awaited(interaction, proposing), "add", None)

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Handle a press on a button of one of our messages, or a form that was sent, however old they are."""
        data: Mapping[str, Any] = interaction.data or {}
        custom_id = str(data.get("custom_id") or "")
        try:
            if interaction.type is discord.InteractionType.component and (found := _BUTTON.fullmatch(custom_id)):
                await self._buttons[found[1]](interaction, found[2])
            if interaction.type is discord.InteractionType.modal_submit and (found := _FORM.fullmatch(custom_id)):
                await self._forms[found[1]](interaction, found[2], fields_of(interaction))
        except discord.HTTPException as error:
            if not is_answered(error):
                raise
            logger.info("Another process answered a member", extra={"action": "answered_elsewhere"})

    async def keep(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """
        'Keep as summary' on a message: one in a pick's thread is recorded as it stands, in its author's name; of another a form asks for
        which pick. The message comes with the command, so that this needs no intent.
        """
        author, text = message.author, message.content
        asked = message.reference.message_id if message.reference else None
        parent = await self._summaries.card(str(message.channel.id), str(asked)) if asked else None
        parent = parent or await self._summaries.parent(str(message.channel.id))
        if parent is None or author.bot:
            form = Form(_KEEP, {NUMBER: "", FIELD: text[:LIMIT]}, f"paperround:keep:{0 if author.bot else author.id}")
            await interaction.response.send_modal(form)
            return

        async def kept() -> Answer:
            try:
                if self._presses:
                    await self._presses.keep(parent, message, self.member(author))
            except Exception:
                # The edge: the member must know that nothing was kept.
                logger.exception("A message was not kept", extra={"action": "summary_not_kept"})
                return one_line("That went wrong on our side; nothing was kept. Please try once more.")
            return one_line("Kept, if it stands under a pick: 📝 on it says so.")

        await self._show(interaction, await self._awaited(interaction, kept()), "", None)

    async def summarise(self, interaction: discord.Interaction) -> None:
        """Open the form for a summary of the pick whose button was pressed, or in whose thread the command was given."""
        channel_id = str(interaction.channel_id or "")
        message_id = str(interaction.message.id) if interaction.message else channel_id
        words = Answer()
        try:
            async with asyncio.timeout(2 * SLOW - 0.5):  # a form must be the first answer, within three seconds
                card = await self._summaries.card(channel_id, message_id)
                if card is not None:
                    asked = f"{SUMMARISE} {card.channel_id} {card.message_id}"
                    words = await answer_command(self._sink, self._call(interaction, asked, None))
        except (ChatError, TimeoutError):
            await self.say(interaction, "Discord was slow to answer us. Please try once more.")
            return
        if card is None:
            await self.say(interaction, _NO_PICK)
            return
        custom_id = f"paperround:write:{card.channel_id}/{card.message_id}"
        await interaction.response.send_modal(SummaryForm("", custom_id, words if words.form is not None else Answer()))

    async def say(self, interaction: discord.Interaction, text: str) -> None:
        """Send one sentence to the member who asked, alone."""
        await self._show(interaction, one_line(text), "", None)

    def member(self, user: discord.User | discord.Member) -> Member:
        """The member behind a user."""
        return self._people.member({"id": user.id, "global_name": user.global_name, "username": user.name})

    # inside

    async def _ask_by_component(self, interaction: discord.Interaction, text: str) -> None:
        """Ask what a button says, or what was chosen from a menu."""
        data: Mapping[str, Any] = interaction.data or {}
        await self.ask(interaction, str(next(iter(data.get("values") or ()), text)))

    async def _decide(self, interaction: discord.Interaction, rest: str) -> None:
        """Store what a decision's button says, and show the member what they chose where the card does not."""
        text = f"{PRESS} {rest}"
        answer = await self._awaited(interaction, self._decided(interaction, text))
        message = interaction.message
        if not answer.blocks and not interaction.response.is_done():
            await interaction.response.defer()
        elif answer.buttons and message and message.flags.ephemeral and not interaction.response.is_done():
            embeds = [discord.Embed.from_dict(embed) for one in messages_of(answer) for embed in one["embeds"]]
            await interaction.response.edit_message(embeds=embeds, view=_row(answer))
        else:
            await self._show(interaction, answer if answer.blocks else one_line("Noted."), "", None)

    async def _decided(self, interaction: discord.Interaction, text: str) -> Answer:
        pressed = read_press(text)
        if pressed is None or self._presses is None:
            return one_line("I do not know this button yet. Please try again in a while.")
        try:
            ref = await self._presses.store(interaction, pressed, self.member(interaction.user))
        except Exception:
            # The edge: nothing of it is kept, and the member must know that.
            logger.exception("A press was not recorded", extra={"action": "press_not_recorded"})
            return one_line("That was not recorded: something is wrong on our side. Please press it once more.")
        if ref is None:
            return one_line("This digest's channel is not served any more.")
        call = self._call(interaction, f"chosen {ref.channel_id} {ref.message_id} {text}", None)
        return await answer_command(self._sink, call)

    async def _edit(self, interaction: discord.Interaction, whose: str) -> None:
        """Open the form with a summary's words, for its author; `whose` is their id, and with a slash the number of the line it is about."""
        message, (member_id, _, rank) = interaction.message, whose.partition("/")
        if message is None or str(interaction.user.id) != member_id:
            await self.say(interaction, "Only its author can change a summary.")
            return

        custom_id = f"paperround:rewrite:{message.channel.id}/{message.id}" + (f"/{rank}" if rank else "")
        await interaction.response.send_modal(SummaryForm(message.content.partition("\n")[2], custom_id))

    # forms that were sent

    async def _sent_form(self, interaction: discord.Interaction, text: str, values: Mapping[str, str]) -> None:
        place = _LINE.fullmatch(text)
        if place is None:
            await self.ask(interaction, text, parted(values))
            return
        card = MessageRef(platform=PLATFORM, channel_id=place[1], message_id=place[2])
        await self._write(interaction, values, card, int(place[3]))

    async def _sent_summary(self, interaction: discord.Interaction, place: str, values: Mapping[str, str]) -> None:
        channel_id, _, message_id = place.partition("/")
        await self._write(
            interaction, values, MessageRef(platform=PLATFORM, channel_id=channel_id, message_id=message_id)
        )

    async def _sent_correction(self, interaction: discord.Interaction, place: str, values: Mapping[str, str]) -> None:
        channel_id, message_id, number = [*place.split("/"), ""][:3]
        text, member = values.get(FIELD, "").strip(), self.member(interaction.user)
        rank = int(number) if number.isdigit() else None
        await self._kept(
            interaction, text, lambda: self._summaries.rewrite(channel_id, message_id, member, text, rank=rank)
        )

    async def _sent_message(self, interaction: discord.Interaction, author: str, values: Mapping[str, str]) -> None:
        """Words of a message that somebody keeps: `place N` says under which pick's message they belong."""
        text, asked = values.get(FIELD, "").strip(), self._call(interaction, f"place {values.get(NUMBER, '')}", None)
        member = self.member(interaction.user)

        async def keep() -> Answer | None:
            found = await answer_command(self._sink, asked)
            home = await self._summaries.home(str(interaction.channel_id or ""))
            if not found.values or home is None:
                return found
            by = await self._people.named(author) if author != "0" else member
            where = found.values.get("channel") or home
            card = MessageRef(platform=PLATFORM, channel_id=where, message_id=found.values["message"])
            rank = int(found.values.get("rank") or 0) or None
            await self._summaries.write(card, by, text, rank=rank, nonce=str(interaction.id))
            return None

        await self._kept(interaction, text, keep)

    async def _write(
        self, interaction: discord.Interaction, values: Mapping[str, str], card: MessageRef, rank: int | None = None
    ) -> None:
        text, member = values.get(FIELD, "").strip(), self.member(interaction.user)
        nonce = str(interaction.id)
        await self._kept(interaction, text, lambda: self._summaries.write(card, member, text, rank=rank, nonce=nonce))

    async def _page(self, interaction: discord.Interaction, rest: str) -> None:
        """Open a page of a form: with what was filled in wrongly before, else with what is set now."""
        found = _PAGE.fullmatch(rest)
        if found is None:
            return
        token, text, number = found[1], found[2], int(found[3])
        values, faults, shown = self._wrong.get(token, ({}, {}, {}))
        if not values:
            answer = await answer_command(self._sink, self._call(interaction, text, None))
            values, shown = joined(answer.form or {}), marks_of(answer.form or {})
        pages = pages_of(values)
        if number >= len(pages):
            await self.say(interaction, "There is no such page any more. Please ask once more.")
            return
        await interaction.response.send_modal(Form(_label_of(text), pages[number], _form_id(text), faults, shown))

    async def _kept(
        self, interaction: discord.Interaction, text: str, act: Callable[[], Awaitable[Answer | None]]
    ) -> None:
        """Keep what was written; where that fails, for whatever reason, the member gets the words back."""
        if not text:
            await self.say(interaction, "Nothing was written, so nothing is kept.")
            return

        async def written() -> Answer:
            try:
                return await act() or one_line("It stands in the pick's thread, in your name.")
            except ChatError as error:
                because = f"Discord did not take it: {error.reason}."
            except Exception:
                # The edge: whatever it was, the words are the member's.
                logger.exception("A summary was not kept", extra={"action": "summary_not_kept"})
                because = "That went wrong on our side."
            back = one_line(f"{because} Here are your words, for another try:").blocks
            return Answer(blocks=(*back, *(block for line in text.splitlines() for block in one_line(line).blocks)))

        await self._show(interaction, await self._awaited(interaction, written()), "", None)

    def _call(self, interaction: discord.Interaction, text: str, values: Mapping[str, str] | None) -> CommandCall:
        channel = interaction.channel
        # A thread is a channel of its own on Discord; members mean the channel it is in.
        channel_id = channel.parent_id if isinstance(channel, discord.Thread) else interaction.channel_id
        return CommandCall(
            platform=PLATFORM,
            channel_id=str(channel_id or ""),
            member=self.member(interaction.user),
            # Asked of Discord with each interaction: whoever may manage the server may change what we do there (docs/platform-facts.md#e4, #b9).
            admin=interaction.permissions.manage_guild,
            text=text,
            values=values or {},
            shown=shown_in(interaction),
            team=str(interaction.guild_id or ""),
        )

    async def _awaited(self, interaction: discord.Interaction, answering: Awaitable[Answer]) -> Answer:
        task = asyncio.ensure_future(answering)
        await asyncio.wait({task}, timeout=self._slow)
        if not task.done() and not interaction.response.is_done():
            await interaction.response.defer(ephemeral=True, thinking=True)
        return await task

    async def _show(
        self, interaction: discord.Interaction, answer: Answer, text: str, values: Mapping[str, str] | None
    ) -> None:
        given = answer.form if answer.form is not None else values if answer.faults else None
        form = joined(given) if given else None
        # What was filled in wrongly is compared with what stood there before, and not with itself.
        shown = marks_of(answer.form) if answer.form else shown_in(interaction)
        faults = {(PAIRED if form and name not in form else name): fault for name, fault in answer.faults.items()}
        title = next((span.text for b in answer.blocks if b.role is BlockRole.TITLE for span in b.spans), "Paper Round")
        view: discord.ui.View | None = None
        if form:
            ask_at_once = not answer.faults and not interaction.response.is_done() and len(pages_of(form)) == 1
            if ask_at_once and _LINE.fullmatch(text):
                await interaction.response.send_modal(SummaryForm("", _form_id(text), answer))
                return
            if ask_at_once:
                await interaction.response.send_modal(Form(title, form, _form_id(text), shown=shown))
                return
            token = str(interaction.id) if faults else ""
            if token:
                self._wrong[token] = form, faults, shown
            view = Pages(form, _page_id(token, text), faults)
        elif answer.buttons:
            view = _row(answer)
        await self._send(interaction, answer, view)

    async def _follow(self, interaction: discord.Interaction, answer: Answer, text: str) -> None:
        """Put what took longer in the place of the answer before; Discord lets that be done for fifteen minutes."""
        first, *more = messages_of(answer)
        form = joined(answer.form) if answer.form else None
        view = Pages(form, _page_id("", text)) if form else _row(answer) if answer.buttons else None
        embeds = [discord.Embed.from_dict(embed) for embed in first["embeds"]]
        silent = discord.AllowedMentions.none()
        try:
            await interaction.edit_original_response(
                embeds=embeds, view=None if more else view, allowed_mentions=silent
            )
            for number, message in enumerate(more, start=1):
                embeds = [discord.Embed.from_dict(embed) for embed in message["embeds"]]
                shown: dict[str, Any] = {"view": view} if view is not None and number == len(more) else {}
                await interaction.followup.send(embeds=embeds, ephemeral=True, allowed_mentions=silent, **shown)
        except discord.HTTPException as error:
            logger.warning("An answer could not be completed: %s", error, extra={"action": "answer_not_completed"})

    async def _send(self, interaction: discord.Interaction, answer: Answer, view: discord.ui.View | None) -> None:
        silent = discord.AllowedMentions.none()
        messages = messages_of(answer)
        for number, message in enumerate(messages, start=1):
            embeds = [discord.Embed.from_dict(embed) for embed in message["embeds"]]
            shown: dict[str, Any] = {"view": view} if view is not None and number == len(messages) else {}
            if interaction.response.is_done():
                await interaction.followup.send(embeds=embeds, ephemeral=True, allowed_mentions=silent, **shown)
            else:
                await interaction.response.send_message(embeds=embeds, ephemeral=True, allowed_mentions=silent, **shown)


def _row(answer: Answer) -> discord.ui.View:
    """Buttons of an answer. Presses come in by their custom ids, as those under a digest do."""
    row = discord.ui.View(timeout=_SHOWN)
    # Decisions in one row and what else there is in the next, as on a card; five to a row would part them anywhere.
    rows = (
        {one.asks: int(not one.asks.startswith(PRESS)) for one in answer.buttons}
        if len(answer.buttons) > IN_A_ROW
        else {}
    )
    for one in answer.buttons:
        made = decision(one)
        style = discord.ButtonStyle(made["style"])
        emoji = (
            discord.PartialEmoji(name=made["emoji"]["name"], id=int(made["emoji"]["id"])) if "emoji" in made else None
        )
        row.add_item(
            discord.ui.Button(
                style=style, label=made["label"], custom_id=made["custom_id"], emoji=emoji, row=rows.get(one.asks)
            )
        )
    return row


def is_answered(error: BaseException) -> bool:
    """Whether an error says that an interaction was answered already, or is too old to be."""
    return isinstance(error, discord.HTTPException) and error.code in _ANSWERED


def _form_id(text: str) -> str:
    return f"paperround:form:{text[:_TEXT]}"


def _page_id(token: str, text: str) -> str:
    """The custom id of a page's button without its number; the token is of what was filled in wrongly, if anything was."""
    return f"paperround:page:{token}:{text[:_TEXT]}:"


def _label_of(text: str) -> str:
    return text.partition(" ")[0].capitalize()


class SummaryForm(discord.ui.Modal):
    """Form for a summary: what the team wrote of the work before, and one field for some lines."""

    def __init__(self, text: str, custom_id: str, earlier: Answer | None = None) -> None:
        super().__init__(title="A summary in your own words", timeout=_SHOWN, custom_id=custom_id)
        words = (
            [message["embeds"][0]["description"] for message in messages_of(earlier)]
            if earlier and earlier.blocks
            else []
        )
        if words:
            self.add_item(discord.ui.TextDisplay(words[0]))
        field: discord.ui.TextInput[SummaryForm] = discord.ui.TextInput(
            style=discord.TextStyle.paragraph, default=text[:LIMIT], required=False, max_length=LIMIT, custom_id=FIELD
        )
        label = discord.ui.Label(
            text="What it says, and what to make of it",
            description="Two sentences are enough. They stand in the pick's thread, in your name.",
            component=field,
        )
        self.add_item(label)
