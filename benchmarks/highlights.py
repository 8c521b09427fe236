"""
How well two sentences of an abstract tell what a paper is about, beside its first and its last sentence.

    python benchmarks/highlights.py --papers pairs.jsonl [--items items.jsonl.xz] [--from 2026-04-01] [--sample 500] [--json]

`--papers`: Hugging Face's daily papers with the short summary that a machine made of each: files or folders of what the API
gives (`/api/daily_papers`), or lines of {"title", "abstract", "summary", "day"}; .xz or plain. The rule's weights were fitted on papers
seen until March 2026, so only later ones are a test: `--from` leaves out what was seen before, `--sample` draws so many, always
the same ones. `--items`: lines of {"title", "abstract"}, for the share of cards on which a result can be seen, beside the first
700 characters that cards showed before.

ROUGE-L is the F-measure over lower-case words without stemming (C.-Y. Lin, 'ROUGE', 2004), as `rouge-score` computes it.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bot.highlights import highlights, tells_result
from bot.sentences import sentences

SEED: Final = 20260401
BEFORE: Final = 700
_TOKEN: Final = re.compile(r"[a-z0-9]+")


def rouge_l(candidate: str, reference: str) -> float:
    """The F-measure of the longest common subsequence of two texts' words."""
    ours, theirs = _TOKEN.findall(candidate.lower()), _TOKEN.findall(reference.lower())
    row = [0] * (len(theirs) + 1)
    for word in ours:
        diagonal = 0
        for column, other in enumerate(theirs, start=1):
            above, row[column] = row[column], diagonal + 1 if word == other else max(row[column], row[column - 1])
            diagonal = above
    return 2 * row[-1] / (len(ours) + len(theirs)) if ours and theirs else 0.0


def papers(paths: Sequence[Path]) -> Iterator[dict[str, str]]:
    """Read papers with a summary out of API answers and lists, each paper once."""
    seen = set()
    for path in [file for one in paths for file in (sorted(one.glob("*.json")) if one.is_dir() else [one])]:
        for found in _read(path):
            paper = found.get("paper", found)
            one = {
                "title": paper.get("title") or "",
                "abstract": paper.get("abstract") or (paper.get("summary") if "ai_summary" in paper else "") or "",
                "summary": paper.get("ai_summary") or ("" if "ai_summary" in paper else paper.get("summary")) or "",
                "day": (paper.get("day") or paper.get("submittedOnDailyAt") or paper.get("publishedAt") or "")[:10],
            }
            if one["abstract"] and one["summary"] and one["title"] not in seen:
                seen.add(one["title"])
                yield one


def _read(path: Path) -> Iterator[dict[str, Any]]:
    if path.suffix == ".json":
        yield from (one for one in json.loads(path.read_text(encoding="utf-8")) if isinstance(one, dict))
        return
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def by_summary(found: Sequence[Mapping[str, str]]) -> dict[str, float | int]:
    """Mean ROUGE-L of each way to shorten an abstract against the short summary."""
    ways: dict[str, Callable[[Mapping[str, str]], str]] = {
        "first sentence": lambda one: sentences(one["abstract"])[0],
        "last sentence": lambda one: sentences(one["abstract"])[-1],
        "first 700 characters": lambda one: one["abstract"][:BEFORE],
        "what is new": lambda one: highlights(one["title"], one["abstract"]).new,
        "new and result": _shown,
    }
    scores = {name: sum(rouge_l(way(one), one["summary"]) for one in found) / len(found) for name, way in ways.items()}
    best = max(scores["first sentence"], scores["last sentence"])
    return {
        **scores,
        "what is new, ratio": scores["what is new"] / best,
        "new and result, ratio": scores["new and result"] / best,
        "papers": len(found),
    }


def by_result(items: Sequence[Mapping[str, str]]) -> dict[str, float | int]:
    """On which share of works a result can be seen, and how long that takes to find."""
    began = time.perf_counter()
    shown = [_shown(one) for one in items]
    spent = time.perf_counter() - began
    return {
        "on the card": sum(map(tells_result, shown)) / len(items),
        "in the first 700 characters": sum(tells_result(one["abstract"][:BEFORE]) for one in items) / len(items),
        "in the abstract": sum(tells_result(one["abstract"]) for one in items) / len(items),
        "characters": sum(map(len, shown)) / len(items),
        "milliseconds": spent / len(items) * 1000,
        "works": len(items),
    }


def _shown(one: Mapping[str, str]) -> str:
    found = highlights(one["title"], one["abstract"])
    return f"{found.new} {found.result}".strip()


def drawn(found: Sequence[Any], number: int) -> Sequence[Any]:
    return random.Random(SEED).sample(found, min(number, len(found)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=Path, nargs="+", required=True)
    parser.add_argument("--items", type=Path)
    parser.add_argument("--from", dest="since", default="2026-04-01")
    parser.add_argument("--sample", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = [one for one in papers(asked.papers) if one["day"] >= asked.since]
    if not found:
        sys.exit(f"No paper seen since {asked.since} has a short summary in {', '.join(map(str, asked.papers))}.")
    report = {"rouge-l": by_summary(drawn(found, asked.sample))}
    if asked.items:
        report["a result is visible"] = by_result(drawn([one for one in _read(asked.items) if one["abstract"]], 3000))
    if asked.json:
        print(json.dumps(report, indent=1))
        return
    for title, figures in report.items():
        print(title)
        for name, value in figures.items():
            print(f"  {name:<30} {value if isinstance(value, int) else format(value, '.3f')}")


if __name__ == "__main__":
    main()
