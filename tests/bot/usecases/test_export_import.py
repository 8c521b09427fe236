"""Export and import: what one Paper Round knows becomes known to another, once; citation keys never change."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields, replace

import pytest

from adapters.exports.forms import render
from adapters.exports.notes import decided
from adapters.exports.reader import read
from bot.errors import UsageError
from bot.exporting import Export
from bot.model import (
    Attention,
    CardRequest,
    Digest,
    Item,
    Layout,
    LeftOut,
    Meaning,
    Member,
    MemberWishes,
    NamedWork,
    Names,
    Pick,
    PostingState,
    Reason,
    Recap,
    Reminder,
    Section,
    Shortness,
    Skip,
    SourceReport,
    SourceStatus,
    WallTime,
)
from bot.usecases.export import Wanted, called, gather, with_counts
from bot.usecases.import_export import bring_in
from bot.usecases.recall import remember
from tests.factories import ADA, BEN, DAY, NOW, channel, digest, item, pick, posting, reaction, ref, summary
from tests.fake_storage import FakeDatabase

HERE = channel("reading")
THERE = channel(
    "reading", platform="other", meanings={"🔥": Meaning.MUST_READ, "👎": Meaning.SKIP, "👀": Meaning.TO_READ}
)
KEYS = ("arxiv:2608.00001", "arxiv:2608.00002", "arxiv:2608.00003")
WEEKS = ("2026-W33", "2026-W34")


@pytest.fixture
async def database() -> FakeDatabase:
    """Two weeks: the second brings the first's first work again. Ada and Ben decided and wrote."""
    database = FakeDatabase()
    async with database.unit_of_work() as uow:
        for number, (week, keys) in enumerate(zip(WEEKS, (KEYS[:2], KEYS[2:]), strict=True)):
            picks = [
                pick(item(key=key, title=f"Reward {key[-1]}", authors=("Ada Lovelace",)), rank)
                for rank, key in enumerate(keys, 1)
            ]
            at = NOW - 7 * DAY * (1 - number)
            await uow.digests.add(digest(*picks, week=week, compiled_at=at))
            for part, key in enumerate(keys, 1):
                plain = {"channel": "reading", "week": week, "item_key": key}
                await uow.postings.plan([posting(part, **plain)])
                done = {"state": PostingState.POSTED, "ref": ref(f"{week}-{part}"), "attempted_at": at}
                await uow.postings.save(posting(part, **plain, **done))
        await uow.reactions.put(reaction("⭐", ref=ref("2026-W33-1"), at=NOW))
        await uow.reactions.put(reaction("👎", BEN, ref=ref("2026-W33-1"), at=NOW))
        await uow.reactions.put(reaction("👀", BEN, ref=ref("2026-W34-1"), at=NOW))
        await uow.summaries.put(
            summary("Worth it :tada: 強化", parent=ref("2026-W33-1"), item_key=KEYS[0], edited_at=NOW + DAY)
        )
        await uow.members.put("fake", [ADA, BEN])
        await uow.commit()
    return database


async def exported(database: FakeDatabase, wanted: Wanted | None = None, name: str = "reading") -> Export:
    return await gather([channel(name)], wanted or Wanted(), database.unit_of_work, lambda: NOW)


def carried(export: Export) -> Export:
    """As it arrives elsewhere: written and read."""
    return read("x.json", render("json", export).encode())


async def test_another_one_knows_the_same(database: FakeDatabase) -> None:
    """Weeks, decisions and words come over whole, read by the emoji of the channel there; a second time nothing is new."""
    other = FakeDatabase()
    export = carried(await exported(database))

    first = await bring_in(export, {"reading": THERE}, other.unit_of_work)
    second = await bring_in(export, {"reading": THERE}, other.unit_of_work)

    assert (2, 3, 1) == (first.digests, first.decisions, first.summaries)
    assert (0, 0, 0) == (second.digests, second.decisions, second.summaries)
    assert () == second.beside
    here, there = [
        [
            (
                one.item,
                one.weeks,
                [(d.member, d.meaning, d.at) for d in one.decisions],
                [(s.member, s.text, s.at, s.edited_at) for s in one.summaries],
            )
            for one in await remember([where], base.unit_of_work)
        ]
        for base, where in ((database, HERE), (other, THERE))
    ]
    assert [one[1:] for one in here] == [one[1:] for one in there]
    assert [one[0].key for one in here] == [one[0].key for one in there]
    assert set(export_keys(export)) == set((await gather_keys(other)).values())


def export_keys(export: Export) -> list[str]:
    return [work.citation_key for work in export.works]


