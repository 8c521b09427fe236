"""A work's name that its abstract lost stands on the card again; a word that is meant stays."""

from __future__ import annotations

import pytest

from bot.lost_names import with_its_name

TITLE = "GeoCache: Training-Free Acceleration of Texture Diffusion"


@pytest.mark.parametrize(
    ("title", "abstract", "expected"),
    [
        (TITLE, "We introduce gc, a plugin. On two tasks gc is faster; a gc-free run is slow.", "We introduce GeoCache, a plugin. On two tasks GeoCache is faster; a gc-free run is slow."),
        (TITLE, "We introduce benchmark, a benchmark of tasks. benchmark is hard.", "We introduce GeoCache, a benchmark of tasks. GeoCache is hard."),
        (TITLE, "We then propose ours, a plugin that caches. Ours is fast. See https://a.example/GeoCache", "We then propose GeoCache, a plugin that caches. GeoCache is fast. See https://a.example/GeoCache"),
        ("Caching of Textures", "We propose ours, a novel method that caches. Ours is fast.", "We propose our method, a novel method that caches. Our method is fast."),
        ("Caching of Textures", "We propose ours, and it is fast.", "We propose ours, and it is fast."),
        ("gsplat: Gaussian Splatting", "We present gsplat, a library. gsplat is fast.", "We present gsplat, a library. gsplat is fast."),
        ("GSplat: Gaussian Splatting", "We present gsplat, a library.", "We present gsplat, a library."),
        ("Catching the Imposter: Physical Coherence", "We introduce imposter, a pretext task.", "We introduce imposter, a pretext task."),
        ("Catching the Fly: Physical Coherence", "We introduce decoys, a pretext task.", "We introduce decoys, a pretext task."),
        ("Caching of Textures", "We introduce gc, a plugin.", "We introduce gc, a plugin."),
        (TITLE, "We present here, a first in its field, and formally, a plugin.", "We present here, a first in its field, and formally, a plugin."),
        (TITLE, "Results better than ours, a strong baseline.", "Results better than ours, a strong baseline."),
    ],
)  # fmt: skip
def test_lost_name(title: str, abstract: str, expected: str) -> None:
    """The title's name stands where a plain word stood for it, and nowhere else; a second reading changes nothing."""
    assert expected == with_its_name(title, abstract)
    assert expected == with_its_name(title, expected)
