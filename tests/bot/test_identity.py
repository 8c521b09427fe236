"""Which work an entry is, where its page alone does not tell; and that it stays what it was taken for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pytest

from bot.dedupe import fold
from bot.identity import says_the_same
from bot.model import Entry, FetchResult, Item, ItemKind, Section, Window
from bot.usecases.collect import collect
from bot.usecases.join import join_by_title
from tests.factories import DAY, HOUR, NOW, at, entry, spec
from tests.fake_storage import FakeDatabase

LAB = spec("lab", section=Section.LABS)


def post(external_id: str, url: str = "https://lab.example/show", source: str = "lab", **what: object) -> Entry:
    plain = {
        "kind": ItemKind.POST,
        "section": Section.LABS,
        "url": url,
        "published": at(days=2),
        "abstract": f"On {external_id}.",
    }
    return entry(external_id, source, **(plain | what))


class Saying:
    """A source that gives what it is told to give, each time it is asked."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = tuple(entries)

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:
        return FetchResult(entries=self._entries)


class World:
    """A store that collects what sources say, week by week, and joins it."""

    def __init__(self) -> None:
        self.database = FakeDatabase()
        self.now = NOW

    async def hears(self, *entries: Entry) -> None:
        named = sorted({one.source_id for one in entries})
        specs = [spec(name, section=Section.LABS) for name in named]
        sources = {one.id: Saying([each for each in entries if each.source_id == one.id]) for one in specs}
        self.now += HOUR
        await collect(specs, sources, self.database.unit_of_work, lambda: self.now, since=NOW - 7 * DAY)
        await join_by_title(self.database.unit_of_work, self.now)

    async def items(self) -> list[Item]:
        async with self.database.unit_of_work() as uow:
            return fold(await uow.entries.between(Window(start=NOW - 30 * DAY, end=self.now + DAY)))

    async def titles(self) -> list[str]:
        return sorted(item.title for item in await self.items())


@pytest.fixture
def world() -> World:
    return World()


class TestOnePageManyWorks:
    async def test_one_at_a_time(self, world: World) -> None:
        """Entries that lead to one page are works of their own, also where the feed shows but the newest of them."""
        for number in range(3):
            await world.hears(post(str(number)))

        assert await world.titles() == ["On 0", "On 1", "On 2"]

    @pytest.mark.parametrize("url", ["https://github.com/acme/tool", "https://lab.example/show"])
    async def test_stays_what_it_was(self, world: World, url: str) -> None:
        """The first stays what it was taken for, though its text changes or others come to its page."""
        await world.hears(post("0", url))
        (before,) = [item.key for item in await world.items()]
        await world.hears(post("0", url, abstract="Corrected."), post("1", url))
        await world.hears(post("1", url, abstract="Corrected, too."), post("0", url))
        keys = {item.title: item.key for item in await world.items()}

        assert (keys["On 0"], len(set(keys.values()))) == (before, 2)

    async def test_a_paper_stays_one(self, world: World) -> None:
        """Two posts about one paper, or of one video, are one work."""
        for address in ("https://arxiv.org/abs/2608.01234", "https://youtu.be/dQw4w9WgXcQ"):
            await world.hears(post(f"{address}a", address), post(f"{address}b", address))

        assert len(await world.items()) == 2

    async def test_a_repository_that_is_listed_again(self, world: World) -> None:
        """A list that names a repository on two days speaks of one work; its changes have titles of their own."""
        for day in (2, 1):
            await world.hears(
                post(f"day {day}", "https://github.com/acme/tool", title="acme/tool", published=at(days=day))
            )
        await world.hears(post("change", "https://github.com/acme/tool", title="Tool 2 is out"))

        assert await world.titles() == ["Tool 2 is out", "acme/tool"]

    async def test_an_entry_that_was_called_by_its_address(self, world: World) -> None:
        """What an older program stored without a guid, under its address, stays the work that it was."""
        page = "https://lab.example/show"
        await world.hears(post(page, page, title="One", abstract="As it was read then."))
        (before,) = [item.key for item in await world.items()]
        await world.hears(post("sha256:1", page, title="One", abstract="As it is read now."))

        assert [item.key for item in await world.items()] == [before]

    async def test_the_same_under_another_guid(self, world: World) -> None:
        """What says the same at the same page under another guid is no second work."""
        await world.hears(post("a", title="One", abstract="Text."))
        await world.hears(post("b", title="One", abstract="Text."))

        assert await world.titles() == ["One"]


