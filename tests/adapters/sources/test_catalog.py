from __future__ import annotations

import subprocess
import sys

import pytest

from adapters.sources.build import build_source
from adapters.sources.catalog import laid_over, specs
from bot.errors import SettingsError, UsageError
from bot.model import ItemKind, Section, SourceSpec

IDS = (
    "arxiv huggingface reddit-machinelearning import-ai the-batch alignment-newsletter chinai openai deepmind google-research google-ai "
    "distill the-gradient x-list hacker-news"
).split()


def by_id(overrides=None, **more) -> dict[str, SourceSpec]:
    return {spec.id: spec for spec in specs(overrides, **more)}


def faults(overrides) -> list[str]:
    return [str(fault) for fault in laid_over(overrides)[1]]


def test_has_every_built_in_source():
    """The catalogue names the sources that the habit is built on; all are on but the one that costs money, and the one that is only offered."""
    found = by_id()

    assert list(found) == IDS
    assert [spec.id for spec in found.values() if not spec.enabled] == ["x-list", "hacker-news"]
    assert all(spec.url.startswith("https://") and spec.trusted for spec in found.values())


def test_knows_who_is_expected_to_be_quiet():
    """Those that publish rarely or never more are marked; all others have a usual rhythm."""
    found = by_id().values()

    assert {spec.id for spec in found if spec.quiet} == {"alignment-newsletter", "distill", "the-gradient"}
    assert all((spec.usual_days is None) == spec.quiet for spec in found)


def test_an_override_replaces_what_it_names():
    """What an override names is replaced, the rest stays."""
    arxiv = by_id({"arxiv": {"url": " http://127.0.0.1:9100/arxiv/api/query ", "name": None, "options": {"most": 10}}})[
        "arxiv"
    ]

    assert (arxiv.url, arxiv.name, arxiv.kind) == ("http://127.0.0.1:9100/arxiv/api/query", "arXiv", "arxiv")
    assert arxiv.options["most"] == 10
    assert "cs.LG" in arxiv.options["categories"]


def test_switches_off():
    """A source that is switched off is still listed, with the reason."""
    spec = by_id({"openai": {"enabled": False}})["openai"]

    assert (spec.enabled, spec.off_because) == (False, "switched off")


def test_adds_a_source():
    """A new id needs kind and address; its section decides what its entries are."""
    spec = by_id({"my-feed": {"kind": "feed", "url": "https://example.org/feed", "section": "newsletters"}})["my-feed"]

    assert (spec.name, spec.section, spec.item_kind, spec.enabled) == (
        "my-feed",
        Section.NEWSLETTERS,
        ItemKind.NEWSLETTER,
        True,
    )


@pytest.mark.parametrize("source_id", ["my-feed", "My_Feed", "LeCun", "9to5", "x" * 64])
def test_ids(source_id):
    """A source's id is of letters of either case, digits, hyphens and underscores, as people call things in TOML."""
    assert source_id in by_id({source_id: {"kind": "feed", "url": "https://example.org/feed"}})


@pytest.mark.parametrize("source_id", ["", "_x", "-x", "a b", "a.b", "a/b", "é", "a\n", "x" * 65])
def test_no_ids(source_id):
    """What could not be typed, linked or shown everywhere is no id."""
    (fault,) = faults({source_id: {"kind": "feed", "url": "https://example.org/feed"}})

    assert "is no name for a source" in fault


def test_the_list_needs_its_secret():
    """The X list is on as soon as its token is there, and says what is missing while it is not."""
    assert by_id()["x-list"].off_because == "no bearer token"
    assert by_id(secrets={"x_bearer_token"})["x-list"].enabled
    assert not by_id({"x-list": {"enabled": True}})["x-list"].enabled


def test_every_list_needs_the_token():
    """An X list of the operator's own needs it as much as ours."""
    mine = {"my-list": {"kind": "x", "url": "https://api.x.com/2/lists/1/tweets"}}

    assert by_id(mine)["my-list"].off_because == "no bearer token"


def test_other_addresses_stay_with_the_site():
    """Who has a source asked at a host of his own does not get the catalogue's other addresses; naming them brings them back."""
    elsewhere = {"import-ai": {"url": "http://127.0.0.1:9100/feeds/import-ai"}}
    named = {"import-ai": {**elsewhere["import-ai"], "options": {"fallbacks": ["http://127.0.0.1:9100/other"]}}}

    assert by_id()["import-ai"].options["fallbacks"] == ["https://importai.substack.com/feed"]
    assert "fallbacks" not in by_id(elsewhere)["import-ai"].options
    assert by_id(elsewhere)["import-ai"].options["same_title"] is True
    assert by_id(named)["import-ai"].options["fallbacks"] == ["http://127.0.0.1:9100/other"]


