"""Repositories of frozen digests, and of the messages they are sent as."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Row,
    Select,
    Text,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    literal_column,
    null,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import decode, encode
from adapters.storage.repositories.wake_ups import forget_wake_ups
from adapters.storage.sql import address, canonical, chunks, execute_many, insert, is_at
from adapters.storage.tables import UNFINISHED, digests, notes, picks, postings, skips
from bot.errors import StorageError
from bot.model import (
    CARD_PARTS,
    Digest,
    DigestPast,
    DigestProgress,
    DigestSpan,
    MessageRef,
    PickRole,
    Posting,
    PostingState,
    ShownPick,
    Skip,
    Window,
)
from bot.periods import in_order, is_period, oldest_first

_PERIOD: Final = "2___-%"
"""The pattern of every period's key; the sample's has another form."""


_SKIPPED: Final = exists().where(skips.c.channel == postings.c.channel, skips.c.week == postings.c.week)

# The states stand in the text of the query, since a partial index is used only where its condition is seen to hold.
UNFINISHED_CHANNELS: Final = (
    select(postings.c.channel)
    .distinct()
    .where(postings.c.state.in_([literal_column(f"'{state}'") for state in UNFINISHED]))
    .where((postings.c.state == PostingState.SENDING.value) | ~_SKIPPED)
)
"""The query for channels with a message still to be sent or looked for."""


_PAST: Final = (
    select(
        digests.c.week,
        digests.c.compiled_at,
        digests.c.window_start,
        digests.c.window_end,
        digests.c.newest_at,
        cast(null(), Text).label("because"),
    )
    .where(digests.c.channel == bindparam("of"))
    .union_all(
        select(skips.c.week, skips.c.at, null(), null(), null(), skips.c.because).where(
            skips.c.channel == bindparam("of")
        )
    )
)
"""The query for a channel's digests, and for its skipped weeks, which have a reason."""


def _sent_keys() -> CompoundSelect[tuple[str | None]]:
    """Select the keys of a channel's picks, of what was posted of skipped weeks, and of cards that were asked for."""
    of: BindParameter[str] = bindparam("of")
    elsewhere = postings.c.week.not_in(bindparam("besides", expanding=True))
    skipped = select(skips.c.week).where(skips.c.channel == of)
    chosen = select(picks.c.item_key).where(
        picks.c.channel == of,
        picks.c.week.not_in(skipped),
        picks.c.week.not_in(bindparam("besides", expanding=True)),
    )
    sent = select(postings.c.item_key).where(postings.c.channel == of, postings.c.item_key.is_not(None), elsewhere)
    posted = sent.where(postings.c.week.in_(skipped), postings.c.state == PostingState.POSTED.value)
    return chosen.union(posted, sent.where(postings.c.part > CARD_PARTS))


_SENT_KEYS: Final = _sent_keys()
"""The query for what a channel was sent, put together once: each digest asks it, and to make it takes as long as to run it."""

_SHOWN: Final = (
    select(picks.c.week, digests.c.compiled_at, picks.c.item_key, picks.c.role)
    .join(digests, (picks.c.channel == digests.c.channel) & (picks.c.week == digests.c.week))
    .where(picks.c.channel == bindparam("of"), picks.c.week.in_(bindparam("weeks", expanding=True)))
    .order_by(digests.c.compiled_at, picks.c.week, picks.c.rank)
)
"""The query for the picks of a channel's digests of some weeks, put together once as well."""


