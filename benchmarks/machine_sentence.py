"""
How many honest sentences on real papers the check of a language model's answers takes.

    python benchmarks/machine_sentence.py --papers daily_papers_raw items.jsonl.xz [--paraphrases paraphrases.json] [--json]

`--papers`: what Hugging Face's API gives (`/api/daily_papers`: files or folders), or lines of {"title", "abstract"}; .xz or plain.
`--paraphrases`: a list of {"title", "sentence"}, each written by hand by somebody who read the abstract and was told what the model is told
(`paraphrases.json` beside this file). Beside them: the short summaries that Hugging Face's own model wrote without being told to keep
to the paper's words, and how many sentences of all abstracts count as orders or as foreign to their work.
"""

from __future__ import annotations

import argparse
import json
import lzma
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bot.grounding import ground_of, is_grounded
from bot.highlights import is_background
from bot.instructions import gives_orders
from bot.machine_sentence import MODEL_READS, accepted
from bot.sentences import sentences
from bot.text import clean

PARAPHRASES: Final = Path(__file__).with_name("paraphrases.json")


def papers(paths: Sequence[Path]) -> Iterator[dict[str, str]]:
    """Read papers out of API answers and lists, each title once."""
    seen = set()
    for path in [file for one in paths for file in (sorted(one.glob("*.json")) if one.is_dir() else [one])]:
        for found in _read(path):
            paper = found.get("paper", found)
            title, abstract = paper.get("title") or "", paper.get("abstract") or paper.get("summary") or ""
            if title and abstract and title not in seen:
                seen.add(title)
                yield {"title": title, "abstract": abstract, "summary": paper.get("ai_summary") or ""}


def _read(path: Path) -> Iterator[dict[str, Any]]:
    if path.suffix == ".json":
        yield from (one for one in json.loads(path.read_text(encoding="utf-8")) if isinstance(one, dict))
        return
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def taken(pairs: Sequence[tuple[str, dict[str, str]]]) -> tuple[int, list[str]]:
    """Count the sentences that are taken, and give those that are not."""
    refused = [said for said, paper in pairs if not accepted(said, paper["title"], paper["abstract"])]
    return len(pairs) - len(refused), refused


def left_out(found: Sequence[dict[str, str]]) -> dict[str, int]:
    """Count the sentences of abstracts that no answer may rest on, and why."""
    counted = {"sentences": 0, "orders": 0, "foreign": 0}
    for paper in found:
        told = sentences(clean(paper["abstract"][:MODEL_READS]))
        orders = sum(map(gives_orders, told))
        kept = len(ground_of(paper["title"], paper["abstract"][:MODEL_READS]).sentences)
        counted["sentences"] += len(told)
        counted["orders"] += orders
        counted["foreign"] += len(told) - orders - kept
    return counted


def background(found: Sequence[dict[str, str]]) -> dict[str, int]:
    """Count the first sentences of abstracts, as a model gives them back that takes the first thing it reads, which are grounded; those on the field alone, and how many of these are taken."""
    counted = {"first sentences": 0, "background": 0, "taken": 0}
    for paper in found:
        told = sentences(clean(paper["abstract"][:MODEL_READS]))
        if told and is_grounded(told[0], ground_of(paper["title"], paper["abstract"][:MODEL_READS])):
            counted["first sentences"] += 1
            counted["background"] += is_background(told[0], paper["title"], told)
            counted["taken"] += bool(accepted(told[0], paper["title"], paper["abstract"]))
    return counted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=Path, nargs="+", required=True)
    parser.add_argument("--paraphrases", type=Path, default=PARAPHRASES)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = list(papers(asked.papers))
    by_title = {paper["title"]: paper for paper in found}
    written = json.loads(asked.paraphrases.read_text(encoding="utf-8"))
    pairs = [(one["sentence"], by_title[one["title"]]) for one in written if one["title"] in by_title]
    if not pairs:
        sys.exit(f"None of the papers in {asked.paraphrases} is in {', '.join(map(str, asked.papers))}.")
    by_hand, refused = taken(pairs)
    summaries = [(paper["summary"], paper) for paper in found if paper["summary"]]
    report: dict[str, Any] = {
        "written by hand": {"taken": by_hand, "of": len(pairs), "refused": refused},
        "short summaries": {"taken": taken(summaries)[0], "of": len(summaries)},
        "first sentences": background(found[:: max(1, len(found) // 3000)]),
        "left out": left_out(found[:: max(1, len(found) // 3000)]),
    }
    if asked.json:
        print(json.dumps(report, indent=1, ensure_ascii=False))
        return
    print(f"written by hand: {by_hand} of {len(pairs)} are taken")
    for one in refused:
        print(f"  not: {one}")
    print(f"short summaries: {report['short summaries']['taken']} of {len(summaries)} are taken")
    print("first sentences: " + ", ".join(f"{value} {name}" for name, value in report["first sentences"].items()))
    print("left out: " + ", ".join(f"{value} {name}" for name, value in report["left out"].items()))


if __name__ == "__main__":
    main()