async def gather_keys(database: FakeDatabase) -> dict[str, str]:
    async with database.unit_of_work() as uow:
        return {work: key for key, work in (await uow.citation_keys.all()).items()}


async def test_exported_again(database: FakeDatabase) -> None:
    """What was imported is exported again as it was, and imported by a third one."""
    other, third = FakeDatabase(), FakeDatabase()
    await bring_in(carried(await exported(database)), {"reading": HERE}, other.unit_of_work)

    again = carried(await exported(other))
    found = await bring_in(again, {"reading": HERE}, third.unit_of_work)

    assert (2, 3, 1) == (found.digests, found.decisions, found.summaries)
    await bring_in(carried(await exported(database)), {"reading": HERE}, third.unit_of_work)
    assert 1 == len(third.tables.summaries), "the same words by two ways are one summary"


async def test_home_again(database: FakeDatabase) -> None:
    """What comes back by way of another Paper Round is here already: nothing is there twice, and what was deleted stays so."""
    other = FakeDatabase()
    await bring_in(carried(await exported(database)), {"reading": HERE}, other.unit_of_work)
    back = carried(await exported(other))
    before = render("json", await exported(database))

    found = await bring_in(back, {"reading": HERE}, database.unit_of_work)

    assert (0, 0, 0) == (found.digests, found.decisions, found.summaries)
    assert before == render("json", await exported(database))

    async with database.unit_of_work() as uow:
        (written,) = await uow.summaries.on(ref("2026-W33-1"))
        await uow.summaries.delete(written.ref, NOW + 2 * DAY)
        await uow.commit()
    assert 0 == (await bring_in(back, {"reading": HERE}, database.unit_of_work)).summaries
    assert "強化" not in render("json", await exported(database))


async def test_works_of_a_line(database: FakeDatabase) -> None:
    """'Also this week' comes over, too: works of which a week only gave a line are in the week there as they were here."""
    other = FakeDatabase()
    line = pick(item(key="arxiv:2608.00009", title="Only a line", url="https://example.org/line"), 2)
    async with database.unit_of_work() as uow:
        await uow.digests.add(digest(pick(item(key=KEYS[0]), 1), week="2026-W35", also=(line,)))
        await uow.commit()

    await bring_in(carried(await exported(database)), {"reading": HERE}, other.unit_of_work)

    async with other.unit_of_work() as uow:
        there = await uow.digests.get("reading", "2026-W35")
    assert there is not None
    assert [("Only a line", "https://example.org/line")] == [(one.item.title, one.item.url) for one in there.also]


WHOLE = digest(
    pick(
        replace(item(key=KEYS[0], mentions=()), authors=("Ada Lovelace",), abstract="Of rewards.", work_date=NOW - 9 * DAY, words=900, code_url="https://github.com/x/y", code_stars=12, project_url="https://example.org/p", tags=("cs.LG",), attention={"hf": Attention(votes=3, comments=1)}, brief="In brief.", brief_by="hf", institutions=("A lab",), picture="https://example.org/p.png"),
        1, minutes=7, score=0.5, reasons=(Reason(name="topic", text="about rewards", weight=0.4),), explore=True, propensity=0.2,
        sentence="It is new.", sentence_by="a model", classic=True,
    ),
    week="2026-W35", minutes=9, left_out={"papers": 12, "community": 3}, rate=0.3, sample=True, late=True, unmatched=("safety",), used_up=("radar",), in_passing=("symmetry",), barely_named=("compressed sensing",), muted=("music",), unclear=("entropy",), respelt=(("safty", "safety"),),
    short=Shortness(reached=2, added=3, muted=(("LLM agents", "word: agents"),), kept_out=(("source: arxiv", 3),), read=("Hugging Face",)), changed=NOW - DAY, looking_around=True, layout=Layout.COMPACT, menus=True, line_menu=640, also=(pick(item(key="arxiv:2608.00008", mentions=()), 2),),
    sources=(
        SourceReport(
            id="arxiv", kind="arxiv", state=SourceStatus.FAILING, fetched=9, new=4, newest=NOW - DAY, seconds=1.5, error="HTTP 503",
            name="arXiv", partial=True, failing_since=NOW - 2 * DAY, answered_at=NOW - DAY,
        ),
    ),
    skipped=(Skip(channel="reading", week=WEEKS[1], because="paused", at=NOW),),
    beyond=(
        LeftOut(
            key="doi:10.1/z", section=Section.PAPERS, title="Behind", url="https://example.org/z", why="about x", sources=("arxiv",), on_topic=True
        ),
    ),
    recap=Recap(
        told=(NamedWork(key=KEYS[0], title="Told", url="https://example.org/t"),),
        owed=(NamedWork(key=KEYS[1], title="Owed", url="https://example.org/o"),),
    ),
)  # fmt: skip


