"""Channels, with what can be set for each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType

WallTime = time


NINE = WallTime(9, 0)


class Rhythm(StrEnum):
    """How often a channel has a digest."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "every second week"
    TWICE_A_WEEK = "twice a week"
    MONTHLY = "monthly"
    DAILY = "daily"


class Layout(StrEnum):
    """How a digest is shown: a message for each pick, or the picks as lines of as few messages as hold them."""

    CARDS = "cards"
    COMPACT = "compact"


class Names(StrEnum):
    """Whether a channel shows who decided what, or how many alone. Words always bear their author's name."""

    SHOWN = "shown"
    COUNTS = "counts"


class ChannelOrigin(StrEnum):
    """Who subscribed a channel: the operator, in the configuration file, or a member, in chat."""

    FILE = "file"
    CHAT = "chat"


class Triage(StrEnum):
    """
    How a channel is asked to decide: by buttons on each card, by reactions, or by both.

    What was decided counts whichever way it was done, so that a change of this loses nothing.
    """

    BOTH = "both"
    BUTTONS = "buttons"
    REACTIONS = "reactions"

    @property
    def by_buttons(self) -> bool:
        """Whether cards bear buttons."""
        return self is not Triage.REACTIONS

    @property
    def by_reactions(self) -> bool:
        """Whether people are told which emoji mean what."""
        return self is not Triage.BUTTONS


class Meaning(StrEnum):
    """What a member decided about an item."""

    MUST_READ = "must-read"
    TO_READ = "to-read"
    READ = "read"
    SKIP = "skip"


class Classics(StrEnum):
    """Where the classics of a channel come from: the list that ships with us behind its own, its own alone, or nowhere."""

    SHIPPED = "shipped"
    OWN = "own"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """
    A subscribed channel. `name` is what the command line calls it, and the key of all that is kept of it; `id` is what its platform
    calls it. `team` is the platform's id of the workspace or server it is in; "" on the local page, and where only one is served and
    nobody named it.

    `weekday` counts from 1 (Monday) to 7 (Sunday), as ISO 8601 does; `time` is local wall-clock time in `zone` (an IANA
    name). `explore` is the share of the paper picks, 0 to 1, that come from outside the channel's topics. `meanings` maps an
    emoji to what it means here. A digest that is `catch_up` late is not sent any more. `follow` and `mute` are what it always
    and what it never wants to see, each as `author:`, `lab:`, `word:` or `source:` and a name (`bot.following`).
    Of its `sources` (all, if it names none) it reads those that are not in `sources_off`, and beside them `sources_added`
    (`bot.channel_sources`).
    Its `description` says in a sentence or two what it is about, and so in which sense its `topics` are meant.
    A decision that is a `half_life` old teaches the ranking half as much as a fresh one. `names` says whether names stand beside
    decisions.
    Its `editors`, by member id, are told privately what they must know, and see a digest `review` before it is due, if that is more than 0.
    `classics` says where the week's work for the basics comes from. With `alerts` it is told at once of new works by the authors, or about
    the words, that it follows (`bot.alert`). With `pictures` a card shows the picture that a source gives of its work.
    Its digests fall due a `delay` after `time`, where the operator has them spread out (`bot.spread`).
    """

    name: str
    platform: str
    id: str
    zone: str = "UTC"
    weekday: int = 1
    time: WallTime = NINE
    budget_minutes: int = 60
    explore: float = 0.2
    topics: tuple[str, ...] = ()
    description: str = ""
    meanings: Mapping[str, Meaning] = field(default_factory=lambda: DEFAULT_MEANINGS)
    sources: tuple[str, ...] = ()
    sources_added: tuple[str, ...] = ()
    sources_off: tuple[str, ...] = ()
    team: str = ""
    origin: ChannelOrigin = ChannelOrigin.FILE
    catch_up: timedelta = timedelta(hours=48)
    layout: Layout = Layout.CARDS
    follow: tuple[str, ...] = ()
    mute: tuple[str, ...] = ()
    half_life: timedelta = timedelta(weeks=52)
    rhythm: Rhythm = Rhythm.WEEKLY
    triage: Triage = Triage.BOTH
    classics: Classics = Classics.SHIPPED
    names: Names = Names.SHOWN
    review: timedelta = timedelta(0)
    editors: tuple[str, ...] = ()
    alerts: bool = False
    pictures: bool = False
    delay: timedelta = timedelta(0)

    @property
    def workspace(self) -> str:
        """The workspace or server that the channel is in, as its platform names it; "" where only one is served."""
        return self.team or self.id.rpartition("/")[0]

    @property
    def names_shown(self) -> bool:
        """Whether names stand beside decisions."""
        return self.names is Names.SHOWN


DEFAULT_MEANINGS: Mapping[str, Meaning] = MappingProxyType(
    {"⭐": Meaning.MUST_READ, "👀": Meaning.TO_READ, "✅": Meaning.READ, "👎": Meaning.SKIP}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberWishes:
    """What a member follows and mutes for their own reading list (`bot.following`). Unique by platform and member id."""

    follow: tuple[str, ...] = ()
    mute: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """
    A member's wish for a weekly message with their reading list. Unique by `platform` and `member_id`.

    `weekday` (1 for Monday to 7), `time` and `zone` are the member's; `next_at` is when the next one is due, UTC. `since` is when one fell
    due that could not be sent yet, None while none waits.
    """

    platform: str
    member_id: str
    weekday: int
    time: WallTime
    zone: str
    next_at: datetime
    since: datetime | None = None

    @property
    def workspace(self) -> str:
        """The workspace that the member is of, as the platform puts it before their id; "" where members are of none."""
        return self.member_id.rpartition(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """
    What is kept of a channel, those of the configuration file included. Unique by `name`, and by `platform` and `id` together.

    `started` is when it was first served; `paused_because` says in words why nothing is posted there, None while all is well.
    `values` are what people set from chat: keys of a `[[channels]]` table, laid over the configuration. `stopped` is when a
    subscription made in chat was ended: what was written stays, and the name is given to no other channel. `set_up_by` is the
    member who made it. `restarted` is when it was set up again after it had ended, and `at_once` whether a digest was asked for at once then.
    """

    name: str
    platform: str = ""
    id: str = ""
    team: str = ""
    origin: ChannelOrigin = ChannelOrigin.FILE
    set_up_by: str = ""
    stopped: datetime | None = None
    started: datetime | None = None
    restarted: datetime | None = None
    at_once: bool = False
    paused_because: str | None = None
    paused_at: datetime | None = None
    paused_by_people: bool = False
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def served_since(self) -> datetime | None:
        """Since when what falls due in it is to come: what did before it was set up again does not."""
        return max(self.started, self.restarted) if self.started and self.restarted else self.started
