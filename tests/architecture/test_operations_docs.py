"""The page on operations names every action that is logged and every figure that is given, and none that is not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from scheduler.metric_registry import MetricRegistry

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
LEVELS = {"debug", "info", "warning", "error"}
LOGS = {*LEVELS, "exception", "log"}


def rows(chapter: str) -> dict[str, list[str]]:
    """The cells of each row of a chapter's table, by the name in the first."""
    text = re.search(rf"(?ms)^##+ {chapter}\n(.*?)(?=^##+ |\Z)", PAGE)[1]
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:3] == "| `"]
    return {row[0].strip("`"): row[1:] for row in found}


def modules() -> Iterator[ast.Module]:
    for ring in ("bot", "adapters", "scheduler"):
        for path in sorted((ROOT / ring).rglob("*.py")):
            yield ast.parse(path.read_text("utf-8"), str(path))


def logged(module: ast.Module) -> Iterator[ast.Call]:
    """The calls of a module's logger, or of an object's."""
    for node in ast.walk(module):
        match node:
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Name(id="logger" | "_log") | ast.Attribute(attr="logger" | "_logger"), attr=attr
                )
            ) if attr in LOGS:
                yield node


def action_of(call: ast.Call) -> ast.expr | None:
    """What stands for `action` in a call's `extra`."""
    for keyword in call.keywords:
        if keyword.arg == "extra" and isinstance(keyword.value, ast.Dict):
            facts = zip(keyword.value.keys, keyword.value.values, strict=True)
            return next(
                (value for key, value in facts if isinstance(key, ast.Constant) and key.value == "action"), None
            )
    return None


def handed_in(module: ast.Module, name: str) -> Iterator[str]:
    """The words that are given for a parameter of this name, where a function of the module logs for others."""
    for function in ast.walk(module):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        names = [one.arg for one in function.args.args if one.arg != "self"]
        if name not in names:
            continue
        for call in ast.walk(module):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) == function.name:
                given = call.args[names.index(name)]
                assert isinstance(given, ast.Constant), f"{function.name} is given an action that no page can name"
                yield given.value


def actions() -> set[str]:
    found: set[str] = set()
    for module in modules():
        for call in logged(module):
            match action_of(call):
                case ast.Constant(value=str() as word):
                    found.add(word)
                case ast.Name(id=name):
                    found |= set(handed_in(module, name))
    return found


def test_every_action_is_told() -> None:
    """
    The page's table has the actions of the code, in the order of letters. People filter and alarm by them: whoever renames one
    has to change the page, and to tell it in the changelog.
    """
    told = rows("Actions")

    assert sorted(actions()) == list(told)
    assert not [name for name, cells in told.items() if not set(re.findall(r"\w+", cells[0])) & LEVELS or not cells[1]]


def test_every_record_has_an_action() -> None:
    """Whatever we log can be filtered by its action, but for details that only who debugs wants to see."""
    calls = [call for module in modules() for call in logged(module) if call.func.attr != "debug"]
    bare = [ast.unparse(call)[:90] for call in calls if action_of(call) is None]

    assert [] == bare


def test_every_metric_is_documented() -> None:
    """The page's table has the metrics that `/metrics` gives, each with its labels."""
    registry = MetricRegistry()
    single = [metric for name, metric in vars(registry).items() if name not in {"registry", "build", "pools"}]
    given = {metric._name: ", ".join(metric._labelnames) for metric in (*single, *chain(*registry.pools.values()))}
    told = {name: cells[0] for name, cells in rows("Metrics").items()}

    assert {**given, "paperround_build": "version"} == told
