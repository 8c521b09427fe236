"""Search as a use-case: members, decisions, addresses, places where it stands, and the index that is built afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.channel_sources import OWN_BEFORE, own_sources
from bot.errors import UsageError
from bot.model import Names, PostingState, SourceRecord, SourceSetting
from bot.ports import Batch
from bot.search_documents import VERSION
from bot.usecases.library import Library
from bot.usecases.search import Excerpt, complete, search
from bot.usecases.sources import remove
from tests.factories import (
    BEN,
    HOUR,
    NOW,
    channel,
    digest_of,
    entry,
    mention,
    posting,
    reaction,
    ref,
    report,
    spec,
    stored,
    summary,
)
from tests.fake_storage import FakeDatabase

OURS, THEIRS = channel("reading"), channel("other", id="C2")
KEY, OTHER = "arxiv:2608.00001", "arxiv:2608.00002"


@pytest.fixture
async def database() -> FakeDatabase:
    """Two papers in our digest; Ada wrote of the first and wants to read it, Ben skipped the second."""
    database = FakeDatabase()
    one = stored(entry("1", title="Reward models", abstract="We train a judge.", authors=("Grace Hopper",)))
    two = stored(entry("2", title="Reward hacking", abstract="We find a canary."))
    pairs = [(one, mention(KEY, external_id="1")), (two, mention(OTHER, external_id="2"))]
    async with database.unit_of_work() as uow:
        for entry_, said in pairs:
            titles = {said.key: entry_.entry.title}
            await uow.entries.store([Batch(source_id="arxiv", entries=(entry_,), mentions=(said,), titles=titles)])
        await uow.digests.add(digest_of([KEY, OTHER], channel="reading"))
        for part, key in enumerate((KEY, OTHER), 1):
            await uow.postings.plan([posting(part, channel="reading", item_key=key)])
            await uow.postings.save(
                posting(part, channel="reading", item_key=key, state=PostingState.POSTED, ref=ref(f"m{part}"))
            )
        await uow.reactions.put(reaction("⭐", ref=ref("m1")))
        await uow.reactions.put(reaction("👎", BEN, ref=ref("m2")))
        await uow.summaries.put(summary("A judge worth its salt.", channel="reading", item_key=KEY))
        await uow.commit()
    return database


async def keys(database: FakeDatabase, text: str, *readable: str) -> list[str]:
    result = await search(text, [OURS, THEIRS], readable or ("reading",), database.unit_of_work)
    return sorted(one.item.key for one in result.found)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("by:ada", [KEY]),
        ("by:ben", [OTHER]),
        ("by:U2", [OTHER]),
        ("by:ben judge", []),
        ("decision:must-read", [KEY]),
        ("decision:skip reward", [OTHER]),
        ("by:ada decision:skip", []),
        ("by:ada by:ben", []),
        ("salt", [KEY]),
        ("hopper", [KEY]),
        ("week:2026-W34 canary", [OTHER]),
        ("https://arxiv.org/abs/2608.00001v2", [KEY]),
    ],
)
async def test_who_and_what(database: FakeDatabase, asked: str, found: list[str]) -> None:
    """A question may name members and decisions; an address is a question for its work."""
    assert found == await keys(database, asked)


async def test_of_another_channel(database: FakeDatabase) -> None:
    """Who may not read a channel finds nobody's words and decisions there, not even their names."""
    assert [KEY, OTHER] == await keys(database, "reward", "other")
    assert [] == await keys(database, "salt", "other")
    assert [] == await keys(database, "decision:must-read", "other")
    with pytest.raises(UsageError, match="nobody yet"):
        await keys(database, "by:ada", "other")


async def test_nobody_of_that_name(database: FakeDatabase) -> None:
    """A name that nobody bears is told with those there are."""
    with pytest.raises(UsageError, match=r"Nobody called 'Adda' .* Who did: Ada, Ben"):
        await keys(database, "by:Adda")