class TestTheSameTwice:
    async def test_a_corrected_slug(self, world: World) -> None:
        """A corrected headline under a new address and guid is one work, under its newest title and address, with one mention."""
        await world.hears(post("a", "https://lab.example/wieghts", title="Lab opens model wieghts", abstract="Text."))
        await world.hears(post("b", "https://lab.example/weights", title="Lab opens model weights", abstract="Text."))
        (item,) = await world.items()

        assert (item.title, item.url) == ("Lab opens model weights", "https://lab.example/weights")
        assert [mention.external_id for mention in item.mentions] == ["b"]

    async def test_what_was_sent_stays_sent(self, world: World) -> None:
        """The key of a work that was sent leads to what it became."""
        await world.hears(post("a", "https://lab.example/wieghts", title="Lab opens model wieghts", abstract="Text."))
        (before,) = [item.key for item in await world.items()]
        await world.hears(post("b", "https://lab.example/weights", title="Lab opens model weights", abstract="Text."))
        async with world.database.unit_of_work() as uow:
            now = (await uow.items.canonical([before]))[before]

        assert now == (await world.items())[0].key != before

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Poll of 12 August", "Poll of 13 August"),
            ("Tool v1.2 is out with many small repairs", "Tool v12 is out with many small repairs"),
            ("Model X-3 reads every word", "Model X-4 reads every word"),
            ("Supervised learning of a kind", "Unsupervised learning of a kind"),
        ],
    )
    async def test_a_number_makes_two(self, world: World, one: str, other: str) -> None:
        """Titles that differ in a number, version or date are two works, though instant and text are the same."""
        await world.hears(
            post("a", "https://lab.example/1", title=one, abstract="Words."),
            post("b", "https://lab.example/2", title=other, abstract="Words."),
        )

        assert await world.titles() == sorted([one, other])

    def test_says_the_same(self) -> None:
        """Entries of two sources, of two instants or without a date never say the same."""
        one = post("a", title="A title", abstract="Text.")

        assert says_the_same(one, post("b", title="A title", abstract="Text."))
        assert not says_the_same(one, post("b", title="A title", abstract="Text.", published=at(days=1)))
        assert not says_the_same(one, post("b", source="group", title="A title", abstract="Text."))
        assert not says_the_same(post("a", title="A", published=None), post("b", title="A", published=None))


class TestAcrossSources:
    LONG = "Reward hacking is becoming more sophisticated in frontier models"

    async def test_a_long_title_is_one(self, world: World) -> None:
        """A post on two hosts under one long title is one work with two mentions."""
        await world.hears(
            post("a", "https://one.example/p", title=self.LONG),
            post("b", "https://two.example/p", "group", title=self.LONG),
        )
        (item,) = await world.items()

        assert {mention.source_id for mention in item.mentions} == {"lab", "group"}

    @pytest.mark.parametrize(
        "title", ["World Models", "Agents", "Introducing Gemma", "Release notes", "Reward Hacking"]
    )
    async def test_a_generic_title_joins_nothing(self, world: World, title: str) -> None:
        """A short title that anybody may write joins neither posts nor a paper, unless their authors agree."""
        paper = post(
            "p", "https://arxiv.org/abs/2608.07000", "archive", title=title, kind=ItemKind.PAPER, authors=("Zed Zed",)
        )
        others = [
            post("a", "https://one.example/p", title=title, authors=("Some Blogger",)),
            post("b", "https://two.example/p", "group", title=title),
        ]
        await world.hears(paper, *others)

        assert len(await world.items()) == 3

    async def test_a_generic_title_with_its_author(self, world: World) -> None:
        """A paper's author who writes of it under its short title means that paper."""
        paper = post(
            "p",
            "https://arxiv.org/abs/2608.07000",
            "archive",
            title="World Models",
            kind=ItemKind.PAPER,
            authors=("Zed Zed",),
        )
        await world.hears(paper, post("a", "https://zed.example/p", title="World models", authors=("Z. Zed",)))

        assert [item.key for item in await world.items()] == ["arxiv:2608.07000"]

    RECURRING = (
        "Monthly update of the alignment team",
        "AI news this week in brief",
        "Call for papers and workshop proposals",
        "Meet our new research fellows",
        "What we are reading this month",
        "Applications for the PhD internship programme are open",
        "Open thread: questions of the week",
        "Highlights of the summer school",
        "Our group's papers accepted at the conference",
        "Job openings in our research team",
    )

    @pytest.mark.parametrize("title", RECURRING)
    @pytest.mark.parametrize("abstract", ["", "The same words of greeting stand under it every time."])
    async def test_a_recurring_phrase_joins_nothing(self, world: World, title: str, abstract: str) -> None:
        """What many announce in the same words is nobody's one work, however long it is."""
        await world.hears(
            post("a", "https://one.example/p", title=title, abstract=abstract),
            post("b", "https://two.example/p", "group", title=title, abstract=abstract),
        )

        assert len(await world.items()) == 2

    TEXT = "We looked at twelve models and found that they game their tests more often than a year ago."

    @pytest.mark.parametrize(
        ("other", "works"),
        [
            ({}, 1),
            ({"abstract": f"Cross-posted. {TEXT[:70]}…", "published": at(days=5)}, 1),
            ({"abstract": "", "published": at(days=3)}, 1),
            ({"abstract": "", "published": at(days=6)}, 2),
            ({"abstract": "An answer to those who say that it gets better, with figures of our own."}, 2),
            ({"abstract": "Our summary of what others said of it so far.", "authors": ("Ana Lee",)}, 1),
            ({"published": NOW - 14 * DAY}, 2),
        ],
    )
    async def test_a_long_title_of_one_text_or_day(self, world: World, other: dict[str, object], works: int) -> None:
        """A long title over two sources is one work by its text within a week, by its day where a text is missing, or by an author."""
        one = post("a", "https://one.example/p", title=self.LONG, abstract=self.TEXT, authors=("Ana Lee",))
        await world.hears(
            one, post("b", "https://two.example/p", "group", **({"title": self.LONG, "abstract": self.TEXT} | other))
        )

        async with world.database.unit_of_work() as uow:
            keys = await uow.items.canonical(["url:https://one.example/p", "url:https://two.example/p"])
        assert len(set(keys.values())) == works

    async def test_those_that_agree_among_three(self, world: World) -> None:
        """Of three that bear one title, the two that agree are one work, and the third stays its own."""
        await world.hears(
            post(
                "a",
                "https://one.example/p",
                title=self.LONG,
                abstract="Something else entirely, of which nobody else has ever written.",
            ),
            post("b", "https://two.example/p", "group", title=self.LONG, abstract=self.TEXT),
            post("c", "https://three.example/p", "third", title=self.LONG, abstract=self.TEXT),
        )

        assert sorted(len(item.mentions) for item in await world.items()) == [1, 2]

    async def test_not_where_a_source_has_two(self, world: World) -> None:
        """Where one source has two works of a title, it names neither."""
        entries = [post(f"a{n}", f"https://one.example/{n}", title=self.LONG, published=at(days=n)) for n in (1, 2)]
        await world.hears(*entries, post("b", "https://two.example/p", "group", title=self.LONG))

        assert len(await world.items()) == 3


