"""The suite of the full-text index: what search promises, be it the fake, SQLite or PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest

from adapters.storage.repositories import search, search_expressions, search_index
from bot.model import Digest, Link, MessageRef, SourceSetting, Summary
from bot.ports import SearchQuestion, UnitOfWorkFactory
from bot.search.query import parse
from bot.search_documents import INDEXED, VERSION, own_scope
from tests.contracts.test_storage import a_mention, batch, merge, store
from tests.factories import ADA, DAY, NOW, WEEK, WINDOW, entry, item, pick
from tests.factories import stored as seen_of

OURS, THEIRS = "reading-group", "other-team"


async def say(unit_of_work: UnitOfWorkFactory, key: str, title: str = "A title", **said: object) -> None:
    source = str(said.pop("source_id", "arxiv"))
    name = str(said.pop("external_id", key))
    one = seen_of(entry(name, source, title=title, **said))
    await store(unit_of_work, batch(one, a_mention(one, key)))


async def write(
    unit_of_work: UnitOfWorkFactory, key: str, text: str, channel: str = OURS, number: str = "1"
) -> MessageRef:
    ref = MessageRef(platform="web", channel_id=channel, message_id=f"reply-{number}")
    parent = MessageRef(platform="web", channel_id=channel, message_id=f"card-{key}")
    async with unit_of_work() as uow:
        await uow.summaries.put(
            Summary(ref=ref, parent=parent, channel=channel, item_key=key, member=ADA, text=text, at=NOW)
        )
        await uow.commit()
    return ref


async def ask(
    unit_of_work: UnitOfWorkFactory, text: str, readable: Collection[str] = (OURS,), **more: object
) -> list[str]:
    query = parse(text)
    question = SearchQuestion(
        terms=query.terms,
        sources=query.sources,
        weeks=query.weeks,
        has_code="code" in query.has,
        has_summary="summary" in query.has,
    )
    async with unit_of_work() as uow:
        return await uow.search.find(replace(question, **more), readable, 20)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("reward", ["a"]),
        ("REWARD models", ["a"]),
        ("model", ["a"]),
        ('"model"', []),
        ('"reward models"', ["a"]),
        ('"models reward"', []),
        ("rew*", ["a"]),
        ('"reward mod"*', ["a"]),
        ("rew", []),
        ("reward safety", []),
        ("reward -models", []),
        ("models -safety", ["a"]),
        ("self-attention", ["b"]),
        ("naive uber", ["b"]),
        ("Ünïcode", ["b"]),
        ("knuth", ["b"]),
        ("gpt-4", ["b"]),
        ("arxiv:2608", []),
        ("s", []),
        ("s*", ["b"]),
        ("r*", ["a"]),
        ("n*", ["b"]),
        ("zz*", []),
    ],
)
async def test_words(unit_of_work: UnitOfWorkFactory, asked: str, found: list[str]) -> None:
    """Words, phrases, beginnings and exclusions find what they say, whatever the case and the accents."""
    await say(unit_of_work, "a", "Reward Models, revisited")
    await say(unit_of_work, "b", "Naïve self-attention", abstract="Über Unicode in GPT-4.", authors=("Donald Knuth",))

    assert found == await ask(unit_of_work, asked)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("強化学習による報酬モデル", "強化"),
        ("強化学習による報酬モデル", "学習"),
        ("強化学習による報酬モデル", "モデル"),
        ("強化学習による報酬モデル", "ル"),
        ("大语言模型的对齐", "模型"),
        ("대규모 언어 모델의 정렬", "모델"),
        ("대규모 언어 모델의 정렬", "언어 모델"),
        ("การเรียนรู้ของเครื่อง", "เรียนรู้"),
        ("การเรียนรู้ของเครื่อง", "กา"),
        ("Обучение с подкреплением", "обучение"),
        ("التعلم المعزز", "المعزز"),
        ("सुदृढीकरण सीखना", "सीखना"),
        ("למידת חיזוק", "חיזוק"),
        ("Ενισχυτική μάθηση", "μαθηση"),
        ("ｶﾞﾝﾏﾓﾃﾞﾙ", "ガンマ"),
    ],
)
async def test_every_script(unit_of_work: UnitOfWorkFactory, text: str, asked: str) -> None:
    """Two characters find, in scripts without spaces, too; other texts of the same script are not found."""
    await say(unit_of_work, "a", text)
    await say(unit_of_work, "b", "冬の夜に、겨울 밤에 ฤดูหนาว зима الشتاء")

    assert ["a"] == await ask(unit_of_work, asked)
    assert [] == await ask(unit_of_work, f"{asked} 猫猫")


async def test_the_teams_words(unit_of_work: UnitOfWorkFactory) -> None:
    """A summary is found with the words of its work, by whoever may read its channel; edited or deleted, it is found no more."""
    await say(unit_of_work, "a", "Reward models")
    ref = await write(unit_of_work, "a", "a splendid canary")

    assert ["a"] == await ask(unit_of_work, "canary")
    assert ["a"] == await ask(unit_of_work, "canary reward")
    assert [] == await ask(unit_of_work, "canary", [])
    assert [] == await ask(unit_of_work, "canary", [THEIRS])

    async with unit_of_work() as uow:
        await uow.summaries.delete(ref, NOW)
        await uow.commit()

    assert [] == await ask(unit_of_work, "canary")
    assert ["a"] == await ask(unit_of_work, "reward")


async def test_edited_words(unit_of_work: UnitOfWorkFactory) -> None:
    """Of an edited summary the present words are found, and the former are not."""
    await say(unit_of_work, "a", "Reward models")
    ref = await write(unit_of_work, "a", "a splendid canary")
    parent = MessageRef(platform="web", channel_id=OURS, message_id="card-a")
    async with unit_of_work() as uow:
        edited = Summary(
            ref=ref, parent=parent, channel=OURS, item_key="a", member=ADA, text="a finch", at=NOW, edited_at=NOW + DAY
        )
        await uow.summaries.put(edited)
        await uow.commit()

    assert (["a"], []) == (await ask(unit_of_work, "finch"), await ask(unit_of_work, "canary"))


async def test_no_phrase_across_texts(unit_of_work: UnitOfWorkFactory) -> None:
    """A phrase stands in one text: not at the end of one summary and the beginning of the next."""
    await say(unit_of_work, "a", "Reward models")
    await write(unit_of_work, "a", "it ends with blue")
    await write(unit_of_work, "a", "whale begins this", number="2")

    assert [] == await ask(unit_of_work, '"blue whale"')
    assert ["a"] == await ask(unit_of_work, "blue whale")


async def test_what_another_channel_proposed(unit_of_work: UnitOfWorkFactory) -> None:
    """What only members of another channel proposed is found by nobody else."""
    await say(unit_of_work, "a", "Secret proposal", source_id="team", external_id=f"{THEIRS}/a")

    assert [] == await ask(unit_of_work, "secret")
    assert ["a"] == await ask(unit_of_work, "secret", [THEIRS])


async def test_what_an_own_source_said(unit_of_work: UnitOfWorkFactory) -> None:
    """What a channel's own source said is found in the scope of that source alone; what was written of it, by who wrote it."""
    async with unit_of_work() as uow:
        await uow.source_settings.save(SourceSetting(id="intranet", values={"own": True}, at=NOW))
        await uow.commit()
    await say(unit_of_work, "a", "Reward models")
    await say(unit_of_work, "a", "Reward models, says the wombat", source_id="intranet", external_id="1")
    await say(unit_of_work, "b", "A numbat", source_id="intranet", external_id="2")
    await write(unit_of_work, "b", "Worth a look.")

    asked = ("wombat", "reward wombat", "numbat", "reward", "look numbat")
    assert [["a"], ["a"], ["b"], ["a"], ["b"]] == [
        await ask(unit_of_work, one, [OURS, own_scope("intranet")]) for one in asked
    ]
    assert [[], [], [], ["a"], []] == [await ask(unit_of_work, one, [THEIRS, own_scope("other")]) for one in asked]