class SqlDigests:
    """
    `bot.ports.Digests`. The picks' keys have a table of their own, so that nobody reads whole digests to know them.

    The keys of works that are picked go into `picked`, by channel, to be indexed for it.
    """

    def __init__(self, connection: AsyncConnection, picked: dict[str, set[str]] | None = None) -> None:
        self._connection = connection
        self._picked = {} if picked is None else picked

    async def add(self, digest: Digest) -> bool:
        values = {
            "channel": digest.channel,
            "week": digest.week,
            "compiled_at": digest.compiled_at,
            "content": encode(digest),
            "window_start": digest.window.start,
            "window_end": digest.window.end,
            "newest_at": max((one.newest for one in digest.sources if one.newest), default=None),
        }
        statement = insert(self._connection, digests).values(values).on_conflict_do_nothing()
        # RETURNING, because SQLAlchemy promises a row count for UPDATE and DELETE only.
        added = (await self._connection.execute(statement.returning(digests.c.week))).first() is not None
        if added:
            await self._add_picks(digest)
            await forget_wake_ups(self._connection, [digest.channel])
        return added

    async def get(self, channel: str, week: str) -> Digest | None:
        query = select(digests.c.content).where(digests.c.channel == channel, digests.c.week == week)
        content = await self._connection.scalar(query)
        return None if content is None else decode(Digest, content)

    async def weeks(self, channel: str) -> list[str]:
        query = select(digests.c.week).where(digests.c.channel == channel)
        return sorted(await self._connection.scalars(query), key=oldest_first)

    async def spans(self, channel: str, most: int) -> list[DigestSpan]:
        columns = digests.c
        skipped = select(skips.c.week).where(skips.c.channel == channel)
        query = select(
            columns.week, columns.window_start, columns.window_end, columns.compiled_at, columns.newest_at
        ).where(columns.channel == channel, columns.week.like(_PERIOD), columns.week.not_in(skipped))
        found = [_span(row) for row in await self._connection.execute(query)]
        return sorted(found, key=lambda one: in_order(one.week), reverse=True)[:most]

    async def past(self, channel: str) -> DigestPast:
        rows = (await self._connection.execute(_PAST, {"of": channel})).all()
        skipped = [
            Skip(channel=channel, week=row.week, because=row.because, at=row.compiled_at)
            for row in rows
            if row.because is not None
        ]
        return _past([row for row in rows if row.because is None], skipped)

    async def pasts(self, channels: Collection[str], since: datetime | None = None) -> dict[str, DigestPast]:
        columns, names = digests.c, sorted(set(channels))
        had, skipped = defaultdict[str, list[Any]](list), defaultdict[str, list[Skip]](list)
        recent = columns.window_end >= since if since else true()
        asked = columns.channel, columns.week, columns.compiled_at, columns.window_start, columns.window_end
        for piece in chunks(names):
            query = select(*asked, columns.newest_at).where(columns.channel.in_(piece), recent)
            for row in await self._connection.execute(query):
                had[row.channel].append(row)
            for row in await self._connection.execute(select(skips).where(skips.c.channel.in_(piece))):
                one = Skip(channel=row.channel, week=row.week, because=row.because, at=row.at)
                skipped[row.channel].append(one)
        return {name: _past(had[name], skipped[name]) for name in names}

    async def last_end(self) -> datetime | None:
        columns = digests.c
        query = select(columns.window_end).where(columns.week.like(_PERIOD), columns.window_end.is_not(None))
        found: datetime | None = await self._connection.scalar(query.order_by(columns.window_end.desc()).limit(1))
        return found

    async def ends(self, week: str, channels: Collection[str]) -> dict[str, datetime]:
        columns, found = digests.c, dict[str, datetime]()
        for piece in chunks(channels):
            query = select(columns.channel, columns.window_end).where(columns.channel.in_(piece), columns.week == week)
            found |= {row.channel: row.window_end for row in await self._connection.execute(query)}
        return found

    async def last_ends(self, channels: Collection[str], window: Window) -> dict[str, datetime]:
        found = dict[str, datetime]()
        for piece in chunks(sorted(set(channels))):
            rows = await self._connection.execute(last_ends_of(piece, window))
            found |= {row.channel: row.ended for row in rows}
        return found

    async def sent_keys(self, channel: str, *, besides: Collection[str] = ()) -> frozenset[str]:
        given = {"of": channel, "besides": list(besides)}
        return frozenset(await self._connection.scalars(_SENT_KEYS, given))

    async def brought(self, keys: Collection[str]) -> dict[str, list[tuple[str, str]]]:
        wanted = set((await canonical(self._connection, keys)).values())
        found: dict[str, set[tuple[str, str]]] = {}
        for piece in chunks(sorted(wanted)):
            chosen = select(picks.c.item_key, picks.c.week, picks.c.channel).where(picks.c.item_key.in_(piece))
            asked = select(postings.c.item_key, postings.c.week, postings.c.channel).where(
                postings.c.item_key.in_(piece), postings.c.part > CARD_PARTS
            )
            for row in await self._connection.execute(chosen.union(asked)):
                found.setdefault(row.item_key, set()).add((row.week, row.channel))
        return {
            key: [(channel, week) for week, channel in sorted(pairs, key=lambda pair: (oldest_first(pair[0]), pair[1]))]
            for key, pairs in found.items()
        }

    async def shown(self, channel: str, weeks: Collection[str]) -> list[ShownPick]:
        rows = await self._connection.execute(_SHOWN, {"of": channel, "weeks": list(weeks)})
        return [ShownPick(row.week, row.compiled_at, row.item_key, PickRole(row.role)) for row in rows]

    async def skip(self, skips_: Sequence[Skip]) -> None:
        rows = [{"channel": one.channel, "week": one.week, "because": one.because, "at": one.at} for one in skips_]
        await execute_many(self._connection, insert(self._connection, skips).on_conflict_do_nothing(), rows)
        await forget_wake_ups(self._connection, [one.channel for one in skips_])

    async def unskip(self, channel: str, week: str) -> None:
        await self._connection.execute(delete(skips).where(skips.c.channel == channel, skips.c.week == week))
        await forget_wake_ups(self._connection, [channel])

    async def skipped(self, channel: str) -> list[Skip]:
        rows = await self._connection.execute(select(skips).where(skips.c.channel == channel))
        found = [Skip(channel=row.channel, week=row.week, because=row.because, at=row.at) for row in rows]
        return sorted(found, key=lambda one: oldest_first(one.week))

    async def _add_picks(self, digest: Digest) -> None:
        keys = await canonical(self._connection, [pick.item.key for pick in digest.picks])
        rows = [
            {
                "channel": digest.channel,
                "week": digest.week,
                "rank": pick.rank,
                "item_key": keys[pick.item.key],
                "role": pick.role.value,
            }
            for pick in digest.picks
        ]
        await execute_many(self._connection, insert(self._connection, picks), rows)
        self._picked.setdefault(digest.channel, set()).update(keys.values())


