"""Addresses that can name no work are told apart from all others, each with why."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.impossible_addresses import why_impossible

NOW = datetime(2026, 8, 31, 20, tzinfo=UTC)
PRIVATE = "it leads into a private network"
NO_NUMBER = "arXiv has no such number"


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://127.0.0.1/admin", PRIVATE),
        ("https://10.0.0.3:8080/a.pdf", PRIVATE),
        ("http://[fe80::1]/x", PRIVATE),
        ("http://localhost./x", PRIVATE),
        ("http://wiki/papers", PRIVATE),
        ("https://nas.local/paper.pdf", PRIVATE),
        ("https://8.8.8.8/paper.pdf", ""),
        ("https://a.example/paper.pdf", ""),
        ("https://arxiv.org/abs/9999.99999", NO_NUMBER),
        ("https://arxiv.org/pdf/2313.00001v2.pdf", NO_NUMBER),
        ("https://arxiv.org/abs/2401.00000", NO_NUMBER),
        ("https://arxiv.org/abs/2401.1234", NO_NUMBER),
        ("https://arxiv.org/abs/1412.12345", NO_NUMBER),
        ("https://arxiv.org/abs/0703.1234", NO_NUMBER),
        ("https://huggingface.co/papers/9999.99999", NO_NUMBER),
        ("https://doi.org/10.48550/arXiv.9999.99999", NO_NUMBER),
        ("arXiv:2610.00001", NO_NUMBER),
        ("https://arxiv.org/abs/2608.12345v3", ""),
        ("https://arxiv.org/abs/0704.0001", ""),
        ("https://arxiv.org/abs/1501.00001", ""),
        ("https://arxiv.org/abs/hep-th/9901001", ""),
        ("https://doi.org/10.1145/9999.99999", ""),
        ("https://a.example/9999.99999", ""),
        ("http://[::1", ""),
    ],
)
def test_addresses(address: str, why: str) -> None:
    """A private address and a number that arXiv cannot have given are impossible, wherever the number stands for a work of arXiv; nothing else is."""
    assert why == why_impossible(address, NOW)


def test_a_month_that_has_begun_somewhere() -> None:
    """The numbers of the month that begins tomorrow may have been given already, east of us."""
    assert not why_impossible("https://arxiv.org/abs/2609.00001", NOW)
    assert why_impossible("https://arxiv.org/abs/2609.00001", NOW.replace(day=29))
