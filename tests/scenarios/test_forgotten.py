"""
A forgotten member is nowhere: in no table, no file, no log, no new backup, not after a reconcile, a restore or an import.

The member's name, id and words are canaries: they are looked for byte by byte.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from dataclasses import replace
from datetime import time
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import inspect, make_url, text
from typer.testing import CliRunner, Result

from adapters.web.http.access_store import AccessStore, Person
from bot.api_token import ApiToken, hashed
from bot.credit import PAUSED_BEFORE, paused_by
from bot.edits import Edit, Verb
from bot.errors import UsageError
from bot.events import ReactionAdded, ReplyDeleted, ReplyEdited, ReplyPosted
from bot.forgetting import writer_mark
from bot.model import (
    CardRequest,
    ChannelState,
    Meaning,
    Member,
    MemberWishes,
    MessageRef,
    PostingState,
    Press,
    Reason,
    Reminder,
    Reply,
    Skip,
    Snapshot,
    SourceSetting,
)
from bot.ports import Person as Known
from bot.ports import UnitOfWork
from bot.usecases import edits
from bot.usecases.channels import pause
from bot.usecases.deliver import deliver, freeze
from bot.usecases.forget import forget as carry_out
from bot.usecases.forget import is_owed
from bot.usecases.history import ask_history
from bot.usecases.reconcile import look_over
from bot.usecases.search import search
from bot.usecases.suggest import suggest
from scheduler.bootstrap import configuration, open_services
from scheduler.cli import app
from scheduler.jobs.upkeep import drop_what_is_old
from tests.databases import migrated_postgresql, opened, rights_on_rows
from tests.factories import DAY, HOUR, NOW, WEEK, digest, item, pick, posting, ref

EVE = Member(id="UCANARYID7", name="Canaryname Ünal")
ADA = Member(id="U1", name="Ada")
IN_DOCUMENTS = frozenset(
    {"channels", "digests", "entries", "events", "notes", "skips", "source_settings", "summary_history", "undrawn"}
)
"""Tables without a column for members, whose text tells of them all the same."""

CANARIES = (b"UCANARYID7", b"Canaryname", b"canarywords", b"canaryfirst", writer_mark("web", EVE.id).encode())
"""Her id, her name, her words, and what stands for her where somebody reads her summaries."""
KEY = "arxiv:2608.00001"
PRESSED = f"web/{EVE.id}/press"
PAUSED = paused_by(EVE.name, "canarywords, for a week")


class Platform:
    """A platform that still shows what the member did there."""

    async def snapshot(self, where):
        reply = Reply(ref=ref("r1", "web"), member=EVE, text="canarywords again", at=NOW)
        return Snapshot(ref=where, reactions=((EVE, "⭐"), (ADA, "👎")), replies=(reply,))


def settle(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    for name in ("PAPERROUND_CONFIG", "PAPERROUND_PASSWORD", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PAPERROUND_NOW", NOW.isoformat())
    Path("paperround.toml").write_text('[[channels]]\nname = "reading"\n', "utf-8")


def ran(*words: str) -> Result:
    done = CliRunner().invoke(app, words)
    assert done.exception is None, done.exception
    return done


async def lived() -> None:
    """Eve decided, wrote, changed what she wrote, proposed, and followed; one of her events still waits."""
    async with open_services(configuration()) as services:
        (channel,) = await services.current_channels()
        async with services.unit_of_work() as uow:
            proposed = Reason(name="suggested", text=f"suggested by {EVE.name}; suggested by Ada", weight=0.1)
            one = item(KEY, title="Reward models", tags=(f"suggested by {EVE.name}", "suggested by Ada"))
            skip = Skip(channel="reading", week="2026-W33", because=f"{PAUSED_BEFORE}{PAUSED}", at=NOW)
            await uow.digests.add(replace(digest(pick(one, reasons=(proposed,))), skipped=(skip,)))
            await uow.digests.skip([skip])
            planned = posting(1, channel="reading", item_key=KEY)
            await uow.postings.plan([planned])
            sent = {"state": PostingState.POSTED, "ref": ref("m1", "web"), "attempted_at": NOW}
            await uow.postings.save(posting(1, channel="reading", item_key=KEY, **sent))
            await uow.members.put_wishes("web", EVE.id, MemberWishes(follow=("word:canarywords",)))
            await steered(uow)
            await uow.commit()
        await entered(AccessStore(services.engine, services.clock))
        at = {"ref": ref("m1", "web"), "at": NOW}
        reply = {"parent": ref("m1", "web"), "ref": ref("r1", "web"), "member": EVE}
        await services.recorder.receive(ReactionAdded(event_id=f"web/{EVE.id}/1", member=EVE, emoji="⭐", **at))
        await services.recorder.receive(ReactionAdded(event_id="e2", member=ADA, emoji="👎", **at))
        await services.recorder.receive(ReplyPosted(event_id="e3", text="canaryfirst", at=NOW - HOUR, **reply))
        await services.recorder.receive(ReplyEdited(event_id="e4", text="canarywords :tada:", at=NOW, **reply))
        waiting = {**reply, "parent": ref("unknown", "web"), "ref": ref("r2", "web")}
        await services.recorder.receive(ReplyPosted(event_id="e5", text="canarywords wait", at=NOW, **waiting))
        await services.recorder.settle()
        async with services.unit_of_work() as uow:
            await uow.undrawn.note({ref("m1", "web"): PRESSED}, NOW)
            await uow.commit()
        await ask_history(channel, EVE, services.unit_of_work, NOW)
        await suggest("https://example.org/canary", EVE, channel, services.unit_of_work, services.clock)


async def steered(uow: UnitOfWork) -> None:
    """Eve set the channel up, edits and pauses it, added a source, pressed, asked for a card and a reminder, and has a token."""
    made = {"platform": "web", "member_id": EVE.id}
    card = {"ref": ref("m1", "web"), "channel": "reading", "item_key": KEY}
    state = ChannelState(name="reading", platform="web", id="reading", set_up_by=EVE.id, paused_because=PAUSED)
    await uow.channels.save(replace(state, values={"editors": (ADA.id, EVE.id)}))
    await uow.source_settings.save(SourceSetting(id="mine", by=EVE.name, at=NOW))
    await uow.source_settings.save(SourceSetting(id="nameless", by=EVE.id, at=NOW))
    edit = Edit(verb=Verb.REMOVE, key=KEY, title="Reward models", by=EVE.id)
    await edits.save(edits.Review(channel="reading", week=WEEK, edits=(edit,), seen={EVE.id: ()}), uow)
    await uow.presses.add(Press(event_id=PRESSED, member=EVE, meaning=Meaning.MUST_READ, present=True, at=NOW, **card))
    await uow.card_requests.put(CardRequest(channel="reading", week=WEEK, rank=1, item_key=KEY, member=EVE, at=NOW))
    await uow.reminders.put(Reminder(**made, weekday=1, time=time(10), zone="UTC", next_at=NOW))
    await uow.api_tokens.add(ApiToken(name=f"{EVE.name}'s laptop", made=NOW, **made), hashed("secret"))


async def entered(access: AccessStore) -> None:
    """Eve is on the page with two devices, has a link that waits, and made a feed."""
    person = Person(platform="web", member_id=EVE.id, name=EVE.name)
    await access.open_session(person)
    await access.make_link(person)
    await access.make_device(EVE.id)
    await access.make_feed(person, "must-reads")
    ada = Person(platform="web", member_id=ADA.id, name=ADA.name)
    await access.make_feed(ada, "summaries", about=writer_mark("web", EVE.id))


async def that_name_members() -> set[str]:
    """Every table that has something of members, by the database's own word; beside them those whose documents may tell of one."""
    async with open_services(configuration()) as services, services.engine.connect() as connection:
        columns = await connection.run_sync(
            lambda one: {
                name: {column["name"] for column in inspect(one).get_columns(name)}
                for name in inspect(one).get_table_names()
            }
        )
    return {name for name, found in columns.items() if "member_id" in found} | IN_DOCUMENTS


