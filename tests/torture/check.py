"""
The invariants, each in one function: what stands on the platforms against what the database says and what was acknowledged.

Whoever calls this has let the program settle, reconcile included. A finding is a sentence: what is there twice, or what is lost.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.discord.embeds import key_in
from adapters.slack.emojis import character_of
from adapters.storage import tables
from adapters.web.channel import board
from bot.due import due_week, window_of
from bot.periods import EXTRA, second_of
from bot.weeks import monday_of, week_of
from tests.discord_world import TEXT
from tests.torture.platforms import Platforms
from tests.torture.subscriber import PLACE

CHANNELS = {"team": "slack", "lab": "discord", "local": "web"}
"""The channels of a world, and the platform each is on. All fall due on Mondays at nine, UTC."""

DUE = time(9)
CATCH_UP = timedelta(hours=48)
LOOKED_OVER = timedelta(weeks=6)
FORM, WORDS, WORDS_LATER = 9, 4, 5
"""Types of an interaction's response on Discord."""

APPLIED = frozenset(
    {
        "recorded",
        "older than what is known",
        "summary recorded",
        "known already",
        "kept out",
        "summary removed",
        "not on a pick",
    }
)

NOT_OURS = "not ours"
"""What the program says of an event on a message that it does not know."""

State = dict[tuple[str, str], tuple[frozenset[tuple[str, str]], frozenset[str]]]
"""For each message of ours, by (platform, id): who reacted with what, and the words that stand under it."""


@dataclass
class Findings:
    """
    What is there twice, and what is lost. `window` counts copies that came from a process which stood still in the very call,
    `on_late_copies` what people did with such a copy that we do not know: it is on no message of ours.
    """

    duplicates: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    window: int = 0
    on_late_copies: int = 0

    def __bool__(self) -> bool:
        return bool(self.duplicates or self.losses)


@dataclass(frozen=True)
class Evidence:
    """
    What there is to look at. `first` and `now` are the world's first and last instant.

    `recorded` are words of which the page said that they are kept, `late` the ids of messages that were under way while their process stood
    still for longer than a lease. `subscribed` is the channel of which a member was told that it is started; empty for none.
    """

    platforms: Platforms
    engine: AsyncEngine
    first: datetime
    now: datetime
    recorded: Mapping[str, Collection[str]]
    late: Collection[str] = ()
    subscribed: str = ""


async def check(evidence: Evidence) -> Findings:
    """Look everything over."""
    findings = Findings()
    async with evidence.engine.connect() as connection:
        kept = {table.name: await _rows(connection, table) for table in tables.metadata.sorted_tables}
        kept |= {table.name: await _rows(connection, table) for table in board.metadata.sorted_tables}
        if connection.dialect.name == "sqlite":
            sound = str(await connection.scalar(text("PRAGMA integrity_check")))
            findings.losses += [f"the database is damaged: {sound}"] * (sound != "ok")
    posted = _posted(evidence.platforms, kept)
    copies = _once(evidence, kept, posted, findings)
    findings.losses += _missing(kept, posted)
    findings.losses += _weeks(evidence, kept)
    _unapplied(evidence, kept, copies, findings)
    findings.losses += _differing(evidence, kept)
    findings.losses += _forgotten(evidence, kept)
    _pressed(evidence, kept, copies, findings)
    findings.losses += _answered(evidence)
    _subscribed(evidence, kept, findings)
    return findings


async def _rows(connection: AsyncConnection, table: Table) -> list[Row[Any]]:
    return list(await connection.execute(select(table)))


def _posted(platforms: Platforms, kept: Mapping[str, list[Row[Any]]]) -> dict[str, list[tuple[str, str]]]:
    """Give each posting key that stands on a platform, with the messages that bear it."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    slack = platforms.slack
    for message in (*slack.sent(), *(slack.sent(PLACE) if PLACE in slack.messages else ())):
        key = (message.get("metadata") or {}).get("event_payload", {}).get("key")
        found[key or f"no key ({message['ts']})"].append(("slack", message["ts"]))
    discord = platforms.discord
    for message in _on_discord(platforms):
        if message["author"]["id"] == discord.me["id"]:
            found[key_in(message) or f"no key ({message['id']})"].append(("discord", message["id"]))
    for row in kept["board_messages"]:
        found[row.key].append(("web", row.message_id))
    return found


def _on_discord(platforms: Platforms) -> Iterator[dict[str, Any]]:
    """The messages in the server's channels themselves, that of the subscriber among them."""
    for channel_id, channel in platforms.discord.channels.items():
        if channel["type"] == TEXT:
            yield from platforms.discord.messages[channel_id].values()


