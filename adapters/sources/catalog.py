"""
The built-in sources, with the operator's own settings laid over them.

Light on purpose: `paperround sources list` and every other command read this, and none of them should wait for an HTTP
library or a parser. What may be said about a source is checked here, all faults at once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from adapters.sources.kinds.options import is_address
from adapters.sources.kinds.table import KINDS
from adapters.sources.nearest import nearest
from bot.errors import Fault, SettingsError
from bot.model import ItemKind, Section, SourceSpec

_KEYS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "kind": str,
    "name": str,
    "url": str,
    "section": str,
    "item_kind": str,
    "enabled": bool,
    "quiet": bool,
    "usual_days": (int, float),
    "seconds": (int, float),
    "options": Mapping,
}
_MOST_SECONDS: Final = 900
_IN_WORDS: Final = {str: "text", bool: "true or false", int: "a whole number", list: "a list", Mapping: "a table"}
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_KIND_OF_ITEM: Final = {
    Section.PAPERS: ItemKind.PAPER,
    Section.NEWSLETTERS: ItemKind.NEWSLETTER,
    Section.COMMUNITY: ItemKind.DISCUSSION,
    Section.LABS: ItemKind.POST,
}

Override = Mapping[str, Any]


def specs(overrides: Mapping[str, Override] | None = None, secrets: Collection[str] = ()) -> tuple[SourceSpec, ...]:
    """
    Every configured source, those that are off included. Raises `SettingsError` with every fault of the overrides.

    `secrets` names the secrets that are there: a source that needs another one is off, and says so.
    """
    found, faults = laid_over(overrides or {}, secrets)
    if faults:
        raise SettingsError(faults)
    return found


def laid_over(
    overrides: Mapping[str, Override], secrets: Collection[str] = ()
) -> tuple[tuple[SourceSpec, ...], tuple[Fault, ...]]:
    """The same as `specs`, with the faults as values; a source with a fault is not among the specs."""
    found, faults = [], []
    for source_id in [*_built_in(), *(each for each in overrides if each not in _built_in())]:
        table: object = overrides.get(source_id, {})
        if not isinstance(table, Mapping):
            faults.append(_no_table(source_id))
            continue
        override = {key: value for key, value in table.items() if value is not None}
        own = list(_faults(source_id, override))
        faults += own
        if not own:
            found.append(_spec(source_id, override, secrets))
    return tuple(found), tuple(sorted(faults, key=lambda fault: fault.key))


@cache
def _built_in() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files("adapters.sources").joinpath("catalog.toml").read_text("utf-8"))


def _spec(source_id: str, override: Override, secrets: Collection[str]) -> SourceSpec:
    built_in = _built_in().get(source_id, {})
    if override.get("kind", built_in.get("kind")) != built_in.get("kind"):
        # Another kind of source altogether (a feed that stands in for an API): what was known of the old one is void.
        built_in = {key: value for key, value in built_in.items() if key != "options"}
    said = {**built_in, **override}
    said.setdefault("url", KINDS[said["kind"]].url)
    section = Section(said.get("section", Section.LABS))
    spec = SourceSpec(
        id=source_id,
        kind=said["kind"],
        name=said.get("name", source_id),
        url=said["url"].strip(),
        section=section,
        item_kind=ItemKind(said.get("item_kind", _KIND_OF_ITEM[section])),
        enabled=said.get("enabled", True),
        quiet=said.get("quiet", False),
        usual_days=said.get("usual_days"),
        seconds=said.get("seconds"),
        options=MappingProxyType({**_options(built_in, said["url"]), **override.get("options", {})}),
    )
    kind = KINDS[spec.kind]
    if kind.needs and kind.needs not in secrets:
        return replace(spec, enabled=False, off_because=kind.missing)
    if spec.enabled:
        return spec
    offered = "enabled" not in override
    return replace(spec, off_because="off until it is switched on" if offered else "switched off", offered=offered)


def _options(built_in: Mapping[str, Any], url: str) -> Mapping[str, Any]:
    """The options of the catalogue; without its other addresses for who has the source asked at a host of his own."""
    options: Mapping[str, Any] = built_in.get("options", {})
    if not built_in or urlsplit(url.strip()).hostname == urlsplit(built_in["url"]).hostname:
        return options
    return {name: value for name, value in options.items() if name != "fallbacks"}


def _faults(source_id: str, override: Override) -> Iterable[Fault]:
    key = f"sources.{source_id}"
    if not _ID.fullmatch(source_id):
        remedy = "Use letters from A to Z, digits, hyphens and underscores, at most 64, like my-feed; begin with a letter or digit."
        yield Fault(key, "is no name for a source", remedy)
    built_in = _built_in().get(source_id)
    if built_in is None:
        known = KINDS.get(override["kind"]) if isinstance(override.get("kind"), str) else None
        missing = [
            name for name in ("kind", "url") if name not in override and not (name == "url" and known and known.url)
        ]
        if missing:
            yield Fault(key, f"is a new source without {' and '.join(missing)}", _new_source_remedy(source_id))
    wrong = [fault for name, value in override.items() for fault in _value_faults(f"{key}.{name}", name, value)]
    yield from wrong
    kind = override.get("kind", (built_in or {}).get("kind"))
    if isinstance(kind, str) and kind in KINDS:
        yield from _option_faults(f"{key}.options", kind, override.get("options"))
        yield from _nothing_asked(f"{key}.options", kind, {**(built_in or {}), **override}.get("options"))


def _option_faults(key: str, name: str, given: object) -> Iterable[Fault]:
    known = KINDS[name].options
    types = {option: declared.type for option, declared in known.items()}
    for option, value in given.items() if isinstance(given, Mapping) else ():
        wrong = list(_typed(f"{key}.{option}", option, value, types, f"an option of the kind {name}"))
        yield from wrong or (Fault(f"{key}.{option}", *problem) for problem in known[option].check(value))


def _nothing_asked(key: str, name: str, given: object) -> Iterable[Fault]:
    """A source whose options do not say what it is to ask for."""
    needed = KINDS[name].one_of
    if needed and not any(isinstance(given, Mapping) and given.get(option) for option in needed):
        yield Fault(key, f"names nothing to ask for, which the kind {name} needs", f"Set {' or '.join(needed)}.")


def _no_table(source_id: str) -> Fault:
    """What is said of `arxiv = "https://example.org/"` under `[sources]`. The value may hold a secret: it is not shown."""
    remedy = 'Write a table of its own, like [sources.my-feed], and under it settings like url = "https://example.org/feed.xml".'
    if _ID.fullmatch(source_id):
        remedy = remedy.replace("my-feed", source_id)
    if source_id in _KEYS:
        remedy = f"Write {source_id} into a source's own table, like [sources.arxiv]."
    return Fault(f"sources.{source_id}", "is no table", remedy)


def _new_source_remedy(source_id: str) -> str:
    near = get_close_matches(source_id.lower().replace("_", "-"), _built_in(), n=1)
    hint = f" If you meant the built-in source, it is called {near[0]}." if near else ""
    return f'Give it both, like kind = "feed" and url = "https://example.org/feed.xml".{hint}'


def _value_faults(key: str, name: str, value: object) -> Iterable[Fault]:
    wrong = list(_typed(key, name, value, _KEYS, "a setting of a source"))
    if wrong:
        return wrong
    if name == "url" and not is_address(str(value)):
        return [Fault(key, "is no address of the web", "It must begin with http:// or https:// and name a host.")]
    if name == "kind":
        return _one_of(key, str(value), KINDS)
    if name in {"section", "item_kind"}:
        return _one_of(key, str(value), _values(Section if name == "section" else ItemKind))
    return list(_number_faults(key, name, value))


def _number_faults(key: str, name: str, value: object) -> Iterable[Fault]:
    if name == "usual_days" and not float(str(value)) > 0:
        yield Fault(key, "is not more than 0", "Give the usual number of days between two entries, like 7.")
    if name == "seconds" and not 0 < float(str(value)) <= _MOST_SECONDS:
        yield Fault(key, "is not between 0 and 900", "Give how many seconds asking it may take in all, like 120.")


def _typed(
    key: str, name: str, value: object, known: Mapping[str, type | tuple[type, ...]], what: str
) -> Iterable[Fault]:
    if name not in known:
        yield Fault(key, f"is not {what}", nearest(name, known))
        return
    right = known[name]
    if not isinstance(value, right) or (isinstance(value, bool) and right is not bool):
        words = _IN_WORDS.get(right, "a number") if isinstance(right, type) else "a number"
        yield Fault(key, f"is {value!r}", f"It must be {words}.")


def _one_of(key: str, value: str, known: Collection[str]) -> list[Fault]:
    return [] if value in known else [Fault(key, f"is {value!r}", nearest(value, known))]


def _values(kind: type[StrEnum]) -> list[str]:
    return [member.value for member in kind]