def plain_fields(value: Digest | Pick | Item) -> list[str]:
    """The fields of a value that are as they would be if nobody had set them."""
    return [one.name for one in fields(value) if one.default is not MISSING and getattr(value, one.name) == one.default]


async def test_a_week_comes_over_whole(database: FakeDatabase) -> None:
    """What a digest froze is in the export and in the other Paper Round, field by field: what was left out and the receipt as well; twice is once."""
    assert [[], [], ["mentions"]] == [plain_fields(one) for one in (WHOLE, WHOLE.picks[0], WHOLE.picks[0].item)]
    other = FakeDatabase()
    async with database.unit_of_work() as uow:
        await uow.digests.add(WHOLE)
        await uow.commit()

    for _ in range(2):
        await bring_in(carried(await exported(database)), {"reading": THERE}, other.unit_of_work)

        async with other.unit_of_work() as uow:
            assert WHOLE == await uow.digests.get("reading", "2026-W35")


async def test_into_itself(database: FakeDatabase) -> None:
    """Its own export is refused: everything would be there twice."""
    with pytest.raises(UsageError, match="this very Paper Round"):
        await bring_in(carried(await exported(database)), {"reading": HERE}, database.unit_of_work)


async def test_a_channel_that_is_not_here(database: FakeDatabase) -> None:
    """A channel that has no place here is named, and nothing is changed."""
    other = FakeDatabase()

    with pytest.raises(UsageError, match=r"no channel 'reading' here.* --channel NAME"):
        await bring_in(carried(await exported(database)), {"elsewhere": THERE}, other.unit_of_work)
    assert {} == other.tables.digests


async def test_a_meaning_without_emoji(database: FakeDatabase) -> None:
    """What the channel has no emoji for is kept and told, and counts once it has the usual one."""
    other = FakeDatabase()

    found = await bring_in(carried(await exported(database)), {"reading": channel(meanings={})}, other.unit_of_work)

    assert {("reading", Meaning.MUST_READ), ("reading", Meaning.SKIP), ("reading", Meaning.TO_READ)} == found.unread
    decided = [d.meaning for one in await remember([HERE], other.unit_of_work) for d in one.decisions]
    assert {Meaning.MUST_READ, Meaning.SKIP, Meaning.TO_READ} == set(decided)


async def test_a_week_with_a_digest_of_its_own(database: FakeDatabase) -> None:
    """Beside a digest of our own, decisions on the same works are ours too; what else came is kept, and told."""
    other = FakeDatabase()
    async with other.unit_of_work() as uow:
        await uow.digests.add(digest(pick(item(key=KEYS[0])), week=WEEKS[0]))
        await uow.commit()

    found = await bring_in(carried(await exported(database)), {"reading": HERE}, other.unit_of_work)

    assert ((("reading", WEEKS[0]),), 1) == (found.beside, found.digests)
    known = {one.item.key: one for one in await remember([HERE], other.unit_of_work)}
    assert {"must-read", "skip"} == {d.meaning.value for d in known[KEYS[0]].decisions}
    assert 1 == len(known[KEYS[0]].summaries)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(), list(KEYS)),
        (Wanted(decisions=(Meaning.MUST_READ,)), [KEYS[0]]),
        (Wanted(decisions=(Meaning.TO_READ, Meaning.SKIP)), [KEYS[0], KEYS[2]]),
        (Wanted(since=NOW + DAY), [KEYS[0]]),
        (Wanted(since=NOW), [KEYS[0], KEYS[2]]),
        (Wanted(member="ben"), [KEYS[0], KEYS[2]]),
        (Wanted(member="U1"), [KEYS[0]]),
        (Wanted(member="ben", decisions=(Meaning.SKIP,)), [KEYS[0]]),
    ],
)
async def test_what_is_asked_for(database: FakeDatabase, wanted: Wanted, expected: list[str]) -> None:
    """Decisions, an instant and a member narrow down what is handed out."""
    assert expected == [work.key for work in (await exported(database, wanted)).works]


async def test_one_members_own(database: FakeDatabase) -> None:
    """Of one member it holds what they decided and wrote, and nothing of anybody else."""
    export = await exported(database, Wanted(member="ben"))

    assert {"U2"} == {one.member.id for work in export.works for one in work.decisions}
    assert [] == [one for work in export.works for one in work.summaries]
    assert 'Ada"' not in render("json", export)
    with pytest.raises(UsageError, match="Nobody called 'zoe'"):
        await exported(database, Wanted(member="zoe"))