def _said(platforms: Platforms, messages: list[tuple[str, str]]) -> list[str]:
    """What messages say, as far as they stand on Discord, and who asked for them."""
    there = {one["id"]: one for one in _on_discord(platforms)}
    return [
        f"{one['content']!r} {one['embeds']!r:.300} {one['components']!r:.200}"
        for _, number in messages
        if (one := there.get(number))
    ]


def _once(
    evidence: Evidence,
    kept: Mapping[str, list[Row[Any]]],
    posted: Mapping[str, list[tuple[str, str]]],
    findings: Findings,
) -> set[tuple[str, str]]:
    """
    Each part stands at most once, and nothing stands that belongs to no digest. Gives the copies of which we know nothing, of parts that
    stand twice for no other reason than that a process stood still in the very call.
    """
    copies: set[tuple[str, str]] = set()
    known = {row.key: row for row in kept["postings"]}
    for key, messages in posted.items():
        if key not in known:
            findings.duplicates.append(f"{messages} belong to no digest: {_said(evidence.platforms, messages) or key}")
            continue
        what = f"part {known[key].part} of {known[key].week} in {known[key].channel}"
        late, more = sum(message_id in evidence.late for _, message_id in messages), len(messages) - 1
        excused = min(late, more)
        findings.window += excused
        findings.duplicates += [f"{what} stands {len(messages)} times: {messages}"] * (more - excused)
        if more and excused == more:
            copies |= set(messages) - {(known[key].platform, known[key].message_id)}
    return copies


def _missing(kept: Mapping[str, list[Row[Any]]], posted: Mapping[str, list[tuple[str, str]]]) -> Iterator[str]:
    """What was to be posted stands, and where the database says."""
    skipped = {(row.channel, row.week) for row in kept["skips"]}
    for row in kept["postings"]:
        what = f"part {row.part} of {row.week} in {row.channel}"
        there = posted.get(row.key, [])
        if row.state == "posted" and (row.platform, row.message_id) not in there:
            yield f"{what} is posted as {row.message_id}, says the database, and stands at {there}"
        if row.state != "posted" and there:
            yield f"{what} stands at {there} and is {row.state}, says the database"
        if row.state != "posted" and not there and (row.channel, row.week) not in skipped:
            yield f"{what} is missing: {row.state}, {row.last_error}"


def _weeks(evidence: Evidence, kept: Mapping[str, list[Row[Any]]]) -> Iterator[str]:
    """
    Each week that fell due has its digest or its reason; no other week has either.

    Where no process lived long enough to serve a channel until the first week was too old to be caught up with, the channel begins by an extra digest, and
    what fell due before that is owed by nobody.
    """
    digests = {(row.channel, row.week): row for row in kept["digests"]}
    skips = {(row.channel, row.week): row for row in kept["skips"]}
    last = due_week(evidence.now, "UTC", 1, DUE)
    for channel in CHANNELS:
        mine = sorted(week for name, week in digests if name == channel)
        if not mine:
            yield f"{channel} never had a digest"
            continue
        at, began = min((digests[channel, one].compiled_at, one) for one in mine)
        by_extra = began.endswith(EXTRA) and second_of(began) is None
        week = due_week(evidence.first, "UTC", 1, DUE)
        due = {began} if by_extra else set[str]()
        while week <= last:
            due.add(week)
            owed = at < _due(week) if by_extra else week >= mine[0]
            if owed and (channel, week) not in digests and (channel, week) not in skips:
                yield f"{week} fell due in {channel}: neither a digest nor a reason"
            week = week_of(monday_of(week) + timedelta(days=7))
        yield from (f"{week} never fell due in {channel}" for week in mine if week not in due)
    for (channel, week), row in digests.items():
        if channel in CHANNELS and row.compiled_at < _due(week):
            yield f"{week} in {channel} was made before it fell due"
    for (channel, week), row in skips.items():
        if channel in CHANNELS and row.at - _due(week) <= CATCH_UP:
            yield f"{week} in {channel} was skipped though there was time: {row.because}"