async def holding() -> set[str]:
    """The tables in which a canary is; every one is read whole."""
    async with open_services(configuration()) as services, services.engine.connect() as connection:
        found = set()
        for name in await connection.run_sync(lambda one: inspect(one).get_table_names()):
            rows = (await connection.execute(text(f'SELECT * FROM "{name}"'))).all()
            # Of a row itself only the beginning and the end would be written out.
            found |= {name for row in rows if any(canary.decode() in f"{tuple(row)}" for canary in CANARIES)}
    return found


async def in_the_tables() -> list[str]:
    """Every table and every question: where a canary is."""
    found = sorted(await holding())
    async with open_services(configuration()) as services:
        channels = await services.current_channels()
        for word in ("canarywords", "canaryfirst", "Canaryname"):
            result = await search(word, channels, {"reading"}, services.reading)
            found += [f"search {word}" for _ in result.found]
        with pytest.raises(UsageError, match="Nobody called"):
            await search("by:Canaryname", channels, {"reading"}, services.reading)
        return found


def in_the_files(folder: Path, *besides: str) -> list[str]:
    return [
        f"{path.name}: {canary.decode()}"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in besides
        for canary in CANARIES
        if canary in path.read_bytes()
    ]


def nowhere(folder: Path, *besides: str) -> None:
    assert [] == asyncio.run(in_the_tables())
    assert [] == in_the_files(folder, *besides)