def test_a_name_without_letters() -> None:
    """Whoever is called by signs alone is found by them, and by nothing else."""
    members = [ADA, Member(id="U9", name="🎉"), Member(id="U8", name="✨")]

    assert frozenset({"U9"}) == called("🎉", members)
    with pytest.raises(UsageError, match="Nobody called"):
        called("🎈", members)


async def test_citation_keys_stay(database: FakeDatabase) -> None:
    """A key once given stays, whatever comes before it later, and whatever its work becomes."""
    first = {work.key: work.citation_key for work in (await exported(database)).works}
    assert ["lovelace2026reward", "lovelace2026reward-a", "lovelace2026reward-b"] == list(first.values())
    async with database.unit_of_work() as uow:
        await uow.digests.add(
            digest(pick(item(key="arxiv:2601.00009", title="Reward 0", authors=("Ada Lovelace",))), week="2026-W20")
        )
        await uow.items.merge(KEYS[1], "doi:10.1/x")
        await uow.commit()

    second = {work.key: work.citation_key for work in (await exported(database)).works}

    assert first[KEYS[1]] == second["doi:10.1/x"]
    assert first[KEYS[0]] == second[KEYS[0]]
    assert "lovelace2026reward-c" == second["arxiv:2601.00009"]


async def test_a_channel_that_shows_counts(database: FakeDatabase) -> None:
    """What people read says how many decided so, and of nobody who; words bear their author. One's own is told with one's name."""
    where = channel("reading", names=Names.COUNTS)
    whole = await gather([where], Wanted(), database.unit_of_work, lambda: NOW)
    counted = with_counts(whole, [where], Wanted())

    assert ["must-read: 1", "skip: 1"] == decided(counted.works[0].places[0])
    for form in ("csv", "bibtex", "ris", "csl-json", "html"):
        text = render(form, counted)
        assert "Ben" not in text, form
        assert "U2" not in text, form
        assert "Worth it" in text, form
    assert "Ada, 2026" in render("csv", counted)
    assert counted == with_counts(counted, [channel("reading", names=Names.COUNTS)], Wanted())
    assert whole == with_counts(whole, [HERE], Wanted())
    own = Wanted(member="ben")
    of_ben = await gather([where], own, database.unit_of_work, lambda: NOW)
    assert ["Ben: skip"] == decided(with_counts(of_ben, [where], own).works[0].places[0])


async def test_all_that_is_kept_of_a_member(database: FakeDatabase) -> None:
    """One's own holds earlier texts, cards that were asked for, wishes and the reminder, too; nobody else's does, and an import passes it over."""
    async with database.unit_of_work() as uow:
        edited = {"parent": ref("2026-W33-1"), "item_key": KEYS[0], "edited_at": NOW + 2 * DAY}
        await uow.summaries.put(summary("Worth it twice.", **edited))
        for member, rank in ((ADA, 7), (BEN, 8)):
            request = CardRequest(channel="reading", week=WEEKS[1], rank=rank, item_key=KEYS[1], member=member, at=NOW)
            await uow.card_requests.put(request)
        await uow.members.put_wishes("fake", "U1", MemberWishes(follow=("author:Percy Liang",), mute=("word:crypto",)))
        plain = {"weekday": 1, "time": WallTime(10, 0), "zone": "Asia/Tokyo", "next_at": NOW}
        await uow.reminders.put(Reminder(platform="fake", member_id="U1", **plain))
        await uow.reminders.put(Reminder(platform="fake", member_id="U9", **plain))
        await uow.commit()

    own = await exported(database, Wanted(member="ada"))
    (kept,) = json.loads(render("json", own))["kept"]

    assert ("fake", "Ada", "U1") == (kept["platform"], kept["member"], kept["member_id"])
    assert (["author:Percy Liang"], ["word:crypto"]) == (kept["follow"], kept["mute"])
    assert {"weekday": 1, "time": "10:00", "zone": "Asia/Tokyo"} == kept["reminder"]
    assert [(KEYS[1], WEEKS[1])] == [(one["key"], one["week"]) for one in kept["card_requests"]]
    assert ["Worth it :tada: 強化"] == [one["text"] for one in kept["earlier_summaries"]]
    assert "U2" not in render("json", own)
    assert [one.key for one in own.works] == [one.key for one in carried(own).works]
    assert [KEYS[1]] == [
        one.item_key for kept in (await exported(database, Wanted(member="U2"))).kept for one in kept.requests
    ]
    (silent,) = (await exported(database, Wanted(member="U9"))).kept
    assert silent.reminder is not None, "who only asked to be reminded is known, too"
    assert "kept" not in json.loads(render("json", await exported(database)))