def last_ends_of(channels: Sequence[str], window: Window) -> Select[tuple[str, datetime]]:
    """The query for when the last digests that were sent ended, of those whose window ended inside another one."""
    columns = digests.c
    ended = case((columns.compiled_at < columns.window_end, columns.compiled_at), else_=columns.window_end)
    skipped = exists().where(skips.c.channel == columns.channel, skips.c.week == columns.week)
    within = columns.window_end >= window.start, columns.window_end < window.end
    query = select(columns.channel, func.max(ended).label("ended")).where(columns.channel.in_(channels), *within)
    return query.where(columns.week.like(_PERIOD), ~skipped).group_by(columns.channel)


# Put together once, for each message is saved twice. What is given beside is what is set.
_SAVE: Final = update(postings).where(
    postings.c.channel == bindparam("of_channel"),
    postings.c.week == bindparam("of_week"),
    postings.c.part == bindparam("of_part"),
)


class SqlPostings:
    """`bot.ports.Postings`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def plan(self, postings_: Sequence[Posting]) -> None:
        keys = await canonical(self._connection, [one.item_key for one in postings_ if one.item_key is not None])
        rows = [_row(one) | {"item_key": one.item_key and keys[one.item_key]} for one in postings_]
        await execute_many(self._connection, insert(self._connection, postings).on_conflict_do_nothing(), rows)
        await forget_wake_ups(self._connection, [one.channel for one in postings_])

    async def of(self, channel: str, week: str) -> list[Posting]:
        query = select(postings).where(postings.c.channel == channel, postings.c.week == week)
        return await self._found(query.order_by(postings.c.part))

    async def save(self, posting: Posting) -> None:
        which = {"of_channel": posting.channel, "of_week": posting.week, "of_part": posting.part}
        if (await self._connection.execute(_SAVE, which | _progress(posting))).rowcount == 0:
            raise StorageError(
                f"Posting {posting.part} of {posting.channel} in {posting.week} was never planned, so its state cannot be kept."
            )

    async def at(self, ref: MessageRef) -> Posting | None:
        return next(iter(await self._found(select(postings).where(*is_at(postings, ref)))), None)

    async def at_all(self, refs: Collection[MessageRef]) -> dict[MessageRef, Posting]:
        wanted = set(refs)
        found: dict[MessageRef, Posting] = {}
        for piece in chunks({ref.message_id for ref in wanted}):
            for posting in await self._found(select(postings).where(postings.c.message_id.in_(piece))):
                if posting.ref is not None and posting.ref in wanted:
                    found[posting.ref] = posting
        return found

    async def of_items(self, keys: Collection[str]) -> list[Posting]:
        columns = postings.c
        found: list[Posting] = []
        for piece in chunks(set((await canonical(self._connection, keys)).values())):
            query = select(postings).where(columns.item_key.in_(piece), columns.state == PostingState.POSTED.value)
            found += await self._found(query)
        return sorted(found, key=_by_week)

    async def posted_since(self, channel: str, since: datetime) -> list[Posting]:
        columns = postings.c
        query = select(postings).where(
            columns.channel == channel, columns.attempted_at >= since, columns.state == PostingState.POSTED.value
        )
        return await self._found(query.order_by(columns.attempted_at, columns.week, columns.part))

    async def channels_since(self, since: datetime) -> list[tuple[str, str]]:
        columns = postings.c
        query = select(columns.platform, columns.channel).where(
            columns.attempted_at >= since, columns.state == PostingState.POSTED.value, columns.platform.is_not(None)
        )
        found = await self._connection.execute(query.distinct())
        return sorted((row.platform, row.channel) for row in found)

    async def not_noted(self, keys: Collection[str], prefix: str, since: datetime, most: int) -> list[Posting]:
        columns = postings.c
        noted = exists().where(notes.c.name == literal(prefix, Text) + columns.key)
        found: list[Posting] = []
        for piece in chunks(sorted(set(keys))):
            query = select(postings).where(
                columns.item_key.in_(piece),
                columns.state == PostingState.POSTED.value,
                columns.attempted_at >= since,
                ~noted,
            )
            found += await self._found(query.limit(most - len(found)))
            if len(found) >= most:
                break
        return found

    async def unfinished(self, channel: str) -> list[str]:
        skipped = select(skips.c.week).where(skips.c.channel == channel)
        pending = (postings.c.state == PostingState.PENDING.value) & postings.c.week.not_in(skipped)
        query = (
            select(postings.c.week)
            .distinct()
            .where(postings.c.channel == channel, pending | (postings.c.state == PostingState.SENDING.value))
        )
        return sorted(await self._connection.scalars(query), key=oldest_first)

    async def unfinished_channels(self) -> frozenset[str]:
        return frozenset(await self._connection.scalars(UNFINISHED_CHANNELS))

    async def progress(self, week: str, channels: Collection[str]) -> dict[str, DigestProgress]:
        columns, names = postings.c, sorted(set(channels))
        numbers, troubles = defaultdict[str, dict[str, int]](dict), dict[str, str]()
        for piece in chunks(names):
            its = columns.channel.in_(piece), columns.week == week
            counted = select(columns.channel, columns.state, func.count().label("number")).where(*its)
            for row in await self._connection.execute(counted.group_by(columns.channel, columns.state)):
                numbers[row.channel][row.state] = row.number
            query = select(columns.channel, columns.last_error).where(*its, columns.state.in_(UNFINISHED))
            said = query.where(columns.last_error.is_not(None), columns.last_error != "").order_by(columns.part)
            for row in await self._connection.execute(said):
                troubles.setdefault(row.channel, row.last_error)
        return {
            name: DigestProgress(
                messages=sum(found.values()),
                sent=found.get(PostingState.POSTED.value, 0),
                left_out=found.get(PostingState.LEFT_OUT.value, 0),
                trouble=troubles.get(name),
            )
            for name, found in numbers.items()
        }

    async def under_way(self) -> list[Posting]:
        query = select(postings).where(postings.c.state == PostingState.SENDING.value)
        return sorted(await self._found(query), key=_by_week)

    async def _found(self, query: Select[Any]) -> list[Posting]:
        return [_posting(row) for row in await self._connection.execute(query)]


def _past(had: Sequence[Any], skipped: Sequence[Skip]) -> DigestPast:
    """Put a channel's digests, by their rows, and its skipped weeks in their order."""
    not_sent = {one.week for one in skipped}
    spans = [_span(row) for row in had if is_period(row.week) and row.week not in not_sent]
    return DigestPast(
        weeks=tuple(sorted((row.week for row in had), key=oldest_first)),
        skipped=tuple(sorted(skipped, key=lambda one: oldest_first(one.week))),
        spans=tuple(sorted(spans, key=lambda one: in_order(one.week), reverse=True)),
    )