async def reconciled() -> None:
    async with open_services(configuration()) as services:
        await look_over(
            {"web": Platform()}, services.unit_of_work, services.recorder.receive_all, services.clock, weeks=2
        )
        await services.recorder.settle()
        async with services.unit_of_work() as uow:
            assert ["U1"] == [one.member.id for one in await uow.reactions.on(ref("m1", "web"))]


def test_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Everything of a member goes and stays away, whatever is put back."""
    settle(tmp_path, monkeypatch)
    caplog.set_level(logging.INFO)
    asyncio.run(lived())
    held = asyncio.run(holding())
    there = {name for name in asyncio.run(that_name_members()) if not name.startswith("board_")}
    assert there == held & there, (
        "a table of members that nothing here is in: let Eve be in it, and see whether she is forgotten"
    )
    ran("backup", "before.db")
    ran("export", "--format", "json", "--out", "before.json")
    ran("export", "--format", "markdown", "--out", "vault")
    assert in_the_files(tmp_path, "before.db", "before.json"), "the canaries are where they are looked for"
    caplog.clear()

    told = ran("forget", "canaryname", "--yes").stdout

    assert "Forgotten: " in told
    ran("export", "--format", "markdown", "--out", "vault")
    old = ("before.db", "before.json")
    nowhere(tmp_path, *old)
    ran("backup", "after.db")
    nowhere(tmp_path, *old)

    asyncio.run(reconciled())
    nowhere(tmp_path, *old)

    ran("restore", "before.db")
    nowhere(tmp_path, *old)

    Path("paperround.db").unlink()
    ran("restore", "before.db")
    nowhere(tmp_path, *old)

    document = Path("before.json")
    changed = json.loads(document.read_text("utf-8")) | {"instance": "another"}
    document.write_text(json.dumps(changed), "utf-8")
    assert "2 decisions and summaries were left out" in ran("import", "before.json").stdout
    nowhere(tmp_path, *old)

    said = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert [] == [canary for canary in CANARIES if canary.decode() in said]


@pytest.mark.parametrize("told", [True, False])
def test_editors_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, told: bool) -> None:
    """Whom the configuration file makes an editor the operator takes out; who is one by a command alone is out already, and not told of."""
    settle(tmp_path, monkeypatch)
    asyncio.run(lived())
    if told:
        Path("other.toml").write_text(f'[[channels]]\nname = "other"\neditors = ["{EVE.id}"]\n', "utf-8")
        monkeypatch.setenv("PAPERROUND_CONFIG", "other.toml")

    said = " ".join(ran("forget", EVE.id, "--yes", "--platform", "web").stdout.split())

    assert told is ("names that id as an editor of other. Take it out there." in said)


@pytest.mark.postgres
def test_on_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There she is in no table and found by no question either, also after a reconcile."""
    settle(tmp_path, monkeypatch)
    monkeypatch.setenv("DATABASE_URL", asyncio.run(migrated_postgresql()))
    asyncio.run(lived())
    held = asyncio.run(holding())
    there = {name for name in asyncio.run(that_name_members()) if not name.startswith("board_")}
    assert there == held & there

    assert "Forgotten: " in ran("forget", "canaryname", "--yes").stdout

    assert [] == asyncio.run(in_the_tables())
    asyncio.run(reconciled())
    nowhere(tmp_path)