def test_a_feed_may_stand_in_for_an_api():
    """With another kind, what the built-in kind needed is not asked for any more."""
    spec = by_id({"x-list": {"kind": "feed", "url": "https://bridge.example/list.rss"}})["x-list"]

    assert (spec.enabled, spec.kind, spec.section) == (True, "feed", Section.COMMUNITY)
    assert by_id({"arxiv": {"kind": "feed", "url": "https://rss.arxiv.org/rss/cs.LG"}})["arxiv"].options == {}


@pytest.mark.parametrize(
    ("overrides", "key", "remedy"),
    [
        ({"arxiv": {"ulr": "x"}}, "sources.arxiv.ulr: is not a setting of a source", "Did you mean url?"),
        ({"arxiv": {"kind": "arxvi"}}, "sources.arxiv.kind: is 'arxvi'", "Did you mean arxiv?"),
        ({"arxiv": {"section": "zzz"}}, "sources.arxiv.section: is 'zzz'", "It must be one of community, labs, newsletters, papers."),
        ({"arxiv": {"url": "example.org"}}, "sources.arxiv.url: is no address of the web", "http://"),
        ({"arxiv": {"url": "http://[::1"}}, "sources.arxiv.url: is no address of the web", "http://"),
        ({"arxiv": {"enabled": "no"}}, "sources.arxiv.enabled: is 'no'", "It must be true or false."),
        ({"arxiv": {"usual_days": 0}}, "sources.arxiv.usual_days: is not more than 0", "like 7"),
        ({"arxiv": {"usual_days": True}}, "sources.arxiv.usual_days: is True", "It must be a number."),
        ({"arxiv": {"seconds": 1000}}, "sources.arxiv.seconds: is not between 0 and 900", "like 120"),
        ({"arxiv": {"options": []}}, "sources.arxiv.options: is []", "It must be a table."),
        ({"arxiv": {"options": {"categorys": []}}}, "sources.arxiv.options.categorys: is not an option of the kind arxiv", "Did you mean categories?"),
        ({"arxiv": {"options": {"most": "all"}}}, "sources.arxiv.options.most: is 'all'", "It must be a whole number."),
        ({"arxiv": {"options": {"most": 0}}}, "sources.arxiv.options.most: is 0", "at least 1"),
        ({"arxiv": {"options": {"rss_url": "rss.example"}}}, "sources.arxiv.options.rss_url: is no address of the web", "http://"),
        ({"arxiv": {"options": {"categories": ["cs.LG", 7]}}}, "sources.arxiv.options.categories: holds something that is no text", "another"),
        ({"import-ai": {"options": {"fallbacks": ["x"]}}}, "sources.import-ai.options.fallbacks: holds something that is no address", "http://"),
        ({"the-batch": {"options": {"rewrite": [["https://a.example/"]]}}}, "sources.the-batch.options.rewrite: holds something that is no pair", "new.example"),
        ({"reddit-machinelearning": {"options": {"routes": ["rsss"]}}}, "sources.reddit-machinelearning.options.routes: is 'rsss'", "Did you mean rss?"),
        ({"x-list": {"options": {"monthly_posts": -1}}}, "sources.x-list.options.monthly_posts: is -1", "at least 0"),
        ({"arxvi": {"enabled": False}}, "sources.arxvi: is a new source without kind and url", "it is called arxiv"),
        ({"new": {"kind": "feed"}}, "sources.new: is a new source without url", 'kind = "feed"'),
        ({"My Feed": {"kind": "feed", "url": "https://example.org"}}, "sources.My Feed: is no name for a source", "Use letters from A to Z, digits, hyphens and underscores"),
        ({"ARXIV": {"enabled": False}}, "sources.ARXIV: is a new source without kind and url", "it is called arxiv"),
        ({"google_ai": {"enabled": False}}, "sources.google_ai: is a new source", "it is called google-ai"),
        ({"arxiv": "http://x?token=geheim"}, "sources.arxiv: is no table", "Write a table of its own, like [sources.arxiv], and under it settings like url ="),
        ({"feed": 1}, "sources.feed: is no table", "[sources.feed]"),
        ({"arxiv": []}, "sources.arxiv: is no table", "[sources.arxiv]"),
        ({"my feed": 1}, "sources.my feed: is no table", "[sources.my-feed]"),
        ({"enabled": False}, "sources.enabled: is no table", "Write enabled into a source's own table, like [sources.arxiv]."),
    ],
)  # fmt: skip
def test_names_each_fault(overrides, key, remedy):
    """A fault names its key, what is wrong and what would be right."""
    (fault,) = faults(overrides)

    assert fault.startswith(key)
    assert remedy in fault
    assert "geheim" not in fault