def _span(row: Any) -> DigestSpan:
    window = Window(start=row.window_start, end=row.window_end)
    return DigestSpan(week=row.week, window=window, compiled_at=row.compiled_at, newest=row.newest_at)


def _progress(posting: Posting) -> dict[str, Any]:
    """What changes while a posting is on its way."""
    nowhere = {"platform": None, "channel_id": None, "message_id": None}
    return {
        "state": posting.state.value,
        "attempt": posting.attempt,
        "attempted_at": posting.attempted_at,
        "last_error": posting.last_error,
        **(nowhere if posting.ref is None else address(posting.ref)),
    }


def _row(posting: Posting) -> dict[str, Any]:
    return {
        "channel": posting.channel,
        "week": posting.week,
        "part": posting.part,
        "key": posting.key,
        **_progress(posting),
    }


def _by_week(one: Posting) -> tuple[Any, ...]:
    return one.channel, oldest_first(one.week), one.part


def _posting(row: Row[Any]) -> Posting:
    sent = row.message_id is not None
    return Posting(
        channel=row.channel,
        week=row.week,
        part=row.part,
        key=row.key,
        item_key=row.item_key,
        state=PostingState(row.state),
        attempt=row.attempt,
        attempted_at=row.attempted_at,
        ref=MessageRef(platform=row.platform, channel_id=row.channel_id, message_id=row.message_id) if sent else None,
        last_error=row.last_error,
    )
