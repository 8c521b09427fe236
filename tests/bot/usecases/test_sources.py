"""Sources as people manage them: what is said of each, and where what they add belongs."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.errors import UsageError
from bot.model import FoundFeed, ItemKind, ListedFeed, Section, SourceRecord, SourceSpec, SourceStatus
from bot.source_state import batch_of
from bot.usecases.sources import (
    SourceState,
    Who,
    add,
    import_feeds,
    in_place_of,
    kept_with_it,
    named,
    pasted_address,
    remark,
)
from tests.factories import DAY, HOUR, NOW, at, entry, report, spec
from tests.fake_storage import FakeDatabase

OPERATOR = Who("the operator", operator=True)


class FakeFinder:
    """Finds at every address a feed of that address."""

    async def find(self, url: str, *, trusted: bool) -> FoundFeed:
        return FoundFeed(url=url, title="It", entries=3)


def source_state(
    *, next_try: datetime | None = None, failing_since: datetime | None = None, **about: object
) -> SourceState:
    record = SourceRecord(id="arxiv", failing_since=failing_since, next_try=next_try)
    return SourceState(spec=spec(), report=report(**about), record=record, entries=0)


class TestRemark:
    def test_of_one_that_is_well(self) -> None:
        """There is nothing to say, and a pause that a source asked for itself is no trouble."""
        assert remark(source_state(), NOW) == ""
        assert remark(source_state(next_try=NOW + HOUR), NOW) == ""

    @pytest.mark.parametrize(
        ("since", "until", "expected"),
        [
            (NOW, NOW + HOUR, "answered 503, failing since 17 August, paused until 10:00 UTC"),
            (at(days=5), NOW + 7 * DAY, "answered 503, failing since 12 August, paused until 24 August, 09:00 UTC"),
            (at(days=300), NOW - HOUR, "answered 503, failing since 21 October 2025"),
            (None, None, "answered 503"),
        ],
    )
    def test_of_one_that_fails(self, since: datetime | None, until: datetime | None, expected: str) -> None:
        """It is said why, since when (the year where it is another one), and until when nobody but people asks it."""
        failing = source_state(state=SourceStatus.FAILING, error="answered 503", failing_since=since, next_try=until)

        assert remark(failing, NOW) == expected

    @pytest.mark.parametrize(
        ("days", "expected"),
        [(2, "on 15 August it may have lost entries, so it is asked every 6 h"), (8, "")],
    )
    def test_of_one_that_loses_entries(self, days: float, expected: str) -> None:
        """It is said for a week, also where the last look went well."""
        record = SourceRecord(id="arxiv", gap="may have lost entries", gap_at=at(days=days), look_every=6.0)

        assert remark(SourceState(spec=spec(), report=report(), record=record, entries=0), NOW) == expected

    def test_of_one_that_was_switched_off_while_it_failed(self) -> None:
        """What is off is off: how it failed before makes no difference."""
        off = source_state(state=SourceStatus.OFF, error="switched off", failing_since=at(days=2), next_try=NOW + HOUR)

        assert remark(off, NOW) == "switched off"


class TestSections:
    @pytest.mark.parametrize(("section", "expected"), [(None, None), (Section.PAPERS, "papers")])
    async def test_add(self, section: Section | None, expected: str | None) -> None:
        """A source is added to the section that was named; without one, the catalogue decides."""
        database = FakeDatabase()
        source_id, _ = await add(
            "https://lab.example/",
            OPERATOR,
            [spec()],
            FakeFinder(),
            database.unit_of_work,
            lambda: NOW,
            section=section,
        )
        async with database.unit_of_work() as unit:
            assert (await unit.source_settings.all())[source_id].values.get("section") == expected

    @pytest.mark.parametrize(
        ("section", "expected"), [(None, [None, "community"]), (Section.NEWSLETTERS, ["newsletters", "newsletters"])]
    )
    async def test_import(self, section: Section | None, expected: list[str | None]) -> None:
        """Feeds go to the section under which they are listed; one that was named goes before all of them."""
        feeds = [
            ListedFeed(url="https://one.example/", title="One"),
            ListedFeed(url="https://two.example/", title="Two", section=Section.COMMUNITY),
        ]
        database = FakeDatabase()
        done = await import_feeds(feeds, OPERATOR, [spec()], database.unit_of_work, lambda: NOW, section=section)
        async with database.unit_of_work() as unit:
            settings = await unit.source_settings.all()

        assert [settings[one.source_id].values.get("section") for one in done] == expected
        assert [one.section for one in done] == [each and Section(each) for each in expected]
        assert [settings[one.source_id].values["name"] for one in done] == ["One", "Two"]


class Knowing(FakeFinder):
    """Finds what it was told to."""

    def __init__(self, found: FoundFeed) -> None:
        self.found = found
        self.asked: list[str] = []

    async def find(self, url: str, *, trusted: bool) -> FoundFeed:
        self.asked.append(url)
        return self.found


def test_what_is_followed_instead() -> None:
    """Nobody who gives one post's address follows the whole newsletter unawares; else there is nothing to add."""
    found = FoundFeed(url="https://letter.example/feed", title="Letter", instead="all of the newsletter")

    assert in_place_of(found) == " The address is of one page of it; what is followed is all of the newsletter."
    assert in_place_of(FoundFeed(url="https://letter.example/feed", title="Letter")) == ""


