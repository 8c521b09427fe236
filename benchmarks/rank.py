"""
What ranking costs, beside arxiv-sanity-lite's computation in the same run.

    python benchmarks/rank.py [--items 1000 10000 50000] [--channels 1000]

Works are those of `../shared/data/ranking` where they are present, and invented ones beyond; every channel has three topics and forty
decisions. Each contestant runs in a process of its own:

- `sanity`: arxiv-sanity-lite's computation, written again from its description: TF-IDF is fitted on all texts, then all are transformed
  (two passes over the texts, as there), then a linear SVM a channel over all works.
- `first`: ours with an empty feature store: every text is taken apart.
- `weekly`: ours as it is every week, with the features of all works but the last 2,200 in the store.

`prepare` is what all channels share, `a channel` the mean of one channel's question; `total` is a batch of twenty channels. Seconds of wall clock and
of CPU, and the peak of resident memory. With `--channels`, so many channels are asked for at 10,000 works, `weekly`.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

from bot.ranking.question import Question, Text
from bot.ranking.signals import Signal

CHECKOUT: Final = Path(__file__).resolve().parents[1]
SHARED: Final = CHECKOUT.parent / "shared" / "data" / "ranking" / "items.jsonl.xz"
WEEK: Final = 2_200
BATCH: Final = 20
DECISIONS: Final = 40
WORDS: Final = "agents reasoning video diffusion quantization alignment robotics speech retrieval code protein segmentation".split()


def texts(number: int) -> list[Text]:
    """Give so many works: real ones as far as they go, then real ones with every fifth word changed; without any, invented ones."""
    chance = random.Random(number)
    real: list[Text] = []
    if SHARED.exists():
        with lzma.open(SHARED, "rt", encoding="utf-8") as lines:
            for line in lines:
                one = json.loads(line)
                real.append(Text(one["key"], one["title"], one["abstract"], tuple(one["authors"])))
                if len(real) == number:
                    return real
    known = [f"word{rank}" for rank in range(60_000)]
    while len(real) < number:
        if SHARED.exists():
            like = real[len(real) % 30_000]
            said = [
                f"{word}{chance.randrange(9)}" if n % 5 == 4 else word for n, word in enumerate(like.abstract.split())
            ]
            real.append(Text(f"new:{len(real)}", like.title, " ".join(said), like.authors))
        else:
            # Zipf's law: the words of a language are about as frequent as one over their rank.
            said = [known[int(60_000 ** chance.random()) - 1] for _ in range(190)]
            real.append(Text(f"new:{len(real)}", " ".join(said[:9]), " ".join(said), (f"{said[3]} {said[4]}",)))
    return real


def sanity(works: Sequence[Text], channels: int) -> dict[str, float]:
    """arxiv-sanity-lite's computation, from its description."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    said = [f"{work.title} {work.abstract} {' '.join(work.authors)}" for work in works]
    began = time.perf_counter()
    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2), min_df=5, max_df=0.1, max_features=20_000, sublinear_tf=True, strip_accents="unicode",
        stop_words="english", token_pattern=r"(?u)\b[a-zA-Z_][a-zA-Z0-9_]+\b",
    )  # fmt: skip
    vectorizer.fit(said)
    rows = vectorizer.transform(said)
    prepared = time.perf_counter()
    for channel in range(channels):
        chosen = np.zeros(len(works), bool)
        chosen[random.Random(channel).sample(range(len(works)), DECISIONS)] = True
        machine = LinearSVC(class_weight="balanced", max_iter=10_000, tol=1e-6, C=0.01)
        machine.fit(rows, chosen)
        machine.decision_function(rows)
    return {"prepare": prepared - began, "channel": (time.perf_counter() - prepared) / channels}


def ours(works: Sequence[Text], channels: int, known: int) -> dict[str, float]:
    """Ours, with the features of the first `known` works in the store."""
    from adapters.ranking.feature_store import FeatureStore
    from adapters.ranking.worker import answer, load
    from bot.ranking.terms import Tokenizer

    today = date(2026, 8, 17)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "features"
        if known:
            FeatureStore(file, today).features(works[:known], Tokenizer())
        began, cpu = time.perf_counter(), time.process_time()
        load("works", works, date.max, file, today)
        prepared, prepared_cpu = time.perf_counter(), time.process_time()
        asked = array("l", range(max(0, len(works) - WEEK), len(works))).tobytes()
        slowest = 0.0
        for channel in range(channels):
            chance = random.Random(channel)
            liked = chance.sample(works, DECISIONS)
            signals = [Signal(work.key, 1.0, 1.0) for work in liked]
            start = time.perf_counter()
            answer("works", Question((), chance.sample(WORDS, 3), signals, liked), asked)
            slowest = max(slowest, time.perf_counter() - start)
        ended = time.perf_counter()
        return {
            "prepare": prepared - began,
            "channel": (ended - prepared) / channels,
            "channel_cpu": (time.process_time() - prepared_cpu) / channels,
            "slowest": slowest,
            "cpu": time.process_time() - cpu,
        }


def contest(contestant: str, number: int, channels: int) -> None:
    """Run one contestant, and print its figures as JSON."""
    works = texts(number)
    before = time.process_time()
    if contestant == "sanity":
        figures = sanity(works, channels)
    else:
        figures = ours(works, channels, 0 if contestant == "first" else max(0, number - WEEK))
    figures.setdefault("cpu", time.process_time() - before)
    figures["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(figures))


def run(contestant: str, number: int, channels: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--contest", contestant, "--items", str(number), "--channels", str(channels)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[1])
    options.add_argument("--items", type=int, nargs="+", default=[1_000, 10_000, 50_000])
    options.add_argument("--channels", type=int, default=0)
    options.add_argument("--contest", choices=["sanity", "first", "weekly"])
    given = options.parse_args()
    if given.contest:
        contest(given.contest, given.items[0], given.channels)
        return
    print(f"{os.cpu_count()} cores, load before: {', '.join(f'{each:.1f}' for each in os.getloadavg())}\n")
    print(
        f"{'works':>7}  {'':8}{'prepare':>9}{'a channel':>11}{'total':>9}{'CPU':>9}{'memory':>10}  of sanity: time, CPU"
    )
    for number in given.items:
        total = used = 0.0
        for contestant in ("sanity", "first", "weekly"):
            f = run(contestant, number, BATCH)
            mine = f["prepare"] + BATCH * f["channel"]
            total, used = total or mine, used or f["cpu"]
            print(
                f"{number:>7,}  {contestant:8}{f['prepare']:>8.2f}s{f['channel'] * 1000:>9.0f}ms{mine:>8.2f}s{f['cpu']:>8.2f}s"
                f"{f['memory']:>7.0f} MB  {mine / total:.2f}, {f['cpu'] / used:.2f}",
                flush=True,
            )
    if given.channels:
        f = run("weekly", 10_000, given.channels)
        print(
            f"{given.channels:,} channels at 10,000 works: {f['channel'] * 1000:.0f} ms each, {f['channel_cpu'] * 1000:.0f} ms of CPU, the slowest"
            f" {f['slowest'] * 1000:.0f} ms, after {f['prepare']:.1f} s for all; {f['memory']:.0f} MB"
        )


if __name__ == "__main__":
    main()