async def test_without_words(unit_of_work: UnitOfWorkFactory) -> None:
    """Filters alone are a question; what must not stand there is excluded by channels' words as well."""
    await say(unit_of_work, "a", "Reward models", code_url="https://github.com/x/y")
    await say(unit_of_work, "b", "Reward safety", source_id="import-ai")
    await write(unit_of_work, "b", "overrated")

    assert ["a"] == await ask(unit_of_work, "has:code")
    assert ["b"] == await ask(unit_of_work, "has:summary")
    assert [] == await ask(unit_of_work, "has:summary", [THEIRS])
    assert ["b"] == await ask(unit_of_work, "source:import-ai reward")
    assert ["a"] == await ask(unit_of_work, "reward -overrated")
    assert ["b", "a"] == sorted(await ask(unit_of_work, "reward -overrated", [THEIRS]), reverse=True)
    assert ["b"] == await ask(unit_of_work, "reward", only=frozenset({"b", "c"}))
    assert [] == await ask(unit_of_work, "reward", only=frozenset())


def a_digest(channel: str, *keys: str) -> Digest:
    picks = tuple(pick(item(key=key, title=f"Picked {key}"), rank=rank) for rank, key in enumerate(keys, 1))
    return Digest(
        channel=channel,
        week=WEEK,
        window=WINDOW,
        budget_minutes=60,
        minutes=10,
        picks=picks,
        left_out={},
        sources=(),
        compiled_at=NOW,
    )