async def test_where_it_stands(database: FakeDatabase) -> None:
    """The team's words come first, with who wrote them; then what others say."""
    result = await search("judge", [OURS], ["reading"], database.unit_of_work)

    (found,) = result.found
    assert [("Ada", "A judge worth its salt."), ("abstract", "We train a judge.")] == [
        (one.where.partition(",")[0], "".join(run.text for run in one.runs)) for one in found.excerpts
    ]
    assert (("reading", "2026-W34"),) == found.digests
    assert 1 == found.summaries


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("by:ada salt", ["Ada: A judge worth its *salt*.", "Ben: *Salt* is cheap."]),
        ("by:ada train", ["Ada: A judge worth its salt.", "abstract: We *train* a judge."]),
        ("by:ada has:summary reward", ["Ada: A judge worth its salt."]),
        ("has:summary train", ["Ben: Salt is cheap.", "abstract: We *train* a judge."]),
        ("has:summary worth", ["Ada: A judge *worth* its salt."]),
        ("by:ada", ["Ada: A judge worth its salt."]),
        ("by:ada cheap", ["Ada: A judge worth its salt.", "Ben: Salt is *cheap*."]),
        ("salt", ["Ben: *Salt* is cheap.", "Ada: A judge worth its *salt*."]),
        ("by:ada judge", ["Ada: A *judge* worth its salt.", "abstract: We train a *judge*."]),
        ("train", ["abstract: We *train* a judge."]),
    ],
)
async def test_words_that_are_asked_for(database: FakeDatabase, asked: str, shown: list[str]) -> None:
    """Who asks for a member's words, or for works with words, reads these first, also where only the abstract holds what is looked for."""
    async with database.unit_of_work() as uow:
        bens = summary("Salt is cheap.", "r2", member=BEN, channel="reading", item_key=KEY, at=NOW + HOUR)
        await uow.summaries.put(bens)
        await uow.commit()

    result = await search(asked, [OURS], ["reading"], database.unit_of_work)

    (found,) = result.found
    assert shown == [_as_shown(one) for one in found.excerpts]


def _as_shown(one: Excerpt) -> str:
    text = "".join(f"*{run.text}*" if run.marked else run.text for run in one.runs)
    return f"{one.where.partition(',')[0]}: {text}"


async def test_newest_that_holds_it(database: FakeDatabase) -> None:
    """Of several of one member's, those are shown that hold what is looked for."""
    async with database.unit_of_work() as uow:
        later = summary("Read it again.", "r2", channel="reading", item_key=KEY, at=NOW + HOUR)
        await uow.summaries.put(later)
        await uow.commit()

    result = await search("by:ada salt", [OURS], ["reading"], database.unit_of_work)

    assert ["Ada: A judge worth its *salt*."] == [_as_shown(one) for one in result.found[0].excerpts]


async def test_more_than_fit(database: FakeDatabase) -> None:
    """There is more where there is, and it comes when it is asked for."""
    first = await search("reward", [OURS], ["reading"], database.unit_of_work, most=1)
    second = await search("reward", [OURS], ["reading"], database.unit_of_work, most=1, skip=1)

    assert (True, False) == (first.more, second.more)
    assert {KEY, OTHER} == {one.item.key for one in (*first.found, *second.found)}


async def test_completing_twice(database: FakeDatabase) -> None:
    """Completing the index ends, and is harmless done twice."""
    await complete(database.unit_of_work)
    await complete(database.unit_of_work)

    assert VERSION == database.tables.notes["search index"]


async def test_where_counts_are_shown(database: FakeDatabase) -> None:
    """Where no names stand beside decisions, nobody learns by a question who decided; who wrote, and one's own, is found."""
    counted = replace(OURS, names=Names.COUNTS)

    async def found(text: str, asker: tuple[str, str] | None = None) -> list[str]:
        result = await search(text, [counted], ["reading"], database.unit_of_work, asker=asker)
        return sorted(one.item.key for one in result.found)

    assert [OTHER] == await found("decision:skip")
    assert [KEY] == await found("by:ada")
    assert [] == await found("by:ada decision:must-read")
    assert [KEY] == await found("by:ada decision:must-read", ("fake", "U1"))
    assert [OTHER] == await found("by:ben", ("fake", "U2"))
    with pytest.raises(UsageError, match=r"Who did: Ada\."):
        await found("by:ben", ("other", "U2"))