class TestPasting:
    @pytest.mark.parametrize(
        "said",
        [
            "https://lab.example/blog",
            "lab.example/blog",
            " <https://lab.example/blog> ",
            "<https://lab.example/blog|our blog>",
            "[our blog](https://lab.example/blog)",
            "“https://lab.example/blog”",
            "https://lab.example/blog.",
            "feed://lab.example/blog",
            "feed:https://lab.example/blog",
            "rss://lab.example/blog",
        ],
    )
    def test_ways_of_writing_an_address(self, said: str) -> None:
        """An address is taken as people and programs write it."""
        assert pasted_address(said) == "https://lab.example/blog"

    @pytest.mark.parametrize(
        ("said", "address"),
        [
            ("feed://127.0.0.1:9378/blog", "http://127.0.0.1:9378/blog"), ("localhost/feed", "http://localhost/feed"), ("lab.local:8080/feed", "http://lab.local:8080/feed"),
            ("feed:https://127.0.0.1/x", "https://127.0.0.1/x"), ("lab.example:443/feed", "https://lab.example:443/feed"), ("10.example/feed", "https://10.example/feed"),
        ],
    )  # fmt: skip
    def test_a_server_of_ones_own(self, said: str, address: str) -> None:
        """Without a scheme a server of one's own is asked in the open, as such servers are; any other in private."""
        assert address == pasted_address(said)

    @pytest.mark.parametrize(("said", "address"), [
            ("@me@social.example", "https://social.example/@me"), ("https://social.example/@me", "https://social.example/@me"),
            ("@a.bsky.social", "https://bsky.app/profile/a.bsky.social"), ("@lab.example", "https://bsky.app/profile/lab.example"),
            ("at://did:plc:abc/app.bsky.graph.list/3k", "https://bsky.app/profile/did:plc:abc/lists/3k"), ("at://lab.example", "https://bsky.app/profile/lab.example"),
            ("at://lab.example/app.bsky.feed.generator/ml", "https://bsky.app/profile/lab.example/feed/ml"),
        ])  # fmt: skip
    def test_a_handle(self, said: str, address: str) -> None:
        """Somebody's handle is no password."""
        assert address == pasted_address(said)

    def test_a_name_without_a_place(self) -> None:
        """Of a bare name it is said that the place is missing, and how to give it."""
        with pytest.raises(UsageError, match="names an account, but not where") as caught:
            pasted_address("@somebody")

        assert "password" not in str(caught.value)

    @pytest.mark.parametrize(
        "said",
        [
            "https://me:s3cret@lab.example/feed",
            "me:s3cret@lab.example/feed",
            "https://s3cret@lab.example/feed",
            "feed://me:s3cret@lab.example/feed",
            "//me:s3cret@lab.example/",
            "https://me:s3cret@",
            "ftp://me:s3cret@lab.example/",
            "https://me:s3cret@@lab.example",
            "<https://me:s3cret@lab.example/feed|feed>",
        ],
    )
    async def test_a_password_is_neither_kept_nor_repeated(self, said: str) -> None:
        """An address with a password is refused, with the place where it may stand, and nothing of it is stored, asked or repeated."""
        database, finder = FakeDatabase(), Knowing(FoundFeed(url="https://lab.example/feed", title="It"))
        with pytest.raises(UsageError) as caught:
            await add(said, OPERATOR, [spec()], finder, database.unit_of_work, lambda: NOW)
        (imported,) = await import_feeds([ListedFeed(url=said)], OPERATOR, [spec()], database.unit_of_work, lambda: NOW)
        async with database.unit_of_work() as unit:
            settings = await unit.source_settings.all()

        with pytest.raises(UsageError, match="id of a source") as caught_again:
            named(said, [spec()])

        assert "s3cret" not in str(caught.value) + str(imported.problem) + str(caught_again.value)
        assert (finder.asked, settings, imported.source_id) == ([], {}, None)


