"""The page on the layout is the layout as it stands."""

from __future__ import annotations

from tests.architecture.layout import PAGE, RINGS, ROOT, page, sentence


def test_page_is_current() -> None:
    """`docs/layout.md` lists every module with the first sentence of its docstring; `python -m tests.architecture.layout` writes it."""
    assert page() == PAGE.read_text("utf-8")


def test_every_module_says_what_it_is() -> None:
    """No module is without a docstring to be listed with."""
    modules = [path for ring in RINGS for path in (ROOT / ring).rglob("*.py") if path.parent.name != "versions"]

    assert [] == [str(path.relative_to(ROOT)) for path in modules if not sentence(path)]
