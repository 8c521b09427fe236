"""Honest sentences on works, as a model writes them that was asked for one: each has to be taken. The works are invented."""

from __future__ import annotations

from typing import Final

_AGENTS: Final = (
    "ToolCity: A Benchmark for LLM Agents that Plan Trips with Many Tools",
    (
        "Large language model (LLM) agents increasingly call external tools, yet existing benchmarks test single calls in static environments. "
        "We introduce ToolCity, a human-curated benchmark of 320 trip-planning tasks over 45 tools, in which prices and opening hours change while an agent plans. "
        "We evaluate nine frontier models and find that the best one completes only 38.5% of the tasks. Most failures come from stale observations rather than from wrong calls. "
        "A simple re-check before each booking improves the success rate by 11 points. Code and data are available."
    ),
)
_ATTENTION: Final = (
    "LeanKey: Skipping Keys in Long-Context Attention without Retraining",
    (
        "Attention over long contexts is dominated by reading the key-value cache. We propose LeanKey, a training-free method that predicts which keys matter from a low-rank sketch of the queries. "
        "LeanKey keeps a small exact window and skips all other keys of low predicted weight. On LongBench and RULER, it matches full attention within 0.4 points while decoding is 3.2x faster at 128K tokens. "
        "Our analysis shows that the gains come primarily from middle layers, whose attention is sparse."
    ),
)
_VIDEO: Final = (
    "GlassClear: Removing Reflections from Videos by Physics-Grounded Synthesis",
    (
        "Videos captured through glass often contain reflections that degrade visual quality. Video reflection removal remains largely underexplored due to the lack of paired data. "
        "We present GlassClear, a diffusion-based model that recovers the clean transmission in a single denoising step. It is trained on pairs that a physics-grounded renderer synthesizes, including blur and ghosting. "
        "Experiments on three public benchmarks demonstrate state-of-the-art quality and 6x faster inference than non-diffusion methods."
    ),
)
_SAFETY: Final = (
    "Refusal Directions Drift: Interpretability of Safety Training over Fine-Tuning",
    (
        "Safety training gives language models a direction in activation space along which they refuse. We study how this direction changes when a model is fine-tuned on benign data. "
        "Across seven open models, we find that the refusal direction rotates by up to 40 degrees, and that harmful requests are answered more often the larger the rotation. "
        "We propose anchoring, a regularizer that penalizes the rotation, which preserves refusals at no loss of accuracy on downstream tasks."
    ),
)
_SURVEY: Final = (
    "A Survey of Memory in Embodied Agents",
    (
        "Embodied agents need memory to act over days rather than minutes. This survey organizes 210 papers into a taxonomy of what is remembered: places, objects, episodes and skills. "
        "We compare how memories are written, retrieved and forgotten, and discuss open challenges in evaluation, among them that few benchmarks last longer than an hour."
    ),
)

HONEST: Final[tuple[tuple[str, str, str], ...]] = tuple(
    (title, abstract, sentence)
    for (title, abstract), told in (
        (
            _AGENTS,
            (
                "ToolCity is a human-curated benchmark of 320 trip-planning tasks over 45 tools for LLM agents, of which the best model completes only 38.5%.",
                "ToolCity tests LLM agents on planning trips with tools while prices and opening hours change.",
                "The authors introduce ToolCity, a benchmark for large language model agents, and find that most failures stem from stale observations.",
                "ToolCity shows that frontier models fail at most trip-planning tasks, and that a re-check before each booking raises success by 11 points.",
                "On ToolCity, a benchmark of 320 planning tasks in changing environments, the strongest of nine models solves 38.5%.",
                "This paper presents ToolCity, a benchmark in which agents plan trips with 45 tools, and shows that a simple re-check improves them by 11 points.",
            ),
        ),
        (
            _ATTENTION,
            (
                "LeanKey is a training-free method that skips keys of low predicted weight and makes decoding 3.2x faster at 128K tokens.",
                "LeanKey predicts which keys of a long context matter by a low-rank sketch of the queries, without retraining.",
                "Without training, LeanKey keeps a small exact window of keys and skips others, within 0.4 points of full attention on LongBench and RULER.",
                "LeanKey accelerates long-context attention 3.2x by skipping keys, while it matches full attention within 0.4 points.",
                "The paper proposes LeanKey, which reads fewer keys of the cache, and shows that gains come primarily from sparse middle layers.",
                "LeanKey speeds up decoding at 128K tokens by 3.2 times: it skips keys whose predicted weight is low.",
            ),
        ),
        (
            _VIDEO,
            (
                "GlassClear is a diffusion-based model that removes reflections from videos in a single denoising step.",
                "GlassClear recovers clean videos from reflections and is trained on pairs from a physics-grounded renderer.",
                "Trained on synthesized pairs with blur and ghosting, GlassClear removes reflections from videos with 6x faster inference than non-diffusion methods.",
                "GlassClear addresses the lack of paired data for video reflection removal by physics-grounded synthesis, and reaches state-of-the-art quality on three benchmarks.",
                "The authors present GlassClear, a video reflection removal model based on diffusion, which outperforms other methods in quality on three public benchmarks.",
                "By a physics-grounded renderer that synthesizes reflections, GlassClear trains a one-step diffusion model for their removal from videos.",
            ),
        ),
        (
            _SAFETY,
            (
                "The refusal direction of safety training rotates by up to 40 degrees when language models are fine-tuned on benign data.",
                "Fine-tuning on benign data rotates the refusal direction, and models answer harmful requests more often; anchoring preserves refusals without loss of accuracy.",
                "Across seven open models, the refusal direction drifts under fine-tuning, which a regularizer called anchoring prevents by penalizing the rotation.",
                "The paper studies how refusal directions change with fine-tuning, and proposes anchoring, which keeps refusals at no loss of accuracy.",
                "Anchoring penalizes the rotation of a model's refusal direction during fine-tuning and so preserves the refusals of safety training.",
                "This work shows that the larger the rotation of the refusal direction, the more often harmful requests are answered after fine-tuning.",
            ),
        ),
        (
            _SURVEY,
            (
                "This survey organizes 210 papers on memory in embodied agents into a taxonomy of places, objects, episodes and skills.",
                "The survey compares how embodied agents write, retrieve and forget memories, and discusses open challenges in evaluation.",
                "A survey of 210 papers on the memory of embodied agents, with a taxonomy of what is remembered.",
                "The authors survey memory in embodied agents and find that few benchmarks last longer than an hour.",
                "Memory in embodied agents is organized by what is remembered: places, objects, episodes and skills, across 210 papers.",
                "This survey covers how memories of embodied agents are written, retrieved and forgotten in 210 papers.",
            ),
        ),
    )
    for sentence in told
)