@pytest.mark.postgres
def test_with_rights_on_rows_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user that does not own the tables takes her out of them, and says that their files are left for the owner, who is told so until it is done."""
    settle(tmp_path, monkeypatch)
    address = asyncio.run(migrated_postgresql())
    monkeypatch.setenv("DATABASE_URL", address)
    asyncio.run(lived())
    user = f"rows_{uuid4().hex}"
    asyncio.run(run_as_owner(address, rights_on_rows(user)))
    monkeypatch.setenv("DATABASE_URL", make_url(address).set(username=user).render_as_string(hide_password=False))

    assert "does not own its tables" in ran("forget", "canaryname", "--yes").stdout.replace("\n", " ")
    assert [] == asyncio.run(in_the_tables())
    assert asyncio.run(owed())

    monkeypatch.setenv("DATABASE_URL", address)
    assert "write-ahead log" in ran("forget", "canaryname", "--yes").stdout
    assert not asyncio.run(owed())
    asyncio.run(run_as_owner(address, f"DROP OWNED BY {user}; DROP ROLE {user}"))


async def run_as_owner(address: str, statements: str) -> None:
    async with opened(address) as engine, engine.begin() as connection:
        await connection.exec_driver_sql(statements)


async def owed() -> bool:
    """Whether somebody was forgotten whose words are in the files still."""
    async with open_services(configuration()) as services:
        return await is_owed(services.unit_of_work)


async def only_named(member: Member) -> None:
    """Somebody did nothing but pause the channel and propose a work."""
    async with open_services(configuration()) as services:
        (channel,) = await services.current_channels()
        because = paused_by(member.name, "canarywords")
        await pause(channel, because, services.unit_of_work, services.clock, by_people=True, by=member)
        await suggest("https://example.org/canary", member, channel, services.unit_of_work, services.clock)


async def named_alone() -> None:
    """The same, as versions of before left it: a name in sentences, and no row that tells whose it is."""
    await only_named(EVE)
    async with open_services(configuration()) as services, services.engine.begin() as connection:
        await connection.execute(text("DELETE FROM members"))


@pytest.mark.parametrize("asked", [("canaryname",), (EVE.id,), (EVE.id, "--platform", "web")])
def test_only_proposed_and_paused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: tuple[str, ...]) -> None:
    """Who only paused a channel and proposed a work is known by name and by id, and nothing of them stays, their reason neither."""
    settle(tmp_path, monkeypatch)
    asyncio.run(only_named(EVE))

    assert "Forgotten: " in ran("forget", *asked, "--yes").stdout

    nowhere(tmp_path)


def test_named_in_sentences_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name of which no row tells is forgotten by itself, and said so; a backup of before does not bring it back. Another's stays."""
    settle(tmp_path, monkeypatch)
    asyncio.run(named_alone())
    ran("backup", "before.db")

    told = ran("forget", EVE.name, "--yes").stdout

    assert "No id is known of that name" in told
    nowhere(tmp_path, "before.db")
    ran("restore", "before.db")
    nowhere(tmp_path, "before.db")


def test_one_of_the_same_name_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name on the list is no reason to take the credit of another member who is called so, and is known."""
    settle(tmp_path, monkeypatch)
    asyncio.run(named_alone())
    ran("forget", EVE.name, "--yes")
    other = replace(EVE, id="U9")
    asyncio.run(only_named(other))
    ran("backup", "later.db")

    ran("restore", "later.db")

    assert b"suggested by Canaryname" in Path("paperround.db").read_bytes()


@pytest.mark.parametrize("what", ["nothing is drawn", "the files are not cleaned"])
def test_broken_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """A crash after the rows went leaves nothing that is found; the next process draws the cards, and who asks again has the files cleaned."""
    settle(tmp_path, monkeypatch)
    asyncio.run(lived())

    async def breaks(_refs: object) -> None:
        raise KeyboardInterrupt

    async def draws(_refs: object) -> None:
        return

    async def break_off() -> None:
        async with open_services(configuration()) as services:
            channels = await services.current_channels()
            person = Known(platform="web", id=EVE.id, names=frozenset({EVE.name}))
            with contextlib.suppress(KeyboardInterrupt):
                crash = breaks if what == "nothing is drawn" else draws
                await carry_out(person, channels, services.unit_of_work, services.clock, crash)

    asyncio.run(break_off())

    # The segments of the index hold deleted words until they are merged; no question finds them there.
    assert {"search_team_words_data"} >= set(asyncio.run(in_the_tables()))
    left = asyncio.run(still_undrawn())
    assert (ref("m1", "web") in left) is (what == "nothing is drawn")
    assert in_the_files(tmp_path), "the index's segments and free pages hold it until they are cleaned"
    assert "the files are clean" in " ".join(ran("forget", EVE.name, "--yes").stdout.split())
    nowhere(tmp_path)


def test_a_deleted_reply_leaves_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody took back is found by nobody at once, and within a day its words are no part of the index either."""
    settle(tmp_path, monkeypatch)
    asyncio.run(lived())

    async def take_back() -> set[str]:
        async with open_services(configuration()) as services:
            gone = ReplyDeleted(event_id="e9", ref=ref("r1", "web"), at=NOW + HOUR)
            await services.recorder.receive(gone)
            await services.recorder.settle()
            before = await holding()
            await drop_what_is_old(services)
        return before

    before = asyncio.run(take_back())

    index = {name for name in asyncio.run(holding()) if name.startswith("search_")}
    assert (True, set()) == ("search_team_words_data" in before, index)