def _due(week: str) -> datetime:
    return window_of(week, "UTC", 1, DUE).end


def _unapplied(
    evidence: Evidence, kept: Mapping[str, list[Row[Any]]], copies: Collection[tuple[str, str]], findings: Findings
) -> None:
    """Every event that was acknowledged is stored and applied; one on a copy that we do not know is only stored."""
    stored = {row.event_id: row for row in kept["events"]}
    findings.losses += [f"{row.event_id} still waits" for row in stored.values() if row.applied_at is None]
    for event_id, told in evidence.platforms.slack.acked.items():
        what = f"{event_id} ({told['type']}/{told.get('subtype', '')}: {told.get('text') or told.get('reaction')})"
        row = stored.get(event_id)
        # What deletes a reply of which nothing was ever told has nothing to do.
        nothing = told.get("subtype") == "message_deleted"
        if row is None:
            findings.losses.append(f"{what} was acknowledged and is nowhere")
        elif row.outcome == NOT_OURS and ("slack", _message_of(told)) in copies:
            findings.on_late_copies += 1
        elif row.outcome not in APPLIED and not nothing:
            findings.losses.append(f"{what} was acknowledged and not applied: {row.outcome}")


def _message_of(told: Mapping[str, Any]) -> str | None:
    """The message that an event of Slack's is about: the one that was reacted to, or whose thread it is in."""
    about = told.get("item") or told.get("message") or told.get("previous_message") or told
    return about.get("thread_ts") or about.get("ts")


def _pressed(
    evidence: Evidence, kept: Mapping[str, list[Row[Any]]], copies: Collection[tuple[str, str]], findings: Findings
) -> None:
    """
    Each press that was acknowledged is stored, unless it was on a copy that we do not know; none that nobody made is, and each button
    pressed again took back what it chose.
    """
    slack, discord = evidence.platforms.slack, evidence.platforms.discord
    made: dict[str, bool] = {}
    on_copies: set[str] = set()
    for (channel, ts, user, value, stamp), taken in slack.presses.items():
        if ("slack", ts) in copies:
            on_copies.add(f"slack/{channel}/{ts}/{user}/{value.rpartition('/')[2]}/0/{stamp}")
        made[f"slack/{channel}/{ts}/{user}/{value.rpartition('/')[2]}/0/{stamp}"] = taken
    # Type 6 says to Discord that the press is stored, and that the card shows it; told in words it may also say that it is not.
    silent = {one["token"] for one in discord.responses if one.get("type") == 6}
    made |= {f"discord/press/{number}": f"token-{number}" in silent for number in discord.pressed}
    stored = {row.event_id for row in kept["presses"]}
    lost = {key for key, taken in made.items() if taken and key not in stored}
    findings.on_late_copies += len(lost & on_copies)
    findings.losses += [f"{key} was acknowledged and is nowhere" for key in made if key in lost - on_copies]
    findings.duplicates += [f"{key} is stored, and nobody pressed it" for key in sorted(stored - made.keys())]
    flags: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for row in sorted(kept["presses"], key=lambda row: (row.at, row.event_id)):
        if row.meaning == "read":  # beside which nothing else counts
            flags[row.channel, row.item_key, row.member_id].append(row.present)
    for place, presses in flags.items():
        if presses != [number % 2 == 0 for number in range(len(presses))]:
            findings.duplicates.append(f"presses of ✅ by {place} do not take each other back: {presses}")


def _answered(evidence: Evidence) -> Iterator[str]:
    """Who pressed the button of an older card got the form or words: nothing else is an answer to that button."""
    discord = evidence.platforms.discord
    answers = {one["token"]: one.get("type") for one in discord.responses if "type" in one}
    for number, (message, _, custom_id) in discord.pressed.items():
        given = answers.get(f"token-{number}", FORM)
        if custom_id.startswith("paperround:summary:") and given not in {FORM, WORDS, WORDS_LATER}:
            yield f"a press on the form's button of {message} was answered with {given}"