@pytest.mark.parametrize(
    "asked", ["source:arxiv", "source:arXiv", "source:ARXIV", 'source:"arXiv papers"', "source:arxiv_papers"]
)
async def test_sources_by_name(database: FakeDatabase, asked: str) -> None:
    """A source may be asked for by its id or by its name, in whatever case."""
    specs = [spec("arxiv", name="arXiv papers"), spec("blog", name="Blog")]
    result = await search(asked, [OURS], ["reading"], database.unit_of_work, specs=specs)
    none = await search('source:"Blog"', [OURS], ["reading"], database.unit_of_work, specs=specs)

    assert [KEY, OTHER] == sorted(one.item.key for one in result.found)
    assert () == none.found


async def test_a_source_that_is_read_no_more(database: FakeDatabase) -> None:
    """What a source said that is in no settings any more, or in the sample week, is quoted by its name and found by it."""
    quoted = stored(entry("q", "sample-letter"))
    async with database.unit_of_work() as uow:
        said = mention(KEY, source_id="sample-letter", external_id="q", quote="says the wombat")
        await uow.entries.store(
            [Batch(source_id="sample-letter", entries=(quoted,), mentions=(said,), titles={KEY: quoted.entry.title})]
        )
        told = report("sample-letter", name="The Tuesday Letter")
        await uow.sources.save([SourceRecord(id="sample-letter", report=told)])
        await uow.commit()

    async def found(text: str) -> list[str]:
        result = await search(
            text, [OURS], ["reading"], database.unit_of_work, specs=[spec("arxiv", name="arXiv papers")]
        )
        return [excerpt.where for one in result.found for excerpt in one.excerpts]

    assert ["quoted by The Tuesday Letter"] == await found("wombat")
    assert ["quoted by The Tuesday Letter"] == await found('wombat source:"the tuesday letter"')


async def test_a_channels_own_source(database: FakeDatabase) -> None:
    """What a channel's own source said is found and shown for its readers alone, also after the source was removed and then for nobody."""
    ours, shared = replace(OURS, sources_added=("intranet",)), "arxiv"
    own = spec("intranet", own=True, name="Our intranet")
    post, quoted = (
        "url:https://intranet.example/1",
        stored(entry("q", "intranet")),
    )
    alone = stored(entry("1", "intranet", title="A numbat in the lab"))
    async with database.unit_of_work() as uow:
        await uow.source_settings.save(SourceSetting(id="intranet", values={"own": True, "url": own.url}, at=NOW))
        said = [
            (quoted, mention(KEY, source_id="intranet", external_id="q", quote="says the wombat")),
            (alone, mention(post, source_id="intranet", external_id="1")),
        ]
        for one, of in said:
            titles = {of.key: one.entry.title}
            await uow.entries.store([Batch(source_id="intranet", entries=(one,), mentions=(of,), titles=titles)])
        await uow.commit()

    async def asked(text: str, *readable: str) -> list[str]:
        specs = (spec(shared), own)
        result = await search(text, [ours, THEIRS], readable, database.unit_of_work, specs=specs)
        return sorted(one.item.key for one in result.found)

    questions = ("wombat", "numbat", "source:intranet", 'source:"Our intranet"', post.removeprefix("url:"))
    assert [[KEY], [post], [KEY, post], [KEY, post], [post]] == [await asked(one, "reading") for one in questions]
    assert [[], [], [], [], []] == [await asked(one, "other") for one in questions]
    assert [OTHER, KEY] == sorted(await asked("reward", "other"), reverse=True)
    library = Library(database.unit_of_work)
    for channels, sources in (([ours], {"arxiv", "intranet"}), ([THEIRS], {"arxiv"})):
        view = await library.item(KEY, channels)
        assert view is not None
        assert sources == {one.source_id for one in view.item.mentions}
    assert await library.item(post, [THEIRS]) is None

    await remove("intranet", [own], [], database.unit_of_work)
    ours = replace(ours, sources_added=())
    assert [[], [], [], [], []] == [await asked(one, "reading", "other") for one in questions]
    async with database.unit_of_work() as uow:
        before = own_sources((), await uow.notes.get(OWN_BEFORE))
    assert {"intranet"} == before