def test_cleaned_by_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody asks again, the daily upkeep of a running service cleans the files."""
    settle(tmp_path, monkeypatch)
    asyncio.run(lived())

    async def draws(_refs: object) -> None:
        return

    async def live_on() -> None:
        async with open_services(configuration()) as services:
            person = Known(platform="web", id=EVE.id, names=frozenset({EVE.name}))
            await carry_out(person, await services.current_channels(), services.unit_of_work, services.clock, draws)
        async with open_services(configuration()) as services:
            await drop_what_is_old(services)
            assert not await is_owed(services.unit_of_work)

    asyncio.run(live_on())

    nowhere(tmp_path)


async def still_undrawn() -> set[MessageRef]:
    async with open_services(configuration()) as services, services.unit_of_work() as uow:
        return set(await uow.undrawn.noted_until(NOW + HOUR, 100))


async def lived_on_the_page() -> None:
    """On the local channel, whose board keeps what people did beside what we know of it."""
    async with open_services(configuration()) as services:
        (channel,) = await services.current_channels()
        await freeze(digest(pick(item(KEY, title="Reward models"))), channel, services.unit_of_work)
        await deliver(channel, WEEK, services.chats["web"], services.unit_of_work, services.clock, owner="we")
        async with services.unit_of_work() as uow:
            (card,) = [one.ref for one in await uow.postings.of(channel.name, WEEK) if one.item_key]
        board = services.platforms["web"].chat
        await board.listen(services.recorder.receive)
        for member, emoji in ((EVE, "⭐"), (ADA, "👎")):
            await board.rename(member)
            await board.react(card.channel_id, card.message_id, member, emoji, put=True)
        await board.reply(card.channel_id, card.message_id, EVE, text="canarywords", token="t1")
        await services.recorder.settle()


async def on_the_page() -> Snapshot:
    async with open_services(configuration()) as services:
        async with services.unit_of_work() as uow:
            (card,) = [one.ref for one in await uow.postings.of("reading", WEEK) if one.item_key]
        await services.look_over("web")
        return await services.chats["web"].snapshot(card)


def test_on_the_local_channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There the board forgets, too: member, reaction, reply; and a reconcile finds nothing to bring back."""
    settle(tmp_path, monkeypatch)
    asyncio.run(lived_on_the_page())
    assert 2 == len(asyncio.run(on_the_page()).reactions)
    board = {name for name in asyncio.run(that_name_members()) if name.startswith("board_")}
    assert board == board & asyncio.run(holding()), "a table of the board that Eve is not in"
    ran("backup", "before.db")

    ran("forget", "canaryname", "--yes")

    left = asyncio.run(on_the_page())
    assert ([("Ada", "👎")], ()) == ([(member.name, emoji) for member, emoji in left.reactions], left.replies)
    nowhere(tmp_path, "before.db")
    ran("restore", "before.db")
    assert ["Ada"] == [member.name for member, _ in asyncio.run(on_the_page()).reactions]
    nowhere(tmp_path, "before.db")


def test_ada_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the others nothing is lost."""
    settle(tmp_path, monkeypatch)
    asyncio.run(lived())

    ran("forget", EVE.id, "--yes")

    (found,) = [one for one in json.loads(ran("export", "--json").stdout)["items"] if one["key"] == KEY]
    assert ["Ada"] == [one["member"] for one in found["decisions"]]
    assert [] == found["summaries"]
    assert "may take part again" in ran("forget", EVE.id, "--undo", "--platform", "web").stdout
    assert "Reward models" in ran("search", "reward").stdout


def test_files_are_the_owners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Database, log and backup are for their owner alone from the first moment, whatever the umask."""
    settle(tmp_path, monkeypatch)
    asyncio.run(lived())
    ran("backup", "copy.db")
    ran("forget", EVE.id, "--yes")

    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.glob("*.db*") if path.suffix != ".lock"}
    assert {"0o600"} == set(modes.values()), modes


def test_retention_on_the_local_channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is older than an operator keeps it is dropped from the board as well, which is the local channel's own memory."""
    settle(tmp_path, monkeypatch)
    asyncio.run(lived_on_the_page())
    assert 2 == len(asyncio.run(on_the_page()).reactions)

    async def drop() -> None:
        async with open_services(configuration()) as services, services.unit_of_work() as uow:
            await uow.retention.drop_acts(services.clock() + DAY, 1000)
            await uow.commit()

    asyncio.run(drop())

    left = asyncio.run(on_the_page())
    assert ((), ()) == (tuple(left.reactions), tuple(left.replies))