ISSUES = tuple(f"The Letter {number}: what agents do at work" for number in range(469, 460, -1))


class TestFollowedAlready:
    """The same source under another address."""

    async def added(self, found: FoundFeed, known: SourceSpec, *titles: str) -> str:
        """What adding it says."""
        database = FakeDatabase()
        entries = [
            entry(str(n), known.id, title=title, url=f"https://known.example/{n}") for n, title in enumerate(titles)
        ]
        async with database.unit_of_work() as unit:
            await unit.entries.store([batch_of(known, SourceRecord(id=known.id), entries, since=at(days=7), now=NOW)])
            await unit.commit()
        try:
            source_id, _ = await add(
                "https://new.example/", OPERATOR, [known], Knowing(found), database.unit_of_work, lambda: NOW
            )
        except UsageError as error:
            return str(error)
        return source_id

    @pytest.mark.parametrize(
        "url",
        ["https://letter.example/feed", "http://www.letter.example/feed/", "https://letter.substack.example/feed"],
    )
    async def test_by_its_address(self, url: str) -> None:
        """However its address is written, and also if it is one that stands in for it."""
        known = spec(
            "letter", url="https://letter.example/feed", options={"fallbacks": ["https://letter.substack.example/feed"]}
        )

        assert "is followed already, as letter" in await self.added(FoundFeed(url=url, title="The Letter"), known)

    async def test_by_what_it_says(self) -> None:
        """A newsletter at another host is known by its issues."""
        known = spec("letter", url="https://letter.example/feed")
        found = FoundFeed(
            url="https://other.example/rss", title="Letter", titles=(*ISSUES[2:], "A new one that is unknown")
        )

        assert await self.added(found, known, *ISSUES) == (
            "That is Letter under another address. It is followed already, as letter."
        )

    async def test_one_that_is_off(self) -> None:
        """Of one that is off it is said how to switch it on."""
        known = spec("letter", url="https://letter.example/feed", enabled=False)
        found = FoundFeed(url="https://other.example/rss", title="Letter", titles=ISSUES)

        assert "switch it on with: paperround sources enable letter" in await self.added(found, known, *ISSUES)

    @pytest.mark.parametrize(
        "titles", [(), ISSUES[:1], ("Release notes", "v1.0", "v1.1"), ("Something else entirely", "And another thing")]
    )
    async def test_another_one(self, titles: tuple[str, ...]) -> None:
        """One title in common, or short ones, make no two feeds one."""
        known = spec("letter", url="https://letter.example/feed")
        found = FoundFeed(url="https://other.example/rss", title="Another letter", titles=titles)

        assert await self.added(found, known, *ISSUES, "v1.0", "v1.1") == "another-letter"

    async def test_through_a_mirror(self) -> None:
        """A source of another kind that is asked through a mirror is the same."""
        categories = {"categories": ["cs.LG", "cs.CL"]}
        arxiv = spec("arxiv", kind="arxiv", url="http://127.0.0.1:9/arxiv/api/query", options=categories)
        found = FoundFeed(
            url="https://export.arxiv.org/api/query", title="x", kind="arxiv", options={"categories": ["cs.LG"]}
        )
        reddit = spec("ml", kind="reddit", url="http://127.0.0.1:9/reddit/r/MachineLearning/top/.rss?t=week")
        same, other = (
            FoundFeed(url=f"https://www.reddit.com/r/{name}/top/.rss?t=week", title="x", kind="reddit")
            for name in ("machinelearning", "learning")
        )

        assert "followed already" in await self.added(found, arxiv)
        assert "followed already" in await self.added(same, reddit)
        assert await self.added(other, reddit) == "x"

    @pytest.mark.parametrize(
        ("known", "found", "same"),
        [
            ({"categories": ["cs.LG", "cs.CL"]}, {"categories": ["cs.LG"]}, True),
            ({"categories": ["cs.LG"]}, {"categories": ["cs.RO"]}, False),
            ({"categories": ["cs.LG"]}, {"authors": ["hinton_g"]}, False),
            ({"authors": ["hinton_g", "lecun_y"]}, {"authors": ["Hinton_G"]}, True),
            ({"categories": ["cs.LG"], "authors": ["hinton_g"]}, {"categories": ["cs.LG"]}, False),
            ({"query": "ti:x"}, {"query": "ti:x"}, True),
            ({"query": "ti:x"}, {"query": "ti:y"}, False),
            ({}, {}, True),
        ],
    )
    async def test_of_another_kind(self, known: dict[str, object], found: dict[str, object], *, same: bool) -> None:
        """A source of a kind that is told what to ask for is the same where all of that is asked for already."""
        there = spec("there", kind="arxiv", url="https://api.example/query", options=known)
        told = await self.added(
            FoundFeed(url="https://api.example/query", title="New", kind="arxiv", options=found), there
        )

        assert ("is followed already, as there" in told) == same


