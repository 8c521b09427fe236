"""What a team of many scripts knows, for the tests of exports."""

from __future__ import annotations

import pytest

from bot.exporting import Export, Work
from bot.model import Decision, ItemKind, Meaning, Member
from bot.remembered import Remembered
from tests.factories import ADA, BEN, DAY, NOW, WEEK, digest, item, mention, pick, summary

TITLES = {
    "arxiv:2608.00001": "Reward {Models} & 100% of $x_1^2$ \\alpha ~ #1: “quoted” – naïve",
    "arxiv:2608.00002": "強化学習による報酬モデル | [[link]] %% <b>",
    "acl:2026.acl-long.7": "Обучение с подкреплением: 대규모 언어 모델",
    "url:https://example.org/a": '=HYPERLINK("http://evil") التعلم المعزز การเรียนรู้ สुदृढीकरण 🎉 :tada:',
}
AUTHORS = ("Ada Lovelace", "Laurens van der Maaten", "王小明", "Centre for Law and Order", "María-José Ñandú")
WORDS = 'Worth it :tada: 🎉\nतीन पंक्तियाँ\n> # - `code` ![[x]] %%\u200d 👩‍👩‍👧 — "end"'


@pytest.fixture
def export() -> Export:
    """Four works in one week, two of them decided on and one summarised twice."""
    return make_export()


def make_export(**what: object) -> Export:
    works, picks = [], []
    for rank, (key, title) in enumerate(TITLES.items(), 1):
        one = item(
            key=key,
            title=title,
            kind=ItemKind.POST if key.startswith("url:") else ItemKind.PAPER,
            url="https://example.org/a?b=c&d=%20e_f#g",
            authors=AUTHORS,
            abstract=f"We study {title}\nin 50% of {{cases}}.",
            code_url="https://github.com/x/y_z" if rank == 1 else None,
            work_date=NOW - 9 * DAY,
            mentions=(mention(key, quote="said <i>so</i>"),),
        )
        decided = (
            Decision(channel="reading", item_key=key, member=ADA, meaning=Meaning.MUST_READ, at=NOW),
            Decision(channel="reading", item_key=key, member=BEN, meaning=Meaning.SKIP, at=NOW + DAY),
        )
        written = (
            summary(WORDS, "r1", item_key=key, channel="reading"),
            summary("Second.", "r2", item_key=key, channel="reading", member=Member(id="U3", name="Łukasz / ada?")),
        )
        place = Remembered(
            channel="reading",
            weeks=(WEEK,),
            item=one,
            decisions=decided if rank < 3 else (),
            summaries=written if rank == 1 else (),
        )
        works.append(Work(key=key, citation_key=f"lovelace2026w{rank}", item=one, places=(place,)))
        picks.append(pick(one, rank))
    plain = {"works": tuple(works), "digests": (digest(*picks),), "channels": {"reading": "fake"}, "at": NOW}
    return Export(**(plain | what))
