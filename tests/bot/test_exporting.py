"""What the team knows, for other programs."""

from __future__ import annotations

import json

from bot.exporting import as_document
from bot.model import Decision, Meaning, Member
from bot.remembered import Remembered
from tests.factories import ADA, NOW, PAPER, WEEK, item, mention, summary

KEY = f"arxiv:{PAPER}"


def remembered(**what: object) -> Remembered:
    plain = {"channel": "reading", "weeks": (WEEK,), "item": item(), "decisions": (), "summaries": ()}
    return Remembered(**(plain | what))


def test_nothing() -> None:
    """Nothing known is an empty list, not nothing."""
    assert as_document([]) == {"items": []}


def test_an_item() -> None:
    """An item says what it is, where it was sent and who mentioned it."""
    one = item(title="Agents", authors=("A", "B"), mentions=(mention(url="https://arxiv.org/abs/1", title="Agents"),))
    (document,) = as_document([remembered(item=one)])["items"]

    assert document == {
        "key": KEY,
        "kind": "paper",
        "section": "papers",
        "title": "Agents",
        "url": f"https://arxiv.org/abs/{PAPER}",
        "authors": ["A", "B"],
        "channel": "reading",
        "weeks": ["2026-W34"],
        "institutions": [],
        "abstract": "",
        "published": "2026-08-15T09:00:00+00:00",
        "work_date": None,
        "doi": f"10.48550/arXiv.{PAPER}",
        "venue": "arXiv",
        "code": None,
        "project": None,
        "tags": [],
        "words": None,
        "brief": "",
        "brief_by": "",
        "code_stars": None,
        "picture": None,
        "attention": {},
        "mentions": [
            {
                "source": "arxiv",
                "url": "https://arxiv.org/abs/1",
                "title": "Agents",
                "quote": "",
                "at": "2026-08-15T09:00:00+00:00",
                "direct": True,
            }
        ],
        "decisions": [],
        "summaries": [],
    }


def test_decisions_and_summaries() -> None:
    """Decisions and summaries say who, what and when, with the instant in UTC."""
    decision = Decision(channel="reading", item_key=KEY, member=ADA, meaning=Meaning.MUST_READ, at=NOW)
    words = summary("Worth it.", edited_at=NOW)
    (document,) = as_document([remembered(decisions=(decision,), summaries=(words,))])["items"]

    assert document["decisions"] == [
        {"member": "Ada", "member_id": "U1", "decision": "must-read", "when": "2026-08-17T09:00:00+00:00"}
    ]
    assert document["summaries"] == [
        {
            "member": "Ada",
            "member_id": "U1",
            "text": "Worth it.",
            "when": "2026-08-17T09:00:00+00:00",
            "edited": "2026-08-17T09:00:00+00:00",
            "message": ["fake", "C1", "r1"],
        }
    ]


def test_a_member_without_a_name() -> None:
    """Somebody whose name we never learned is called by the platform's id."""
    words = summary(member=Member(id="U7"))
    (document,) = as_document([remembered(summaries=(words,))])["items"]

    assert (document["summaries"][0]["member"], document["summaries"][0]["edited"]) == ("U7", None)


def test_it_is_json() -> None:
    """The document can be written as JSON as it stands."""
    document = as_document([remembered(summaries=(summary("é 👩🏽‍🔬 \n“x”"),))])

    assert document == json.loads(json.dumps(document))
