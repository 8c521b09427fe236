"""Invented works and the choices of invented teams, for measuring a ranking where there are no real ones. The same in every run."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta

from bot.backtest.records import Choice, Work

FIELDS = {
    "safety": "alignment oversight jailbreak red teaming interpretability probe circuit deception refusal audit harm feature steering",
    "agents": "agent agentic tool planning browser trajectory environment workflow orchestration memory delegation benchmark episode",
    "video": "video diffusion frame motion generation camera latent scene rendering texture identity editing keyframe",
    "speed": "quantization pruning cache kernel throughput latency batching sparsity decoding speculative memory inference serving",
    "robots": "robot grasping manipulation policy imitation locomotion tactile embodied navigation gripper trajectory demonstration contact",
    "speech": "speech audio speaker acoustic transcription voice music codec phoneme prosody dialogue listener singing",
    "biology": "protein molecule genome cell binding antibody folding assay drug sequence residue tissue pathway",
    "vision": "segmentation detection image object pixel depth alignment point cloud tracking camera pose texture",
}
# Three teams like a field, too, that none of their topics names: what only their decisions tell.
TEAMS = {
    "safety-team": (("safety", "biology"), ("alignment", "interpretability", "red teaming")),
    "agent-team": (("agents", "speech"), ("agents", "tool planning", "browser")),
    "video-team": (("video", "vision"), ("video generation", "diffusion")),
    "serving-team": (("speed",), ("quantization", "speculative decoding")),
    "robot-team": (("robots",), ("robot manipulation", "imitation")),
}
_EVERYDAY = "we propose a new method that improves over strong baselines across several datasets and show its limits in practice".split()
_START = date(2026, 1, 5)


def invented(weeks: int = 14, per_week: int = 60, seed: int = 7) -> tuple[list[Work], list[Choice]]:
    """Give works, `per_week` of them a week, and what five teams chose: most of their fields' works, and now and then another."""
    chance = random.Random(seed)
    works, choices = [], []
    for number in range(weeks * per_week):
        seen = _START + timedelta(days=7 * (number // per_week) + chance.randrange(5))
        field = chance.choice(list(FIELDS))
        work = _work(number, field, seen, chance)
        works.append(work)
        for team, (fields, _) in TEAMS.items():
            if chance.random() < (0.6 if field in fields else 0.01):
                choices.append(Choice(team, work.key, "must-read", seen))
    return sorted(works, key=lambda one: (one.seen, one.key)), choices


def _work(number: int, field: str, seen: date, chance: random.Random) -> Work:
    words, other = FIELDS[field].split(), FIELDS[chance.choice(list(FIELDS))].split()
    # Every work borrows the words of another field, so that no single word tells a field.
    said = chance.choices(words, k=9) + chance.choices(other, k=5) + chance.choices(_EVERYDAY, k=30)
    chance.shuffle(said)
    return Work(
        key=f"arxiv:{number:05}",
        title=" ".join(chance.sample(words, 2) + chance.sample(other, 1) + chance.sample(_EVERYDAY, 2)),
        abstract=" ".join(said),
        authors=(f"Author{chance.randrange(300)} Name{chance.randrange(40)}",),
        seen=seen,
        attention={"huggingface": int(chance.expovariate(0.1))},
        source="hf",
    )


def topics() -> dict[str, Sequence[str]]:
    """Give the teams' topics, as on their first day."""
    return {team: words for team, (_, words) in TEAMS.items()}