async def test_weeks(unit_of_work: UnitOfWorkFactory) -> None:
    """A week's works are those that its digest brought to a channel one may read; a pick that no source speaks of is found there."""
    await say(unit_of_work, "a", "Reward models")
    async with unit_of_work() as uow:
        await uow.digests.add(a_digest(OURS, "a", "sample"))
        await uow.commit()

    assert ["a"] == await ask(unit_of_work, "reward week:2026-W33..2026-W34")
    assert [] == await ask(unit_of_work, "reward week:2026-W35..")
    assert [] == await ask(unit_of_work, "reward week:2026-W34", [THEIRS])
    assert ["sample"] == await ask(unit_of_work, "picked sample")
    assert [] == await ask(unit_of_work, "picked sample", [THEIRS])
    async with unit_of_work() as uow:
        await uow.digests.add(replace(a_digest(THEIRS, "daily"), week="2026-08-27"))
        await uow.commit()
    assert ["daily"] == await ask(unit_of_work, "picked daily week:2026-W35", [THEIRS]), "a day's digest is in its week"
    assert [] == await ask(unit_of_work, "picked daily week:2026-W34", [THEIRS])
    async with unit_of_work() as uow:
        assert {"a": [(OURS, WEEK)]} == await uow.digests.brought(["a", "b"])


async def test_merged_works(unit_of_work: UnitOfWorkFactory) -> None:
    """What turns out to be one work is one result, with all that was said under either key."""
    await say(unit_of_work, "a", "Reward models")
    await say(unit_of_work, "b", "Reward models, published", source_id="blog")
    await write(unit_of_work, "b", "canary")

    await merge(unit_of_work, "b", "a")

    assert ["a"] == await ask(unit_of_work, "reward")
    assert ["a"] == await ask(unit_of_work, "canary published")


async def test_changed_entries(unit_of_work: UnitOfWorkFactory) -> None:
    """What a source says differently now is found as it says it now."""
    await say(unit_of_work, "a", "Reward models")
    await say(unit_of_work, "a", "Penalty models")

    assert ([], ["a"]) == (await ask(unit_of_work, "reward"), await ask(unit_of_work, "penalty"))


async def test_titles_first(unit_of_work: UnitOfWorkFactory) -> None:
    """What says it in its title comes before what says it in passing."""
    for number in range(5):
        await say(unit_of_work, f"a{number}", "Of other things", abstract="Mentions diffusion once, among much else.")
    await say(unit_of_work, "b", "Diffusion")

    assert "b" == (await ask(unit_of_work, "diffusion"))[0]


