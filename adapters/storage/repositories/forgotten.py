"""
Repository of the suppression list, and the sweep that removes every trace of those who are on it.

The sweep looks at every table that names members, be it of the core, of a platform or of the page, by what the database itself says of its
tables: one that is added later is swept, too. It is idempotent, so a restore and an import are followed by it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Column, Connection, Integer, MetaData, Row, Table, Text, delete, inspect, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.repositories.credits import SqlCredits
from adapters.storage.sql import execute_many, insert
from adapters.storage.tables import (
    channels,
    events,
    forgotten_members,
    notes,
    postings,
    presses,
    reactions,
    summaries,
    summary_history,
    undrawn,
)
from bot.forgetting import BY_NAME, KEY, fingerprint, is_forgotten, new_key, writer_mark
from bot.model import MessageRef
from bot.ports import Person, Swept
from bot.text import clean

_POSTS: Final = Table("board_messages", MetaData(), Column("number", Integer), Column("post", Text))
"""The posts of the local channel, as far as they are looked at here."""

_FEEDS: Final = Table("page_feeds", MetaData(), Column("secret", Text), Column("about", Text))
"""Addresses of feeds, as far as they are looked at here: `about` is the mark of whose summaries one is of."""

_THINGS: Final = frozenset({"api_tokens"})
"""Tables of members whose `name` is that of a thing."""

_TELLS: Final = frozenset({"badges", "words", "quote", "line", "note", "decisions"})
"""Blocks of a post that may tell of members."""

_TELLING: Final = 40
_SHORTEST_LINE: Final = 8

_BOARD: Final = "web"
"""The platform of tables that name none: those of the local channel."""


class SqlForgotten:
    """`bot.ports.Forgotten`."""

    def __init__(self, connection: AsyncConnection, touched: set[str] | None = None) -> None:
        self._connection = connection
        self._touched = set() if touched is None else touched

    async def add(self, platform: str, member_id: str, now: datetime) -> None:
        key = await self._key() or await self._made_key()
        row = {"hash": fingerprint(key, platform, member_id), "at": now}
        await self._connection.execute(insert(self._connection, forgotten_members).values(row).on_conflict_do_nothing())

    async def take_over(self, key: str, hashes: Iterable[str], now: datetime) -> None:
        """Put members on the list by their hashes, as they stand beside a database; not those of another key, which name nobody here."""
        if await self._key() is None:
            await self._connection.execute(insert(self._connection, notes).values(name=KEY, text=key))
        if await self._key() == key:
            rows = [{"hash": one, "at": now} for one in hashes]
            await execute_many(
                self._connection, insert(self._connection, forgotten_members).on_conflict_do_nothing(), rows
            )

    async def remove(self, platform: str, member_id: str) -> bool:
        key = await self._key()
        if key is None:
            return False
        named = forgotten_members.c.hash == fingerprint(key, platform, member_id)
        return (await self._connection.execute(delete(forgotten_members).where(named))).rowcount > 0

    async def check(self) -> Callable[[str, str], bool]:
        hashes = frozenset(await self._connection.scalars(select(forgotten_members.c.hash)))
        key = await self._key() if hashes else None
        return lambda platform, member_id: is_forgotten(platform, member_id, key, hashes)

    async def sweep(self) -> Swept:
        key, hashes = await stored_list(self._connection)
        if not key or not hashes:
            return Swept()
        swept = await self._connection.run_sync(lambda connection: _Sweep(connection, key, frozenset(hashes)).run())
        self._touched |= swept.keys
        return swept

    async def people(self) -> list[Person]:
        return await self._connection.run_sync(lambda connection: _People(connection).known())

    async def _key(self) -> str | None:
        key: str | None = await self._connection.scalar(select(notes.c.text).where(notes.c.name == KEY))
        return key

    async def _made_key(self) -> str:
        key = new_key()
        await self._connection.execute(insert(self._connection, notes).values(name=KEY, text=key))
        return key


async def stored_list(connection: AsyncConnection) -> tuple[str | None, list[str]]:
    """The key and the hashes, as they are stored."""
    key = await connection.scalar(select(notes.c.text).where(notes.c.name == KEY))
    return key, list(await connection.scalars(select(forgotten_members.c.hash)))


class _People:
    """Whom the database names: by rows of their own, as editors of a channel, and in credits."""

    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute
        self._credits = SqlCredits(connection)
        self._tables = list(_tables_of_members(connection))

    def by_rows(self) -> dict[tuple[str, str], set[str]]:
        """The names of everybody who has a row, by platform and id."""
        found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for table in self._tables:
            called = [table.c[one] for one in ("name", "member_name") if one in table.c and table.name not in _THINGS]
            place = [table.c.platform] if "platform" in table.c else []
            for row in self._run(select(*place, table.c.member_id, *called).distinct()):
                platform, (member_id, *names) = (row[0], row[1:]) if place else (_BOARD, row)
                if member_id:
                    found[platform, member_id] |= {name for name in names if name}
        return found

    def known(self) -> list[Person]:
        found = self.by_rows()
        for row in self._run(select(channels)):
            for one in _editors(row.content):
                found.setdefault((row.platform or "", one), set())
        people = [Person(platform=platform, id=one, names=frozenset(names)) for (platform, one), names in found.items()]
        borne = {name for names in found.values() for one in names for name in (one, clean(one))}
        ids = {member_id for _, member_id in found}
        alone = sorted(self._credits.names() - borne - ids)
        return people + [Person(platform="", id="", names=frozenset({name})) for name in alone]


class _Sweep:
    """One sweep through a database."""

    def __init__(self, connection: Connection, key: str, hashes: Collection[str]) -> None:
        self._connection = connection
        self._run = connection.execute
        self._key = key
        self._hashes = hashes
        self._credits = SqlCredits(connection)
        self._tables = list(_tables_of_members(connection))
        self._platforms = {_BOARD, *connection.scalars(select(postings.c.platform).distinct()), *self._named()} - {None}

    def run(self) -> Swept:
        gone, rows = self._gone(), self._delete_nameless_feeds()
        names, words = self._names(gone) | self._only_named(), self._words(gone)
        if not gone and not names:
            return Swept(rows=rows)
        keys, refs = self._touched_by(gone)
        for name in names:
            self._list_name(name)
        rows += self._delete_rows(gone) + self._delete_events(gone)
        refs |= self._sent_of(self._credits.scrub(names, gone))
        self._scrub_editors(gone)
        self._scrub_posts([*names, *words])
        return Swept(members=len(gone or names), rows=rows, keys=frozenset(keys), refs=frozenset(refs))

    def _named(self) -> set[str]:
        return {
            platform
            for table in self._tables
            if "platform" in table.c
            for platform in self._run(select(table.c.platform).distinct()).scalars()
        }

    def _gone(self) -> set[str]:
        """The ids of those on the list of whom anything is stored."""
        found = set()
        for table in self._tables:
            if "platform" in table.c:
                rows = self._run(select(table.c.platform, table.c.member_id).distinct())
                found |= {row.member_id for row in rows if self._check(row.platform, row.member_id)}
            else:
                ids = self._run(select(table.c.member_id).distinct()).scalars()
                found |= {one for one in ids if any(self._check(platform, one) for platform in self._platforms)}
        in_documents = [(platform, one) for _, _, platform, one in self._waiting()]
        in_documents += [(row.platform, one) for row in self._run(select(channels)) for one in _editors(row.content)]
        return found | {one for platform, one in in_documents if platform and self._check(platform, one)}

    def _mine(self, table: Table, gone: Iterable[str]) -> Any:
        mine = table.c.member_id.in_(sorted(gone))
        if "platform" not in table.c:
            return mine
        # Somebody else may bear the same id on another platform.
        theirs = [p for p in self._platforms if any(self._check(p, one) for one in gone)]
        return mine & table.c.platform.in_(theirs)

    def _names(self, gone: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for table in self._tables:
            called = {"name", "member_name"} if table.name not in _THINGS else set[str]()
            for column in called & set(table.c.keys()):
                found |= set(self._run(select(table.c[column]).where(self._mine(table, gone)).distinct()).scalars())
        # In a proposal a name stands as clean text.
        return {name for one in found for name in (one, clean(one)) if name}

    def _check(self, platform: str, member_id: str) -> bool:
        return is_forgotten(platform, member_id, self._key, self._hashes)

    def _only_named(self) -> set[str]:
        """Names on the list that stand in credits, and are nobody's who is known and not on it: another member may be called the same."""
        listed = {name for name in self._credits.names() if self._check(BY_NAME, name)}
        if not listed:
            return listed
        others = (
            names
            for (platform, one), names in _People(self._connection).by_rows().items()
            if not self._check(platform, one)
        )
        return listed - {name for names in others for one in names for name in (one, clean(one))}

    def _list_name(self, name: str) -> None:
        """Put a name on the list, so that a credit which a restore or an import brings is known."""
        row = {"hash": fingerprint(self._key, BY_NAME, name), "at": datetime.now(UTC)}
        self._run(insert(self._connection, forgotten_members).values(row).on_conflict_do_nothing())

    def _delete_nameless_feeds(self) -> int:
        """Feeds of somebody's summaries, of whom nothing is stored any more: what stands for them is made of their id."""
        if not inspect(self._connection).has_table(_FEEDS.name):
            return 0
        marks = {
            writer_mark(platform, one)
            for platform, one in _People(self._connection).by_rows()
            if not self._check(platform, one)
        }
        about = select(_FEEDS.c.about).where(_FEEDS.c.about != "").distinct()
        rows = 0
        for one in set(self._run(about).scalars()) - marks:
            rows += self._run(delete(_FEEDS).where(_FEEDS.c.about == one)).rowcount
        return rows

    def _sent_of(self, digests_named: Collection[tuple[str, str]]) -> set[MessageRef]:
        """The messages of these digests."""
        sent = self._run(select(postings).where(postings.c.message_id.is_not(None))) if digests_named else ()
        return {
            MessageRef(platform=row.platform, channel_id=row.channel_id, message_id=row.message_id)
            for row in sent
            if (row.channel, row.week) in digests_named
        }

    def _words(self, gone: Iterable[str]) -> set[str]:
        """How each line that they wrote begins, present or former: enough of it to be told from others'."""
        texts = list(self._run(select(summaries.c.text).where(self._mine(summaries, gone))).scalars())
        lines = (line.strip() for text in texts for line in text.splitlines())
        return {line[:_TELLING] for line in lines if len(line) >= _SHORTEST_LINE}

    def _touched_by(self, gone: Iterable[str]) -> tuple[set[str], set[MessageRef]]:
        """The works and messages on which they did something: their cards are to be drawn again."""
        keys, refs = set(), set()
        written = self._run(select(summaries).where(self._mine(summaries, gone)))
        for row in written:
            keys.add(row.item_key)
            refs.add(
                MessageRef(
                    platform=row.parent_platform, channel_id=row.parent_channel_id, message_id=row.parent_message_id
                )
            )
        for table in (reactions, presses):
            for row in self._run(select(table).where(self._mine(table, gone))):
                refs.add(MessageRef(platform=row.platform, channel_id=row.channel_id, message_id=row.message_id))
        sent = self._run(select(postings).where(postings.c.message_id.is_not(None)))
        for row in sent:
            ref = MessageRef(platform=row.platform, channel_id=row.channel_id, message_id=row.message_id)
            # A later card of the work quotes what was said of it before, and a head may quote a week's best words.
            if row.item_key in keys or (keys and row.part == 0):
                refs.add(ref)
        return keys, refs

    def _delete_rows(self, gone: Iterable[str]) -> int:
        rows = 0
        mine = select(summaries.c.platform, summaries.c.channel_id, summaries.c.message_id).where(
            self._mine(summaries, gone)
        )
        for row in self._run(mine).all():
            here = [summary_history.c[name] == getattr(row, name) for name in ("platform", "channel_id", "message_id")]
            rows += self._run(delete(summary_history).where(*here)).rowcount
        for table in self._tables:
            rows += self._run(delete(table).where(self._mine(table, gone))).rowcount
        return rows

    def _waiting(self) -> list[tuple[int, str, str, str]]:
        """Events that are stored with their content: number, event id, platform, member."""
        found = []
        for row in self._run(
            select(events.c.number, events.c.event_id, events.c.content).where(events.c.content.is_not(None))
        ):
            said = json.loads(row.content)
            found.append((row.number, row.event_id, said["ref"]["platform"], said.get("member", {}).get("id", "")))
        return found

    def _delete_events(self, gone: Iterable[str]) -> int:
        """Events of theirs, and those whose id names them: what is delivered again is not recorded any more, so no id must be known."""
        mine = {number for number, _, platform, member_id in self._waiting() if self._check(platform, member_id)}
        for member_id in gone:
            named = re.compile(rf"(?<![\w.\-]){re.escape(member_id)}(?![\w.\-])")
            rows = self._run(
                select(events.c.number, events.c.event_id).where(events.c.event_id.contains(member_id, autoescape=True))
            )
            mine |= {row.number for row in rows if named.search(row.event_id)}
            # Such a message is still drawn by whoever finds it.
            for row in self._run(select(undrawn).where(undrawn.c.event_id.contains(member_id, autoescape=True))).all():
                if named.search(row.event_id):
                    self._put(undrawn, row, {"event_id": ""})
        for number in mine:
            self._run(delete(events).where(events.c.number == number))
        return len(mine)

    def _scrub_editors(self, gone: Iterable[str]) -> None:
        """Take them out of who set a channel up and who edits its digest; where none is left, nobody is told of it."""
        for row in self._run(select(channels)).all():
            theirs = {one for one in gone if row.platform and self._check(row.platform, one)}
            if theirs.isdisjoint(_editors(row.content)):
                continue
            state = json.loads(row.content)
            if state.get("set_up_by") in theirs:
                state["set_up_by"] = ""
            if editors := state.get("values", {}).get("editors"):
                state["values"]["editors"] = [one for one in editors if one not in theirs]
            changed = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
            self._put(channels, row, {"content": changed, "version": row.version + 1})

    def _scrub_posts(self, said: Iterable[str]) -> None:
        """
        Take what shows them out of the posts of the local channel, as they stand there.

        A redraw follows where the process knows the channel; in a restored file nobody draws, so what quotes them goes here.
        """
        alternatives = "|".join(re.escape(one) for one in sorted(said, key=len, reverse=True))
        if not alternatives or not inspect(self._connection).has_table(_POSTS.name):
            return
        shows = re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)")
        for row in self._run(select(_POSTS)).all():
            post = json.loads(row.post)
            kept = [
                block for block in post["blocks"] if block["role"] not in _TELLS or not shows.search(_text_of(block))
            ]
            plain = "\n".join(
                line for line in post["plain"].split("\n") if line in _titles(post) or not shows.search(line)
            )
            if len(kept) < len(post["blocks"]) or plain != post["plain"]:
                changed = json.dumps(
                    {**post, "blocks": kept, "plain": plain}, ensure_ascii=False, separators=(",", ":")
                )
                self._run(update(_POSTS).where(_POSTS.c.number == row.number).values(post=changed))

    def _put(self, table: Table, row: Row[Any], values: Mapping[str, Any]) -> None:
        here = [key == getattr(row, key.name) for key in table.primary_key]
        self._run(update(table).where(*here).values(values))


def _editors(content: str) -> list[str]:
    """The members whom what is kept of a channel names by their ids."""
    state = json.loads(content)
    return [one for one in (state.get("set_up_by"), *(state.get("values", {}).get("editors") or ())) if one]


def _text_of(block: Mapping[str, Any]) -> str:
    return "".join(span["text"] for span in block["spans"])


def _titles(post: Mapping[str, Any]) -> set[str]:
    """Lines that tell of the work and not of members: an author may bear the same name."""
    return {_text_of(block) for block in post["blocks"] if block["role"] not in _TELLS}


def _tables_of_members(connection: Connection) -> Iterable[Table]:
    """Every table with a column `member_id`, those that refer to others first."""
    there = inspect(connection)
    referred: defaultdict[str, set[str]] = defaultdict(set)
    found = {}
    for name in there.get_table_names():
        columns = [column["name"] for column in there.get_columns(name)]
        for key in there.get_foreign_keys(name):
            referred[name].add(key["referred_table"])
        if "member_id" in columns:
            found[name] = Table(name, MetaData(), *(Column(column) for column in columns))
    while found:
        free = next(name for name in found if not any(name in referred[other] for other in found if other != name))
        yield found.pop(free)