def _subscribed(evidence: Evidence, kept: Mapping[str, list[Row[Any]]], findings: Findings) -> None:
    """A channel that is set up in chat is there once, whatever was killed; who was told that it is started has its digest."""
    here = [row for row in kept["channels"] if row.origin == "chat"]
    findings.duplicates += [f"{row.place} is set up as {row.name}, besides {here[0].name}" for row in here[1:]]
    if not evidence.subscribed:
        return
    if not here or here[0].stopped_at:
        findings.losses.append(f"{evidence.subscribed} was said to be started, and is not: {here}")
    elif not any(row.channel == here[0].name for row in (*kept["digests"], *kept["skips"])) and here[0].started_at:
        findings.losses.append(f"{here[0].name} was started at {here[0].started_at} and never had a digest")


def _differing(evidence: Evidence, kept: Mapping[str, list[Row[Any]]]) -> Iterator[str]:
    """What is stored of each message of the last weeks is what the platform shows."""
    recent = [
        row
        for row in kept["postings"]
        if row.state == "posted" and row.attempted_at and evidence.now - row.attempted_at < LOOKED_OVER
    ]
    shown = _shown(evidence.platforms, kept)
    for row in recent:
        place = row.platform, row.message_id
        if place not in shown:
            continue  # said already
        reactions = frozenset(
            (one.member_id, one.emoji)
            for one in kept["reactions"]
            if one.present and (one.platform, one.message_id) == place
        )
        words = frozenset(
            one.text
            for one in kept["summaries"]
            if one.text and not one.deleted_at and (one.parent_platform, one.parent_message_id) == place
        )
        told, said = shown[place]
        if reactions != told:
            yield f"reactions on {place}: too many {sorted(reactions - told)}, too few {sorted(told - reactions)}"
        if row.item_key and words != said:
            yield f"words under {place}: too many {sorted(words - said)}, too few {sorted(said - words)}"


def _shown(platforms: Platforms, kept: Mapping[str, list[Row[Any]]]) -> State:
    slack, discord, channel = platforms.slack, platforms.discord, platforms.channel
    found: State = {}
    for message in slack.sent():
        reactions = frozenset(
            (f"T1:{user}", character_of(one["name"]))
            for one in message.get("reactions") or ()
            for user in one["users"]
            if user != message["user"]
        )
        answers = (one for one in slack.messages["C1"] if one.get("thread_ts") == message["ts"] != one["ts"])
        found["slack", message["ts"]] = reactions, frozenset(one["text"] for one in answers)
    for card in discord.messages[channel].values():
        me, reacted = discord.me["id"], discord.reacted[channel, card["id"]]
        here = list(discord.messages[card["id"]].values()) if card["id"] in discord.messages else []
        here += [
            one
            for one in discord.messages[channel].values()
            if (one.get("message_reference") or {}).get("message_id") == card["id"]
        ]
        found["discord", card["id"]] = (
            frozenset((user, emoji) for emoji, users in reacted.items() for user in users if user != me),
            frozenset(one["content"] for one in here if one["author"]["id"] != me),
        )
    for row in kept["board_messages"]:
        found["web", row.message_id] = (
            frozenset(
                (one.member_id, one.emoji)
                for one in kept["board_reactions"]
                if one.present and one.message_id == row.message_id
            ),
            frozenset(
                one.text for one in kept["board_replies"] if one.parent_id == row.message_id and not one.deleted_at
            ),
        )
    return found


def _forgotten(evidence: Evidence, kept: Mapping[str, list[Row[Any]]]) -> Iterator[str]:
    """No words that were acknowledged are gone, unless their author took them away: they stand, or are in the history."""
    told: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for one in evidence.platforms.slack.acked.values():
        message = one.get("message") if one.get("subtype") == "message_changed" else one
        if message and message.get("type") == "message" and message.get("thread_ts") and "deleted_ts" not in one:
            told["slack", message["ts"]][message["text"]] += 1
    for reply, words in evidence.recorded.items():
        told["web", reply].update(words)
    kept_words: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in (*kept["summaries"], *kept["summary_history"]):
        kept_words[row.platform, row.message_id].add(row.text)
    gone = {(row.platform, row.message_id) for row in kept["summaries"] if row.deleted_at}
    picks = {(row.platform, row.message_id) for row in kept["postings"] if row.item_key}
    under = {(row.platform, row.message_id): (row.parent_platform, row.parent_message_id) for row in kept["summaries"]}
    for place, words in told.items():
        if place in gone or under.get(place) not in picks:
            continue
        lost = set(words) - kept_words[place]
        if lost:
            yield f"the history of {place} has lost {sorted(lost)}"