class TestKinds:
    async def test_what_is_kept(self) -> None:
        """Of a source of another kind its options are kept, and where it belongs; a section that was named goes before that."""
        found = FoundFeed(
            url="https://api.example/query", title="arXiv cs.RO", entries=None, kind="arxiv", options={"categories": ["cs.RO"]},
            section=Section.PAPERS, item_kind=ItemKind.PAPER,
        )  # fmt: skip
        kept = {}
        for section in (None, Section.COMMUNITY):
            database = FakeDatabase()
            source_id, _ = await add(
                "https://x.example/",
                OPERATOR,
                [spec()],
                Knowing(found),
                database.unit_of_work,
                lambda: NOW,
                section=section,
            )
            async with database.unit_of_work() as unit:
                kept[section] = (await unit.source_settings.all())[source_id]

        assert dict(kept[None].values) == {
            "kind": "arxiv", "url": "https://api.example/query", "name": "arXiv cs.RO", "options": {"categories": ["cs.RO"]},
            "section": "papers", "item_kind": "paper",
        }  # fmt: skip
        assert (kept[None].id, kept[None].trusted) == ("arxiv-cs-ro", True)
        assert kept[Section.COMMUNITY].values["section"] == "community"

    async def test_a_row_that_is_no_feed(self) -> None:
        """What a list names that is no feed is told as what it is, and its neighbours are added."""
        database = FakeDatabase()
        rows = [ListedFeed(url="https://a.example/", problem="is no feed"), ListedFeed(url="feed://b.example/")]
        done = await import_feeds(rows, OPERATOR, [spec()], database.unit_of_work, lambda: NOW)

        assert [(one.problem, one.source_id) for one in done] == [("is no feed", None), (None, "b-example")]


class TestKeys:
    URL = "https://pod.example/feed?token=s3cret"

    @pytest.mark.parametrize(
        ("pasted", "found"), [(URL, "https://pod.example/feed"), ("https://pod.example/", URL), (URL, URL)]
    )
    async def test_are_refused_in_chat(self, pasted: str, found: str) -> None:
        """An address with a key in it, pasted or found, is neither stored nor repeated, and who asks hears where to set it."""
        database = FakeDatabase()
        finder = Knowing(FoundFeed(url=found, title="Pod"))
        with pytest.raises(UsageError, match="configuration file") as caught:
            await add(pasted, Who("Ann"), [spec()], finder, database.unit_of_work, lambda: NOW)
        async with database.unit_of_work() as unit:
            stored = await unit.source_settings.all()

        assert "s3cret" not in str(caught.value)
        assert stored == {}

    async def test_are_kept_for_the_operator(self) -> None:
        """At the command line it is added, and said how it is kept, without the key."""
        finder = Knowing(FoundFeed(url=self.URL, title="Pod"))
        database = FakeDatabase()
        _, found = await add(self.URL, OPERATOR, [spec()], finder, database.unit_of_work, lambda: NOW)

        assert "in clear" in kept_with_it(found.url)
        assert "s3cret" not in kept_with_it(found.url)
        assert kept_with_it("https://pod.example/feed") == ""
