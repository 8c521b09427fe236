"""What is ranked again, from what was known, and what is told of it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.backtest import records
from bot.backtest.measures import interval, ndcg, precision, recall
from bot.backtest.methods import METHODS, Team, Week, noon
from bot.backtest.protocol import Backtest, _team, document, group_of, run, track
from bot.backtest.records import Choice, RankingSettings, Shown, Work
from bot.errors import UsageError
from tests.invented_choices import FIELDS, invented, topics


class TestMeasures:
    def test_ndcg(self) -> None:
        """Everything at the top is 1, nothing found is 0, and one of two at the third place is by the formula."""
        by_hand = (1 / math.log2(4)) / (1 + 1 / math.log2(3))

        assert [1.0, 0.0, pytest.approx(by_hand)] == [
            ndcg([True, True, False]),
            ndcg([False] * 20 + [True]),
            ndcg([False, False, True] + [False] * 9 + [True]),
        ]

    def test_precision_and_recall(self) -> None:
        """Precision is of ten places, recall of all that was chosen; where nothing was, both are 0."""
        found = [True] * 3 + [False] * 12 + [True]

        assert (0.3, 0.75, 1.0) == (precision(found), recall(found, 10), recall(found, 20))
        assert (0.0, 0.0, 0.0) == (precision([False]), recall([False], 10), ndcg([False]))

    def test_interval(self) -> None:
        """The interval holds the mean, is narrower for more values, and the same each time."""
        few, many = interval([0.0, 1.0] * 5), interval([0.0, 1.0] * 100)

        assert few[0] < many[0] < 0.5 < many[1] < few[1]
        assert few == interval([0.0, 1.0] * 5)


class TestRecords:
    def test_works(self) -> None:
        """Works come oldest first, each key once, with what is missing left empty."""
        lines = [json.dumps({"key": key, "title": "T", "seen": day}) for key, day in (("b", "2026-08-18"), ("a", "2026-08-17T09:00:00Z"), ("b", "2026-08-01"))]  # fmt: skip
        found = records.works(lines, "items.jsonl")

        assert [("a", date(2026, 8, 17)), ("b", date(2026, 8, 18))] == [(work.key, work.seen) for work in found]
        assert found[0] == Work("a", "T", "", (), date(2026, 8, 17), {}, "hf")

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("nonsense", "items.jsonl, line 2: it is no JSON at character 1. Write"),
            ('{"key": "a", title', "items.jsonl, line 2: it is no JSON at character 14. Write"),
            ('{"key": "a"\n', "items.jsonl, line 2: it is no JSON at character 11. Write"),
            ("[]", "items.jsonl, line 2: it is no object"),
            ('{"title": "T", "seen": "2026-08-17"}', "line 2: 'key' is missing"),
            ('{"key": "a", "title": "T", "seen": "yesterday"}', "line 2: 'seen' is 'yesterday', which is no day"),
            ('{"key": "a", "title": "T", "seen": "2026-08-17", "source": "x"}', "the source 'x' is none of hf, arxiv, both"),
            ('{"key": "a", "title": "T", "seen": "2026-08-17", "authors": "Ada"}', 'line 2: "Ada" is no list of texts'),
            ('{"key": "a", "title": "T", "seen": "2026-08-17", "authors": ["Ada", {"name": "Ben"}]}', 'line 2: {"name": "Ben"} is no text'),
            ('{"key": "a", "title": "T", "seen": "2026-08-17", "abstract": 5}', "line 2: 'abstract' is 5, which is no text"),
            ('{"key": "a", "title": "T", "seen": "2026-08-17", "attention": [["x", 3]]}', 'line 2: the attention [["x", 3]] is no object'),
            ('{"key": "a", "title": "T", "seen": "2026-08-17", "attention": {"x": "12"}}', "line 2: the attention of 'x' is \"12\", which is no whole number"),
            ('{"key": "a", "title": "T", "seen": "2026-08-17", "attention": {"x": true}}', "line 2: the attention of 'x' is true, which is no whole number"),
            ('{"key": "a", "title": "T", "seen": "2026-08-17", "attention": {"x": 1.5}}', "line 2: the attention of 'x' is 1.5, which is no whole number"),
            ('{"key": "a", "title": "T", "seen": "2026-08-17", "attention": {"x": "many"}}', "line 2: the attention of 'x' is \"many\", which is no whole number"),
            ('{"key": "a", "title": "T", "seen": "2026-08-17", "attention": {"x": -1}}', "line 2: the attention of 'x' is negative"),
            ('{"key": "a", "title": "T", "seen": "2026-08-17", "attention": {"x": Infinity}}', "line 2: Infinity is no number"),
            ('{"key": "a", "title": "T", "seen": "2026-08-17", "attention": {"x": 1e999}}', "line 2: the attention of 'x' is Infinity, which is no whole number"),
            ('{"key": "a", "title": "T", "seen": "2026-08-17", "attention": {"x": 1' + "0" * 400 + "}}", "line 2: the attention of 'x' is negative, or more"),
            ('{"key": "a", "title": "T", "seen": "2026-08-17", "attention": {"x": 1' + "0" * 5000 + "}}", "line 2: Exceeds the limit"),
            ('{"key": "a", "title": "T", "seen": "0001-01-01"}', "line 2: 'seen' is 0001-01-01"),
            ("[" * 200_000, "line 2: it is nested too deeply"),
        ],
    )  # fmt: skip
    def test_bad_works(self, line: str, said: str) -> None:
        """A line that is no work is named by file and number, with a good one beside it."""
        with pytest.raises(UsageError) as caught:
            records.works(["", line], "items.jsonl")

        assert said in str(caught.value)
        assert '"key": "arxiv:2608.01234"' in str(caught.value)

    def test_no_works(self) -> None:
        """A file without a work is said to be one."""
        with pytest.raises(UsageError, match=r"items\.jsonl has no work in it"):
            records.works([], "items.jsonl")

    @pytest.mark.parametrize("text", ["nonsense", "[]", '{"a": "agents"}', '{"a": 1}'])
    def test_bad_topics(self, text: str) -> None:
        """A file that is no object of lists is refused, with a good one beside it."""
        with pytest.raises(UsageError, match=r'Write \{"channel": \["topic"'):
            records.topics(text, "topics.json")

    def test_topics_that_are_no_text(self) -> None:
        """A topic that is no text is named, not written out as one."""
        with pytest.raises(UsageError, match=r"topics\.json: the topic 5 is no text"):
            records.topics('{"a": ["agents", 5]}', "topics.json")

    def test_a_member_that_is_no_text(self) -> None:
        """Who decided is a text, or is left out."""
        line = '{"channel": "a", "key": "b", "decision": "skip", "at": "2026-08-18", "member": 7}'
        with pytest.raises(UsageError, match="'member' is 7, which is no text"):
            records.choices([line], "decisions.jsonl")

    def test_what_stands(self) -> None:
        """Of each member and work the last interest stands, a flag beside it; what is said twice is said once, and several members are several."""

        def choice(decision: str, day: int, member: str = "", key: str = "a") -> records.Choice:
            return records.Choice("team", key, decision, date(2026, 8, day), member)

        said = [choice("must-read", 1), choice("must-read", 1), choice("skip", 3), choice("summary", 4), choice("must-read", 4, "ben"), choice("to-read", 5, key="b")]  # fmt: skip

        assert said[2:] == records.standing(said)
        assert [said[0]] == records.standing(said[:2])
        assert "ben" == records.choices(['{"channel": "a", "key": "b", "decision": "skip", "at": "2026-08-17", "member": "ben"}'], "d")[0].member  # fmt: skip

    def test_bad_decision(self) -> None:
        """A decision that is none is named, with those that there are."""
        line = '{"channel": "a", "key": "b", "decision": "maybe", "at": "2026-08-17"}'
        with pytest.raises(UsageError, match="'maybe' is none of must-read, read, skip, summary, to-read"):
            records.choices([line], "decisions.jsonl")


class TestProtocol:
    def test_no_decisions_and_no_topics(self) -> None:
        """The group without decisions is of teams with topics: without either there is nothing to rank by."""
        works, choices = invented(weeks=3, per_week=20)
        plan = Backtest(works, choices, topics())
        alone, bare = (document(run(one, one.weeks()[:1])) for one in (plan, replace(plan, topics={})))

        assert "0" in alone["by_history"]
        assert {} == bare["by_history"]
        assert bare["methods"].keys() == alone["methods"].keys()

    def test_shown(self) -> None:
        """What a team was shown before the week and did not mark is learnt from as digests learn from it; what it is shown later is not."""
        works, _ = invented(weeks=8, per_week=40)
        week = date(2026, 2, 23)
        of = {
            name: [work for work in works if set(words.split()) & set(work.title.split())]
            for name, words in FIELDS.items()
        }
        liked = [work for name in ("speech", "speed") for work in of[name] if work.seen < date(2026, 1, 19)]
        choices = [
            Choice("team", work.key, "must-read", work.seen)
            for work in [*liked, *(one for one in of["speech"] if one.seen >= week)]
        ]
        passed_over = [
            Shown("team", work.key, work.seen) for work in of["speed"] if date(2026, 1, 26) <= work.seen < week
        ]
        later = [Shown("team", work.key, week) for work in of["speed"] if work.seen < week]
        plain, told, early = (
            run(Backtest(works, choices, shown=shown), [week], ["paperround"])[0].measures["ndcg@10"]
            for shown in ((), passed_over, later)
        )

        assert plain == early < told

    def test_among_shown(self) -> None:
        """Where it is known what a team was shown, each method's order of that alone is measured, too: whatever was not shown counts for none of them."""
        works, _ = invented(weeks=5, per_week=40)
        week = date(2026, 1, 26)
        mine = [work for work in works if week <= work.seen < week + timedelta(days=7)]
        by_votes = sorted(mine, key=lambda work: -sum(work.attention.values()))
        choices = [Choice("team", by_votes[1].key, "must-read", week + timedelta(days=7))]

        def among(*places: int) -> list[float | None]:
            shown = [Shown("team", by_votes[place].key, week + timedelta(days=7)) for place in places]
            return [one.among_shown for one in run(Backtest(works, choices, shown=shown), [week], ["votes"])]

        assert [[1.0], [pytest.approx(1 / math.log2(3))]] == [among(1, 5, 9), among(0, 1, 9)]
        assert [[None], [None], [None]] == [among(), among(1), among(5, 9)], "where every order is as good as any other"
        shown = [Shown("team", by_votes[place].key, week + timedelta(days=7)) for place in (0, 1)]
        found = document(run(Backtest(works, choices, shown=shown), [week], ["votes", "recency"]))
        assert {"votes", "recency"} == set(found["among_shown"])
        assert {"ndcg@10": 0.6309, "ci": [0.6309, 0.6309], "n": 1} == found["among_shown"]["votes"]
        assert "among_shown" not in document(run(Backtest(works, choices), [week], ["votes"]))

    def test_settings(self) -> None:
        """A channel's half-life and description count as they do in its digests, and so does how far back those look."""
        works, choices = invented(weeks=8, per_week=40)
        week, of_topics = date(2026, 2, 23), topics()
        choices = [one for one in choices if one.at >= date(2026, 2, 2)]

        def scores(**given: Any) -> list[list[float]]:
            plan = Backtest(works, choices, of_topics, **given)
            return [list(one.measures.values()) for one in run(plan, [week], ["paperround"])]

        channels = {one.channel for one in choices}
        for settings in (
            RankingSettings(half_life=timedelta(days=1)),
            RankingSettings(description=" ".join(FIELDS.values())),
        ):
            team = Team(next(iter(of_topics.values())), choices[:20])
            prepared = METHODS["paperround"](works).prepare(
                Week(week, range(len(works) - 40), range(len(works) - 40, len(works)))
            )
            assert list(prepared.scores(team)) != list(prepared.scores(replace(team, settings=settings)))
            assert scores() == scores(settings=dict.fromkeys(channels, RankingSettings()))
        assert scores() != scores(looks_back=timedelta(weeks=1))

    def test_a_change_of_interest(self) -> None:
        """A team that ceased to mark what it was shown has changed its mind, as its digest would know; with `explore` off it has not."""
        week = date(2026, 3, 2)
        shown = [
            Shown("team", f"{number}/{place}", week - timedelta(weeks=6 - number))
            for number in range(6)
            for place in range(10)
        ]
        marks = [Choice("team", one.key, "to-read", one.at) for one in shown[:40]]
        skips = [Choice("team", one.key, "skip", one.at) for one in (shown[45], shown[55])]
        for explores in (True, False):
            team = _team((), RankingSettings(explores=explores), [*marks, *skips], 42, shown, week)
            assert team.changed == (noon(week - timedelta(weeks=2)) if explores else None)

    def test_shape(self) -> None:
        """The document has the figures of every method, and by history; skips are no choices."""
        works, choices = invented(weeks=5, per_week=30)
        skips = [Choice("grumpy", work.key, "skip", work.seen) for work in works[:9]]
        found = document(run(Backtest(works, [*choices, *skips], topics()), [date(2026, 1, 26), date(2026, 2, 2)]))
        figures = {"ndcg@10", "ci", "precision@10", "recall@10", "recall@20", "n", "seconds_per_week", "intervals"}

        assert (2, 5) == (found["weeks"], found["channels"])
        assert ["paperround", "votes", "recency", "svm"] == list(found["methods"])
        assert all(figures == set(one) for one in found["methods"].values())
        assert {"0", "1-4", "5-19"} <= set(found["by_history"])
        assert json.loads(json.dumps(found)) == found

    def test_nothing_of_the_future(self) -> None:
        """What comes after a week changes nothing of how it is ranked: neither words, nor works, nor decisions."""
        works, choices = invented(weeks=6, per_week=30)
        week = date(2026, 1, 26)
        until = [work for work in works if work.seen < date(2026, 2, 2)]
        now, then = (
            run(Backtest(some, choices, topics()), [week], ["paperround", "svm", "votes", "recency"])
            for some in (works, until)
        )

        assert [one.measures for one in now] == [one.measures for one in then]

    def test_a_track(self) -> None:
        """The track of Hugging Face leaves out what arXiv alone listed."""
        works = [Work(source, "T", "", (), date(2026, 8, 17), {}, source) for source in ("hf", "arxiv", "both")]

        assert ["hf", "both"] == [work.key for work in track(works, "hf")]
        assert works == track(works, "all")

    def test_from_and_to(self) -> None:
        """Weeks are those with a chosen work, between the days that are given."""
        works, choices = invented(weeks=6, per_week=30)
        some = Backtest(works, choices, start=date(2026, 1, 14), end=date(2026, 1, 26))

        assert [date(2026, 1, 12), date(2026, 1, 19), date(2026, 1, 26)] == some.weeks()

    @pytest.mark.parametrize(("history", "group"), [(0, "0"), (1, "1-4"), (4, "1-4"), (5, "5-19"), (20, "20-99"), (5000, "100+")])  # fmt: skip
    def test_groups(self, history: int, group: str) -> None:
        """Histories are grouped as they are told."""
        assert group == group_of(history)

    @pytest.mark.parametrize("method", METHODS)
    def test_hardly_anything(self, method: str) -> None:
        """A week without any before it, works without words, and decisions on works that are gone, are ranked all the same."""
        works = [Work(f"a{n}", "", "", (), date(2026, 8, 17), {}, "hf") for n in range(3)]
        week = Week(date(2026, 8, 17), range(0), range(3))
        team = Team(("agents",), [Choice("a", "gone", "must-read", date(2026, 8, 1))])

        assert 3 == len(METHODS[method](works).prepare(week).scores(team))
