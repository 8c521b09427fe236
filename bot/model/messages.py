"""Messages, in no platform's markup, and what a platform tells of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from bot.model.works import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRef:
    """The address of a sent message: which platform, which channel there, which message in it."""

    platform: str
    channel_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person on a platform. `id` is the platform's and never changes; `name` is what people call them."""

    id: str
    name: str = ""


class BlockRole(StrEnum):
    """What a block of a post is, so that each platform can dress it in its own way."""

    TITLE = "title"
    BADGES = "badges"
    BYLINE = "byline"
    SEEN = "seen"
    WHY = "why"
    WORDS = "words"
    NEW = "new"
    BODY = "body"
    QUOTE = "quote"
    LINE = "line"
    MORE = "more"
    NOTE = "note"
    ASKING = "asking"
    LEGEND = "legend"
    DECISIONS = "decisions"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A run of plain text; with `url`, a link (always http or https); with `strong`, emphasised."""

    text: str
    url: str | None = None
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """
    One line or paragraph of a post. `rows` is the table that a receipt opens to; the first row is its head.

    A `line` of a list bears the `number` of its work in the digest, and on the first ten lines of a message the `keycap` that asks for
    its card. `more` is what a card shows only to those who ask for it. `asking` says how lines are decided on or asked for: what is pressed
    differs by platform, so each may say it in words of its own.
    """

    role: BlockRole
    spans: tuple[Span, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    number: int | None = None
    keycap: str | None = None

    @property
    def joint(self) -> str:
        """What stands between two spans: nothing in running text, where they follow one another, else a dot, for they stand side by side."""
        return "" if self.role in _RUNNING else " · "


_RUNNING: Final = frozenset({BlockRole.NOTE, BlockRole.BODY, BlockRole.RECEIPT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """
    A button: its words, and what it asks (`asks`), as a member could type it behind the command, or as `bot.pressing` writes a decision.

    One that is `chosen` shows what the member who sees it has decided.
    """

    words: str
    asks: str
    chosen: bool = False


class PostRole(StrEnum):
    """What a post is in its digest; a notice (a hello, an alert, a pause) is in none."""

    HEAD = "head"
    PICK = "pick"
    LIST = "list"
    ALSO = "also"
    FOOT = "foot"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """
    One message of a digest, or a notice, in neutral form: no Block Kit, no embeds, no HTML, nothing escaped.

    `part` counts from 0 (the head); a card that was asked for bears 1,000 and its rank. `item_key` is set on a pick's post. `plain`
    is the same as one string, for notifications and screen readers. `section` groups picks where a platform can show that;
    those to `explore` are a group of their own, and so is the `classic`. `week` is the digest's.

    `buttons` are a card's decisions, or those that each line of a list offers; a channel that decides by reactions alone has none. Those
    of a foot or a notice stand below it. `picture` is the address of a picture of the work, where the channel wants pictures.
    """

    role: PostRole
    part: int
    blocks: tuple[Block, ...]
    plain: str
    item_key: str | None = None
    section: Section | None = None
    rank: int | None = None
    explore: bool = False
    classic: bool = False
    week: str = ""
    buttons: tuple[Button, ...] = ()
    picture: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCall:
    """
    Somebody asked us something in chat: `/paperround TEXT`, a button, a form, the home tab.

    `channel_id` is the platform's, empty where it was asked outside any channel. `admin` says whether the platform lets this
    member change things; the adapter has asked it just now. `guest` says that they are no full member of the workspace, or not known:
    no setting gives them that right. `values` are a form's fields by name, `shown` the marks of what stood in them when it was opened
    (`usecases.open_forms`). `team` is the workspace or server it
    was asked in, `zone` the member's own time zone (an IANA name), each "" where the platform does not tell.
    """

    platform: str
    channel_id: str
    member: Member
    admin: bool
    text: str
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    shown: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    team: str = ""
    zone: str = ""
    guest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    What we answer to one member alone, in neutral blocks, and with `form` the fields to be filled in (name → present value).

    `faults` are what was wrong with a form's fields, by field name; nothing was changed then. `buttons` stand below the blocks,
    `values` are for the adapter alone, `submit` is the label of the form's own. With `then` this is shown at once, and its result takes its place when it is there, a form's with the same fields and
    values; it may take minutes, and is asked for by `bot.usecases.command_edge.answer_after`. One without anything is not shown: what there is to see stands on the message that was acted on.
    """

    blocks: tuple[Block, ...] = ()
    form: Mapping[str, str] | None = None
    buttons: tuple[Button, ...] = ()
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    faults: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    submit: str = "Save"
    then: Callable[[], Awaitable[Answer]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A reply as a platform shows it now; under a list, `rank` is the number of the line that it is about, if it names one."""

    ref: MessageRef
    member: Member
    text: str
    at: datetime
    edited_at: datetime | None = None
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """
    What a platform shows on one message at this moment: the reactions of people (never our own) and the replies.

    `hidden`: it does not let us read the words of all replies, so what it shows of them says nothing about what we know.
    """

    ref: MessageRef
    reactions: tuple[tuple[Member, str], ...] = ()
    replies: tuple[Reply, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformWords:
    """
    How a platform is spoken of: its `name`, whom it takes for an admin (`admins`, as in 'Only ... may pause the channel'), and the
    commands it offers beside those of the core, each with what it does.

    `line_menu` is how many characters of a message a menu at a line of a list takes there; 0 where lines have none.
    """

    name: str
    admins: str = "those who keep this channel"
    commands: tuple[tuple[str, str], ...] = ()
    line_menu: int = 0
