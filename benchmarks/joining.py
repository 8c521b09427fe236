"""
How well works are joined: by address, and by title.

    python benchmarks/joining.py --urls urls.jsonl --titles titles.jsonl --items items.jsonl.xz [--json]

`--urls`: lines of {"url", "id"}, addresses as people wrote them with the arXiv identifier they mean. `--titles`: lines of
{"title", "id"}, titles as people wrote them; `--items`: lines of {"key", "title", "authors"}, the known works, .xz or plain.

Precision: of the joins made, the share that is right. Recall: of the joins that could be made, the share that was. The
baseline beside the titles is the exact normalised title. `false joins` asks the hard question: with the right work taken out of the
index, how many titles are joined to another one all the same.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bot.item_keys import item_key
from bot.titles import TitleIndex, normal_title

FULL_INDEX = 50_000


def lines(path: Path) -> Iterator[dict[str, Any]]:
    opened = lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8")  # noqa: SIM115 - closed below
    with opened as file:
        yield from (json.loads(line) for line in file if line.strip())


def shares(right: int, wrong: int, possible: int) -> dict[str, float | int]:
    made = right + wrong
    precision, recall = right / made if made else 1.0, right / possible if possible else 1.0
    return {"precision": precision, "recall": recall, "right": right, "wrong": wrong, "possible": possible}


def by_address(path: Path) -> dict[str, Any]:
    """Join by key alone."""
    asked = list(lines(path))
    began = time.perf_counter()
    keys = [item_key(one["url"]) or "" for one in asked]
    spent = time.perf_counter() - began
    joined = [(key, f"arxiv:{one['id']}") for key, one in zip(keys, asked, strict=True) if key.startswith("arxiv:")]
    right = sum(key == meant for key, meant in joined)
    return shares(right, len(joined) - right, len(asked)) | {"microseconds": spent / len(asked) * 1e6}


def by_title(titles: Path, items: Path) -> dict[str, Any]:
    """Join by title alone, and by the exact normalised title as a baseline."""
    works, asked = list(lines(items)), list(lines(titles))
    known = {work["key"] for work in works}
    possible = sum(f"arxiv:{one['id']}" in known for one in asked)
    index = TitleIndex((work["key"], work["title"], work.get("authors", ())) for work in works)
    exact: dict[str, set[str]] = {}
    for work in works:
        exact.setdefault(normal_title(work["title"]), set()).add(work["key"])
    found = [index.find(one["title"]) for one in asked]
    same = [
        next(iter(keys)) if len(keys := exact.get(normal_title(one["title"]), set())) == 1 else None for one in asked
    ]
    meant = [f"arxiv:{one['id']}" for one in asked]
    return {
        **scored(found, meant, possible),
        "milliseconds": timed(works, asked),
        "index": max(len(works), FULL_INDEX),
        "exact": scored(same, meant, possible),
        "false_joins": false_joins(works, asked),
    }


def scored(found: list[str | None], meant: list[str], possible: int) -> dict[str, Any]:
    right = sum(key == wanted for key, wanted in zip(found, meant, strict=True) if key)
    return shares(right, sum(1 for key in found if key) - right, possible)


def timed(works: list[dict[str, Any]], asked: list[dict[str, Any]]) -> float:
    """Milliseconds a title in an index of at least 50,000: filled up with titles whose words come from the real ones."""
    chance = random.Random(1)
    titles = [work["title"] for work in works]
    invented = []
    for number in range(FULL_INDEX - len(works)):
        one, other = chance.choice(titles).split(), chance.choice(titles).split()
        invented.append((f"invented:{number}", " ".join(one[: len(one) // 2] + other[len(other) // 2 :]), ()))
    index = TitleIndex([*((work["key"], work["title"], ()) for work in works), *invented])
    began = time.perf_counter()
    for one in asked:
        index.find(one["title"])
    return (time.perf_counter() - began) / len(asked) * 1e3


def false_joins(works: list[dict[str, Any]], asked: list[dict[str, Any]]) -> int:
    """Titles that are joined although the work they mean is not known."""
    meant = {f"arxiv:{one['id']}" for one in asked}
    index = TitleIndex(
        (work["key"], work["title"], work.get("authors", ())) for work in works if work["key"] not in meant
    )
    return sum(index.find(one["title"]) is not None for one in asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().partition("\n")[0])
    for name in ("urls", "titles", "items"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    result = {"urls": by_address(arguments.urls), "titles": by_title(arguments.titles, arguments.items)}
    if arguments.json:
        print(json.dumps(result, indent=2))
        return
    rows = [
        ("by address", result["urls"]),
        ("by title", result["titles"]),
        ("exact title (baseline)", result["titles"]["exact"]),
    ]
    print(f"{'':24}{'precision':>10}{'recall':>10}{'right':>8}{'wrong':>8}{'of':>8}")
    for name, one in rows:
        print(
            f"{name:24}{one['precision']:10.4f}{one['recall']:10.4f}{one['right']:8}{one['wrong']:8}{one['possible']:8}"
        )
    print(
        f"\nan address: {result['urls']['microseconds']:.1f} µs; a title among {result['titles']['index']:,}: {result['titles']['milliseconds']:.2f} ms"
    )
    ratio = result["titles"]["recall"] / result["titles"]["exact"]["recall"]
    print(
        f"recall by title over exact title: {ratio:.3f}; titles joined wrongly when their work is not known: {result['titles']['false_joins']}"
    )


if __name__ == "__main__":
    main()