def test_names_all_faults_at_once():
    """Nobody has to start us twice to find the second fault; sources without one are still there."""
    found, wrong = laid_over({"arxiv": {"ulr": 1, "kind": 2}, "new": {}, "openai": {"quiet": 1}})

    assert [fault.key for fault in wrong] == [
        "sources.arxiv.kind",
        "sources.arxiv.ulr",
        "sources.new",
        "sources.openai.quiet",
    ]
    assert len(found) == len(IDS) - 2
    with pytest.raises(SettingsError, match="4 faults"):
        specs({"arxiv": {"ulr": 1, "kind": 2}, "new": {}, "openai": {"quiet": 1}})


def test_builds_what_it_knows(fetcher, parser):
    """Every built-in source that is on can be built."""
    for spec in specs():
        if spec.enabled:
            assert hasattr(build_source(spec, fetcher, parser, lambda: None), "fetch")


def test_says_which_kinds_there_are(fetcher, parser):
    """A kind that nobody can ask is an error with the way out in it."""
    spec = SourceSpec(id="it", kind="smoke", name="It", url="https://example.org", section=Section.LABS)

    with pytest.raises(UsageError, match="It must be one of arxiv, bluesky, feed"):
        build_source(spec, fetcher, parser, lambda: None)


@pytest.mark.process
def test_is_read_without_anything_heavy():
    """Reading the catalogue imports neither an HTTP library nor a parser: every command does it, and starts no later for it."""
    heavy = ("feedparser", "httpx", "h11", "pebble", "stamina", "selectolax", "asyncio")
    code = f"import sys, adapters.sources.catalog as c, adapters.sources.build; c.specs(); print([name for name in {heavy} if name in sys.modules])"

    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_an_offered_source():
    """A source that is only offered is off, and no receipt tells of it; one line or one command switches it on, another one off again."""
    offered, on, off = (
        by_id({"hacker-news": override})["hacker-news"] for override in ({}, {"enabled": True}, {"enabled": False})
    )

    assert (offered.enabled, offered.offered, offered.off_because) == (False, True, "off until it is switched on")
    assert (on.enabled, on.offered) == (True, False)
    assert (off.enabled, off.offered, off.off_because) == (False, False, "switched off")


@pytest.mark.parametrize(
    ("kind", "options", "host"),
    [
        ("openreview", {"venue": "ICLR.cc/2026/Conference"}, "api2.openreview.net"),
        ("semanticscholar", {"cites": ["arXiv:1706.03762"]}, "api.semanticscholar.org"),
        ("semanticscholar", {"authors": ["1741101"]}, "api.semanticscholar.org"),
        ("hackernews", {}, "hn.algolia.com"),
        ("bluesky", {"actor": "lab.example.com"}, "public.api.bsky.app"),
    ],
)
def test_a_kind_may_know_where_it_asks(kind, options, host):
    """Of a kind with an address of its own, a source needs to name what it asks for, and nothing else."""
    spec = by_id({"mine": {"kind": kind, "options": options}})["mine"]

    assert (spec.enabled, spec.url.split("/")[2]) == (True, host)


@pytest.mark.parametrize("kind", ["openreview", "semanticscholar", "bluesky"])
@pytest.mark.parametrize("override", [{}, {"options": {}}, {"options": {"most": 5}}])
def test_a_kind_that_must_be_told_what_to_ask(kind, override):
    """A source that names nothing to ask for is a fault, which says what to set."""
    assert any(
        "names nothing to ask for" in fault and "Set " in fault
        for fault in faults({"mine": {"kind": kind, **override}})
    )


def test_options_of_the_kinds():
    """What an option may hold beyond its type is checked where its kind declares it."""
    wrong = faults({"mine": {"kind": "openreview", "options": {"venue": "V", "stage": "acepted", "most": 0}}})

    assert [fault.partition(":")[0] for fault in wrong] == ["sources.mine.options.most", "sources.mine.options.stage"]
    assert "Did you mean accepted?" in wrong[1]