@pytest.mark.parametrize(
    ("address", "older", "today"),
    [
        (
            "https://www.biorxiv.org/content/10.1101/2026.08.12.700001v1",
            "url:https://biorxiv.org/content/10.1101/2026.08.12.700001v1",
            "doi:10.1101/2026.08.12.700001",
        ),
        ("https://x.com/ana/status/17", "url:https://x.com/ana/status/17", "url:https://x.com/i/status/17"),
        (
            "https://medium.com/@who/a-title-0a1b2c3d4e5f",
            "url:https://medium.com/@who/a-title-0a1b2c3d4e5f",
            "url:https://medium.com/p/0a1b2c3d4e5f",
        ),
        (
            "https://www.alignmentforum.org/posts/AbCdEfGhIjKlMnOpQ/a-title",
            "url:https://alignmentforum.org/posts/AbCdEfGhIjKlMnOpQ/a-title",
            "url:https://lesswrong.com/posts/AbCdEfGhIjKlMnOpQ",
        ),
        (
            "https://blog.example/2026/a-post/amp",
            "url:https://blog.example/2026/a-post/amp",
            "url:https://blog.example/2026/a-post",
        ),
        (
            "https://href.li/?https://lab.example/a",
            "url:https://href.li/?https:%2F%2Flab.example%2Fa=",
            "url:https://lab.example/a",
        ),
    ],
)
async def test_older_forms_of_keys(world: World, address: str, older: str, today: str) -> None:
    """What is stored under a form that today's rules write otherwise is found under today's, and under the older one for ever."""
    await world.hears(post("a", address))
    async with world.database.unit_of_work() as uow:
        await uow.items.merge(today, older)
        await uow.commit()
    # An older program never knew the newer key.
    world.database.tables.aliases.pop(today, None)
    await join_by_title(world.database.unit_of_work, world.now)

    assert [item.key for item in await world.items()] == [today]
    async with world.database.unit_of_work() as uow:
        assert await uow.items.canonical([older]) == {older: today}


async def test_undated_news_at_the_end_of_a_list(world: World) -> None:
    """A page of undated entries that puts its news last loses none: what is stored already is not counted as new."""

    def page(length: int) -> Sequence[Entry]:
        return [post(str(n), f"https://lab.example/{n}", published=None) for n in range(length)]

    await world.hears(*page(30))
    world.now += timedelta(hours=12)
    await world.hears(*page(33))

    assert len(await world.items()) == 3