@pytest.fixture
def everything_is_common(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A word that six works hold is not weighed, and PostgreSQL looks through three documents first; two works of a source are many, two of a
    list are looked at in one go.
    """
    numbers = {"_WEIGHED": 6, "_WEIGHED_POSTGRESQL": 6, "_WINDOW": 3, "_MOST_INDEXED": 6, "_MANY": 2, "_LOOKED_AT": 2}
    for name, number in numbers.items():
        monkeypatch.setattr(search, name, number)


@pytest.mark.usefixtures("everything_is_common")
async def test_common_words(unit_of_work: UnitOfWorkFactory) -> None:
    """Of a word that many works hold, those that say it in their titles come first, newest first, then the others, newest first."""
    names = "lkjihgfedcba"  # the newest is the first in the alphabet
    for number, key in enumerate(names):
        title = (
            "Deep reward models" if number % 4 == 1 else f"Of reward {number}" if number % 4 == 2 else f"Work {number}"
        )
        await say(unit_of_work, key, title, abstract="Of reward models.", code_url="https://github.com/x/y")
    titled = sorted(key for number, key in enumerate(names) if number % 4 in {1, 2})
    phrase = sorted(key for number, key in enumerate(names) if number % 4 == 1)

    for asked, first in (("reward", titled), ("rew*", titled), ('"reward models"', phrase), ('"reward mod"*', phrase)):
        found = await ask(unit_of_work, asked)
        assert first == found[: len(first)], asked
        assert sorted(found[len(first) :])[:1] == found[len(first) :][:1], "the newest of the others"
        assert len(set(found)) == len(found)
    async with unit_of_work() as uow:
        question = SearchQuestion(terms=parse("models -zebra").terms)
        pages = [await uow.search.find(question, [OURS], 2, skip) for skip in (0, 2)]
    assert phrase == [*pages[0], *pages[1]][:3]
    for asked in ("reward has:code", "reward source:arxiv", "rew* source:arxiv -zebra"):
        assert sorted(names) == sorted(await ask(unit_of_work, asked)), asked
    assert [] == await ask(unit_of_work, "reward source:blog")
    assert ["c", "b"] == sorted(await ask(unit_of_work, "reward", only=frozenset({"b", "c", "z"})), reverse=True)


async def test_among_a_list(unit_of_work: UnitOfWorkFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Among the works that filters leave, a word is found whether most of them hold it or one."""
    monkeypatch.setattr(search, "_LOOKED_AT", 4)
    monkeypatch.setattr(search, "_FEW", 2)
    names = [f"{number:02}" for number in range(20)]
    for name in names:
        await say(
            unit_of_work, name, "Reward zebra" if name == "00" else "Reward models", code_url="https://github.com/x/y"
        )
        await write(unit_of_work, name, f"okapi {name}" if name == "01" else "Worth it.", number=name)
    every = frozenset(names)

    assert names == sorted(await ask(unit_of_work, "reward", only=every))
    assert ["00"] == await ask(unit_of_work, "zebra", only=every)
    assert ["00"] == await ask(unit_of_work, "zebra has:code source:arxiv has:summary")
    assert ["01"] == await ask(unit_of_work, "okapi", only=every)
    assert [] == await ask(unit_of_work, "zebra", only=every - {"00"})
    assert [] == await ask(unit_of_work, "reward source:nobody")


@pytest.mark.parametrize("numbers", [65_536, 1])
async def test_phrases_by_pairs(unit_of_work: UnitOfWorkFactory, monkeypatch: pytest.MonkeyPatch, numbers: int) -> None:
    """Once the index is whole, a phrase is looked for by its pairs of words, and found as it stands, though other pairs have the same number."""
    monkeypatch.setattr(search_expressions, "_PAIRS", numbers)
    async with unit_of_work() as uow:
        await uow.notes.put(INDEXED, VERSION)
        await uow.commit()
    await say(unit_of_work, "a", "State of the art", abstract="A model of the reward. Self-attention helps.")
    await say(unit_of_work, "b", "The art of state", abstract="Reward of a model, the attention of self.")
    await say(unit_of_work, "c", "強化学習による報酬モデル")
    await write(unit_of_work, "b", "a fine state of affairs")

    asked = (
        '"state of the art"',
        '"of the reward"',
        "self-attention",
        '"state of th"*',
        '"art of"',
        '"state of"',
        "強化学習",
    )
    found = [sorted(await ask(unit_of_work, one)) for one in asked]
    assert [["a"], ["a"], ["a"], ["a"], ["b"], ["a", "b"], ["c"]] == found
    assert ["b"] == await ask(unit_of_work, '"art of" -"state of the"')
    assert ["b"] == await ask(unit_of_work, '"state of" -zebra', only=frozenset({"b", "c"}))
    assert ["a"] == await ask(unit_of_work, '"state of" source:arxiv "of the"')


@pytest.mark.usefixtures("everything_is_common")
async def test_said_often_once(unit_of_work: UnitOfWorkFactory) -> None:
    """What many works held long ago, and no new one does, is found whole, page by page."""
    for number in range(8):
        await say(unit_of_work, f"a{number}", "Reward models")
        await write(unit_of_work, f"a{number}", "reward, in our words", number=str(number))
    for number in range(9):
        await say(unit_of_work, f"b{number}", "Of other things")

    async with unit_of_work() as uow:
        question = SearchQuestion(terms=parse("reward").terms)
        found = [key for skip in (0, 3, 6) for key in await uow.search.find(question, [OURS], 3, skip)]

    assert [f"a{number}" for number in range(8)] == sorted(found)


async def test_what_is_rolled_back(unit_of_work: UnitOfWorkFactory) -> None:
    """What is not committed is not found."""
    one = seen_of(entry("a", title="Reward models"))
    async with unit_of_work() as uow:
        await uow.entries.store([batch(one, a_mention(one, "a"))])

    assert [] == await ask(unit_of_work, "reward")


async def test_indexed_again(unit_of_work: UnitOfWorkFactory) -> None:
    """Indexing what is indexed changes nothing, and every work is among the keys to go through."""
    await say(unit_of_work, "a", "Reward models")
    await say(unit_of_work, "b", "Reward safety")
    async with unit_of_work() as uow:
        keys = await uow.search.keys_after("", 10)
        await uow.search.refresh([*keys, "nothing"])
        await uow.commit()

    assert ["a", "b"] == keys
    assert ["a", "b"] == sorted(await ask(unit_of_work, "reward"))


@pytest.mark.parametrize(
    "hostile", ['" OR 1', "a' | 'b", "NEAR(a b)", "title:reward", "*", "a AND", "\\ x", "\x00 x", "(", "':*A"]
)
async def test_hostile_questions(unit_of_work: UnitOfWorkFactory, hostile: str) -> None:
    """Signs of the databases' own languages are no language here."""
    await say(unit_of_work, "a", "Something", links=(Link(url="https://example.org"),))

    assert [] == await ask(unit_of_work, f"{hostile} zebra")


async def test_several_at_once(unit_of_work: UnitOfWorkFactory) -> None:
    """Of several transactions that change what is known of a work at one moment, all are kept, and what each brought is found."""
    await say(unit_of_work, "a", "Marmots")
    words = ("alpine", "burrows", "colonies", "dens", "ethology", "foraging")

    await asyncio.gather(
        *(say(unit_of_work, "a", f"Marmots {word}", source_id=f"source-{word}") for word in words),
        *(write(unit_of_work, "a", f"Whistles {word}", number=word) for word in words),
    )

    assert [["a"]] * len(words) == [await ask(unit_of_work, f"whistles {word}") for word in words]
    assert ["a"] == await ask(unit_of_work, "marmots")


async def test_what_others_picked_costs_nothing(
    unit_of_work: UnitOfWorkFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A work that no source speaks of is found by each channel that picked it; to freeze the digest of one reads those of no other."""
    read: list[str] = []
    decode = search_index.decode

    def watched(kind: Any, content: str) -> Any:
        read.append(kind.__name__)
        return decode(kind, content)

    monkeypatch.setattr(search_index, "decode", watched)
    channels = [f"team-{number}" for number in range(6)]
    for channel in channels:
        read.clear()
        async with unit_of_work() as uow:
            assert await uow.digests.add(a_digest(channel, "classic"))
            await uow.commit()
        assert read.count("Digest") <= 1

    assert [["classic"]] * 6 == [await ask(unit_of_work, "picked", [channel]) for channel in channels]
    assert [] == await ask(unit_of_work, "picked", ["another"])
